/** The whole way with Debian's radclient as the device: answered when durable, guided, rated, on the bill. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BillView, ChargeView, Page, RawUsageView } from '../../daemon/contract.ts';
import { Api } from './api.ts';
import { makeFolder, type RunningProcess, startProcess, type TestFolder } from './daemon-process.ts';
import { findPeer } from './peers.ts';
import { radclient } from './radclient.ts';

const program = findPeer('radclient');
const startSeconds = Date.parse('2026-03-10T12:00:00Z') / 1000;
let folder: TestFolder;
let daemon: RunningProcess;
let api: Api;

beforeAll(async () => {
  folder = makeFolder(0, { clock: { start: '2026-03-10T12:00:00Z' } });
  daemon = await startProcess(folder.configFile);
  api = await Api.signedIn(daemon.url);
  await api.putPlan('metered', new URL('./plans/metered.xml', import.meta.url));
});

afterAll(async () => {
  await daemon?.stop();
  folder?.remove();
});

interface Report {
  readonly user?: string;
  readonly station?: string;
  readonly session: string;
  readonly status: 'Start' | 'Interim-Update' | 'Stop';
  readonly seconds?: number;
  readonly input?: number;
  readonly output?: number;
  readonly more?: Record<string, string | number>;
  readonly lines?: readonly string[];
}

function report({ user, station, session, status, seconds = 0, input, output, more, lines }: Report) {
  return radclient(program!, {
    port: daemon.radiusPort,
    attributes: {
      ...(user === undefined ? {} : { 'User-Name': user }),
      ...(station === undefined ? {} : { 'Calling-Station-Id': station }),
      'Acct-Session-Id': session,
      'Acct-Status-Type': status,
      'NAS-Identifier': 'bras-1',
      'Acct-Session-Time': seconds,
      'Event-Timestamp': startSeconds + seconds,
      ...(input === undefined ? {} : { 'Acct-Input-Octets': input }),
      ...(output === undefined ? {} : { 'Acct-Output-Octets': output }),
      ...more,
    },
    ...(lines === undefined ? {} : { lines }),
  });
}

async function billOnceRated(account: string): Promise<BillView> {
  await api.rated();
  return api.bill(account);
}

const quantities = (bill: BillView) => Object.fromEntries(bill.lines.map((line) => [line.label, line.baseQuantity]));

test.skipIf(program === null)('Start, Interim-Update and Stop become one bill', async () => {
  await api.createAccount({ id: 'ann', plan: 'metered', logins: ['ann@example.net'] });
  const session = { user: 'ann@example.net', session: 'S-1' };
  expect((await report({ ...session, status: 'Start' })).answered).toBe(true);
  expect(
    (await report({ ...session, status: 'Interim-Update', seconds: 600, input: 1000, output: 5000 })).answered,
  ).toBe(true);
  const open = await billOnceRated('ann');
  expect(quantities(open)).toEqual({ Time: '600', Download: '5000', Upload: '1000' });
  expect(open.sessions).toMatchObject([{ id: 'S-1', seconds: '600', octetsIn: '5000', octetsOut: '1000' }]);
  const gigawords = { 'Acct-Output-Gigawords': 1, 'Acct-Input-Gigawords': 0 };
  expect(
    (await report({ ...session, status: 'Stop', seconds: 3600, input: 2000, output: 6000, more: gigawords })).answered,
  ).toBe(true);
  const closed = await billOnceRated('ann');
  expect(quantities(closed)).toEqual({ Time: '3600', Download: String(2 ** 32 + 6000), Upload: '2000' });
  expect(closed.sessions).toEqual([]);
  // 1 h at 1.20, 1 GB at 0.50 and 3.294973296 GB at 0.10, 2 kB at 0.25 a GB.
  expect(closed.lines.map(({ label, amount }) => [label, amount])).toEqual([
    ['Time', '1.20'],
    ['Download', '0.83'],
    ['Upload', '0.00'],
  ]);
  expect(closed.total).toBe('2.03');
  const usage = await api.json<Page<RawUsageView>>('GET', '/api/accounts/ann/usage');
  const charges = await api.json<Page<ChargeView>>('GET', '/api/accounts/ann/charges');
  expect(usage.items).toHaveLength(2);
  expect(new Set(charges.items.map((charge) => charge.usage))).toEqual(new Set(usage.items.map(({ id }) => id)));
});

test.skipIf(program === null)(
  'Proxy-State comes back in order, and a request with a Message-Authenticator is answered',
  async () => {
    const lines = ['Proxy-State = 0x0102', 'Proxy-State = 0xff', 'Message-Authenticator = 0x00'];
    const { answered, output } = await report({ user: 'ann@example.net', session: 'S-2', status: 'Start', lines });
    expect(answered).toBe(true);
    const received = output.slice(output.indexOf('Received Accounting-Response'));
    expect([...received.matchAll(/Proxy-State = (0x[0-9a-f]+)/g)].map((match) => match[1])).toEqual(['0x0102', '0xff']);
  },
);

test.skipIf(program === null)('an account is found by Calling-Station-Id, however the device writes it', async () => {
  await api.createAccount({ id: 'mac', plan: 'metered', stations: ['00:1b:63:84:45:e6'] });
  await report({ station: '00-1B-63-84-45-E6', session: 'M-1', status: 'Stop', seconds: 60, output: 10, input: 1 });
  expect(quantities(await billOnceRated('mac'))).toEqual({ Time: '60', Download: '10', Upload: '1' });
});

test.skipIf(program === null)(
  'an unknown login waits in suspense, and is billed once it is added to an account',
  async () => {
    await api.createAccount({ id: 'late', plan: 'metered', logins: ['other@example.net'] });
    const session = { user: 'new@example.net', session: 'N-1' };
    expect((await report({ ...session, status: 'Start' })).answered).toBe(true);
    expect((await report({ ...session, status: 'Interim-Update', seconds: 100, input: 7, output: 70 })).answered).toBe(
      true,
    );
    const before = await api.rated();
    expect(before.suspense.subjects).toMatchObject([{ kind: 'login', value: 'new@example.net', count: 2 }]);
    expect((await api.bill('late')).lines).toEqual([]);
    await api.json('POST', '/api/accounts/late/identities', { kind: 'login', value: 'new@example.net' });
    expect(quantities(await billOnceRated('late'))).toEqual({ Time: '100', Download: '70', Upload: '7' });
    await report({ ...session, status: 'Stop', seconds: 150, input: 8, output: 90 });
    expect(quantities(await billOnceRated('late'))).toEqual({ Time: '150', Download: '90', Upload: '8' });
    const after = await api.health();
    expect(after.suspense).toMatchObject({ waiting: 0, released: 2 });
    expect(after.collectors[0]?.difference).toBe(0);
  },
);

test.skipIf(program === null)(
  'a wrong secret gets no answer, is counted by its reason, and changes nothing',
  async () => {
    const before = await api.health();
    const { answered } = await radclient(program!, {
      port: daemon.radiusPort,
      secret: 'not-the-secret-of-this-test',
      attributes: { 'User-Name': 'ann@example.net', 'Acct-Session-Id': 'F-1', 'Acct-Status-Type': 'Start' },
      timeoutSeconds: 1,
    });
    expect(answered).toBe(false);
    const after = await api.health();
    expect(after.collectors[0]!.refused['bad-authenticator']).toBeGreaterThan(0);
    expect(after.partition.logged).toBe(before.partition.logged);
    expect(after.collectors[0]!.difference).toBe(0);
  },
);

test.skipIf(program === null)(
  'a Stop without a time of its own, sent again seconds later and after kill -9, is billed once',
  async () => {
    await api.createAccount({ id: 'timeless', plan: 'metered', logins: ['timeless@example.net'] });
    const attributes = {
      'User-Name': 'timeless@example.net',
      'Acct-Session-Id': 'T-1',
      'Acct-Status-Type': 'Stop',
      'NAS-Identifier': 'bras-1',
      'Acct-Session-Time': 1,
      'Acct-Output-Gigawords': 4,
      'Acct-Output-Octets': 7,
      'Acct-Input-Octets': 1,
    };
    const stop = () => radclient(program!, { port: daemon.radiusPort, attributes });
    expect((await stop()).answered).toBe(true);
    const answeredMs = performance.now();
    daemon.child.kill('SIGKILL');
    await daemon.ended;
    daemon = await startProcess(folder.configFile);
    api = await Api.signedIn(daemon.url);
    // By its arrival alone it would be of a session that began after the Stop before it.
    await new Promise((resolve) => setTimeout(resolve, 3_500 - (performance.now() - answeredMs)));
    expect((await stop()).answered).toBe(true);
    const once = { Time: '1', Download: String(4 * 2 ** 32 + 7), Upload: '1' };
    expect(quantities(await billOnceRated('timeless'))).toEqual(once);
  },
);

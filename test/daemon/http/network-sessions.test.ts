import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BillView, NetworkSessionView, Page } from '../../../daemon/contract.ts';
import type { SessionState } from '../../../daemon/mediation/session.ts';
import { batch } from '../store/conformance.ts';
import { type DaemonStub, postAccount, putPlan, startStub } from './daemon-stub.ts';

const startMs = Date.UTC(2026, 0, 10, 8);
let stub: DaemonStub;
let csr: string;

beforeEach(async () => {
  stub = await startStub();
  const admin = await stub.signIn('admin');
  await putPlan(stub, admin);
  await postAccount(stub, admin);
  await postAccount(stub, admin, { id: 'bob', identities: [] });
  csr = await stub.signIn('csr');
});
afterEach(() => stub.close());

async function keep(count: number, change: (n: number) => Partial<SessionState>): Promise<void> {
  const sessions = Array.from({ length: count }, (_, index) => {
    const n = index + 1;
    const state: SessionState = {
      key: `key ${n}`,
      device: 'access/nas-1',
      session: `s${n}`,
      account: 1,
      startMs,
      lastEventMs: startMs + n * 60_000,
      lastHeardMs: startMs + n * 60_000,
      open: true,
      closedBy: null,
      deviceRestartMs: null,
      incarnation: 1,
      counters: { time: BigInt(n * 60), 'octets-in': 5n, 'octets-in+ipv6': 2n },
      details: { login: 'alice@example', attributes: { 'Framed-IP-Address': `192.0.2.${n}` } },
      ...change(n),
    };
    return { id: n, state };
  });
  await stub.store.commit(batch(1, { sessions }));
}

async function page(query: string, cookie = csr): Promise<Page<NetworkSessionView>> {
  const answer = await stub.ask(cookie, { url: query });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

const idsOf = ({ items }: Page<NetworkSessionView>) => items.map(({ id }) => id);

test('sessions are told newest first, with their account, their use and how many are concurrent', async () => {
  await keep(3, (n) => (n === 2 ? { open: false, closedBy: 'silence' } : {}));
  const { items } = await page('/api/sessions');
  expect(items.map(({ id, open, closedBy, concurrent }) => [id, open, closedBy, concurrent])).toEqual([
    ['s3', true, null, 2],
    ['s2', false, 'silence', 2],
    ['s1', true, null, 2],
  ]);
  expect(items[0]).toEqual({
    id: 's3',
    device: 'access/nas-1',
    account: 'alice',
    login: 'alice@example',
    incarnation: 1,
    open: true,
    closedBy: null,
    startedAt: '2026-01-10T08:00:00.000Z',
    lastEventAt: '2026-01-10T08:03:00.000Z',
    lastHeardAt: '2026-01-10T08:03:00.000Z',
    seconds: '180',
    octetsIn: '7',
    octetsOut: '0',
    concurrent: 2,
    attributes: { 'Framed-IP-Address': '192.0.2.3' },
  });
});

test('filters are joined, and pages follow each other', async () => {
  await keep(9, (n) => ({
    account: n > 6 ? 2 : 1,
    device: n % 2 === 0 ? 'access/nas-2' : 'access/nas-1',
    ...(n === 1 ? { open: false, closedBy: 'stop' } : {}),
  }));
  expect(idsOf(await page('/api/sessions?account=bob'))).toEqual(['s9', 's8', 's7']);
  expect(idsOf(await page('/api/sessions?account=nobody'))).toEqual([]);
  expect(idsOf(await page('/api/sessions?state=closed'))).toEqual(['s1']);
  expect(idsOf(await page('/api/sessions?device=access/nas-2&account=alice'))).toEqual(['s6', 's4', 's2']);
  expect(idsOf(await page('/api/sessions?login=alice@example&session=s4'))).toEqual(['s4']);
  expect(idsOf(await page('/api/sessions?attribute=Framed-IP-Address%3D192.0.2.5'))).toEqual(['s5']);
  expect(idsOf(await page('/api/sessions?since=2026-01-10T08:08:00Z'))).toEqual(['s9', 's8']);
  const first = await page('/api/accounts/alice/sessions?limit=4');
  expect(idsOf(first)).toEqual(['s6', 's5', 's4', 's3']);
  const second = await page(`/api/accounts/alice/sessions?limit=4&cursor=${first.next}`);
  expect([idsOf(second), second.next]).toEqual([['s2', 's1'], null]);
});

test.each([
  ['state=ajar', 'state'],
  ['since=yesterday', 'since'],
  ['attribute=Class', 'attribute'],
  ['limit=0', 'limit'],
  ['cursor=x', 'cursor'],
])('%s is refused by its name', async (query, field) => {
  const answer = await stub.ask(csr, { url: `/api/sessions?${query}` });
  expect(answer.json()).toMatchObject({ status: 400, field });
});

test('a subscriber sees the own sessions only', async () => {
  await keep(2, (n) => ({ account: n }));
  const alice = await stub.signIn('subscriber', 'alice');
  expect(idsOf(await page('/api/accounts/alice/sessions', alice))).toEqual(['s1']);
  expect((await stub.ask(alice, { url: '/api/accounts/bob/sessions' })).statusCode).toBe(403);
  expect((await stub.ask(alice, { url: '/api/sessions' })).statusCode).toBe(403);
});

test('a bill shows the newest fifty open sessions and says how many there are', async () => {
  await keep(70, () => ({}));
  const bill = (await stub.ask(csr, { url: '/api/accounts/alice/bill' })).json<BillView>();
  expect([bill.sessions.length, bill.sessions[0]?.id, bill.sessionCount]).toEqual([50, 's70', 70]);
});

/**
 * Whose a flow is, and what kind of traffic, in a real daemon: classes on a plan's lines, metering points, IPv6 and
 * delegated prefixes, and sessions that radclient reports, before and after the flows they explain.
 */
import { afterEach, expect, test } from 'vitest';
import type { FlowHealthView } from '../../daemon/contract.ts';
import { describeFlow, emptyFlow } from '../../simulator/exporter/flow.ts';
import { ExporterRun, SimulatedExporter } from '../../simulator/index.ts';
import { exporterDefaults, type V5Flow, v5Message } from '../fixtures/flows.ts';
import { Api } from './api.ts';
import { freeUdpPort, makeFolder, type RunningProcess, startProcess, type TestFolder } from './daemon-process.ts';
import { sendFlows } from './flow-socket.ts';
import { settled } from './flows-settled.ts';
import { findPeer } from './peers.ts';
import { radclient } from './radclient.ts';

const program = findPeer('radclient');
let folder: TestFolder;
let daemon: RunningProcess;
let flowPort: number;

afterEach(async () => {
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  folder.remove();
});

async function begin(netflow: Record<string, unknown> = {}, flow: Record<string, unknown> = {}): Promise<Api> {
  flowPort = await freeUdpPort();
  folder = makeFolder(0, {
    netflow: { host: '127.0.0.1', port: flowPort, exporters: ['127.0.0.0/8'], ...netflow },
    flow: { windowMs: 100, holdMs: 100, ...flow },
  });
  daemon = await startProcess(folder.configFile);
  const api = await Api.signedIn(daemon.url);
  await api.putPlan('octets', new URL('./plans/octets.xml', import.meta.url));
  await api.putPlan('traffic-classes', new URL('./plans/traffic-classes.xml', import.meta.url));
  return api;
}

async function addAccount(api: Api, id: string, prefixes: readonly string[], plan = 'octets'): Promise<void> {
  await api.createAccount({ id, plan, logins: [id] });
  for (const value of prefixes) await api.json('POST', `/api/accounts/${id}/identities`, { kind: 'prefix', value });
}

const send = (datagrams: readonly Uint8Array[], from: string) => sendFlows(datagrams, { port: flowPort, from });

/** A flow of the last minute, told now. */
const flow = (source: string, destination: string, octets: number, more: Partial<V5Flow> = {}): V5Flow => {
  const endMs = Date.now() - 1_000;
  return { source, destination, octets, startMs: endMs - 500, endMs, ...more };
};

/** Octets on each line of a bill, without empty lines. */
async function octetsByLine(api: Api, account: string): Promise<Record<string, string>> {
  const { lines } = await api.bill(account);
  return Object.fromEntries(
    lines.flatMap(({ label, baseQuantity }) => (baseQuantity === '0' ? [] : [[label, baseQuantity]])),
  );
}

async function report(session: string, user: string, status: string, lines: readonly string[]): Promise<void> {
  const attributes = {
    ...{ 'User-Name': user, 'Acct-Session-Id': session, 'Acct-Status-Type': status, 'NAS-Identifier': 'bras-1' },
  };
  const answer = await radclient(program!, { port: daemon.radiusPort, attributes, lines });
  expect(answer).toMatchObject({ answered: true });
}

test('classes of traffic become lines of a bill, each with its price', async () => {
  const api = await begin({
    classes: [
      { class: 'on-net', onNet: true },
      { class: 'voip', ports: ['5060-5099'], protocols: [17] },
      { class: 'peering', remotePrefixes: ['198.51.100.0/24'] },
    ],
  });
  await addAccount(api, 'ann', ['10.1.0.1/32'], 'traffic-classes');
  await addAccount(api, 'bea', ['10.1.0.2/32'], 'traffic-classes');
  const flows = [
    flow('10.1.0.1', '203.0.113.9', 1_000, { protocol: 17, destinationPort: 5060 }),
    flow('203.0.113.9', '10.1.0.1', 2_000, { protocol: 17, sourcePort: 5061 }),
    // The port of voice, but not its protocol.
    flow('10.1.0.1', '203.0.113.9', 30_000, { protocol: 6, destinationPort: 5060 }),
    flow('198.51.100.7', '10.1.0.1', 400_000),
    flow('10.1.0.1', '10.1.0.2', 5_000_000),
    flow('203.0.113.9', '10.1.0.1', 60_000_000),
  ];
  await send([v5Message(flows, { exportMs: Date.now() })], '127.0.0.1');
  await settled(api, ({ records }) => records === flows.length);
  expect(await octetsByLine(api, 'ann')).toEqual({
    Voice: '3000',
    Up: '30000',
    Peering: '400000',
    'On-net': '5000000',
    Down: '60000000',
  });
  expect(await octetsByLine(api, 'bea')).toEqual({ 'On-net': '5000000' });
  expect((await api.bill('ann')).total).toBe('60.26');
});

test('of two exporters that see the same flows, the metering point bills them, and the other is counted', async () => {
  const api = await begin({ meteringPoints: [{ exporter: '127.0.0.2', interfaces: [12] }] });
  await addAccount(api, 'ann', ['10.1.0.1/32']);
  const seen = [flow('10.1.0.1', '203.0.113.9', 1_000), flow('203.0.113.9', '10.1.0.1', 20_000)];
  const at = (input: number) =>
    v5Message(
      seen.map((each) => ({ ...each, input })),
      { exportMs: Date.now() },
    );
  await send([at(12)], '127.0.0.2');
  await send([at(12)], '127.0.0.3');
  // The metering point's exporter at its other side, where the same flows leave it.
  await send(
    [
      v5Message(
        seen.map((each) => ({ ...each, input: 13 })),
        { exportMs: Date.now(), sequence: 2 },
      ),
    ],
    '127.0.0.2',
  );
  const { flows } = await settled(api, ({ records }) => records === 6);
  expect(await octetsByLine(api, 'ann')).toEqual({ Up: '1000', Down: '20000' });
  expect(flows!.octets).toMatchObject({
    ...{ received: '63000', billed: '21000', elsewhere: '42000', shared: '0', difference: '0' },
  });
  const metrics = await (await api.send('GET', '/metrics')).text();
  expect(metrics).toContain('meterd_flow_octets_total{fate="elsewhere"} 42000');
  expect(metrics).toContain('meterd_flow_octets_total{fate="billed"} 21000');
});

test('without metering points, two exporters that tell of the same subscriber are pointed out', async () => {
  const api = await begin();
  await addAccount(api, 'ann', ['10.1.0.1/32']);
  const seen = v5Message([flow('10.1.0.1', '203.0.113.9', 1_000)], { exportMs: Date.now() });
  await send([seen], '127.0.0.2');
  await send([seen], '127.0.0.3');
  const { flows } = await settled(api, ({ records }) => records === 2);
  expect(await octetsByLine(api, 'ann')).toEqual({ Up: '2000' });
  expect(flows!.octets).toMatchObject({ billed: '2000', shared: '1000' });
});

test.skipIf(program === null)(
  'over IPv6, flows are guided by delegated prefixes, and by a longer prefix within one',
  async () => {
    const api = await begin({ host: '::1', exporters: ['::1/128'] });
    const subscribers = 20;
    await addAccount(api, 'ann', []);
    await addAccount(api, 'bea', []);
    await addAccount(api, 'cas', ['2001:db8:0:3::/64']);
    const startedAt = Math.floor(Date.now() / 1000) - 600;
    await report('A-1', 'ann', 'Start', ['Delegated-IPv6-Prefix = 2001:db8::/60', `Event-Timestamp = ${startedAt}`]);
    await report('B-1', 'bea', 'Start', ['Framed-IPv6-Prefix = 2001:db8:0:10::/64', `Event-Timestamp = ${startedAt}`]);
    const options = { format: 'ipfix', family: 6, times: 'milliseconds', subscribers, records: 1_000 } as const;
    const run = new ExporterRun({
      ...{ host: '::1', port: flowPort, ratePerSecond: 20_000 },
      exporters: [{ ...exporterDefaults, startMs: Date.now(), ...options }],
    });
    const summary = await run.run();
    const { flows } = await settled(api, ({ records }) => records === summary.records);
    // Of 2001:db8::/60, number 3 has a holder of its own; 17 to 19 are nobody's.
    const expected: Record<string, readonly number[]> = {
      ann: Array.from({ length: 16 }, (_, n) => n).filter((n) => n !== 3),
      bea: [16],
      cas: [3],
    };
    for (const [account, numbers] of Object.entries(expected)) {
      const sums = { Down: 0n, Up: 0n };
      for (const n of numbers) {
        const { octetsIn, octetsOut } = run.totals().get(`2001:db8:0:${n.toString(16)}::1`)!;
        sums.Down += octetsIn;
        sums.Up += octetsOut;
      }
      expect({ account, ...(await octetsByLine(api, account)) }).toEqual({
        ...{ account, Down: String(sums.Down), Up: String(sums.Up) },
      });
    }
    expect(flows!.exporters.map(({ exporter }) => exporter)).toEqual(['::1']);
    expect(Number(flows!.octets.unguided)).toBeGreaterThan(0);
  },
);

test.skipIf(program === null).each([
  ['held until then is billed to the session', 6_000, 'ann'],
  ['not held is billed to who had the address before', 0, 'house'],
])('a flow that comes before its login, %s', async (_, holdMs, account) => {
  const api = await begin({}, { holdMs });
  await addAccount(api, 'ann', []);
  await addAccount(api, 'house', ['10.1.0.0/16']);
  const startedAt = Math.floor(Date.now() / 1000) - 5;
  await until(api, ({ addresses }) => addresses === 1);
  await send([v5Message([flow('10.1.0.5', '203.0.113.9', 12_345)], { exportMs: Date.now() })], '127.0.0.1');
  await until(api, (flows) => (holdMs > 0 ? flows.held === 1 : flows.records === 1));
  await report('A-1', 'ann', 'Start', ['Framed-IP-Address = 10.1.0.5', `Event-Timestamp = ${startedAt}`]);
  await settled(api, ({ records }) => records === 1);
  expect(await octetsByLine(api, account)).toEqual({ Up: '12345' });
  expect(await octetsByLine(api, account === 'ann' ? 'house' : 'ann')).toEqual({});
});

async function until(api: Api, holds: (flows: FlowHealthView) => boolean): Promise<void> {
  for (;;) {
    const { flows } = await api.health();
    if (flows !== null && holds(flows)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test.skipIf(program === null)(
  'a session’s flows are its account’s from its start to its end, and the part of a flow from before it is not',
  async () => {
    const api = await begin();
    await addAccount(api, 'ann', []);
    const nowSeconds = Math.floor(Date.now() / 1000);
    const [fromMs, untilMs] = [(nowSeconds - 80) * 1000, (nowSeconds - 40) * 1000];
    const lines = (atMs: number) => ['Framed-IP-Address = 10.0.0.0', `Event-Timestamp = ${atMs / 1000}`];
    await report('A-1', 'ann', 'Start', lines(fromMs));
    await report('A-1', 'ann', 'Stop', [...lines(untilMs), 'Acct-Session-Time = 40']);
    const population = { seed: 3, subscribers: 1, family: 4, biflow: false } as const;
    const exporter = new SimulatedExporter({
      ...{ ...exporterDefaults, ...population, format: 'ipfix', times: 'milliseconds', records: 600 },
      ...{ recordsPerDatagram: 5, startMs: (nowSeconds - 120) * 1000, recordsPerSecond: 5 },
    });
    const datagrams = [...exporter.datagrams()];
    await send(
      datagrams.map(({ bytes }) => bytes),
      '127.0.0.1',
    );
    const { flows } = await settled(api, ({ records }) => records === 600);
    const told = emptyFlow();
    const sums = { Down: 0n, Up: 0n };
    let number = 0;
    let split = 0;
    let others = 0;
    for (const { exportMs, records } of datagrams) {
      for (let n = 0; n < records; n++) {
        describeFlow(number++, population, { exportMs, family: 4 }, told);
        const { startMs, endMs, octets, isDownload } = told;
        if (endMs <= fromMs || startMs >= untilMs) {
          others++;
          continue;
        }
        const [all, from, to] = [BigInt(octets), BigInt(startMs), BigInt(endMs)];
        const before = startMs < fromMs ? (all * (BigInt(fromMs) - from)) / (to - from) : 0n;
        if (before > 0n) split++;
        sums[isDownload ? 'Down' : 'Up'] += all - before;
      }
    }
    expect(Math.min(split, others)).toBeGreaterThan(20);
    expect(await octetsByLine(api, 'ann')).toEqual({ Down: String(sums.Down), Up: String(sums.Up) });
    expect(BigInt(flows!.octets.unguided)).toBe(exporter.totals.octets - sums.Down - sums.Up);
  },
);

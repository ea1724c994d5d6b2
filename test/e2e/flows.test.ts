/**
 * Flow records against a real daemon: what the simulator says it sent is what stands on the bills, to the octet, in every
 * format and through the troubles of networks, exporters and the daemon itself.
 */
import { afterEach, expect, test } from 'vitest';
import type { FlowHealthView } from '../../daemon/contract.ts';
import { describeFlow, emptyFlow } from '../../simulator/exporter/flow.ts';
import { type ExporterOptions, ExporterRun, type ExporterSummary } from '../../simulator/index.ts';
import { exporterDefaults } from '../fixtures/flows.ts';
import { Api } from './api.ts';
import { freeUdpPort, makeFolder, type RunningProcess, startProcess, type TestFolder } from './daemon-process.ts';
import { settled } from './flows-settled.ts';

const octetsPlan = new URL('./plans/octets.xml', import.meta.url);
const subscribers = 20;
let folder: TestFolder;
let daemon: RunningProcess;
let flowPort: number;

afterEach(async () => {
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  folder.remove();
});

interface Setting {
  readonly netflow?: Record<string, unknown>;
  readonly flow?: Record<string, unknown>;
}

/** A daemon with accounts s0, s1, … that hold the simulator's addresses of both families. */
async function begin({ netflow = {}, flow = {} }: Setting = {}): Promise<Api> {
  flowPort = await freeUdpPort();
  folder = makeFolder(await freeUdpPort(), {
    netflow: { host: '127.0.0.1', port: flowPort, exporters: ['127.0.0.0/8'], ...netflow },
    flow: { windowMs: 100, holdMs: 200, ...flow },
  });
  daemon = await startProcess(folder.configFile);
  const api = await Api.signedIn(daemon.url);
  await api.putPlan('octets', octetsPlan);
  for (let n = 0; n < subscribers; n++) {
    await api.createAccount({ id: `s${n}`, plan: 'octets' });
    await api.json('POST', `/api/accounts/s${n}/identities`, { kind: 'address', value: `10.0.0.${n}` });
    await api.json('POST', `/api/accounts/s${n}/identities`, {
      kind: 'prefix',
      value: `2001:db8:0:${n.toString(16)}::/64`,
    });
  }
  return api;
}

function runOf(options: Partial<ExporterOptions>, ratePerSecond = 20_000): ExporterRun {
  const exporters = [{ ...exporterDefaults, subscribers, records: 2_000, startMs: Date.now(), ...options }];
  return new ExporterRun({ host: '127.0.0.1', port: flowPort, exporters, ratePerSecond });
}

const recordsThere = (summary: ExporterSummary) => (flows: FlowHealthView) => flows.records >= summary.records;

/** Octets on an account's bill, which its plan has one line for, each way. */
async function billedOctets(api: Api, account: string): Promise<{ in: bigint; out: bigint }> {
  const { lines } = await api.bill(account);
  const quantity = (label: string) => BigInt(lines.find((line) => line.label === label)?.quantity ?? '0');
  return { in: quantity('Down'), out: quantity('Up') };
}

async function expectBilledAsSent(api: Api, run: ExporterRun): Promise<void> {
  const totals = run.totals();
  for (let n = 0; n < subscribers; n++) {
    const sent = { in: 0n, out: 0n };
    for (const [address, { octetsIn, octetsOut }] of totals) {
      if (address !== `10.0.0.${n}` && address !== `2001:db8:0:${n.toString(16)}::1`) continue;
      sent.in += octetsIn;
      sent.out += octetsOut;
    }
    expect({ account: n, ...(await billedOctets(api, `s${n}`)) }).toEqual({ account: n, ...sent });
  }
}

test.each([
  ['NetFlow v5', { format: 'v5' }],
  ['NetFlow v9 of both families', { format: 'v9', family: 'mix' }],
  ['IPFIX', { format: 'ipfix', times: 'milliseconds', family: 'mix' }],
  ['IPFIX with biflows', { format: 'ipfix', times: 'microseconds', biflow: true }],
  ['IPFIX of varying lengths', { format: 'ipfix', times: 'seconds', variable: true, reducedSize: true }],
  ['sampled NetFlow v5', { format: 'v5', sampling: 100 }],
  ['sampled NetFlow v9', { format: 'v9', sampling: 1000 }],
  ['templates that change', { format: 'v9', templateChangeEvery: 10 }],
  ['data before its template', { format: 'v9', lateTemplate: 20 }],
] as [string, Partial<ExporterOptions>][])('%s is billed to the octet', async (_, options) => {
  const api = await begin();
  const run = runOf(options);
  const summary = await run.run();
  const health = await settled(api, recordsThere(summary));
  await expectBilledAsSent(api, run);
  expect(health.flows).toMatchObject({
    refused: {},
    octets: { received: summary.octets, unguided: '0', difference: '0' },
  });
  expect(health.flows!.exporters.map(({ missing }) => missing)).toEqual([0]);
});

test('loss is told from doubling and disorder, counted in what the format counts, and only what came is billed', async () => {
  const api = await begin();
  const run = runOf({ format: 'ipfix', times: 'milliseconds', loss: 0.1, duplicate: 0.1, reorder: 0.1 });
  const summary = await run.run();
  const health = await settled(api, recordsThere(summary));
  await expectBilledAsSent(api, run);
  const [exporter] = health.flows!.exporters;
  // What is lost last has no successor that would tell.
  expect(exporter!.missing).toBeLessThanOrEqual(summary.lost.records);
  expect(exporter!.missing).toBeGreaterThan(0.8 * summary.lost.records);
  expect([exporter!.duplicates, exporter!.reordered]).toEqual([summary.duplicated, summary.reordered]);
  expect(health.flows!.octets.difference).toBe('0');
  expect(health).toMatchObject({ verdict: 'warning', summary: expect.stringContaining('that did not come') });
});

test('an exporter that begins anew has lost nothing', async () => {
  const api = await begin();
  const run = runOf({ format: 'v9', restartAt: 20 });
  const summary = await run.run();
  const health = await settled(api, recordsThere(summary));
  await expectBilledAsSent(api, run);
  expect(health.flows!.exporters.map(({ restarts, missing }) => [restarts, missing])).toEqual([[1, 0]]);
});

test('strangers are refused by name of the reason', async () => {
  const api = await begin({ netflow: { exporters: ['192.0.2.0/24'] } });
  await runOf({ format: 'v5', records: 100 }).run();
  const health = await settled(api, (flows) => flows.datagrams >= 4);
  expect(health.flows).toMatchObject({ refused: { 'unknown-exporter': 4 }, records: 0, exporters: [] });
});

test('use of our own addresses that nobody holds waits, and is billed when somebody is known to', async () => {
  const api = await begin({ netflow: { subscribers: ['10.0.0.0/8'] } });
  const run = runOf({ format: 'v9', subscribers: subscribers + 2 });
  const summary = await run.run();
  const { flows, suspense } = await settled(api, recordsThere(summary));
  const waiting = (await run.totals().get('10.0.0.20'))!;
  expect(BigInt(flows!.octets.suspended)).toBeGreaterThan(waiting.octetsIn + waiting.octetsOut);
  expect(suspense.subjects.map(({ kind, value, reason }) => `${kind} ${value} ${reason}`).sort()).toEqual([
    'address 10.0.0.20 unknown-subject',
    'address 10.0.0.21 unknown-subject',
  ]);
  await api.createAccount({ id: 'late', plan: 'octets' });
  await api.json('POST', '/api/accounts/late/identities', { kind: 'address', value: '10.0.0.20' });
  await api.rated();
  expect(await billedOctets(api, 'late')).toEqual({ in: waiting.octetsIn, out: waiting.octetsOut });
});

test('templates survive a restart, and so does the numbering', async () => {
  const api = await begin();
  const first = runOf({ format: 'v9' });
  await settled(api, recordsThere(await first.run()));
  expect(await daemon.stop()).toBe(0);
  daemon = await startProcess(folder.configFile);
  const again = await Api.signedIn(daemon.url);
  // The same numbering once more, without any template: as much as a duplicate stream from an exporter that went on.
  const run = runOf({ format: 'v9', lateTemplate: 1_000_000, seed: 5, records: 300 });
  const summary = await run.run();
  const health = await settled(again, recordsThere(summary));
  expect(health.flows).toMatchObject({ refused: {}, heldForTemplateOctets: 0 });
});

test('killed under load, the daemon loses no window and doubles none, and tells to the record what was lost', async () => {
  const api = await begin({ flow: { windowMs: 100, holdMs: 300 } });
  const run = runOf({ format: 'ipfix', times: 'milliseconds', records: 1_000_000 }, 10_000);
  const running = run.run();
  await settledWindows(api, 3);
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  daemon = await startProcess(folder.configFile);
  const again = await Api.signedIn(daemon.url);
  await settledWindows(again, 3);
  run.stop();
  const summary = await running;
  let recordsBefore = -1;
  const isQuiet = ({ records }: FlowHealthView) => {
    const stays = records === recordsBefore;
    recordsBefore = records;
    return stays && records > 0;
  };
  const health = await settled(again, isQuiet);
  const [exporter] = health.flows!.exporters;
  expect(exporter!.missing).toBe(exporter!.missingAtRestart);
  expect(exporter!.missing).toBeGreaterThan(0);
  let billed = 0n;
  for (let n = 0; n < subscribers; n++) {
    const octets = await billedOctets(again, `s${n}`);
    billed += octets.in + octets.out;
  }
  // So many records in a row are missing: somewhere in what was sent there is such a row of just the octets not billed.
  expect(rowsOf(exporter!.missing, summary.records)).toContain(BigInt(summary.octets) - billed);
});

/** What any so many flows in a row come to, in octets. */
function rowsOf(length: number, records: number): bigint[] {
  const population = { seed: exporterDefaults.seed, subscribers, family: 4, biflow: false } as const;
  const flow = emptyFlow();
  const until = [0];
  for (let n = 0; n < records; n++) {
    describeFlow(n, population, { exportMs: 0, family: 4 }, flow);
    until.push(until[n]! + flow.octets);
  }
  return until.slice(length).map((octets, from) => BigInt(octets - until[from]!));
}

/** Waits for so many windows in the log. */
async function settledWindows(api: Api, windows: number): Promise<void> {
  while (((await api.health()).flows?.windows ?? 0) < windows) await new Promise((resolve) => setTimeout(resolve, 20));
}

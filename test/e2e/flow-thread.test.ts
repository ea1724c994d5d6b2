/** The flow thread ends by itself in a real daemon: another takes its place, and what that cost is told to the record. */
import { afterEach, expect, test } from 'vitest';
import type { FlowHealthView } from '../../daemon/contract.ts';
import { SimulatedExporter } from '../../simulator/index.ts';
import { exporterDefaults } from '../fixtures/flows.ts';
import { Api } from './api.ts';
import { freeUdpPort, makeFolder, type RunningProcess, startProcess, type TestFolder } from './daemon-process.ts';
import { sendFlows } from './flow-socket.ts';
import { settled } from './flows-settled.ts';

let folder: TestFolder;
let daemon: RunningProcess;

afterEach(async () => {
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  folder.remove();
});

test('a flow thread that ends is followed by another, which knows what was lost and bills the rest', async () => {
  const port = await freeUdpPort();
  folder = makeFolder(0, {
    netflow: { host: '127.0.0.1', port, exporters: ['127.0.0.0/8'] },
    flow: { windowMs: 100, holdMs: 300 },
  });
  daemon = await startProcess(folder.configFile, { METERD_FAILPOINT: 'flow-datagram:50' });
  const api = await Api.signedIn(daemon.url);
  await api.putPlan('octets', new URL('./plans/octets.xml', import.meta.url));
  await api.createAccount({ id: 'ann', plan: 'octets' });
  await api.json('POST', '/api/accounts/ann/identities', { kind: 'prefix', value: '10.0.0.0/8' });
  const exporter = new SimulatedExporter({
    ...{ ...exporterDefaults, format: 'v9', records: 1_000, recordsPerDatagram: 10, templateEvery: 1_000 },
    startMs: Date.now(),
  });
  const datagrams: Uint8Array[] = [];
  /** Octets of the datagrams up to each. */
  const octetsAt: bigint[] = [];
  for (const { bytes } of exporter.datagrams()) {
    datagrams.push(bytes);
    octetsAt.push(exporter.totals.octets);
  }
  const sendPart = (from: number, to: number) => sendFlows(datagrams.slice(from, to), { port });
  const taken = (count: number) => (flows: FlowHealthView) => flows.datagrams === count;

  await sendPart(0, 40);
  await settled(api, taken(40));
  const before = octetsAt[39]!;
  expect(await billed(api)).toBe(before);

  // The tenth of these ends the thread, which held the nine before it.
  await sendPart(40, 50);
  await settled(api, (flows) => flows.threadRestarts === 1 && flows.listening && flows.datagrams === 0);
  await sendPart(60, 80);
  const health = await settled(api, taken(20));
  expect(await billed(api)).toBe(before + octetsAt[79]! - octetsAt[59]!);
  expect(health.flows!.exporters).toMatchObject([{ missing: 20, missingAtRestart: 20, missingUnit: 'datagrams' }]);
  expect(health.flows!.octets.difference).toBe('0');
  expect(daemon.output()).toContain('the flow thread ended');
  expect(await (await api.send('GET', '/metrics')).text()).toContain('meterd_flow_thread_restarts_total 1');
});

/** Octets on the only bill, both ways. */
async function billed(api: Api): Promise<bigint> {
  const { lines } = await api.bill('ann');
  return lines.reduce((sum, { baseQuantity }) => sum + BigInt(baseQuantity), 0n);
}

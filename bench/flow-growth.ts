/**
 * What known addresses cost meterd: the same flows, of more and more addresses, guided to the same accounts. One folder
 * grows; the daemon starts anew on it for each size, as its start is part of the cost.
 *
 * Addresses are put straight into the store's file while nobody has it open, as by the API a million take minutes.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { subscriberAddress } from '../simulator/index.ts';
import { linesOf, sendFlows } from './flow-sending.ts';
import { createAccounts, faultsOf, launchMeterd, octetsOnBills, settledHealth } from './flow-servers.ts';
import { cpuSeconds } from './process-tree.ts';

export const defaultSizes = [1_000, 10_000, 100_000, 1_000_000];
const accounts = 1_000;
const load = { format: 'v9', rate: 500_000, seconds: 3 };

export interface GrowthMeasurement {
  readonly addresses: number;
  /** From the command to the first answer. */
  readonly startSeconds: number;
  /** Resident memory of the daemon: all addresses known, no flow yet; and the most there was. */
  readonly idleBytes: number;
  readonly peakBytes: number;
  readonly lostOctets: string;
  readonly cpuMicroseconds: number;
  readonly problems: readonly string[];
}

export async function* measureGrowth(sizes: readonly number[], folder: string): AsyncGenerator<GrowthMeasurement> {
  if (sizes.length === 0) return;
  await mkdir(folder, { recursive: true });
  const first = await launchMeterd(folder);
  try {
    await createAccounts(first.api, accounts, () => []);
  } finally {
    await first.server.stop();
  }
  let domain = 0;
  let known = 0;
  for (const addresses of sizes) {
    addAddresses(join(folder, 'data', 'store.db'), known, addresses);
    known = addresses;
    yield await measure(folder, addresses, ++domain);
  }
}

async function measure(folder: string, addresses: number, domain: number): Promise<GrowthMeasurement> {
  const beganMs = performance.now();
  const { port, server, api } = await launchMeterd(folder);
  const startSeconds = (performance.now() - beganMs) / 1000;
  try {
    const { flows: before } = await settledHealth(api, server);
    const onBillsBefore = await octetsOnBills(api, accounts);
    const idleBytes = (await memoryOf(server.processId)).now;
    const cpuBefore = await cpuSeconds([server.processId]);
    const sent = await sendFlows(port, { ...load, domain, subscribers: addresses });
    const health = await settledHealth(api, server);
    const cpu = (await cpuSeconds([server.processId])) - cpuBefore;
    const { peak: peakBytes } = await memoryOf(server.processId);
    const onBills = (await octetsOnBills(api, accounts)) - onBillsBefore;
    return {
      addresses: before!.addresses,
      startSeconds,
      idleBytes,
      peakBytes,
      lostOctets: String(BigInt(sent.octets) - onBills),
      cpuMicroseconds: (cpu * 1e6) / sent.records,
      problems: faultsOf(health),
    };
  } finally {
    await server.stop();
  }
}

/** Addresses of the sender from one number to another, in turn of the accounts. */
function addAddresses(file: string, from: number, until: number): void {
  const store = new Database(file);
  try {
    const numbers = store.prepare<[], number>('SELECT no FROM account ORDER BY no').pluck().all();
    const insert = store.prepare(
      "INSERT INTO identity (account_no, kind, value, provider) VALUES (?, 'address', ?, '')",
    );
    const insertAll = store.transaction(() => {
      for (let n = from; n < until; n++) insert.run(numbers[n % numbers.length], subscriberAddress(n, 4));
    });
    insertAll();
  } finally {
    store.close();
  }
}

/** Resident memory, B. */
async function memoryOf(processId: number): Promise<{ readonly now: number; readonly peak: number }> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8');
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

/** Empty where nothing was measured. */
export function growthTable(measurements: readonly GrowthMeasurement[]): string {
  if (measurements.length === 0) return '';
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  const rows = [
    ['addresses', 'started in', 'memory then', 'at most', 'lost', 'CPU µs each'],
    ...measurements.map((each) => [
      String(each.addresses),
      `${each.startSeconds.toFixed(1)} s`,
      megabytes(each.idleBytes),
      megabytes(each.peakBytes),
      each.lostOctets === '0' ? 'none' : `${each.lostOctets} B`,
      each.cpuMicroseconds.toFixed(2),
    ]),
  ];
  const { format, rate, seconds } = load;
  return [
    '',
    `meterd by known addresses of ${accounts} accounts: ${rate} flows/s of ${format} for ${seconds} s, all on bills.`,
    '',
    ...linesOf(rows, []),
    '',
  ].join('\n');
}

/**
 * Fuzzes the flow collector: real datagrams and simulated ones, damaged, by the million. A datagram of any content must
 * not throw, not take long, hand on no impossible flow, break no law and make nothing grow beyond its limits.
 */
import {
  ExporterTable,
  FlowAggregator,
  FlowCollector,
  type FlowRecord,
  type FlowSink,
} from '../../collectors/index.ts';
import { type ExporterOptions, SimulatedExporter } from '../exporter/exporter.ts';
import { mutated } from './mutate.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Datagrams of real exporters to damage, beside the simulator's. */
  readonly material: readonly Uint8Array[];
  /** Collects garbage, where the process can; without it memory is not judged. */
  readonly collectGarbage?: () => void;
  readonly onProgress?: (done: number) => void;
}

export interface FuzzReport {
  readonly seed: number;
  readonly count: number;
  readonly records: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly streams: number;
  readonly templates: number;
  readonly heldOctets: number;
  /** Octets of memory in use after a quarter of the run, and at its end; 0 where they were not measured. */
  readonly memoryAtQuarter: number;
  readonly memoryAtEnd: number;
}

const limits = {
  streamsMax: 200,
  streamsMaxPerExporter: 50,
  templatesMax: 2,
  heldOctetsMax: 1 << 14,
  totalFlowsMax: 4096,
};
const exporters = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '203.0.113.1'];
/** So fast that what is held, half an hour, expires within a run. */
const msPerDatagram = 20;
const startMs = Date.UTC(2026, 0, 1);

/** @throws Error with the seed and number of the datagram that broke something */
export function fuzzNetflow({ seed, count, material, collectGarbage, onProgress }: FuzzOptions): FuzzReport {
  const grown = [...material, ...simulatedMaterial(), ...hostileMaterial()];
  const sampling = { unknown: 'flag' } as const;
  const collector = new FlowCollector(
    new ExporterTable([
      { cidr: '192.0.2.0/24', name: 'four', sampling },
      { cidr: '2001:db8::/32', name: 'six', sampling: { unknown: 'hold' } },
    ]),
    limits,
  );
  const checks = new CheckedSink();
  let slowestMs = 0;
  let memoryAtQuarter = 0;
  for (let number = 0; number < count; number++) {
    const datagram = mutated(grown, seed, number);
    const before = performance.now();
    try {
      collector.receive(datagram, exporters[number % exporters.length]!, startMs + number * msPerDatagram, checks);
    } catch (error) {
      throw new Error(`seed ${seed}, datagram ${number}: ${Buffer.from(datagram).toString('hex')}`, { cause: error });
    }
    slowestMs = Math.max(slowestMs, performance.now() - before);
    if (number % 50_000 === 0) {
      checkBounds(collector, `seed ${seed}, datagram ${number}`);
      onProgress?.(number);
    }
    if (number === Math.floor(count / 4)) memoryAtQuarter = memoryInUse(collectGarbage);
  }
  checkBounds(collector, `seed ${seed}, the end`);
  checks.settle();
  return {
    ...{ seed, count, slowestMs, records: checks.records, refusals: refusalsOf(collector) },
    streams: [...collector.streams()].length,
    templates: templatesOf(collector),
    heldOctets: collector.heldOctets,
    ...{ memoryAtQuarter, memoryAtEnd: memoryInUse(collectGarbage) },
  };
}

/** Takes flows as the daemon does, and believes none of them. */
class CheckedSink implements FlowSink {
  records = 0;
  #aggregated = 0n;
  readonly #aggregator = new FlowAggregator({
    // Half of all addresses are somebody's.
    subjects: { find: (addresses, at) => ((addresses[at]! & 1) === 0 ? (addresses[at]! >>> 8) & 0xfff : -1) },
    cellsMax: 10_000,
    handOver: (cells) => {
      for (let at = 0; at < cells.count; at++) this.#aggregated += cells.octets(at, false) + cells.octets(at, true);
      return true;
    },
  });

  flow(record: FlowRecord): void {
    this.records++;
    const { octets, packets, startMs, endMs, family } = record;
    const isSound =
      Number.isSafeInteger(octets) &&
      octets >= 0 &&
      Number.isSafeInteger(packets) &&
      packets >= 0 &&
      Number.isSafeInteger(startMs) &&
      Number.isSafeInteger(endMs) &&
      startMs <= endMs &&
      endMs - startMs <= 86_400_000 &&
      (family === 0 || family === 4 || family === 6);
    if (!isSound) throw new Error(`an impossible flow: ${JSON.stringify({ octets, packets, startMs, endMs, family })}`);
    this.#aggregator.flow(record);
  }

  settle(): void {
    this.#aggregator.flush();
    const { received, metered, bothEnds, elsewhere, unguided, dropped } = this.#aggregator.counts;
    const accounted = metered.value + elsewhere.value + unguided.value + dropped.value;
    if (accounted !== received.value) throw new Error(`received ${received.value} octets, accounted for ${accounted}`);
    const billed = metered.value + bothEnds.value;
    if (billed !== this.#aggregated) throw new Error(`metered ${billed} octets, handed over ${this.#aggregated}`);
  }
}

function checkBounds(collector: FlowCollector, where: string): void {
  const streams = [...collector.streams()];
  const largest = Math.max(0, ...streams.map(({ templates }) => templates.size));
  const isWithin =
    streams.length <= limits.streamsMax &&
    largest <= limits.templatesMax &&
    collector.heldOctets <= limits.heldOctetsMax &&
    collector.totals.flows <= 2 * limits.totalFlowsMax;
  if (!isWithin) throw new Error(`${where}: a limit was passed`);
}

function refusalsOf(collector: FlowCollector): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const refusals of [collector.refusals, ...[...collector.streams()].map((stream) => stream.refusals)]) {
    for (const [reason, count] of Object.entries(refusals)) sums[reason] = (sums[reason] ?? 0) + count;
  }
  return sums;
}

const templatesOf = (collector: FlowCollector): number =>
  [...collector.streams()].reduce((sum, { templates }) => sum + templates.size, 0);

function memoryInUse(collectGarbage: (() => void) | undefined): number {
  if (collectGarbage === undefined) return 0;
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Datagrams of every form the simulator has. */
function simulatedMaterial(): Uint8Array[] {
  const common: ExporterOptions = {
    ...{ format: 'v9', family: 4, seed: 1, subscribers: 50, biflow: false, domain: 7, records: 60 },
    ...{ recordsPerDatagram: 8, startMs, recordsPerSecond: 10_000, counters: 'delta', times: 'uptime' },
    ...{ reducedSize: false, variable: false, sampling: 10, templateEvery: 3, lateTemplate: 1, templateChangeEvery: 4 },
    ...{ loss: 0, duplicate: 0, reorder: 0, restartAt: 0 },
  };
  const forms: Partial<ExporterOptions>[] = [
    { format: 'v5' },
    {},
    { family: 'mix', times: 'seconds', counters: 'total' },
    { format: 'ipfix', times: 'milliseconds', family: 'mix', counters: 'total', biflow: true },
    { format: 'ipfix', times: 'microseconds', variable: true, biflow: true },
    { format: 'ipfix', times: 'nanoseconds', reducedSize: true, family: 6 },
  ];
  return forms.flatMap((form) =>
    Array.from(new SimulatedExporter({ ...common, ...form }).datagrams(), ({ bytes }) => bytes),
  );
}

/** What damage alone seldom makes: a template without width and its data; three sampled of two. */
function hostileMaterial(): Uint8Array[] {
  const seconds = (startMs / 1000).toString(16).padStart(8, '0');
  const options = '00030016012c00030001009500040135000401360004';
  return [
    `0009000205f5e100${seconds}00000001000000070000000c01000001000800000100000800000001`,
    `000a0036${seconds}0000000100000007${options}012c0010000000070000000300000002`,
  ].map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));
}

/**
 * A simulated exporter: datagrams of one domain, the same for the same seed, with the troubles that exporters and networks
 * make. What it sent is known exactly (totals.ts); a datagram that is lost on purpose is not part of it, one that is sent
 * twice is so once.
 */
import { happensAt } from '../nas/random.ts';
import { DatagramEncoder, type TemplateLayout } from './encoder.ts';
import { describeFlow, emptyFlow, type FlowPopulation, type SimulatedFlow } from './flow.ts';
import { type LayoutOptions, layoutOf, type TimeForm } from './layout.ts';
import { FlowTotals } from './totals.ts';

export interface ExporterOptions extends FlowPopulation {
  readonly format: 'v5' | 'v9' | 'ipfix';
  /** Source id, observation domain, or engine. */
  readonly domain: number;
  readonly records: number;
  /** At most so many in a datagram; fewer where they don't fit. */
  readonly recordsPerDatagram: number;
  /** Export time of the first datagram, UTC epoch ms, and how many records a second of export time has. */
  readonly startMs: number;
  readonly recordsPerSecond: number;
  readonly counters: 'delta' | 'total';
  readonly times: TimeForm;
  readonly reducedSize: boolean;
  readonly variable: boolean;
  /** One of so many packets is counted; 1 is none left out. */
  readonly sampling: number;
  /** Templates, with options, in every so many datagrams, from the `lateTemplate`th on. */
  readonly templateEvery: number;
  readonly lateTemplate: number;
  /** The template is another one after so many datagrams; 0 never. */
  readonly templateChangeEvery: number;
  /** Shares of datagrams, 0 to 1. */
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  /** At this datagram the exporter starts anew: uptime, sequence; 0 never. */
  readonly restartAt: number;
}

export interface ExporterCounts {
  datagrams: number;
  records: number;
  lostDatagrams: number;
  lostRecords: number;
  lostOctets: bigint;
  duplicatedDatagrams: number;
  reorderedDatagrams: number;
  restarts: number;
  templateChanges: number;
}

export interface ExportedDatagram {
  readonly bytes: Uint8Array;
  readonly exportMs: number;
  /** Flow records in it. */
  readonly records: number;
}

const templateIds = { 4: 256, 6: 257 } as const;
const uptimeAtStartMs = 864_000_000;
const uptimeAfterRestartMs = 5_000;

export class SimulatedExporter {
  readonly totals: FlowTotals;
  readonly counts: ExporterCounts = {
    ...{ datagrams: 0, records: 0, lostDatagrams: 0, lostRecords: 0, lostOctets: 0n },
    ...{ duplicatedDatagrams: 0, reorderedDatagrams: 0, restarts: 0, templateChanges: 0 },
  };
  readonly #options: ExporterOptions;
  readonly #encoder = new DatagramEncoder();
  readonly #flow = emptyFlow();
  /** Running totals by subscriber and direction. */
  readonly #running: RunningTotals | null;
  #bootMs: number;
  #sequence = 0;
  #layoutNumber = 0;
  #announced = false;

  constructor(options: ExporterOptions) {
    this.#options = options;
    this.totals = new FlowTotals(options.subscribers);
    this.#running = options.counters === 'total' ? new RunningTotals(options.subscribers, options.startMs) : null;
    this.#bootMs = options.startMs - uptimeAtStartMs;
  }

  /** Every datagram in the order in which it goes on the wire. */
  *datagrams(): Generator<ExportedDatagram> {
    const { seed, loss, duplicate, reorder, records } = this.#options;
    let overtaken: ExportedDatagram | null = null;
    for (let number = 0, record = 0; record < records; number++) {
      const made = this.#make(number, record);
      record += made.datagram.records;
      if (happensAt(seed ^ 0x51, number, loss)) {
        this.#countLost(made.datagram, made.octets);
        continue;
      }
      for (const flow of made.flows) this.totals.add(flow, this.#options.sampling);
      this.counts.datagrams++;
      this.counts.records += made.datagram.records;
      if (overtaken === null && happensAt(seed ^ 0x52, number, reorder)) {
        this.counts.reorderedDatagrams++;
        overtaken = made.datagram;
        continue;
      }
      yield made.datagram;
      if (happensAt(seed ^ 0x53, number, duplicate)) {
        this.counts.duplicatedDatagrams++;
        yield made.datagram;
      }
      if (overtaken !== null) yield overtaken;
      overtaken = null;
    }
    if (overtaken !== null) yield overtaken;
  }

  #countLost({ records }: ExportedDatagram, octets: number): void {
    this.counts.lostDatagrams++;
    this.counts.lostRecords += records;
    this.counts.lostOctets += BigInt(octets) * BigInt(this.#options.sampling);
  }

  #make(number: number, firstRecord: number): { datagram: ExportedDatagram; flows: SimulatedFlow[]; octets: number } {
    const { format, family, domain, sampling, records, recordsPerDatagram, restartAt } = this.#options;
    const exportMs = this.#options.startMs + Math.floor((firstRecord * 1000) / this.#options.recordsPerSecond);
    if (restartAt > 0 && number === restartAt) {
      this.counts.restarts++;
      this.#bootMs = exportMs - uptimeAfterRestartMs;
      this.#sequence = 0;
    }
    const isFamily6 = family === 6 || (family === 'mix' && number % 2 === 1);
    const ownFamily = isFamily6 ? 6 : 4;
    const encoder = this.#encoder;
    encoder.begin({ format, sequence: this.#sequence, domain, sampling, exportMs, bootMs: this.#bootMs });
    if (format !== 'v5') {
      if (this.#tellsTemplates(number)) encoder.templates(this.#layouts());
      encoder.openData(this.#layout(ownFamily));
    }
    const flows: SimulatedFlow[] = [];
    let octets = 0;
    for (let record = firstRecord; record < records && flows.length < recordsPerDatagram && encoder.hasRoom; record++) {
      describeFlow(record, this.#options, { exportMs, family: ownFamily }, this.#flow);
      this.#limitToBoot();
      flows.push({ ...this.#flow });
      octets += this.#flow.octets + this.#flow.reverseOctets;
      this.#running?.accumulate(this.#flow);
      encoder.add(this.#flow);
    }
    const bytes = encoder.finish();
    this.#sequence += { v5: flows.length, v9: 1, ipfix: encoder.dataRecords }[format];
    this.#sequence %= 2 ** 32;
    return { datagram: { bytes, exportMs, records: flows.length }, flows, octets };
  }

  /** No flow began before its exporter did. */
  #limitToBoot(): void {
    const flow = this.#flow;
    flow.startMs = Math.max(flow.startMs, this.#bootMs);
    flow.endMs = Math.max(flow.endMs, flow.startMs);
  }

  #tellsTemplates(number: number): boolean {
    const { lateTemplate, templateEvery, templateChangeEvery } = this.#options;
    if (number < lateTemplate) return false;
    if (templateChangeEvery > 0 && number > 0 && number % templateChangeEvery === 0 && this.#announced) {
      this.#layoutNumber++;
      this.counts.templateChanges++;
      return true;
    }
    const tells = !this.#announced || number % templateEvery === 0;
    this.#announced = true;
    return tells;
  }

  #layouts(): TemplateLayout[] {
    const { family } = this.#options;
    const families = family === 'mix' ? ([4, 6] as const) : ([family] as const);
    return families.map((each) => this.#layout(each));
  }

  readonly #made = new Map<string, TemplateLayout>();

  #layout(family: 4 | 6): TemplateLayout {
    const { format, times, counters, reducedSize, biflow, variable } = this.#options;
    const reordered = this.#layoutNumber % 2 === 1;
    const key = `${family}${reordered}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const options: LayoutOptions = {
      version: format === 'v9' ? 9 : 10,
      times,
      counters,
      reducedSize,
      biflow,
      variable,
      reordered,
    };
    const layout = { id: templateIds[family], fields: layoutOf(family, options) };
    this.#made.set(key, layout);
    return layout;
  }
}

/** Makes one long flow for every subscriber and direction of what would be many short ones. */
class RunningTotals {
  readonly #sums: Float64Array;
  readonly #startMs: number;

  constructor(subscribers: number, startMs: number) {
    this.#sums = new Float64Array(subscribers * 16);
    this.#startMs = startMs;
  }

  /** Replaces the flow's own counters by the totals so far. */
  accumulate(flow: SimulatedFlow): void {
    const at = flow.subscriber * 16 + (flow.isDownload ? 8 : 0) + (flow.family === 6 ? 4 : 0);
    const sums = this.#sums;
    const rise = (column: number, by: number): number => {
      sums[at + column]! += by;
      return sums[at + column]!;
    };
    flow.octets = rise(0, flow.octets);
    flow.packets = rise(1, flow.packets);
    flow.reverseOctets = rise(2, flow.reverseOctets);
    flow.reversePackets = rise(3, flow.reversePackets);
    // The key of the flow must stay what it was.
    flow.localPort = 2000;
    flow.remotePort = 443;
    flow.protocol = 6;
    flow.tos = 0;
    flow.remote = 1;
    flow.startMs = this.#startMs;
    flow.endMs = Math.max(flow.endMs, this.#startMs);
  }
}

/**
 * The way of a flow up to its window, without sockets and threads: datagrams are held for a while, then decoded, guided by
 * the holders of their addresses, and summed; a window is handed over when the one before it is in the log.
 *
 * A window that can't go yet simply grows: sums stay exact, and while logging or rating is slower than the flows, its
 * subscribers' bills are less fresh, not wrong. Only where even the table of sums is full are flows refused, and counted.
 */
import {
  type Cells,
  ExporterTable,
  FlowAggregator,
  FlowCollector,
  MeteringPoints,
  type RefusalCounts,
  TrafficClasses,
} from '../../collectors/index.ts';
import { AddressTable } from './address-table.ts';
import type { FlowConfig, NetflowConfig } from './flow-config.ts';
import { sequencesOf } from './flow-memory.ts';
import type { FlowStatus, OctetFate, StreamStatus } from './flow-messages.ts';
import { type FlowWindow, windowOf } from './flow-window.ts';
import { HeldDatagrams } from './held-datagrams.ts';

/** Sums in one window: about 60 octets each. */
const cellsMax = 1 << 20;
const streamsShownMax = 500;

export interface FlowMeterOptions {
  readonly netflow: NetflowConfig;
  readonly flow: FlowConfig;
  /** Takes a window, which then is in flight until `logged` is called. */
  readonly handOver: (window: FlowWindow) => void;
}

export class FlowMeter {
  readonly collector: FlowCollector;
  readonly addresses: AddressTable;
  /** A window has been handed over and is not in the log yet. */
  inFlight = false;
  readonly #exporters: ExporterTable;
  readonly #aggregator: FlowAggregator;
  readonly #held: HeldDatagrams;
  readonly #holdMs: number;
  readonly #handOver: (window: FlowWindow) => void;
  #hurried = 0;
  #handedOverOctets = 0n;
  /** Numbering of the window before. */
  #sequences = '';

  constructor({ netflow, flow, handOver }: FlowMeterOptions) {
    this.#exporters = new ExporterTable(netflow.exporters);
    this.collector = new FlowCollector(this.#exporters);
    this.addresses = new AddressTable(netflow.subscribers);
    this.#held = new HeldDatagrams(flow.heldBytesMax);
    this.#holdMs = flow.holdMs;
    this.#handOver = handOver;
    this.#aggregator = new FlowAggregator({
      subjects: this.addresses,
      classes: new TrafficClasses(netflow.classes),
      points: new MeteringPoints(netflow.meteringPoints),
      cellsMax,
      handOver: (cells) => this.#close(cells),
    });
  }

  /** Takes a datagram as it comes; `nowMs` is of a clock that never goes back, `receivedAtMs` UTC epoch ms. */
  receive(octets: Uint8Array, exporter: string, receivedAtMs: number, nowMs: number): void {
    // A stranger's is refused at once, and takes no room.
    if (this.#holdMs === 0 || this.#exporters.find(exporter) === null)
      return this.#take(octets, exporter, receivedAtMs);
    const times = { receivedAtMs, dueMs: nowMs + this.#holdMs };
    while (!this.#held.push(octets, exporter, times)) {
      this.#hurried++;
      this.#held.takeDue(Number.POSITIVE_INFINITY, this.#take);
    }
  }

  /** Guides up to so many of the datagrams that have waited long enough. True where there may be more. */
  takeDue(nowMs: number, countMax: number): boolean {
    for (let count = 0; count < countMax; count++) if (!this.#held.takeDue(nowMs, this.#take)) return false;
    return true;
  }

  /** Gives back memory that is not needed; to be called now and then. */
  trim(): void {
    this.#held.trim();
  }

  /** Closes the window, if the one before it is in the log. False where it can't, or where nothing has happened. */
  closeWindow(): boolean {
    if (this.inFlight) return false;
    if (this.#aggregator.cells.count > 0) return this.#aggregator.flush();
    const sequences = sequencesOf(this.collector);
    if (sequences === this.#sequences) return false;
    return this.#close(null);
  }

  /** The window that was handed over is in the log. */
  logged(): void {
    this.inFlight = false;
  }

  status(): FlowStatus {
    const { collector } = this;
    const { counts, cells, sharedOctets } = this.#aggregator;
    const { records, recordsWithoutOctets: _, ...fates } = counts;
    const streams = [...collector.streams()];
    let openOctets = 0n;
    for (let at = 0; at < cells.count; at++) openOctets += cells.octets(at, false) + cells.octets(at, true);
    const octets = Object.fromEntries(Object.entries(fates).map(([fate, counter]) => [fate, counter.value]));
    return {
      datagrams: collector.datagrams + this.#held.count,
      socketErrors: 0,
      refusals: some(collector.refusals),
      streams: streams
        .sort((a, b) => b.lastReceivedAtMs - a.lastReceivedAtMs)
        .slice(0, streamsShownMax)
        .map(streamStatus),
      streamCount: streams.length,
      held: this.#held.count,
      hurried: this.#hurried,
      heldForTemplateOctets: collector.heldOctets,
      addresses: this.addresses.size,
      waitingOverflows: this.addresses.waitingOverflows,
      records,
      octets: octets as Record<OctetFate, bigint>,
      openOctets,
      handedOverOctets: this.#handedOverOctets,
      sharedOctets,
    };
  }

  readonly #take = (octets: Uint8Array, exporter: string, receivedAtMs: number): void => {
    this.collector.receive(octets, exporter, receivedAtMs, this.#aggregator);
  };

  #close(cells: Cells | null): boolean {
    if (this.inFlight) return false;
    this.inFlight = true;
    this.#sequences = sequencesOf(this.collector);
    const window = windowOf(cells, this.addresses.takeWaiting(), this.#sequences);
    for (const octets of window.octetsIn) this.#handedOverOctets += octets;
    for (const octets of window.octetsOut) this.#handedOverOctets += octets;
    this.#handOver(window);
    return true;
  }
}

type Stream = ReturnType<FlowCollector['streams']> extends Generator<infer S> ? S : never;

function streamStatus(stream: Stream): StreamStatus {
  const { exporter, version, domain, lastReceivedAtMs, settings, templates, sequence, counts, refusals } = stream;
  return {
    ...{ exporter, version, domain, lastReceivedAtMs, name: settings.name, templates: templates.size },
    sequence: { ...sequence.counts },
    counts: { ...counts, octets: counts.octets.value, samplingUnknownOctets: counts.samplingUnknownOctets.value },
    refusals: some(refusals),
  };
}

/** Those that occurred. */
function some(refusals: RefusalCounts): Partial<RefusalCounts> {
  return Object.fromEntries(Object.entries(refusals).filter(([, count]) => count > 0));
}

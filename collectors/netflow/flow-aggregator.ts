/**
 * Flows become sums per subject, class, direction and bin of time: the form in which use is guided, logged and rated.
 *
 * Both ends may be subscribers: a flow is out for its source and in for its destination. Where an address is nobody's, the
 * one after translation is asked (elements 225, 226, 281, 282). Bins lie on a grid of UTC time; a flow that crosses an edge
 * is split there in proportion, octets up to t being floor(Q · (t − start) / (end − start)) (DESIGN §3.3), so that no sum
 * crosses a boundary that lies on the grid. Long flows have a coarser grid.
 *
 * The law in octets, at any moment: received = metered + elsewhere + unguided + dropped, and what is in the cells handed
 * over or still here = metered + bothEnds.
 */
import { type CellKey, Cells, type CellUse } from './cells.ts';
import { addressAt, type FlowRecord, type FlowSink, slot } from './flow-record.ts';
import { MeteringPoints } from './metering-points.ts';
import { OctetCounter } from './octet-counter.ts';
import { TrafficClasses } from './traffic-classes.ts';

/** Whose an address is. */
export interface SubjectFinder {
  /** A number from 0 to 2^31 − 1, or −1 where the address (see flow-record.ts) was nobody's at that time, UTC epoch ms. */
  find(addresses: Uint32Array, at: number, family: number, atMs: number): number;
}

export interface AggregatorOptions {
  readonly subjects: SubjectFinder;
  readonly classes?: TrafficClasses;
  readonly points?: MeteringPoints;
  /** Length of a bin, ms. Edges of plans have whole minutes. */
  readonly binMs?: number;
  /** When so many cells are in use, they are handed over. */
  readonly cellsMax?: number;
  /** Takes the cells; they are cleared when it returns. */
  readonly handOver: (cells: Cells) => void;
}

/** Octets of flows by what became of them. */
export interface AggregatorCounts {
  records: number;
  /** Records that tell of no octets: translation events, say. */
  recordsWithoutOctets: number;
  readonly received: OctetCounter;
  /** Billed at one end at least. */
  readonly metered: OctetCounter;
  /** Billed at the second end, too. */
  readonly bothEnds: OctetCounter;
  /** Of a subscriber, seen where that one is not metered. */
  readonly elsewhere: OctetCounter;
  /** Of no subscriber. */
  readonly unguided: OctetCounter;
  /** The router says that it dropped them (element 89). */
  readonly dropped: OctetCounter;
}

/**
 * A flow that is longer than this many bins is split on a grid of so many bins: with bins of a minute, flows of more than
 * an hour at quarters of it. A record a day long thus costs 97 pieces, not 1,441, and an enemy gains little
 * by claiming it.
 */
const longFlowBins = 60;
const longBinBins = 15;

/** One end of a flow: whose it is, and by which of its addresses. */
interface FlowEnd {
  subject: number;
  at: number;
  family: number;
}

/** Bins are numbered in 32 bits, which is enough for a bin of this length until the year 2242. */
const binMsMin = 4_000;

export class FlowAggregator implements FlowSink {
  readonly counts: AggregatorCounts = {
    records: 0,
    recordsWithoutOctets: 0,
    received: new OctetCounter(),
    metered: new OctetCounter(),
    bothEnds: new OctetCounter(),
    elsewhere: new OctetCounter(),
    unguided: new OctetCounter(),
    dropped: new OctetCounter(),
  };
  readonly #subjects: SubjectFinder;
  readonly #classes: TrafficClasses;
  readonly #points: MeteringPoints;
  readonly #binMs: number;
  readonly #cells: Cells;
  readonly #handOver: (cells: Cells) => void;
  readonly #key: CellKey = { subject: 0, class: 0, isIn: false, bin: 0, isLong: false };
  readonly #from: FlowEnd = { subject: -1, at: 0, family: 0 };
  readonly #to: FlowEnd = { subject: -1, at: 0, family: 0 };
  readonly #use: CellUse = { octets: 0, packets: 0, startMs: 0, endMs: 0, stream: 0 };

  constructor(options: AggregatorOptions) {
    this.#subjects = options.subjects;
    this.#classes = options.classes ?? new TrafficClasses([]);
    this.#points = options.points ?? new MeteringPoints([]);
    this.#binMs = options.binMs ?? 60_000;
    if (!(this.#binMs >= binMsMin)) throw new RangeError(`a bin of ${this.#binMs} ms; at least ${binMsMin}`);
    this.#cells = new Cells(options.cellsMax ?? 1 << 20);
    this.#handOver = options.handOver;
  }

  /** Octets that two streams added to the same cell: a sign that both see the same flows, unless they are known not to. */
  get sharedOctets(): bigint {
    return this.#cells.sharedOctets;
  }

  flow(record: FlowRecord): void {
    const { values } = record;
    const { counts } = this;
    const octets = values[slot.octets]!;
    counts.records++;
    counts.received.add(octets);
    if (octets === 0) {
      counts.recordsWithoutOctets++;
      return;
    }
    // Forwarding status: 10 in the upper two bits is "dropped" (RFC 7270 §4.12).
    if (values[slot.forwardingStatus]! >> 6 === 2) return counts.dropped.add(octets);
    const from = this.#from;
    const to = this.#to;
    this.#findEnd(record, addressAt.source, addressAt.natSource, from);
    this.#findEnd(record, addressAt.destination, addressAt.natDestination, to);
    const source = from.subject;
    const destination = to.subject;
    if (source < 0 && destination < 0) return counts.unguided.add(octets);
    const isOnNet = source >= 0 && destination >= 0;
    let ends = 0;
    if (source >= 0 && this.#points.isMetered(record, from.at, from.family)) {
      this.#add(record, source, false, isOnNet);
      ends++;
    }
    if (destination >= 0 && this.#points.isMetered(record, to.at, to.family)) {
      this.#add(record, destination, true, isOnNet);
      ends++;
    }
    if (ends === 0) return counts.elsewhere.add(octets);
    counts.metered.add(octets);
    if (ends === 2) counts.bothEnds.add(octets);
  }

  /** Hands over what there is, if anything. */
  flush(): void {
    if (this.#cells.count === 0) return;
    this.#handOver(this.#cells);
    this.#cells.clear();
  }

  /** Who has an address of the flow, the one it has after translation if the first is nobody's. */
  #findEnd({ values, addresses }: FlowRecord, at: number, natAt: number, into: FlowEnd): void {
    const startMs = values[slot.startMs]!;
    into.at = at;
    into.family = values[slot.family]!;
    into.subject = this.#subjects.find(addresses, at, into.family, startMs);
    if (into.subject >= 0 || values[slot.natFamily] === 0) return;
    into.at = natAt;
    into.family = values[slot.natFamily]!;
    into.subject = this.#subjects.find(addresses, natAt, into.family, startMs);
  }

  #add(record: FlowRecord, subject: number, isIn: boolean, isOnNet: boolean): void {
    const key = this.#key;
    key.subject = subject;
    key.class = this.#classes.classOf(record, isIn, isOnNet);
    key.isIn = isIn;
    const use = this.#use;
    use.stream = record.stream.number;
    const { octets, packets, startMs, endMs } = record;
    key.isLong = endMs - startMs > longFlowBins * this.#binMs;
    const binMs = key.isLong ? longBinBins * this.#binMs : this.#binMs;
    let from = startMs;
    let octetsBefore = 0;
    let packetsBefore = 0;
    for (let bin = Math.floor(startMs / binMs); ; bin++) {
      const edge = (bin + 1) * binMs;
      const isLast = edge >= endMs;
      const octetsUntil = isLast ? octets : share(octets, edge - startMs, endMs - startMs);
      const packetsUntil = isLast ? packets : share(packets, edge - startMs, endMs - startMs);
      key.bin = bin;
      use.octets = octetsUntil - octetsBefore;
      use.packets = packetsUntil - packetsBefore;
      use.startMs = from;
      use.endMs = isLast ? endMs : edge;
      if (use.octets > 0 || use.packets > 0) {
        if (this.#cells.isFull) this.flush();
        this.#cells.add(key, use);
      }
      if (isLast) return;
      octetsBefore = octetsUntil;
      packetsBefore = packetsUntil;
      from = edge;
    }
  }
}

/** floor(quantity · part / whole), exact for a quantity below 2^52. */
function share(quantity: number, part: number, whole: number): number {
  const product = quantity * part;
  if (product < 2 ** 52) return Math.floor(product / whole);
  return Number((BigInt(quantity) * BigInt(part)) / BigInt(whole));
}

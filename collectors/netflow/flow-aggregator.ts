/**
 * Flows become sums per subject, class and bin of time, each direction apart: the form in which use is guided, logged and
 * rated.
 *
 * Both ends may be subscribers: a flow is out for its source and in for its destination. Where an address is nobody's, the
 * one after translation is asked (elements 225, 226, 281, 282). Bins lie on a grid of UTC time; a flow that crosses an edge
 * is split there in proportion, octets up to t being floor(Q · (t − start) / (end − start)) (DESIGN §3.3), so that no sum
 * crosses a boundary that lies on the grid. Long flows have a coarser grid. In the same way a flow is split where one of
 * its addresses passes to somebody else.
 *
 * The law in octets, at any moment: received = metered + suspended + elsewhere + unguided + dropped + refused, and what is
 * in the cells handed over or still here = metered + suspended + bothEnds.
 */
import { type CellKey, Cells, type CellUse } from './cells.ts';
import { addressAt, type FlowRecord, type FlowSink, slot } from './flow-record.ts';
import { MeteringPoints } from './metering-points.ts';
import { OctetCounter } from './octet-counter.ts';
import { TrafficClasses } from './traffic-classes.ts';

/** Whose an address is. */
export interface SubjectFinder {
  /**
   * A number from 0, or −1 where the address (see flow-record.ts) was nobody's at that time, UTC epoch ms. From
   * `waitingSubject` on it is an address of ours that nobody is known to hold: its use is summed, and waits.
   */
  find(addresses: Uint32Array, at: number, family: number, atMs: number): number;
  /** Until when the last answer holds, UTC epoch ms; absent: for ever. */
  readonly untilMs?: number;
}

/** Subjects from here on, up to 2^31 − 1, are addresses that wait for a holder. */
export const waitingSubject = 2 ** 30;

export interface AggregatorOptions {
  readonly subjects: SubjectFinder;
  readonly classes?: TrafficClasses;
  readonly points?: MeteringPoints;
  /** Length of a bin, ms. Edges of plans have whole minutes. */
  readonly binMs?: number;
  /** When so many cells are in use, they are handed over; at least 1,024. */
  readonly cellsMax?: number;
  /** Takes the cells, which are then cleared; false where it can't take them now. */
  readonly handOver: (cells: Cells) => boolean;
}

/** Octets of flows by what became of them. */
export interface AggregatorCounts {
  records: number;
  /** Records that tell of no octets: translation events, say. */
  recordsWithoutOctets: number;
  readonly received: OctetCounter;
  /** Billed at one end at least. */
  readonly metered: OctetCounter;
  /** Of an address of ours that nobody is known to hold, and billed at no end: it waits for a holder. */
  readonly suspended: OctetCounter;
  /** Summed at the second end, too. */
  readonly bothEnds: OctetCounter;
  /** Of a subscriber, seen where that one is not metered. */
  readonly elsewhere: OctetCounter;
  /** Of no subscriber. */
  readonly unguided: OctetCounter;
  /** The router says that it dropped them (element 89). */
  readonly dropped: OctetCounter;
  /** There was no room for them, since the cells could not be handed over. */
  readonly refused: OctetCounter;
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
  readonly ownAt: number;
  readonly natAt: number;
  subject: number;
  at: number;
  family: number;
}

/** A flow is split at so many changes of holders; what comes after the last is of one piece. */
const piecesMax = 64;
/** More cells than one flow can need: pieces and bins of a day, at both ends. */
const cellsOfFlowMax = 512;

/** The part of a flow that is being summed, at one of its ends. */
interface Piece {
  isIn: boolean;
  isOnNet: boolean;
  fromMs: number;
  toMs: number;
}

/** Bins are numbered in 32 bits, which is enough for a bin of this length until the year 2242. */
const binMsMin = 4_000;

export class FlowAggregator implements FlowSink {
  readonly counts: AggregatorCounts = {
    records: 0,
    recordsWithoutOctets: 0,
    received: new OctetCounter(),
    metered: new OctetCounter(),
    suspended: new OctetCounter(),
    bothEnds: new OctetCounter(),
    elsewhere: new OctetCounter(),
    unguided: new OctetCounter(),
    dropped: new OctetCounter(),
    refused: new OctetCounter(),
  };
  readonly #subjects: SubjectFinder;
  readonly #classes: TrafficClasses;
  readonly #points: MeteringPoints;
  readonly #binMs: number;
  readonly #cells: Cells;
  readonly #handOver: (cells: Cells) => boolean;
  readonly #key: CellKey = { subject: 0, class: 0, bin: 0, isLong: false };
  readonly #piece: Piece = { isIn: false, isOnNet: false, fromMs: 0, toMs: 0 };
  readonly #from: FlowEnd = {
    ...{ ownAt: addressAt.source, natAt: addressAt.natSource },
    ...{ subject: -1, at: 0, family: 0 },
  };
  readonly #to: FlowEnd = {
    ...{ ownAt: addressAt.destination, natAt: addressAt.natDestination },
    ...{ subject: -1, at: 0, family: 0 },
  };
  readonly #use: CellUse = { isIn: false, octets: 0, packets: 0, startMs: 0, endMs: 0, stream: 0 };

  constructor(options: AggregatorOptions) {
    this.#subjects = options.subjects;
    this.#classes = options.classes ?? new TrafficClasses([]);
    this.#points = options.points ?? new MeteringPoints([]);
    this.#binMs = options.binMs ?? 60_000;
    if (!(this.#binMs >= binMsMin)) throw new RangeError(`a bin of ${this.#binMs} ms; at least ${binMsMin}`);
    this.#cells = new Cells(Math.max(2 * cellsOfFlowMax, options.cellsMax ?? 1 << 20));
    this.#handOver = options.handOver;
  }

  /** Octets that two streams added to the same cell: a sign that both see the same flows, unless they are known not to. */
  get sharedOctets(): bigint {
    return this.#cells.sharedOctets.value;
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
    if (this.#cells.room < cellsOfFlowMax) this.flush();
    if (this.#cells.room < cellsOfFlowMax) return counts.refused.add(octets);
    const { startMs, endMs } = record;
    let fromMs = startMs;
    for (let pieces = 1; ; pieces++) {
      const changeMs = Math.min(this.#findEnd(record, this.#from, fromMs), this.#findEnd(record, this.#to, fromMs));
      if (changeMs >= endMs || pieces === piecesMax) return this.#meter(record, fromMs, endMs);
      this.#meter(record, fromMs, changeMs);
      fromMs = changeMs;
    }
  }

  /** Cells that are in use. */
  get cells(): Cells {
    return this.#cells;
  }

  /** Hands over what there is, if anything; false where it could not be taken. */
  flush(): boolean {
    if (this.#cells.count === 0) return true;
    if (!this.#handOver(this.#cells)) return false;
    this.#cells.clear();
    return true;
  }

  /** A piece of a flow, through which both ends are whose they are at its begin. */
  #meter(record: FlowRecord, fromMs: number, toMs: number): void {
    const { counts } = this;
    const from = this.#from;
    const to = this.#to;
    const octets = octetsUntil(record, toMs) - octetsBefore(record, fromMs);
    const source = from.subject;
    const destination = to.subject;
    if (source < 0 && destination < 0) return counts.unguided.add(octets);
    const isOnNet = source >= 0 && destination >= 0;
    const isOut = source >= 0 && this.#points.isMetered(record, from.at, from.family);
    const isIn = destination >= 0 && this.#points.isMetered(record, to.at, to.family);
    const piece = this.#piece;
    piece.isOnNet = isOnNet;
    piece.fromMs = fromMs;
    piece.toMs = toMs;
    piece.isIn = false;
    if (isOut) this.#add(record, source, piece);
    piece.isIn = true;
    if (isIn) this.#add(record, destination, piece);
    if (!isOut && !isIn) return counts.elsewhere.add(octets);
    const isBilled = (isOut && source < waitingSubject) || (isIn && destination < waitingSubject);
    if (isBilled) counts.metered.add(octets);
    else counts.suspended.add(octets);
    if (isOut && isIn) counts.bothEnds.add(octets);
  }

  /**
   * Who has an address of the flow at that time, the one it has after translation if the first is nobody's. Answers until
   * when that holds.
   */
  #findEnd({ values, addresses }: FlowRecord, into: FlowEnd, atMs: number): number {
    const { ownAt, natAt } = into;
    into.at = ownAt;
    into.family = values[slot.family]!;
    into.subject = this.#subjects.find(addresses, ownAt, into.family, atMs);
    const untilMs = this.#subjects.untilMs ?? Number.POSITIVE_INFINITY;
    if ((into.subject >= 0 && into.subject < waitingSubject) || values[slot.natFamily] === 0) return untilMs;
    const translated = this.#subjects.find(addresses, natAt, values[slot.natFamily]!, atMs);
    const isFound = translated >= 0 && (into.subject < 0 || translated < waitingSubject);
    const translatedUntilMs = this.#subjects.untilMs ?? Number.POSITIVE_INFINITY;
    if (isFound) {
      into.at = natAt;
      into.family = values[slot.natFamily]!;
      into.subject = translated;
    }
    return Math.min(untilMs, translatedUntilMs);
  }

  #add(record: FlowRecord, subject: number, piece: Piece): void {
    const key = this.#key;
    key.subject = subject;
    key.class = this.#classes.classOf(record, piece.isIn, piece.isOnNet);
    const use = this.#use;
    use.isIn = piece.isIn;
    use.stream = record.stream.number;
    const { startMs, endMs } = record;
    key.isLong = endMs - startMs > longFlowBins * this.#binMs;
    const binMs = key.isLong ? longBinBins * this.#binMs : this.#binMs;
    let from = piece.fromMs;
    let octetsDone = octetsBefore(record, from);
    let packetsDone = packetsBefore(record, from);
    for (let bin = Math.floor(from / binMs); ; bin++) {
      const edge = (bin + 1) * binMs;
      const isLast = edge >= piece.toMs;
      const to = isLast ? piece.toMs : edge;
      const octets = octetsUntil(record, to);
      const packets = packetsUntil(record, to);
      key.bin = bin;
      use.octets = octets - octetsDone;
      use.packets = packets - packetsDone;
      use.startMs = from;
      use.endMs = to;
      if (use.octets > 0 || use.packets > 0) this.#cells.add(key, use);
      if (isLast) return;
      octetsDone = octets;
      packetsDone = packets;
      from = edge;
    }
  }
}

/** What a piece of a flow that begins then has before it: nothing, where the flow begins with it. */
function octetsBefore(record: FlowRecord, atMs: number): number {
  return atMs <= record.startMs ? 0 : octetsUntil(record, atMs);
}

function packetsBefore(record: FlowRecord, atMs: number): number {
  return atMs <= record.startMs ? 0 : packetsUntil(record, atMs);
}

function octetsUntil({ octets, startMs, endMs }: FlowRecord, atMs: number): number {
  return atMs >= endMs ? octets : share(octets, atMs - startMs, endMs - startMs);
}

function packetsUntil({ packets, startMs, endMs }: FlowRecord, atMs: number): number {
  return atMs >= endMs ? packets : share(packets, atMs - startMs, endMs - startMs);
}

/** floor(quantity · part / whole), exact for a quantity below 2^52. */
function share(quantity: number, part: number, whole: number): number {
  const product = quantity * part;
  if (product < 2 ** 52) return Math.floor(product / whole);
  return Number((BigInt(quantity) * BigInt(part)) / BigInt(whole));
}

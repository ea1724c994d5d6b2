/**
 * Running totals (octetTotalCount 85, packetTotalCount 86) become differences: the last value of each flow is kept and
 * what it rose by is handed on. Flows are known by stream, direction, addresses, ports, protocol and flow id.
 *
 * - A flow not seen before counts from zero if it began after knowledge did; otherwise what it counted before may have
 *   been handed on already, so its first total only makes a baseline, and its octets are counted as such.
 *- A total that fell is a new flow with the old key where it began later, and a late report where it did not.
 *
 * Bounded: two generations of so many flows; when the young one is full the old one is forgotten, and knowledge begins
 * anew for flows that are not in the young one.
 */
import { addressAt, type FlowRecord, slot } from './flow-record.ts';
import { OctetCounter } from './octet-counter.ts';

const keyWords = 12;
const valueColumns = 4;
const columnOctets = 0;
const columnPackets = 1;
const columnStartMs = 2;
const columnEndMs = 3;

export interface TotalsCounts {
  /** Reports that told nothing new, or less than was known. */
  late: number;
  /** Flows whose first total made a baseline. */
  baselines: number;
  readonly baselineOctets: OctetCounter;
  /** Reports of flows with a key that was another flow's. */
  reused: number;
}

export class TotalsTable {
  readonly counts: TotalsCounts = { late: 0, baselines: 0, baselineOctets: new OctetCounter(), reused: 0 };
  readonly #flowsMax: number;
  #young: Generation;
  #old: Generation | null = null;
  #knownSinceMs = Number.POSITIVE_INFINITY;
  readonly #key = new Int32Array(keyWords);

  constructor(flowsMax: number) {
    this.#flowsMax = flowsMax;
    this.#young = new Generation(flowsMax);
  }

  get flows(): number {
    return this.#young.count + (this.#old?.count ?? 0);
  }

  /**
   * Puts into `octets` and `packets` what the totals of the record rose by, and where the flow was known, moves its start
   * to the report before. Times must be settled. False where it tells nothing to hand on.
   */
  differ(record: FlowRecord, streamNumber: number, receivedAtMs: number): boolean {
    const { values } = record;
    if (this.#knownSinceMs === Number.POSITIVE_INFINITY) this.#knownSinceMs = receivedAtMs;
    this.#makeKey(record, streamNumber);
    const { generation, at, isNew } = this.#find(receivedAtMs);
    const columns = generation.columns;
    const base = at * valueColumns;
    const octets = values[slot.octetsTotal]!;
    const packets = values[slot.packetsTotal]!;
    const startMs = values[slot.startMs]!;
    const endMs = values[slot.endMs]!;
    let known = !isNew;
    const fell = known && octets < columns[base + columnOctets]!;
    if ((isNew && startMs < this.#knownSinceMs) || (record.startAssumed && (isNew || fell))) {
      this.counts.baselines++;
      this.counts.baselineOctets.add(octets);
      store(columns, base, { octets, packets, startMs, endMs });
      return false;
    }
    if (known && !record.startAssumed && startMs > columns[base + columnEndMs]!) {
      this.counts.reused++;
      known = false;
    }
    const octetsBefore = known ? columns[base + columnOctets]! : 0;
    const packetsBefore = known ? columns[base + columnPackets]! : 0;
    if (known && (octets < octetsBefore || (octets === octetsBefore && packets <= packetsBefore))) {
      this.counts.late++;
      return false;
    }
    values[slot.octets] = octets - octetsBefore;
    values[slot.packets] = Math.max(0, packets - packetsBefore);
    if (known) values[slot.startMs] = Math.min(endMs, Math.max(startMs, columns[base + columnEndMs]!));
    store(columns, base, { octets, packets, startMs: known ? columns[base + columnStartMs]! : startMs, endMs });
    return true;
  }

  #makeKey({ values, addresses, reverse }: FlowRecord, streamNumber: number): void {
    const key = this.#key;
    for (let word = 0; word < 8; word++) key[word] = addresses[addressAt.source + word]!;
    key[8] = values[slot.sourcePort]! * 65536 + values[slot.destinationPort]!;
    key[9] = values[slot.protocol]! + (reverse ? 256 : 0) + values[slot.tos]! * 512;
    key[10] = streamNumber;
    key[11] = values[slot.flowId]! % 2 ** 32;
  }

  /** The place of the key in the young generation, moved there from the old one where it was known. */
  #find(nowMs: number): { generation: Generation; at: number; isNew: boolean } {
    let at = this.#young.find(this.#key);
    if (at >= 0) return { generation: this.#young, at, isNew: false };
    if (this.#young.isFull) {
      if (this.#old !== null && this.#old.count > 0) this.#knownSinceMs = nowMs;
      this.#old = this.#young;
      this.#young = new Generation(this.#flowsMax);
    }
    at = this.#young.add(this.#key);
    const before = this.#old?.find(this.#key) ?? -1;
    if (before >= 0) {
      const from = before * valueColumns;
      this.#young.columns.set(this.#old!.columns.subarray(from, from + valueColumns), at * valueColumns);
    }
    return { generation: this.#young, at, isNew: before < 0 };
  }
}

function store(
  columns: Float64Array,
  base: number,
  { octets, packets, startMs, endMs }: { octets: number; packets: number; startMs: number; endMs: number },
): void {
  columns[base + columnOctets] = octets;
  columns[base + columnPackets] = packets;
  columns[base + columnStartMs] = startMs;
  columns[base + columnEndMs] = endMs;
}

/** An open-addressed table that is made for so many flows, doubling up to there. */
class Generation {
  count = 0;
  readonly #flowsMax: number;
  #places: Int32Array;
  #keys: Int32Array;
  columns: Float64Array;

  constructor(flowsMax: number) {
    this.#flowsMax = flowsMax;
    const flows = Math.min(1024, flowsMax);
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(flows * 2))).fill(-1);
    this.#keys = new Int32Array(flows * keyWords);
    this.columns = new Float64Array(flows * valueColumns);
  }

  get isFull(): boolean {
    return this.count >= this.#flowsMax;
  }

  find(key: Int32Array): number {
    const mask = this.#places.length - 1;
    for (let place = hashOf(key, 0) & mask; ; place = (place + 1) & mask) {
      const at = this.#places[place]!;
      if (at < 0 || this.#isAt(at, key)) return at;
    }
  }

  add(key: Int32Array): number {
    if (this.count * valueColumns >= this.columns.length) this.#grow();
    const at = this.count++;
    this.#keys.set(key, at * keyWords);
    this.columns.fill(0, at * valueColumns, (at + 1) * valueColumns);
    this.#enter(at);
    return at;
  }

  #isAt(at: number, key: Int32Array): boolean {
    for (let word = 0; word < keyWords; word++) if (this.#keys[at * keyWords + word] !== key[word]) return false;
    return true;
  }

  #enter(at: number): void {
    const mask = this.#places.length - 1;
    let place = hashOf(this.#keys, at * keyWords) & mask;
    while (this.#places[place]! >= 0) place = (place + 1) & mask;
    this.#places[place] = at;
  }

  #grow(): void {
    const flows = Math.min(this.#flowsMax, this.count * 2);
    const keys = new Int32Array(flows * keyWords);
    keys.set(this.#keys);
    this.#keys = keys;
    const columns = new Float64Array(flows * valueColumns);
    columns.set(this.columns);
    this.columns = columns;
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(flows * 2))).fill(-1);
    for (let at = 0; at < this.count; at++) this.#enter(at);
  }
}

function hashOf(words: Int32Array, from: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let word = 0; word < keyWords; word++) {
    hash = Math.imul(hash ^ words[from + word]!, 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

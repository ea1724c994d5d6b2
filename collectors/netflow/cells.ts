/**
 * Sums of use by subject, class and bin of time, each direction apart, in typed arrays that are used again: the
 * aggregator's table. A sum of octets stays exact beyond 2^53 by keeping whole lots of 2^52 apart.
 */
import { OctetCounter } from './octet-counter.ts';

const lot = 2 ** 52;
const keyWords = 3;

/** Where a flow's use falls. */
export interface CellKey {
  /** A number for whose use it is. */
  subject: number;
  class: number;
  /** Number of the bin: its start, UTC epoch ms, divided by the bins' length. */
  bin: number;
  /** The bins are those of long flows, which are as long as several of the others. */
  isLong: boolean;
}

/** What a piece of a flow adds to its cell. */
export interface CellUse {
  /** As the subscriber sees it: in is download. */
  isIn: boolean;
  octets: number;
  packets: number;
  startMs: number;
  endMs: number;
  /** Number of the stream it came from. */
  stream: number;
}

export class Cells {
  count = 0;
  /** Octets that a second stream added to cells of another. */
  readonly sharedOctets = new OctetCounter();
  readonly #cellsMax: number;
  #places = new Int32Array(0);
  #keys = new Int32Array(0);
  /** Out and in, one after the other; so are lots and packets. */
  #octets = new Float64Array(0);
  #lots = new Float64Array(0);
  #packets = new Float64Array(0);
  #startMs = new Float64Array(0);
  #endMs = new Float64Array(0);
  #streams = new Int32Array(0);

  constructor(cellsMax: number) {
    this.#cellsMax = cellsMax;
    this.#resize(Math.min(1024, cellsMax));
  }

  /** Cells there is still room for. */
  get room(): number {
    return this.#cellsMax - this.count;
  }

  /** Adds to the cell of the key. There must be room for one more. */
  add(key: CellKey, use: CellUse): void {
    const at = this.#cellOf(key.subject, key.class * 2 + (key.isLong ? 1 : 0), key.bin);
    const side = at * 2 + (use.isIn ? 1 : 0);
    let octets = this.#octets[side]! + use.octets;
    if (octets >= lot) {
      octets -= lot;
      this.#lots[side]!++;
    }
    this.#octets[side] = octets;
    this.#packets[side]! += use.packets;
    if (use.startMs < this.#startMs[at]!) this.#startMs[at] = use.startMs;
    if (use.endMs > this.#endMs[at]!) this.#endMs[at] = use.endMs;
    if (this.#streams[at] === -1) this.#streams[at] = use.stream;
    else if (this.#streams[at] !== use.stream) this.sharedOctets.add(use.octets);
  }

  subject(at: number): number {
    return this.#keys[at * keyWords]!;
  }
  class(at: number): number {
    return this.#keys[at * keyWords + 1]! >> 1;
  }
  isLong(at: number): boolean {
    return (this.#keys[at * keyWords + 1]! & 1) !== 0;
  }
  bin(at: number): number {
    return this.#keys[at * keyWords + 2]!;
  }
  octets(at: number, isIn: boolean): bigint {
    const side = at * 2 + (isIn ? 1 : 0);
    const lots = this.#lots[side]!;
    return lots === 0 ? BigInt(this.#octets[side]!) : BigInt(lots) * BigInt(lot) + BigInt(this.#octets[side]!);
  }
  packets(at: number, isIn: boolean): number {
    return this.#packets[at * 2 + (isIn ? 1 : 0)]!;
  }
  startMs(at: number): number {
    return this.#startMs[at]!;
  }
  endMs(at: number): number {
    return this.#endMs[at]!;
  }

  clear(): void {
    this.#places.fill(-1);
    this.count = 0;
  }

  #cellOf(subject: number, kind: number, bin: number): number {
    const places = this.#places;
    const keys = this.#keys;
    const mask = places.length - 1;
    for (let place = hashOf(subject, kind, bin) & mask; ; place = (place + 1) & mask) {
      const at = places[place]!;
      if (at < 0) return this.#newCell(place, subject, kind, bin);
      const key = at * keyWords;
      if (keys[key] === subject && keys[key + 1] === kind && keys[key + 2] === bin) return at;
    }
  }

  #newCell(place: number, subject: number, kind: number, bin: number): number {
    if (this.count === this.#startMs.length) {
      this.#resize(Math.min(this.#cellsMax, this.count * 2));
      return this.#cellOf(subject, kind, bin);
    }
    const at = this.count++;
    this.#places[place] = at;
    this.#keys[at * keyWords] = subject;
    this.#keys[at * keyWords + 1] = kind;
    this.#keys[at * keyWords + 2] = bin;
    this.#octets.fill(0, at * 2, at * 2 + 2);
    this.#lots.fill(0, at * 2, at * 2 + 2);
    this.#packets.fill(0, at * 2, at * 2 + 2);
    this.#startMs[at] = Number.POSITIVE_INFINITY;
    this.#endMs[at] = Number.NEGATIVE_INFINITY;
    this.#streams[at] = -1;
    return at;
  }

  #resize(cells: number): void {
    const larger = <T extends Int32Array | Float64Array>(array: T, made: T): T => {
      made.set(array);
      return made;
    };
    this.#keys = larger(this.#keys, new Int32Array(cells * keyWords));
    this.#octets = larger(this.#octets, new Float64Array(cells * 2));
    this.#lots = larger(this.#lots, new Float64Array(cells * 2));
    this.#packets = larger(this.#packets, new Float64Array(cells * 2));
    this.#startMs = larger(this.#startMs, new Float64Array(cells));
    this.#endMs = larger(this.#endMs, new Float64Array(cells));
    this.#streams = larger(this.#streams, new Int32Array(cells));
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, cells * 2)))).fill(-1);
    const mask = this.#places.length - 1;
    for (let at = 0; at < this.count; at++) {
      const key = at * keyWords;
      let place = hashOf(this.#keys[key]!, this.#keys[key + 1]!, this.#keys[key + 2]!) & mask;
      while (this.#places[place]! >= 0) place = (place + 1) & mask;
      this.#places[place] = at;
    }
  }
}

function hashOf(subject: number, kind: number, bin: number): number {
  let hash = Math.imul(subject ^ Math.imul(kind, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(bin, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

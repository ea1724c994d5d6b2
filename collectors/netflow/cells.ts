/**
 * Sums of use by subject, class, direction and bin of time, in typed arrays that are used again: the aggregator's table.
 * A sum of octets stays exact beyond 2^53 by keeping whole lots of 2^52 apart.
 */

const lot = 2 ** 52;
const keyWords = 3;

/** Where a flow's use falls. */
export interface CellKey {
  /** A number for whose use it is. */
  subject: number;
  class: number;
  /** As the subscriber sees it: in is download. */
  isIn: boolean;
  /** Number of the bin: its start, UTC epoch ms, divided by the bins' length. */
  bin: number;
  /** The bins are those of long flows, which are as long as several of the others. */
  isLong: boolean;
}

/** What a piece of a flow adds to its cell. */
export interface CellUse {
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
  sharedOctets = 0n;
  readonly #cellsMax: number;
  #places = new Int32Array(0);
  #keys = new Int32Array(0);
  #octets = new Float64Array(0);
  #lots = new Float64Array(0);
  #packets = new Float64Array(0);
  #records = new Float64Array(0);
  #startMs = new Float64Array(0);
  #endMs = new Float64Array(0);
  #streams = new Int32Array(0);

  constructor(cellsMax: number) {
    this.#cellsMax = cellsMax;
    this.#resize(Math.min(1024, cellsMax));
  }

  get isFull(): boolean {
    return this.count >= this.#cellsMax;
  }

  /** Adds to the cell of the key. There must be room for one more. */
  add(key: CellKey, use: CellUse): void {
    const at = this.#cellOf(key.subject, key.class * 4 + (key.isLong ? 2 : 0) + (key.isIn ? 1 : 0), key.bin);
    let octets = this.#octets[at]! + use.octets;
    if (octets >= lot) {
      octets -= lot;
      this.#lots[at]!++;
    }
    this.#octets[at] = octets;
    this.#packets[at]! += use.packets;
    this.#records[at]!++;
    if (use.startMs < this.#startMs[at]!) this.#startMs[at] = use.startMs;
    if (use.endMs > this.#endMs[at]!) this.#endMs[at] = use.endMs;
    if (this.#streams[at] === -1) this.#streams[at] = use.stream;
    else if (this.#streams[at] !== use.stream) this.sharedOctets += BigInt(use.octets);
  }

  subject(at: number): number {
    return this.#keys[at * keyWords]!;
  }
  class(at: number): number {
    return this.#keys[at * keyWords + 1]! >> 2;
  }
  isLong(at: number): boolean {
    return (this.#keys[at * keyWords + 1]! & 2) !== 0;
  }
  isIn(at: number): boolean {
    return (this.#keys[at * keyWords + 1]! & 1) === 1;
  }
  bin(at: number): number {
    return this.#keys[at * keyWords + 2]!;
  }
  octets(at: number): bigint {
    return BigInt(this.#lots[at]!) * BigInt(lot) + BigInt(this.#octets[at]!);
  }
  packets(at: number): number {
    return this.#packets[at]!;
  }
  /** Pieces of flows in it. */
  records(at: number): number {
    return this.#records[at]!;
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
    if (this.count === this.#octets.length) {
      this.#resize(Math.min(this.#cellsMax, this.count * 2));
      return this.#cellOf(subject, kind, bin);
    }
    const at = this.count++;
    this.#places[place] = at;
    this.#keys[at * keyWords] = subject;
    this.#keys[at * keyWords + 1] = kind;
    this.#keys[at * keyWords + 2] = bin;
    this.#octets[at] = 0;
    this.#lots[at] = 0;
    this.#packets[at] = 0;
    this.#records[at] = 0;
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
    this.#octets = larger(this.#octets, new Float64Array(cells));
    this.#lots = larger(this.#lots, new Float64Array(cells));
    this.#packets = larger(this.#packets, new Float64Array(cells));
    this.#records = larger(this.#records, new Float64Array(cells));
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

/**
 * Datagrams that wait before their flows are guided (`flow.holdMs`), oldest first, in segments of memory that are used
 * again. Bounded: where there is no room for another, the caller takes the oldest before their time.
 */

const segmentOctets = 1024 * 1024;
const segmentDatagramsMax = 8_192;

export type TakeDatagram = (octets: Uint8Array, exporter: string, receivedAtMs: number) => void;

export class HeldDatagrams {
  count = 0;
  readonly #segmentsMax: number;
  readonly #segments: Segment[] = [];
  #spare: Segment | null = null;

  /** Room is given in whole segments of a mebibyte, at least one. */
  constructor(octetsMax: number) {
    this.#segmentsMax = Math.max(1, Math.floor(octetsMax / segmentOctets));
  }

  /** Memory that is in use. */
  get octets(): number {
    return this.#segments.length * segmentOctets;
  }

  /** Copies a datagram in; false where there is no room. `dueMs` never falls from one to the next. */
  push(
    octets: Uint8Array,
    exporter: string,
    times: { readonly receivedAtMs: number; readonly dueMs: number },
  ): boolean {
    let last = this.#segments.at(-1);
    if (last === undefined || !last.hasRoom(octets.length)) {
      if (this.#segments.length >= this.#segmentsMax) return false;
      last = this.#spare ?? new Segment();
      this.#spare = null;
      this.#segments.push(last);
    }
    last.push(octets, exporter, times);
    this.count++;
    return true;
  }

  /** Takes out the oldest if it is due, and answers whether it was. */
  takeDue(nowMs: number, take: TakeDatagram): boolean {
    const first = this.#segments[0];
    if (first === undefined || first.dueMs > nowMs) return false;
    this.count--;
    first.shift(take);
    if (first.isEmpty) {
      this.#segments.shift();
      first.clear();
      this.#spare = first;
    }
    return true;
  }
}

class Segment {
  readonly #octets = new Uint8Array(segmentOctets);
  readonly #ends = new Int32Array(segmentDatagramsMax);
  readonly #receivedAtMs = new Float64Array(segmentDatagramsMax);
  readonly #dueMs = new Float64Array(segmentDatagramsMax);
  #exporters: string[] = [];
  #taken = 0;
  #takenOctets = 0;

  get isEmpty(): boolean {
    return this.#taken === this.#exporters.length;
  }

  get dueMs(): number {
    return this.#dueMs[this.#taken]!;
  }

  hasRoom(octets: number): boolean {
    const count = this.#exporters.length;
    const used = count === 0 ? 0 : this.#ends[count - 1]!;
    return count < segmentDatagramsMax && used + octets <= segmentOctets;
  }

  push(octets: Uint8Array, exporter: string, times: { readonly receivedAtMs: number; readonly dueMs: number }): void {
    const at = this.#exporters.push(exporter) - 1;
    const from = at === 0 ? 0 : this.#ends[at - 1]!;
    this.#octets.set(octets, from);
    this.#ends[at] = from + octets.length;
    this.#receivedAtMs[at] = times.receivedAtMs;
    this.#dueMs[at] = times.dueMs;
  }

  shift(take: TakeDatagram): void {
    const at = this.#taken++;
    const from = this.#takenOctets;
    this.#takenOctets = this.#ends[at]!;
    take(this.#octets.subarray(from, this.#takenOctets), this.#exporters[at]!, this.#receivedAtMs[at]!);
  }

  clear(): void {
    this.#exporters = [];
    this.#taken = 0;
    this.#takenOctets = 0;
  }
}

/**
 * Datagrams that wait before their flows are guided (`flow.holdMs`), oldest first, in segments of memory that are used
 * again. Bounded: where there is no room for another, the caller takes the oldest before their time.
 *
 * Segments that are no more needed are given back to the system by `trim`, not left to the garbage collector: a thread
 * that has little to do would not collect them for minutes, and they may be a quarter of a gigabyte.
 */
import { MessageChannel } from 'node:worker_threads';

const segmentOctets = 1024 * 1024;
const segmentDatagramsMax = 8_192;

export type TakeDatagram = (octets: Uint8Array, exporter: string, receivedAtMs: number) => void;

export class HeldDatagrams {
  count = 0;
  readonly #segmentsMax: number;
  readonly #segments: Segment[] = [];
  readonly #spares: Segment[] = [];
  /** The fewest spares there were since the last `trim`: so many were not needed. */
  #sparesLeast = 0;

  /** Room is given in whole segments of a mebibyte, at least one. */
  constructor(octetsMax: number) {
    this.#segmentsMax = Math.max(1, Math.floor(octetsMax / segmentOctets));
  }

  /** Memory that is in use, or waits to be. */
  get octets(): number {
    return (this.#segments.length + this.#spares.length) * segmentOctets;
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
      last = this.#spares.pop() ?? new Segment();
      this.#sparesLeast = Math.min(this.#sparesLeast, this.#spares.length);
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
      this.#spares.push(first);
    }
    return true;
  }

  /** Gives back what was not needed since the last time, but for one segment; to be called now and then. */
  trim(): void {
    for (const spare of this.#spares.splice(0, this.#sparesLeast - 1)) giveBack(spare.memory);
    this.#sparesLeast = this.#spares.length;
  }
}

const nobody = new MessageChannel();
nobody.port2.close();

/** What is handed over to nobody is free at once. */
function giveBack(memory: readonly ArrayBuffer[]): void {
  nobody.port1.postMessage(null, memory);
}

class Segment {
  readonly #octets = new Uint8Array(segmentOctets);
  readonly #ends = new Int32Array(segmentDatagramsMax);
  readonly #receivedAtMs = new Float64Array(segmentDatagramsMax);
  readonly #dueMs = new Float64Array(segmentDatagramsMax);
  #exporters: string[] = [];
  #taken = 0;
  #takenOctets = 0;

  get memory(): ArrayBuffer[] {
    return [this.#octets, this.#ends, this.#receivedAtMs, this.#dueMs].map(({ buffer }) => buffer);
  }

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

/**
 * How far the usage log is durable, told by the thread that writes it to those that read it: what stands beyond may be
 * in the system's memory alone, and a bill must not know of use that the next power cut takes back.
 */
export class LogEnd {
  /** To be handed to another thread, which makes its own `LogEnd` of it. */
  readonly shared: SharedArrayBuffer;
  readonly #position: BigInt64Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.shared = shared;
    this.#position = new BigInt64Array(shared);
  }

  get position(): number {
    return Number(Atomics.load(this.#position, 0));
  }

  set(position: number): void {
    Atomics.store(this.#position, 0, BigInt(position));
  }
}

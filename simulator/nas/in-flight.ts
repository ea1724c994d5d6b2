/**
 * The slots in flight, in order of their last transmission, and the free ones, in order of their release: two lists
 * threaded through typed arrays, so that taking, releasing and renewing cost no search and no object.
 */

export interface InFlight {
  readonly size: number;
  has(slot: number): boolean;
  /** Takes the slot that has been free longest. There must be one. */
  take(): number;
  /** Puts a taken slot at the end of the list. */
  push(slot: number, sentMs: number): void;
  renew(slot: number, sentMs: number): void;
  /** The slot transmitted longest ago, if that was before `sentBeforeMs`, else -1. */
  oldest(sentBeforeMs: number): number;
  release(slot: number): void;
}

/** `stride` slots belong to one socket; the first round of free slots visits the sockets in turn. */
export function createInFlight(slots: number, stride: number): InFlight {
  const none = -1;
  const next = new Int32Array(slots).fill(none);
  const previous = new Int32Array(slots).fill(none);
  const sentMs = new Float64Array(slots);
  const listed = new Uint8Array(slots);
  const free = new Int32Array(slots);
  let freeHead = 0;
  let freeCount = slots;
  let head = none;
  let tail = none;

  const sockets = slots / stride;
  for (let index = 0; index < slots; index++) free[index] = (index % sockets) * stride + Math.floor(index / sockets);

  function take(): number {
    const slot = free[freeHead]!;
    freeHead = (freeHead + 1) % slots;
    freeCount--;
    return slot;
  }

  function push(slot: number, atMs: number): void {
    sentMs[slot] = atMs;
    listed[slot] = 1;
    previous[slot] = tail;
    next[slot] = none;
    if (tail === none) head = slot;
    else next[tail] = slot;
    tail = slot;
  }

  function unlink(slot: number): void {
    const before = previous[slot]!;
    const after = next[slot]!;
    if (before === none) head = after;
    else next[before] = after;
    if (after === none) tail = before;
    else previous[after] = before;
    listed[slot] = 0;
  }

  return {
    get size() {
      return slots - freeCount;
    },
    has: (slot) => listed[slot] === 1,
    take,
    push,
    renew(slot, atMs) {
      unlink(slot);
      push(slot, atMs);
    },
    oldest: (sentBeforeMs) => (head !== none && sentMs[head]! <= sentBeforeMs ? head : none),
    release(slot) {
      unlink(slot);
      free[(freeHead + freeCount) % slots] = slot;
      freeCount++;
    },
  };
}

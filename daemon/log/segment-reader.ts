/** Reads the usage log's entries from its segments, as far as they are durable. It remembers where it came to. */
import { meterdError } from '../errors.ts';
import { decodeEntries } from './entry-codec.ts';
import type { LogEnd } from './log-end.ts';
import { SegmentScan, segmentPath, segmentSerials } from './segment.ts';
import type { LogBatch } from './usage-log.ts';

export class SegmentReader {
  readonly #folder: string;
  readonly #instanceId: string;
  readonly #end: LogEnd;
  #scan: SegmentScan | null = null;
  #serial = 0;
  /** The frame read last, and the position that it ended at. */
  #number = 0;
  #position = 0;

  constructor(folder: string, instanceId: string, end: LogEnd) {
    this.#folder = folder;
    this.#instanceId = instanceId;
    this.#end = end;
  }

  /** See UsageLog. Throws `data-unreadable` where entries that are durable can't be read. */
  readAfter(position: number, entriesMax: number): LogBatch[] {
    const end = this.#end.position;
    const batches: LogBatch[] = [];
    if (position >= end) return batches;
    if (this.#scan === null || this.#position !== position) this.#seek(position);
    this.#scan?.refresh();
    for (let count = 0; this.#position < end; ) {
      const frame = this.#scan?.next() ?? null;
      if (frame === null) {
        this.#openNext();
        continue;
      }
      const { number, lastPosition, entryCount } = frame;
      const isFull = count > 0 && count + entryCount > entriesMax;
      if (entryCount > 0 && lastPosition > position && (isFull || lastPosition > end)) {
        this.#scan!.back(frame);
        break;
      }
      const isNext = this.#number === 0 ? lastPosition - entryCount <= this.#position : number === this.#number + 1;
      if (!isNext) throw this.#damaged();
      this.#number = number;
      this.#position = lastPosition;
      if (entryCount === 0 || lastPosition <= position) continue;
      batches.push(lazyBatch(lastPosition - entryCount + 1, this.#scan!.entries(frame)));
      count += entryCount;
    }
    return batches;
  }

  close(): void {
    this.#scan?.close();
    this.#scan = null;
  }

  /** To the segment that holds what comes after a position, or to the oldest. */
  #seek(position: number): void {
    const serials = segmentSerials(this.#folder);
    this.#number = 0;
    this.#position = position;
    for (const serial of serials.reverse()) {
      this.#open(serial);
      const first = this.#scan!.next();
      if (first === null) continue;
      this.#scan!.back(first);
      const begin = first.lastPosition - first.entryCount;
      if (begin <= position) return;
      // The oldest may begin later: what came before was dropped.
      if (serial === serials.at(-1)) this.#position = begin;
    }
  }

  #openNext(): void {
    try {
      this.#open(this.#serial + 1);
    } catch (cause) {
      throw this.#damaged(cause);
    }
  }

  #open(serial: number): void {
    const scan = new SegmentScan(segmentPath(this.#folder, serial), this.#instanceId);
    this.#scan?.close();
    this.#scan = scan;
    this.#serial = serial;
  }

  #damaged(cause?: unknown): Error {
    const where = `${segmentPath(this.#folder, this.#serial)} at octet ${this.#scan?.offset ?? 0}`;
    return meterdError('data-unreadable', `the usage log is damaged after position ${this.#position}: ${where}`, {
      cause,
    });
  }
}

/** Decoded when asked for, one after the other: thousands of records alive at once are copied by each collection. */
function lazyBatch(firstPosition: number, text: string): LogBatch {
  return {
    firstPosition,
    get entries() {
      return decodeEntries(text);
    },
  };
}

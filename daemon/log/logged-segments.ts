/** The segments of a usage log that are looked at as wholes: to find asides again, and to drop the oldest. */
import { rmSync } from 'node:fs';
import { meterdError } from '../errors.ts';
import type { FrameHead } from './frame.ts';
import { SegmentScan, segmentPath, segmentSerials } from './segment.ts';

export class LoggedSegments {
  readonly #folder: string;
  readonly #instanceId: string;
  /** The last frame of the oldest segment, once it was looked for: that is to read all of it. */
  #oldest: { readonly serial: number; readonly last: FrameHead } | null = null;

  constructor(folder: string, instanceId: string) {
    this.#folder = folder;
    this.#instanceId = instanceId;
  }

  /** The asides of the frames after one, up to another, in their order. Throws `data-unreadable` where one is missing. */
  eachAsideAfter(number: number, lastNumber: number, take: (frame: FrameHead, aside: string) => void): void {
    let reached = number;
    let previous = 0;
    for (const serial of this.#serialsFrom(number)) {
      const scan = this.#scan(serial);
      try {
        for (let frame = scan.next(); frame !== null && frame.number <= lastNumber; frame = scan.next()) {
          const isFirst = previous === 0 && frame.number > number && frame.lastAside > number;
          if (isFirst ? frame.lastAside < frame.number : previous !== 0 && frame.number !== previous + 1) {
            throw meterdError('data-unreadable', `the usage log lacks what comes before its append ${frame.number}`);
          }
          previous = frame.number;
          if (frame.number <= number || frame.lastAside !== frame.number) continue;
          take(frame, scan.aside(frame));
          reached = frame.number;
        }
      } finally {
        scan.close();
      }
    }
    if (reached !== lastNumber) throw meterdError('data-unreadable', `the usage log lacks its append ${lastNumber}`);
  }

  /** The last frame of the oldest segment, if that is older than the one of this number; null where there is none. */
  oldestBefore(serialInUse: number): FrameHead | null {
    if (this.#oldest === null) {
      const serial = segmentSerials(this.#folder)[0];
      if (serial === undefined || serial >= serialInUse) return null;
      this.#oldest = { serial, last: this.#lastOf(serial) };
    }
    return this.#oldest.last;
  }

  /** Drops what `oldestBefore` told of. */
  dropOldest(): void {
    if (this.#oldest === null) return;
    rmSync(segmentPath(this.#folder, this.#oldest.serial), { force: true });
    this.#oldest = null;
  }

  /** The segments that may hold frames after one. */
  #serialsFrom(number: number): number[] {
    const serials = segmentSerials(this.#folder);
    for (let index = serials.length - 1; index > 0; index--) {
      const scan = this.#scan(serials[index]!);
      const first = scan.next();
      scan.close();
      // What comes before it has asides no later than the one it knows of.
      if (first !== null && (first.lastAside <= number || first.number <= number)) return serials.slice(index);
    }
    return serials;
  }

  #lastOf(serial: number): FrameHead {
    const scan = this.#scan(serial);
    try {
      let last: FrameHead | null = null;
      for (let frame = scan.next(); frame !== null; frame = scan.next()) last = frame;
      if (last !== null && scan.frameBeyond() === null) return last;
      throw meterdError('data-unreadable', `the usage log is damaged: ${scan.path} at octet ${scan.offset}`);
    } finally {
      scan.close();
    }
  }

  #scan(serial: number): SegmentScan {
    return new SegmentScan(segmentPath(this.#folder, serial), this.#instanceId);
  }
}

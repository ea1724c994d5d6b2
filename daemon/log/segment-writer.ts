/**
 * Writes the frames of the usage log. A frame is durable when `append` has returned: the file is opened so that a write is
 * synced by itself (O_DSYNC).
 *
 * While the disk is prompt, this thread writes and waits, for that is shorter than the way to another thread and back. When
 * writes take long, threads of the pool do, and this one goes on with its sockets.
 */
import { closeSync, constants, fsyncSync, mkdirSync, openSync, rmSync, write, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { meterdError } from '../errors.ts';
import { type FrameHead, type FrameTexts, frameHeadOctets, frameOctetsMax, writeFrame } from './frame.ts';
import type { LogEnd } from './log-end.ts';
import { NextSegment, syncFolder } from './next-segment.ts';
import { SegmentScan, saltOf, segmentHeadOctets, segmentPath, segmentSerials } from './segment.ts';

/** While they are left to others, one in so many is done here, to know whether the disk is prompt again. */
const triedEvery = 64;
/** Weight of the newest write in the mean. */
const newestWeight = 1 / 16;
/** Frames are put together in memory that is used again, as long as they are no longer. */
const scratchOctets = 256 * 1024;

const writeInPool = promisify(write);

/** Where the log ends. */
export type LogTail = Pick<FrameHead, 'number' | 'lastPosition' | 'lastAside' | 'appendedMs'>;

interface Segment {
  readonly serial: number;
  readonly file: number;
  readonly octets: number;
}

export interface SegmentWriterOptions {
  readonly folder: string;
  readonly instanceId: string;
  /** Of a segment; one is larger where a single frame is. */
  readonly segmentOctets: number;
  /** The position of a log that has no frames. */
  readonly firstPosition: number;
  /** Where writes take so long on average, they are left to others until they take half of it. */
  readonly slowMeanMs: number;
  readonly end: LogEnd;
}

export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #salt: number;
  readonly #scratch = Buffer.allocUnsafeSlow(scratchOctets);
  readonly #next: NextSegment;
  #segment: Segment | null = null;
  #offset = 0;
  #tail: LogTail;
  /** A write failed, but what it wrote may stand at the offset. */
  #mayStand = false;
  #meanMs = 0;
  #isPrompt = true;
  /** Writes left to the pool. */
  #inPool = 0;

  /** Finds the log's end: after the last frame that is whole, for of one that is not nobody was told. */
  constructor(options: SegmentWriterOptions) {
    const { folder, instanceId, segmentOctets, firstPosition } = options;
    this.#options = options;
    this.#salt = saltOf(instanceId);
    this.#tail = { number: 0, lastPosition: firstPosition, lastAside: 0, appendedMs: Number.NEGATIVE_INFINITY };
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    rmSync(join(folder, 'next'), { force: true });
    const serials = segmentSerials(folder);
    // Of the last ones some may be empty still.
    while (serials.length > 0 && this.#segment === null) this.#findEnd(serials.pop()!);
    syncFolder(folder);
    syncFolder(dirname(folder));
    const serial = this.#segment === null ? 1 : (this.#segment as Segment).serial + 1;
    this.#next = new NextSegment(folder, instanceId, serial, segmentOctets);
    options.end.set(this.#tail.lastPosition);
  }

  get tail(): LogTail {
    return this.#tail;
  }

  /** The segment in use; 0 before the first. */
  get serial(): number {
    return this.#segment?.serial ?? 0;
  }

  /** One call at a time. Where it fails, the next begins at the same place with the same number. */
  async append(texts: FrameTexts, entryCount: number, appendedMs: number): Promise<LogTail> {
    const number = this.#tail.number + 1;
    const head: FrameHead = {
      number,
      lastPosition: this.#tail.lastPosition + entryCount,
      entryCount,
      lastAside: texts.aside === '' ? this.#tail.lastAside : number,
      // Notes have no time of their own, and whole segments are dropped by the last.
      appendedMs: Math.max(appendedMs, this.#tail.appendedMs),
    };
    const octetsMax = frameOctetsMax(texts);
    const buffer = octetsMax <= scratchOctets ? this.#scratch : Buffer.allocUnsafeSlow(octetsMax);
    const octets = writeFrame(buffer, this.#salt, head, texts);
    let segment = this.#segment;
    if (segment === null || this.#offset + octets > segment.octets) segment = await this.#begin(octets);
    this.#mayStand = true;
    const written =
      this.#isPrompt || ++this.#inPool % triedEvery === 0
        ? this.#writeHere(segment.file, buffer, octets)
        : (await writeInPool(segment.file, buffer, 0, octets, this.#offset)).bytesWritten;
    if (written !== octets) throw new Error(`${written} of ${octets} octets of a frame were written`);
    this.#mayStand = false;
    this.#offset += octets;
    this.#tail = head;
    this.#options.end.set(head.lastPosition);
    this.#next.keepAheadOf(this.#offset);
    return head;
  }

  async close(): Promise<void> {
    await this.#next.close();
    if (this.#segment !== null) closeSync(this.#segment.file);
    this.#segment = null;
  }

  /** Goes on in the next segment. */
  async #begin(frameOctets: number): Promise<Segment> {
    const path = await this.#next.finished(frameOctets);
    if (this.#mayStand && this.#segment !== null) this.#strike(this.#segment);
    this.#open(path, this.#next.serial, segmentHeadOctets);
    this.#next.taken();
    return this.#segment!;
  }

  /** A frame that failed must not be found before the one that takes its number. */
  #strike({ file, octets }: Segment): void {
    const nothing = Buffer.alloc(Math.min(frameHeadOctets, octets - this.#offset));
    const written = writeSync(file, nothing, 0, nothing.length, this.#offset);
    if (written !== nothing.length) throw new Error(`${written} of ${nothing.length} octets were written`);
    this.#mayStand = false;
  }

  #open(path: string, serial: number, offset: number): void {
    const scan = new SegmentScan(path, this.#options.instanceId);
    scan.close();
    const file = openSync(path, constants.O_RDWR | constants.O_DSYNC);
    if (this.#segment !== null) closeSync(this.#segment.file);
    this.#segment = { serial, file, octets: scan.octets };
    this.#offset = offset;
  }

  #writeHere(file: number, buffer: Buffer, octets: number): number {
    const begunMs = performance.now();
    const written = writeSync(file, buffer, 0, octets, this.#offset);
    this.#tookMs(performance.now() - begunMs);
    return written;
  }

  #findEnd(serial: number): void {
    const { folder, instanceId } = this.#options;
    const path = segmentPath(folder, serial);
    const scan = new SegmentScan(path, instanceId);
    try {
      let last: LogTail | null = null;
      for (let frame = scan.next(); frame !== null; frame = scan.next()) last = frame;
      if (scan.frameBeyond() !== null) {
        throw meterdError('data-unreadable', `the usage log is damaged: ${path} at octet ${scan.offset}`);
      }
      if (last === null) return;
      this.#tail = last;
      this.#open(path, serial, scan.offset);
      // What was read may be in the system's memory alone, left by a daemon that was killed.
      fsyncSync(this.#segment!.file);
    } finally {
      scan.close();
    }
  }

  #tookMs(ms: number): void {
    this.#meanMs += (ms - this.#meanMs) * newestWeight;
    const { slowMeanMs } = this.#options;
    this.#isPrompt = this.#meanMs < (this.#isPrompt ? slowMeanMs : slowMeanMs / 2);
  }
}

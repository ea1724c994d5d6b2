/**
 * A segment: a file of the usage log, filled with octets of 0 before it is used, so that a sync of a frame writes that
 * frame and nothing of the file system's own. It begins with a head that names the log's instance; frames follow, one after
 * the other, until what stands there is none. Segments are numbered; `next` is one in the making.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { meterdError } from '../errors.ts';
import { type Frame, frameHeadOctets, nextMagic, readFrame, seemingOctets } from './frame.ts';

export const segmentHeadOctets = 64;
const headText = 'meterd usage log 1\n';
const suffix = '.segment';
const serialDigits = 12;
/** Read at once: some hundred reports. */
const chunkOctets = 64 * 1024;

export function segmentPath(folder: string, serial: number): string {
  return join(folder, `${String(serial).padStart(serialDigits, '0')}${suffix}`);
}

/** Numbers of the segments in a folder, in order. */
export function segmentSerials(folder: string): number[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(suffix));
  return names.map((name) => Number(name.slice(0, -suffix.length))).sort((left, right) => left - right);
}

export function segmentHead(instanceId: string): Buffer {
  const head = Buffer.alloc(segmentHeadOctets);
  head.write(`${headText}${instanceId}\n`, 'latin1');
  return head;
}

/** Of an instance's frames (frame.ts). */
export function saltOf(instanceId: string): number {
  return crc32(instanceId);
}

/** Reads the frames of one segment, in order. Throws `data-unreadable` or `store-mismatch` where it is no such file. */
export class SegmentScan {
  readonly path: string;
  /** Where the next frame begins. */
  offset = segmentHeadOctets;
  /** Of the file. */
  readonly octets: number;
  readonly #file: number;
  readonly #salt: number;
  #buffer: Buffer = Buffer.allocUnsafeSlow(chunkOctets);
  /** The part of the file that the buffer holds. */
  #from = 0;
  #length = 0;

  constructor(path: string, instanceId: string) {
    this.path = path;
    this.#salt = saltOf(instanceId);
    this.#file = openSync(path, 'r');
    try {
      this.octets = fstatSync(this.#file).size;
      this.#checkHead(instanceId);
    } catch (cause) {
      closeSync(this.#file);
      throw cause;
    }
  }

  /** The next frame, null where none is, or not yet. It is valid until the next call. */
  next(): Frame | null {
    if (!this.#hold(frameHeadOctets)) return null;
    const octets = seemingOctets(this.#buffer, this.offset - this.#from);
    if (octets === null || !this.#hold(octets)) return null;
    const frame = readFrame(this.#buffer.subarray(0, this.#length), this.offset - this.#from, this.#salt);
    if (frame !== null) this.offset += frame.octets;
    return frame;
  }

  entries({ entriesAt, asideAt }: Frame): string {
    return this.#buffer.toString('utf8', entriesAt, asideAt);
  }

  aside({ asideAt, textsEnd }: Frame): string {
    return this.#buffer.toString('utf8', asideAt, textsEnd);
  }

  /** The frame just read is to be read again. */
  back(frame: Frame): void {
    this.offset -= frame.octets;
  }

  /** What was read ahead may have been written since. */
  refresh(): void {
    this.#length = 0;
  }

  /** A frame beyond what `next` can reach, which tells that what stands between was damaged. Null where there is none. */
  frameBeyond(): Frame | null {
    const rest = Buffer.alloc(Math.max(this.octets - this.offset, 0));
    readSync(this.#file, rest, 0, rest.length, this.offset);
    for (let begin = nextMagic(rest, 0); begin !== -1; begin = nextMagic(rest, begin + 1)) {
      if (begin + frameHeadOctets > rest.length) return null;
      const frame = readFrame(rest, begin, this.#salt);
      if (frame !== null) return frame;
    }
    return null;
  }

  close(): void {
    closeSync(this.#file);
  }

  #checkHead(instanceId: string): void {
    const wanted = segmentHead(instanceId);
    const head = Buffer.alloc(segmentHeadOctets);
    readSync(this.#file, head, 0, segmentHeadOctets, 0);
    if (head.equals(wanted)) return;
    if (head.subarray(0, headText.length).equals(wanted.subarray(0, headText.length))) {
      throw meterdError('store-mismatch', `${this.path} belongs to another usage log`);
    }
    throw meterdError('data-unreadable', `${this.path} is no segment of a usage log`);
  }

  /** Brings so many octets from `offset` on into the buffer; false where the file has fewer. */
  #hold(octets: number): boolean {
    if (this.offset >= this.#from && this.offset + octets <= this.#from + this.#length) return true;
    if (this.offset + octets > this.octets) return false;
    const wanted = Math.max(octets, chunkOctets);
    if (this.#buffer.length !== wanted) this.#buffer = Buffer.allocUnsafeSlow(wanted);
    this.#from = this.offset;
    this.#length = readSync(this.#file, this.#buffer, 0, wanted, this.offset);
    return this.#length >= octets;
  }
}

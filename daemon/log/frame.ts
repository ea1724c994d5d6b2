/**
 * A frame: one append to the usage log, as it stands in a segment file (segment.ts). Numbers are little-endian.
 *
 *    0 magic · 4 CRC-32 of all that follows, its padding not · 8 octets of entries · 12 octets of the aside
 *   16 number of the frame · 24 position of the log after it · 32 number of its entries
 *   40 number of the last frame up to here that has an aside · 48 time of the append, ms
 *   56 the entries (entry-codec.ts) · the aside (aside.ts) · octets of 0 up to a multiple of 8
 *
 * The checksum begins from the log's own salt, so that what devices send can't pass for a frame.
 */
import { crc32 } from 'node:zlib';

export interface FrameHead {
  /** Appends count from 1. */
  readonly number: number;
  /** Of the log after the append. */
  readonly lastPosition: number;
  readonly entryCount: number;
  /** The last frame up to this one that has an aside; 0 where there is none. */
  readonly lastAside: number;
  readonly appendedMs: number;
}

/** What one append makes durable; an empty text where there is nothing of the kind. */
export interface FrameTexts {
  readonly entries: string;
  readonly aside: string;
}

/** A frame where it was read. The texts are in the buffer until that is read into again. */
export interface Frame extends FrameHead {
  readonly entriesAt: number;
  readonly asideAt: number;
  readonly textsEnd: number;
  /** Of the whole frame with its padding. */
  readonly octets: number;
}

export const frameHeadOctets = 56;
const frameMagic = 0x6672_746d;
const octetsPerCharacterMax = 3;
const at = { crc: 4, entries: 8, aside: 12, number: 16, position: 24, count: 32, lastAside: 40, time: 48 } as const;

/** Octets that a frame takes at most. */
export function frameOctetsMax({ entries, aside }: FrameTexts): number {
  return padded(frameHeadOctets + (entries.length + aside.length) * octetsPerCharacterMax);
}

/** Writes a frame at the buffer's beginning, which must have room for `frameOctetsMax`. Returns its octets. */
export function writeFrame(into: Buffer, salt: number, head: FrameHead, texts: FrameTexts): number {
  const entriesOctets = into.write(texts.entries, frameHeadOctets);
  const asideOctets = texts.aside === '' ? 0 : into.write(texts.aside, frameHeadOctets + entriesOctets);
  const end = frameHeadOctets + entriesOctets + asideOctets;
  into.writeUInt32LE(frameMagic, 0);
  into.writeUInt32LE(entriesOctets, at.entries);
  into.writeUInt32LE(asideOctets, at.aside);
  writeWhole(into, head.number, at.number);
  writeWhole(into, head.lastPosition, at.position);
  writeWhole(into, head.entryCount, at.count);
  writeWhole(into, head.lastAside, at.lastAside);
  into.writeDoubleLE(head.appendedMs, at.time);
  into.writeUInt32LE(crc32(into.subarray(at.entries, end), salt), at.crc);
  into.fill(0, end, padded(end));
  return padded(end);
}

/** Octets of the frame that seems to begin here, of which at least the head must be there; null where none does. */
export function seemingOctets(from: Buffer, begin: number): number | null {
  if (from.readUInt32LE(begin) !== frameMagic) return null;
  return padded(frameHeadOctets + from.readUInt32LE(begin + at.entries) + from.readUInt32LE(begin + at.aside));
}

/** Reads a frame all of which is in the buffer; null where there is none, or one whose checksum tells of damage. */
export function readFrame(from: Buffer, begin: number, salt: number): Frame | null {
  const octets = seemingOctets(from, begin);
  if (octets === null || begin + octets > from.length) return null;
  const entriesAt = begin + frameHeadOctets;
  const asideAt = entriesAt + from.readUInt32LE(begin + at.entries);
  const textsEnd = asideAt + from.readUInt32LE(begin + at.aside);
  if (crc32(from.subarray(begin + at.entries, textsEnd), salt) !== from.readUInt32LE(begin + at.crc)) return null;
  return {
    number: readWhole(from, begin + at.number),
    lastPosition: readWhole(from, begin + at.position),
    entryCount: readWhole(from, begin + at.count),
    lastAside: readWhole(from, begin + at.lastAside),
    appendedMs: from.readDoubleLE(begin + at.time),
    entriesAt,
    asideAt,
    textsEnd,
    octets,
  };
}

/** Where the next octets stand that a frame could begin with; −1 if nowhere. */
export function nextMagic(from: Buffer, begin: number): number {
  return from.indexOf(magicOctets, begin);
}

const magicOctets = Buffer.alloc(4);
magicOctets.writeUInt32LE(frameMagic);

/** Whole numbers below 2^53 in eight octets. */
function writeWhole(into: Buffer, value: number, begin: number): void {
  into.writeUInt32LE(value % 2 ** 32, begin);
  into.writeUInt32LE(Math.floor(value / 2 ** 32), begin + 4);
}

function readWhole(from: Buffer, begin: number): number {
  return from.readUInt32LE(begin + 4) * 2 ** 32 + from.readUInt32LE(begin);
}

function padded(octets: number): number {
  return Math.ceil(octets / 8) * 8;
}

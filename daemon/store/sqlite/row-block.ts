/**
 * Rows that are stored many in one blob, since a row of its own costs ten times as much to write: 128 of them are one
 * row of the table, which the highest of their keys names. Keys rise (log positions, charge ids), and nothing is ever
 * changed or deleted, so a block is written once, and one row is found in it without reading the others.
 *
 *   version 1 · base: 4 doubles · rows · where each row begins, 4 octets each, from the base's end · number of rows, 4
 *
 * Each row begins with its key less the first of the block. The base holds that key, and what the rows' own numbers
 * count from (usage-blocks.ts, charge-blocks.ts).
 */
import { PackedReader, PackedWriter } from './packed-bytes.ts';

const version = 1;
const baseDoubles = 4;
const rowsBegin = 1 + baseDoubles * 8;
export const blockRowsMax = 128;
const roomOctets = 32_768;

/** The first row's key, and three numbers that the rows count from. */
export type BlockBase = readonly [firstKey: number, number, number, number];

export interface Block {
  readonly lastKey: number;
  /** Valid until the next row is added. */
  readonly bytes: Buffer;
}

/** Gathers rows, and hands over a block as it is full. */
export class BlockWriter<Row> {
  readonly #writer = new PackedWriter(roomOctets);
  readonly #starts: number[] = [];
  readonly #keyOf: (row: Row) => number;
  readonly #baseOf: (first: Row) => BlockBase;
  readonly #write: (row: Row, base: BlockBase, writer: PackedWriter) => void;
  #base: BlockBase = [0, 0, 0, 0];
  #lastKey = 0;

  constructor(format: {
    readonly keyOf: (row: Row) => number;
    readonly baseOf: (first: Row) => BlockBase;
    readonly write: (row: Row, base: BlockBase, writer: PackedWriter) => void;
  }) {
    this.#keyOf = format.keyOf;
    this.#baseOf = format.baseOf;
    this.#write = format.write;
  }

  /** Begins anew after rows up to that key, whatever was gathered before. */
  begin(lastKey: number): void {
    this.#starts.length = 0;
    this.#lastKey = lastKey;
  }

  /** Returns a block that is full with it. Throws where keys do not rise, since a row would be there twice. */
  add(row: Row): Block | null {
    const key = this.#keyOf(row);
    if (!(key > this.#lastKey)) throw new RangeError(`row ${key} comes after row ${this.#lastKey}`);
    const writer = this.#writer;
    if (this.#starts.length === 0) {
      this.#base = this.#baseOf(row);
      writer.clear();
      writer.octet(version);
      for (const value of this.#base) writer.double(value);
    }
    this.#starts.push(writer.length - rowsBegin);
    writer.number(key - this.#base[0]);
    this.#write(row, this.#base, writer);
    this.#lastKey = key;
    return this.#starts.length === blockRowsMax ? this.end() : null;
  }

  /** The block of what was gathered, null for nothing. */
  end(): Block | null {
    const count = this.#starts.length;
    if (count === 0) return null;
    for (const start of this.#starts) this.#writer.fixed32(start);
    this.#writer.fixed32(count);
    this.#starts.length = 0;
    return { lastKey: this.#lastKey, bytes: this.#writer.bytes };
  }
}

/** A reader at the row of that key, behind the key, and the block's base; null where the block has no such row. */
export function findInBlock(bytes: Buffer, key: number): { reader: PackedReader; base: BlockBase } | null {
  const reader = new PackedReader(bytes);
  const found = reader.octet();
  if (found !== version) throw new Error(`rows of format ${found} in the store, expected ${version}`);
  const base: BlockBase = [reader.double(), reader.double(), reader.double(), reader.double()];
  const count = bytes.readUInt32LE(bytes.length - 4);
  const startsAt = bytes.length - 4 - count * 4;
  let [low, high] = [0, count - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    reader.at = rowsBegin + bytes.readUInt32LE(startsAt + middle * 4);
    const its = base[0] + reader.number();
    if (its === key) return { reader, base };
    if (its < key) low = middle + 1;
    else high = middle - 1;
  }
  return null;
}

/**
 * Rows that are stored many in one blob, since each row of a table costs a call and a place of its own: 128 of them are one
 * row of the table, which the highest of their keys names. Keys rise (log positions, charge ids), and nothing is ever
 * changed or deleted, so a block is written once, and one row is found in it without reading the others.
 *
 *   version 1 · base: 4 doubles · rows · where each row begins, 4 octets each, from the base's end · number of rows, 4
 *
 * Each row begins with its key less the first of the block. The base holds that key, and what the rows' own numbers
 * count from (usage-blocks.ts, charge-blocks.ts).
 */
import type Database from 'better-sqlite3';
import { PackedReader, PackedWriter } from '../../../rating/index.ts';

const version = 1;
const baseDoubles = 4;
const rowsBegin = 1 + baseDoubles * 8;
const blockRowsMax = 128;
const roomOctets = 32_768;

/** The first row's key, and three numbers that the rows count from. */
export type BlockBase = readonly [firstKey: number, number, number, number];

export interface BlockFormat<Row> {
  readonly keyOf: (row: Row) => number;
  readonly baseOf: (first: Row) => BlockBase;
  /** Writes what follows the key. */
  readonly write: (row: Row, base: BlockBase, writer: PackedWriter) => void;
}

/**
 * A table of blocks, to which rows are added: gathered in memory until `write`, which the caller does in a transaction.
 * `table` has two columns, the last key and the rows.
 */
export class BlockTable<Row> {
  readonly #format: BlockFormat<Row>;
  readonly #insert: Database.Statement<[number, Buffer]>;
  readonly #stored: Database.Statement<[], { key: number | null }>;
  readonly #writer = new PackedWriter(roomOctets);
  readonly #full: { readonly lastKey: number; readonly rows: Buffer }[] = [];
  /** Of the rows in the writer. */
  readonly #starts: number[] = [];
  #base: BlockBase = [0, 0, 0, 0];
  /** Null where only the table knows. */
  #lastKey: number | null = null;

  constructor(db: Database.Database, table: { readonly name: string; readonly key: string }, format: BlockFormat<Row>) {
    this.#format = format;
    this.#insert = db.prepare(`INSERT INTO ${table.name} VALUES (?, ?)`);
    this.#stored = db.prepare(`SELECT max(${table.key}) AS key FROM ${table.name}`);
  }

  /** Throws where keys do not rise, since a row would be there twice, or where a row can't be written. */
  add(rows: readonly Row[]): void {
    const { keyOf, baseOf, write } = this.#format;
    const writer = this.#writer;
    for (const row of rows) {
      const key = keyOf(row);
      this.#lastKey ??= this.#stored.get()!.key ?? 0;
      if (!(key > this.#lastKey)) throw new RangeError(`row ${key} comes after row ${this.#lastKey}`);
      if (this.#starts.length === 0) {
        this.#base = baseOf(row);
        writer.clear();
        writer.octet(version);
        for (const value of this.#base) writer.double(value);
      }
      this.#starts.push(writer.length - rowsBegin);
      writer.number(key - this.#base[0]);
      write(row, this.#base, writer);
      this.#lastKey = key;
      if (this.#starts.length === blockRowsMax) this.#endBlock();
    }
  }

  /** Puts what was added into the table. */
  write(): void {
    this.#endBlock();
    for (const { lastKey, rows } of this.#full) this.#insert.run(lastKey, rows);
  }

  /** Forgets what was added, once it is committed or since it won't be. */
  forget(): void {
    this.#full.length = 0;
    this.#starts.length = 0;
    this.#lastKey = null;
  }

  #endBlock(): void {
    const count = this.#starts.length;
    if (count === 0) return;
    for (const start of this.#starts) this.#writer.fixed32(start);
    this.#writer.fixed32(count);
    this.#full.push({ lastKey: this.#lastKey!, rows: Buffer.from(this.#writer.bytes) });
    this.#starts.length = 0;
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

/**
 * Charges in blocks (row-block.ts), by id:
 *
 *   id · flags · id − previous, or 0 for none · account · seq · position − that of the first row · line
 *   · period's begin and end from those of the first row · amount · quantity · its instant from the period's begin
 *   · further description, vendor and attribution, where there is a detail
 *
 * Lines, which thousands of charges share, have a table of their own (charge_line).
 */
import type Database from 'better-sqlite3';
import type { ChargeLine, ChargeRow } from '../store.ts';
import type { PackedReader, PackedWriter } from './packed-bytes.ts';
import { type BlockBase, BlockWriter, findInBlock } from './row-block.ts';

const isFromUsage = 1;
const hasDetail = 2;
/** The quantity takes more than 52 bits. */
const isWide = 4;
const narrowMax = 1n << 52n;
/** Lines of priced use are named by their vendors, so there may be any number. */
const rememberedLinesMax = 20_000;
const recentLinesMax = 8;

export interface ChargeTable {
  /** Adds rows, inside the caller's transaction. Throws where an id is not beyond those stored. */
  add(rows: readonly ChargeRow[]): void;
  /** The transaction has failed, and with it lines that it added. */
  forgetLines(): void;
}

export function chargeTable(db: Database.Database): ChargeTable {
  const insert = db.prepare('INSERT INTO charge_block VALUES (?, ?)');
  const last = db.prepare<[], { id: number | null }>('SELECT max(last_id) AS id FROM charge_block');
  const lines = new LineNumbers(db);
  const blocks = new BlockWriter<ChargeRow>({
    keyOf: ({ id }) => id,
    baseOf: ({ id, position, periodFromMs, periodToMs }) => [id, position, periodFromMs, periodToMs],
    write: (row, base, writer) => writeCharge(row, lines.of(row.line), base, writer),
  });
  return {
    add(rows) {
      if (rows.length === 0) return;
      blocks.begin(last.get()!.id ?? 0);
      for (const row of rows) {
        const block = blocks.add(row);
        if (block) insert.run(block.lastKey, block.bytes);
      }
      const block = blocks.end();
      if (block) insert.run(block.lastKey, block.bytes);
    },
    forgetLines: () => lines.forget(),
  };
}

/** Reads the charge of an id, or null. */
export function chargeReader(db: Database.Database): (id: number) => ChargeRow | null {
  const find = db.prepare<[number], { rows: Buffer }>(
    'SELECT rows FROM charge_block WHERE last_id >= ? ORDER BY last_id LIMIT 1',
  );
  const line = db.prepare<[number], ChargeLineRow>('SELECT * FROM charge_line WHERE no = ?');
  return (id) => {
    const block = find.get(id);
    const found = block === undefined ? null : findInBlock(block.rows, id);
    if (found === null) return null;
    const { lineNo, ...row } = readCharge(id, found.reader, found.base);
    const known = line.get(lineNo);
    if (known === undefined) throw new Error(`charge ${id} is of line ${lineNo}, which the store lacks`);
    const { plan_id: planId, version, primitive, label, unit, kind } = known;
    return { ...row, line: { planId, version, primitive, label, unit, kind } };
  };
}

function writeCharge(row: ChargeRow, lineNo: number, base: BlockBase, writer: PackedWriter): void {
  const [, basePosition, baseFromMs, baseToMs] = base;
  const { baseQuantity, detail, periodFromMs } = row;
  const wide = baseQuantity >= narrowMax || baseQuantity <= -narrowMax;
  writer.octet((row.fromUsage ? isFromUsage : 0) | (detail ? hasDetail : 0) | (wide ? isWide : 0));
  writer.number(row.previous === 0 ? 0 : row.id - row.previous);
  writer.number(row.account);
  writer.number(row.seq);
  writer.signed(row.position - basePosition);
  writer.number(lineNo);
  writer.signed(periodFromMs - baseFromMs);
  writer.signed(row.periodToMs - baseToMs);
  writer.text(row.amount);
  if (wide) writer.wide(baseQuantity);
  else writer.signed(Number(baseQuantity));
  writer.signed(row.atMs - periodFromMs);
  if (detail === null) return;
  writer.text(detail.additional);
  writer.text(detail.vendor);
  writer.text(detail.attribution);
}

function readCharge(id: number, reader: PackedReader, [, basePosition, baseFromMs, baseToMs]: BlockBase) {
  const flags = reader.octet();
  const back = reader.number();
  const account = reader.number();
  const seq = reader.number();
  const position = basePosition + reader.signed();
  const lineNo = reader.number();
  const periodFromMs = baseFromMs + reader.signed();
  const periodToMs = baseToMs + reader.signed();
  const amount = reader.text();
  const baseQuantity = (flags & isWide) === 0 ? BigInt(reader.signed()) : reader.wide();
  const atMs = periodFromMs + reader.signed();
  const detail =
    (flags & hasDetail) === 0 ? null : { additional: reader.text(), vendor: reader.text(), attribution: reader.text() };
  const previous = back === 0 ? 0 : id - back;
  const fromUsage = (flags & isFromUsage) !== 0;
  return {
    ...{ id, previous, account, seq, position, fromUsage, lineNo, periodFromMs, periodToMs },
    ...{ amount, baseQuantity, atMs, detail },
  };
}

interface ChargeLineRow extends Omit<ChargeLine, 'planId'> {
  readonly plan_id: string;
}

/** Numbers of bill lines: read from the table, or added to it inside the caller's transaction. */
class LineNumbers {
  readonly #insert: Database.Statement<(string | number)[]>;
  readonly #find: Database.Statement<(string | number)[], { no: number }>;
  readonly #known = new Map<string, number>();
  /** Most charges are of a few lines, found by comparing in a fifth of the time that their names together take. */
  readonly #recent: { readonly line: ChargeLine; readonly no: number }[] = [];

  constructor(db: Database.Database) {
    this.#insert = db.prepare(
      'INSERT INTO charge_line (plan_id, version, primitive, label, unit, kind) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#find = db.prepare(
      `SELECT no FROM charge_line
       WHERE plan_id = ? AND version = ? AND primitive = ? AND label = ? AND unit = ? AND kind = ?`,
    );
  }

  of(line: ChargeLine): number {
    for (const recent of this.#recent) if (isSameLine(recent.line, line)) return recent.no;
    const values = [line.planId, line.version, line.primitive, line.label, line.unit, line.kind];
    const key = values.join('\n');
    const no =
      this.#known.get(key) ?? this.#find.get(...values)?.no ?? Number(this.#insert.run(...values).lastInsertRowid);
    if (this.#known.size >= rememberedLinesMax) this.#known.clear();
    this.#known.set(key, no);
    if (this.#recent.unshift({ line, no }) > recentLinesMax) this.#recent.pop();
    return no;
  }

  forget(): void {
    this.#known.clear();
    this.#recent.length = 0;
  }
}

function isSameLine(a: ChargeLine, b: ChargeLine): boolean {
  return (
    a.primitive === b.primitive &&
    a.label === b.label &&
    a.planId === b.planId &&
    a.version === b.version &&
    a.kind === b.kind &&
    a.unit === b.unit
  );
}

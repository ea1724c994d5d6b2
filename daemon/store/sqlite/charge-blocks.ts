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
import type { PackedReader, PackedWriter } from '../../../rating/index.ts';
import type { ChargeLine, ChargeRow } from '../store.ts';
import type { ChargeLines } from './charge-lines.ts';
import { type BlockBase, BlockTable, findInBlock } from './row-block.ts';

const isFromUsage = 1;
const hasDetail = 2;
/** The quantity takes more than 52 bits. */
const isWide = 4;
const narrowMax = 1n << 52n;

export function chargeTable(db: Database.Database, lines: ChargeLines): BlockTable<ChargeRow> {
  const table = { name: 'charge_block', key: 'last_id' };
  return new BlockTable(db, table, {
    keyOf: ({ id }) => id,
    baseOf: ({ id, position, periodFromMs, periodToMs }) => [id, position, periodFromMs, periodToMs],
    write: (row, base, writer) => writeCharge(row, lines.numberOf(row.line), base, writer),
  });
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

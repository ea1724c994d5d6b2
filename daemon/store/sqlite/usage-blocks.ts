/**
 * Raw usage in blocks (row-block.ts), by log position:
 *
 *   position · flags · position − previous, or 0 for none · account · session id · start and end from those of the first
 *   row · quantities as the flags tell · other quantities, JSON · device, session and attributes of an event, JSON, or
 *   attributes of a session's use, JSON
 */
import type Database from 'better-sqlite3';
import type { PackedReader, PackedWriter } from '../../../rating/index.ts';
import type { UsageRow } from '../store.ts';
import { columnsOf, quantitiesOf } from './quantity-columns.ts';
import { type BlockBase, BlockTable, findInBlock } from './row-block.ts';

const hasSeconds = 1;
const hasOctetsIn = 2;
const hasOctetsOut = 4;
const hasOthers = 8;
const isEvent = 16;
/** A quantity takes more than 53 bits, so all of the row take 64. */
const isWide = 32;
/** A session's use with attributes that its rating read. */
const hasAttributes = 64;
const safe = BigInt(Number.MAX_SAFE_INTEGER);

type Attributes = Readonly<Record<string, string>>;

interface StoredEvent {
  readonly device: string;
  readonly session: string;
  readonly attributes: Attributes;
}

interface BlockTableRow {
  readonly rows: Buffer;
}

export function usageTable(db: Database.Database): BlockTable<UsageRow> {
  const table = { name: 'usage_block', key: 'last_position' };
  return new BlockTable(db, table, {
    keyOf: ({ position }) => position,
    baseOf: ({ position, startMs, endMs }) => [position, startMs, endMs, 0],
    write: writeUsage,
  });
}

/** Reads the row of a position, or null. */
export function usageReader(db: Database.Database): (position: number) => UsageRow | null {
  const find = db.prepare<[number], BlockTableRow>(
    'SELECT rows FROM usage_block WHERE last_position >= ? ORDER BY last_position LIMIT 1',
  );
  const session = db.prepare<[number], { device: string; session: string }>(
    'SELECT device, session FROM session WHERE id = ?',
  );
  return (position) => {
    const block = find.get(position);
    const found = block === undefined ? null : findInBlock(block.rows, position);
    if (found === null) return null;
    const { event, attributes, ...row } = readUsage(position, found.reader, found.base);
    if (event !== null) return { ...row, ...event };
    const { device, session: name } = session.get(row.sessionId) ?? { device: '', session: '' };
    return { ...row, device, session: name, attributes };
  };
}

function writeUsage(row: UsageRow, [, baseStartMs, baseEndMs]: BlockBase, writer: PackedWriter): void {
  const { seconds, octetsIn, octetsOut, others } = columnsOf(row.readings);
  const wide = isBeyondSafe(seconds) || isBeyondSafe(octetsIn) || isBeyondSafe(octetsOut);
  const { device, session, attributes } = row;
  const attributed = row.sessionId !== 0 && !isEmpty(attributes);
  writer.octet(
    (seconds === null ? 0 : hasSeconds) |
      (octetsIn === null ? 0 : hasOctetsIn) |
      (octetsOut === null ? 0 : hasOctetsOut) |
      (others === null ? 0 : hasOthers) |
      (row.sessionId === 0 ? isEvent : 0) |
      (attributed ? hasAttributes : 0) |
      (wide ? isWide : 0),
  );
  writer.number(row.previous === 0 ? 0 : row.position - row.previous);
  writer.number(row.account);
  writer.number(row.sessionId);
  writer.signed(row.startMs - baseStartMs);
  writer.signed(row.endMs - baseEndMs);
  if (seconds !== null) writeQuantity(seconds, wide, writer);
  if (octetsIn !== null) writeQuantity(octetsIn, wide, writer);
  if (octetsOut !== null) writeQuantity(octetsOut, wide, writer);
  if (others !== null) writer.text(others);
  if (row.sessionId === 0) writer.text(JSON.stringify({ device, session, attributes } satisfies StoredEvent));
  else if (attributed) writer.text(JSON.stringify(attributes));
}

function isEmpty(attributes: Attributes): boolean {
  for (const _ in attributes) return false;
  return true;
}

function readUsage(position: number, reader: PackedReader, [, baseStartMs, baseEndMs]: BlockBase) {
  const flags = reader.octet();
  const back = reader.number();
  const account = reader.number();
  const sessionId = reader.number();
  const startMs = baseStartMs + reader.signed();
  const endMs = baseEndMs + reader.signed();
  const quantity = (flag: number) =>
    (flags & flag) === 0 ? null : (flags & isWide) === 0 ? BigInt(reader.number()) : reader.wide();
  const columns = {
    seconds: quantity(hasSeconds),
    octets_in: quantity(hasOctetsIn),
    octets_out: quantity(hasOctetsOut),
  };
  const readings = quantitiesOf(columns, (flags & hasOthers) === 0 ? null : reader.text());
  const event = (flags & isEvent) === 0 ? null : (JSON.parse(reader.text()) as StoredEvent);
  const attributes = (flags & hasAttributes) === 0 ? {} : (JSON.parse(reader.text()) as Attributes);
  const previous = back === 0 ? 0 : position - back;
  return { position, previous, account, sessionId, startMs, endMs, readings, event, attributes };
}

function isBeyondSafe(quantity: bigint | null): boolean {
  return quantity !== null && quantity > safe;
}

function writeQuantity(quantity: bigint, wide: boolean, writer: PackedWriter): void {
  if (wide) writer.wide(quantity);
  else writer.number(Number(quantity));
}

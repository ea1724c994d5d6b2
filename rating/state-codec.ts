/**
 * Account states as octets (packed-bytes.ts), about half of what JSON takes and a quarter of the time to write: every
 * touched account is encoded in each step of rating.
 *
 *   version 2 · which times are known · since, archived through, floor, as far as known, ms · archived, text
 *   · plans: n, then n times plan id · memories: n, then n times
 *       key · running totals: n, then n times
 *         start of period · total · posted · version · what else · as that tells: sum, name, rate, bins
 *       · occasions: n, then n times name · total · last instant, ms
 *   · bills: n, then n times start of period · closed · lines: n, then n times
 *       source · amount · quantity · what else · as that tells: rounding, adjusted bill
 *
 * Starts of periods and sources, which is what lines of every bill have in common, are told by their place in the order in
 * which they come, and in full where they come first. Version 1 was text (state-text.ts).
 */

import { Bins } from './bins.ts';
import type { Whole } from './money.ts';
import { PackedReader, PackedWriter } from './packed-bytes.ts';
import {
  type AccountState,
  type Accumulator,
  type BillTotals,
  keepOccasion,
  type LineName,
  type LineTotal,
  type NodeMemory,
  newAccumulator,
  newLine,
  newMemory,
  type PricedLine,
} from './state.ts';
import { stateOfText } from './state-text.ts';

const version = 2;

const hasSince = 1;
const hasArchivedThrough = 2;
const hasFloor = 4;

const hasSum = 1;
const hasName = 2;
const hasRate = 4;
const hasBins = 8;

const isPriced = 1;
const hasLabel = 2;
const hasUnit = 4;

const hasRounding = 1;
const isAdjustment = 2;

/** A whole number up to this, of either sign, fits a packed number with room for a mark. */
const packedMax = 2 ** 52 - 1;
const roomOctets = 4_096;

/** What is stored of a state; text where an earlier release wrote it. */
export type StoredState = Uint8Array | string;

/** The state as octets of their own; below 640 for the plan of Fig 6B. */
export function encodeState(state: AccountState): Uint8Array {
  const writer = new PackedWriter(roomOctets);
  writeState(state, writer);
  return writer.bytes;
}

/** Writes the state behind what the writer holds. */
export function writeState(state: AccountState, writer: PackedWriter): void {
  writer.octet(version);
  const { sinceMs, archivedThroughMs, floorMs } = state;
  writer.octet(
    (sinceMs === null ? 0 : hasSince) |
      (archivedThroughMs === null ? 0 : hasArchivedThrough) |
      (floorMs === null ? 0 : hasFloor),
  );
  if (sinceMs !== null) writeWhole(sinceMs, writer);
  if (archivedThroughMs !== null) writeWhole(archivedThroughMs, writer);
  if (floorMs !== null) writeWhole(floorMs, writer);
  writer.text(state.archived);
  const starts: number[] = [];
  writer.number(state.plans.size);
  for (const [planId, memories] of state.plans) {
    writer.text(planId);
    writer.number(memories.size);
    for (const memory of memories.values()) writeMemory(memory, starts, writer);
  }
  const sources: LineTotal[] = [];
  writer.number(state.bills.length);
  for (const { fromMs, closed, lines } of state.bills) {
    writeStart(fromMs, starts, writer);
    writer.octet(closed ? 1 : 0);
    writer.number(lines.length);
    for (const line of lines) writeLine(line, sources, writer);
  }
}

function writeMemory({ key, accumulators, occasions }: NodeMemory, starts: number[], writer: PackedWriter): void {
  writer.text(key);
  writer.number(accumulators.length);
  for (const { fromMs, total, posted, version, sum, name, rate, bins } of accumulators) {
    writeStart(fromMs, starts, writer);
    writeWhole(total, writer);
    writeWhole(posted, writer);
    writer.number(version);
    writer.octet(
      (sum === 0 ? 0 : hasSum) |
        (name === undefined ? 0 : hasName) |
        (rate === undefined ? 0 : hasRate) |
        (bins === undefined ? 0 : hasBins),
    );
    if (sum !== 0) writeWhole(sum, writer);
    if (name !== undefined) writer.text(name);
    if (rate !== undefined) writer.text(rate);
    if (bins !== undefined) writer.text(bins.encode());
  }
  writer.number(occasions?.size ?? 0);
  for (const [name, { total, lastMs }] of occasions ?? []) {
    writer.text(name);
    writeWhole(total, writer);
    writeWhole(lastMs, writer);
  }
}

function writeStart(fromMs: number, starts: number[], writer: PackedWriter): void {
  const place = starts.indexOf(fromMs);
  writer.number(place < 0 ? starts.length : place);
  if (place < 0) {
    starts.push(fromMs);
    writeWhole(fromMs, writer);
  }
}

function writeLine(line: LineTotal, sources: LineTotal[], writer: PackedWriter): void {
  let place = 0;
  while (place < sources.length && !haveSameSource(sources[place]!, line)) place++;
  writer.number(place);
  if (place === sources.length) {
    sources.push(line);
    writeSource(line, writer);
  }
  const { amount, quantity, rounding, adjustsMs } = line;
  writeWhole(amount, writer);
  writeWhole(quantity, writer);
  writer.octet((rounding === 0 ? 0 : hasRounding) | (adjustsMs === null ? 0 : isAdjustment));
  if (rounding !== 0) writeWhole(rounding, writer);
  if (adjustsMs !== null) writeWhole(adjustsMs, writer);
}

function writeSource(line: LineTotal, writer: PackedWriter): void {
  const { planId, version, primitive, place, scale, label, unit, priced } = line;
  writer.octet((priced === undefined ? 0 : isPriced) | (label === null ? 0 : hasLabel) | (unit === null ? 0 : hasUnit));
  writer.text(planId);
  writer.number(version);
  writer.text(primitive);
  writer.double(place);
  writer.number(scale);
  if (label !== null) writer.text(label);
  if (unit !== null) writer.text(unit);
  if (priced !== undefined) {
    writer.text(priced.vendor);
    writer.text(priced.attribution);
  }
}

function haveSameSource(a: LineTotal, b: LineTotal): boolean {
  return (
    a.primitive === b.primitive &&
    a.place === b.place &&
    a.version === b.version &&
    a.planId === b.planId &&
    a.scale === b.scale &&
    a.label === b.label &&
    a.unit === b.unit &&
    a.priced?.vendor === b.priced?.vendor &&
    a.priced?.attribution === b.priced?.attribution
  );
}

/** A whole number doubled, one less where it is negative, and one more for the mark; 0 where it comes as text. */
function writeWhole(n: Whole, writer: PackedWriter): void {
  if (typeof n === 'number' && n <= packedMax && n >= -packedMax) writer.number(n < 0 ? -2 * n : 2 * n + 1);
  else {
    writer.number(0);
    writer.text(String(n));
  }
}

function readWhole(reader: PackedReader): Whole {
  const packed = reader.number();
  if (packed === 0) return wholeOf(reader.text());
  return packed % 2 === 0 ? -packed / 2 : (packed - 1) / 2;
}

function readTime(reader: PackedReader): number {
  return Number(readWhole(reader));
}

function wholeOf(text: string): Whole {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** The state of these octets, or of the text of an earlier release. @throws Error if it is neither, or is damaged */
export function decodeState(stored: StoredState): AccountState {
  if (typeof stored === 'string') return stateOfText(stored);
  const reader = new PackedReader(stored);
  const found = reader.octet();
  if (found !== version) throw new Error(`account state of unknown version ${found}`);
  const has = reader.octet();
  const sinceMs = (has & hasSince) === 0 ? null : readTime(reader);
  const archivedThroughMs = (has & hasArchivedThrough) === 0 ? null : readTime(reader);
  const floorMs = (has & hasFloor) === 0 ? null : readTime(reader);
  const archived = reader.text();
  const starts: number[] = [];
  const plans = new Map<string, Map<string, NodeMemory>>();
  for (let n = reader.number(); n > 0; n--) {
    const planId = reader.text();
    const memories = new Map<string, NodeMemory>();
    for (let m = reader.number(); m > 0; m--) {
      const memory = readMemory(starts, reader);
      memories.set(memory.key, memory);
    }
    plans.set(planId, memories);
  }
  const sources: LineSource[] = [];
  const bills = listOf(reader, (): BillTotals => {
    const fromMs = readStart(starts, reader);
    const closed = reader.octet() === 1;
    return { fromMs, closed, lines: listOf(reader, () => readLine(sources, reader)) };
  });
  return { sinceMs, archived, archivedThroughMs, floorMs, plans, bills, frame: null };
}

function readMemory(starts: number[], reader: PackedReader): NodeMemory {
  const key = reader.text();
  const memory = newMemory(key);
  memory.accumulators = listOf(reader, () => readAccumulator(starts, reader));
  for (let n = reader.number(); n > 0; n--) {
    const name = reader.text();
    keepOccasion(memory, name, { total: readWhole(reader), lastMs: readTime(reader) });
  }
  return memory;
}

function readAccumulator(starts: number[], reader: PackedReader): Accumulator {
  const fromMs = readStart(starts, reader);
  const total = readWhole(reader);
  const posted = readWhole(reader);
  const version = reader.number();
  const has = reader.octet();
  const sum = (has & hasSum) === 0 ? 0 : readWhole(reader);
  const name = (has & hasName) === 0 ? undefined : reader.text();
  const rate = (has & hasRate) === 0 ? undefined : reader.text();
  const accumulator = newAccumulator(fromMs, version, name, rate);
  accumulator.total = total;
  accumulator.posted = posted;
  accumulator.sum = sum;
  if ((has & hasBins) !== 0) accumulator.bins = Bins.decode(reader.text());
  return accumulator;
}

/** As many as are told before the first, in a list without room for more (`withOne`). */
function listOf<T>(reader: PackedReader, readOne: () => T): T[] {
  const list: T[] = [];
  for (let n = reader.number(); n > 0; n--) list.push(readOne());
  return list.slice();
}

function readStart(starts: number[], reader: PackedReader): number {
  const place = reader.number();
  if (place === starts.length) starts.push(readTime(reader));
  return starts[place]!;
}

interface LineSource {
  readonly name: LineName;
  readonly priced: PricedLine | undefined;
}

function readLine(sources: LineSource[], reader: PackedReader): LineTotal {
  const place = reader.number();
  if (place === sources.length) sources.push(readSource(reader));
  const { name, priced } = sources[place]!;
  const amount = readWhole(reader);
  const quantity = readWhole(reader);
  const has = reader.octet();
  const rounding = (has & hasRounding) === 0 ? 0 : readWhole(reader);
  const line = newLine(name, (has & isAdjustment) === 0 ? null : readTime(reader), priced);
  line.amount = amount;
  line.quantity = quantity;
  line.rounding = rounding;
  return line;
}

function readSource(reader: PackedReader): LineSource {
  const has = reader.octet();
  const planId = reader.text();
  const version = reader.number();
  const primitive = reader.text();
  const place = reader.double();
  const scale = reader.number();
  const label = (has & hasLabel) === 0 ? null : reader.text();
  const unit = (has & hasUnit) === 0 ? null : reader.text();
  const priced = (has & isPriced) === 0 ? undefined : { vendor: reader.text(), attribution: reader.text() };
  return { name: { planId, version, primitive, place, scale, label, unit }, priced };
}

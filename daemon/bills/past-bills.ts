/**
 * Bills of earlier periods. Of the last few the account's state has the lines; those before them are put together again
 * from their posted charges, which are never edited, so that the bill of any period can be shown as it was closed.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type AccountState,
  type AccountTerms,
  addDecimal,
  billPeriodAt,
  formatQuantity,
  roundToMinor,
  thousandths,
} from '../../rating/index.ts';
import type { BillLineView, BillPeriodView, BillView } from '../contract.ts';
import { meterdError } from '../errors.ts';
import type { Account, ChargeRow, Cursor, StoreReader } from '../store/store.ts';
import { correctedBy } from './corrections.ts';

/** Periods that are listed, charges that are looked through, and how many older ones in a row end the search. */
const periodsMax = 120;
const rowsMax = 500_000;
const pageRows = 500;
const olderRowsMax = 2_000;

/** Whether the bill of the period that began then takes no more charges. */
export function isClosed(state: AccountState, periodFromMs: number): boolean {
  const bill = state.bills.find(({ fromMs }) => fromMs === periodFromMs);
  return bill?.closed ?? isArchived(state, periodFromMs);
}

/** Whether the state no longer has the lines of that period's bill. */
export function isArchived(state: AccountState, periodFromMs: number): boolean {
  const { archivedThroughMs } = state;
  return archivedThroughMs !== null && periodFromMs <= archivedThroughMs;
}

/** The periods of an account since its first charge, newest first: the one of now, then those before. */
export function billPeriods({ zone, cycleDay }: AccountTerms, state: AccountState, nowMs: number): BillPeriodView[] {
  const periods: BillPeriodView[] = [];
  const sinceMs = state.sinceMs ?? nowMs;
  for (let period = billPeriodAt(zone, cycleDay, nowMs); periods.length < periodsMax; ) {
    periods.push({ from: period.from, to: period.to, closed: isClosed(state, period.fromMs) });
    if (period.fromMs <= sinceMs) break;
    period = billPeriodAt(zone, cycleDay, period.fromMs - 1);
  }
  return periods;
}

/** All charges on the bill of the period that began then, oldest first. */
export async function chargesOfPeriod(
  reader: Pick<StoreReader, 'chargesPage'>,
  account: number,
  periodFromMs: number,
): Promise<ChargeRow[]> {
  const rows: ChargeRow[] = [];
  let older = 0;
  let seen = 0;
  for (let cursor: number | null = null; ; await nextTurn()) {
    const page = await reader.chargesPage(account, cursor, pageRows);
    for (const row of page.items) {
      older = row.periodFromMs < periodFromMs ? older + 1 : 0;
      if (row.periodFromMs === periodFromMs) rows.push(row);
    }
    seen += page.items.length;
    cursor = page.next;
    if (cursor === null || older > olderRowsMax) return rows.reverse();
    if (seen >= rowsMax) throw meterdError('not-found', `the bill is more than ${rowsMax} charges ago`);
  }
}

/**
 * A page of the charges on the bill of the period that began then, newest first. Charges carry no index of periods, so
 * those of newer bills are read past; a page may hold fewer than were asked for, even none, and still have a next.
 */
export async function chargesPageOfPeriod(
  reader: Pick<StoreReader, 'chargesPage'>,
  account: number,
  {
    periodFromMs,
    cursor,
    limit,
  }: { readonly periodFromMs: number; readonly cursor: number | null; readonly limit: number },
): Promise<Cursor<ChargeRow>> {
  const items: ChargeRow[] = [];
  let older = 0;
  let seen = 0;
  for (let at = cursor; ; await nextTurn()) {
    const page = await reader.chargesPage(account, at, pageRows);
    for (const row of page.items) {
      older = row.periodFromMs < periodFromMs ? older + 1 : 0;
      if (row.periodFromMs === periodFromMs) items.push(row);
      if (items.length === limit) return { items, next: row.previous === 0 ? null : row.previous };
    }
    seen += page.items.length;
    at = page.next;
    if (at === null || older > olderRowsMax) return { items, next: null };
    if (seen >= rowsMax) return { items, next: at };
  }
}

interface Line {
  readonly first: ChargeRow;
  base: bigint;
  exact: string;
}

/**
 * The lines and the total that the charges of one period come to. A line is rounded as its bill did when it was open;
 * the `rounding` charges of the closing are what that made, so they are in the total and on no line.
 */
export function billOfCharges(
  rows: readonly ChargeRow[],
  { currency }: Pick<Account, 'currency'>,
): Pick<BillView, 'lines' | 'total'> {
  const lines = new Map<string, Line>();
  let total = '0';
  for (const row of rows) {
    total = addDecimal(total, row.amount);
    if (row.line.kind === 'rounding') continue;
    const { planId, version, primitive, label, unit } = row.line;
    const { vendor, attribution } = sharesOf(row);
    const key = JSON.stringify([planId, version, primitive, label, unit, vendor, attribution]);
    const line = lines.get(key) ?? { first: row, base: 0n, exact: '0' };
    lines.set(key, line);
    line.exact = addDecimal(line.exact, row.amount);
    line.base += row.baseQuantity;
  }
  const shown = [...lines.values()].filter(({ exact, base }) => base !== 0n || /[1-9]/.test(exact));
  return { lines: shown.map((line) => lineView(line, currency)), total: roundToMinor(total, currency) };
}

/** Use that came priced has a line for each vendor and attribution; a plan's line is for all. */
function sharesOf({ line, detail }: ChargeRow): { readonly vendor: string; readonly attribution: string } {
  const { vendor = '', attribution = '' } = line.kind === 'priced' ? (detail ?? {}) : {};
  return { vendor, attribution };
}

function lineView({ first, base, exact }: Line, currency: string): BillLineView {
  const { planId, primitive, label, unit, kind } = first.line;
  const corrects = correctedBy(primitive);
  return {
    label,
    plan: planId,
    quantity: kind === 'priced' ? thousandths(base) : formatQuantity(base, unit),
    baseQuantity: String(base),
    unit,
    amount: roundToMinor(exact, currency),
    exactAmount: exact,
    ...(corrects === null ? {} : { corrects }),
    ...(kind === 'priced' ? sharesOf(first) : {}),
  };
}

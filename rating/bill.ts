/** The bill of a period, its closing, and the account's total (DESIGN §1, §3.2, §3.4). */

import { type Allowance, allowancesOf } from './allowances.ts';
import { AmountSum } from './amount-sum.ts';
import { chargesOf, labelled, type Movement } from './charge.ts';
import { billFrom } from './lines.ts';
import {
  addDecimal,
  fromScaled,
  minorDigits,
  negated,
  negatedDecimal,
  rescaled,
  roundToMinor,
  shrink,
  toScaled,
  type Whole,
} from './money.ts';
import { billPeriodAt, LIFE, periodAt } from './period.ts';
import type { PlanNode } from './plan.ts';
import { PRICED_SCALE } from './priced.ts';
import { formatQuantity } from './quantity.ts';
import type { AccountState, BillTotals, LineTotal } from './state.ts';
import { type AccountTerms, type RateResult, unitOfNode } from './terms.ts';
import { zoneNamed } from './zone.ts';

/** Closed bills whose lines and running totals are kept, for late use; older use is refused. */
export const CLOSED_BILLS_KEPT = 3;

export interface BillLine {
  readonly planId: string;
  readonly version: number;
  readonly primitive: string;
  readonly label: string;
  readonly unit: string;
  /** In `unit`, at most six decimals. */
  readonly quantity: string;
  readonly baseQuantity: string;
  /** Rounded to the currency's minor unit, half away from zero. */
  readonly amount: string;
  /** Before that rounding, at the plan's scale. */
  readonly exactAmount: string;
  /** Only of use that came with its price. */
  readonly vendor?: string;
  readonly attribution?: string;
}

export interface Bill {
  /** Local dates, `to` exclusive. */
  readonly from: string;
  readonly to: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Sum of the lines' amounts. */
  readonly total: string;
  readonly lines: BillLine[];
  readonly allowances: Allowance[];
}

/** The bill of the period that holds an instant, as posted so far. Lines stand in the order of the plan. */
export function billOf(terms: AccountTerms, state: AccountState, periodFromMs: number): Bill {
  const period = billPeriodAt(terms.zone, terms.cycleDay, periodFromMs);
  const totals = state.bills.find((bill) => bill.fromMs === period.fromMs);
  const lines = linesInOrder(terms, totals?.lines ?? []).map((line) => billLine(terms, line));
  const total = new AmountSum(roundToMinor('0', terms.currency));
  for (const { amount } of lines) total.addDecimal(amount);
  return { ...period, total: total.toString(), lines, allowances: allowancesOf(terms, state, period) };
}

/** Those that a bill shows, in its order: a line where nothing has been posted or used is left out. */
export function linesInOrder(terms: AccountTerms, lines: readonly LineTotal[]): LineTotal[] {
  const planIds = [...new Set(terms.segments.map((segment) => segment.planId))];
  return lines
    .filter(isShown)
    .sort(
      (a, b) =>
        Number(a.priced !== undefined) - Number(b.priced !== undefined) ||
        planIds.indexOf(a.planId) - planIds.indexOf(b.planId) ||
        Number(a.adjustsMs !== null) - Number(b.adjustsMs !== null) ||
        a.place - b.place ||
        a.version - b.version ||
        (a.label === b.label ? 0 : (a.label ?? '') < (b.label ?? '') ? -1 : 1),
    );
}

export function isShown({ amount, quantity }: LineTotal): boolean {
  return amount !== 0 || quantity !== 0;
}

/** A line as a bill tells it. */
export function billLine(terms: AccountTerms, line: LineTotal): BillLine {
  const node = nodeOf(terms, line);
  const unit = line.unit ?? (node ? unitOfNode(node) : '');
  return {
    planId: line.planId,
    version: line.version,
    primitive: line.primitive,
    label: labelled(line.label ?? node?.label ?? line.primitive, line.adjustsMs, terms.zone),
    unit,
    ...lineFigures(line, unit, minorDigits(terms.currency)),
    ...line.priced,
  };
}

/** What changes on a line; amounts are rounded to so many digits. */
export function lineFigures(
  { amount, scale, quantity, priced }: LineTotal,
  unit: string,
  digits: number,
): Pick<BillLine, 'quantity' | 'baseQuantity' | 'amount' | 'exactAmount'> {
  return {
    quantity: priced ? thousandths(quantity) : formatQuantity(quantity, unit),
    baseQuantity: String(quantity),
    amount: fromScaled(rescaled(amount, scale, digits), digits),
    exactAmount: fromScaled(amount, scale),
  };
}

/** Thousandths as a decimal without trailing zeros. */
export function thousandths(quantity: Whole): string {
  return fromScaled(quantity, PRICED_SCALE).replace(/\.?0+$/, '');
}

function nodeOf(terms: AccountTerms, line: LineTotal): PlanNode | undefined {
  const segment = terms.segments.find((s) => s.planId === line.planId && s.version === line.version);
  return segment?.rater.plan.nodes.find((n) => n.id === line.primitive);
}

/**
 * Closes the bill of the period that holds an instant: posts one `rounding` charge per line whose cents differ from
 * what was posted. Later use of the period goes to the next open bill. Closing again posts nothing.
 */
export function closeBill(terms: AccountTerms, state: AccountState, periodFromMs: number): RateResult {
  const period = billPeriodAt(terms.zone, terms.cycleDay, periodFromMs);
  if (
    state.archivedThroughMs !== null &&
    period.fromMs <= state.archivedThroughMs &&
    !state.bills.some((b) => b.fromMs === period.fromMs)
  ) {
    return { ok: true, charges: [] };
  }
  const bill = billFrom(state, period.fromMs);
  if (bill.closed) return { ok: true, charges: [] };
  const movements: Movement[] = [];
  for (const line of bill.lines) {
    const rounding = roundingOf(line, terms.currency);
    const node = nodeOf(terms, line);
    if (rounding === 0n) continue;
    if (!node && line.label === null)
      return {
        ok: false,
        reason: 'no-plan',
        detail: `version ${line.version} of plan ${line.planId} is not among the terms`,
      };
    movements.push({
      line,
      label: labelled(line.label ?? node!.label, line.adjustsMs, terms.zone),
      unit: line.unit ?? (node ? unitOfNode(node) : ''),
      kind: 'rounding',
      bill: period,
      amount: shrink(rounding),
      quantity: 0,
      account: null,
      currency: null,
    });
  }
  for (const { line, amount } of movements) line.rounding = amount;
  bill.closed = true;
  archive(terms, state);
  state.frame = null;
  return { ok: true, charges: chargesOf(movements) };
}

function roundingOf(line: LineTotal, currency: string): bigint {
  const digits = minorDigits(currency);
  if (line.scale <= digits) return 0n;
  const rounded = toScaled(roundToMinor(fromScaled(line.amount, line.scale), currency), line.scale);
  return rounded - BigInt(line.amount);
}

/** Lets go of the oldest closed bills, and of the running totals that only use of their time could need. */
function archive(terms: AccountTerms, state: AccountState): void {
  const zone = zoneNamed(terms.zone);
  while (state.bills.filter((bill) => bill.closed).length > CLOSED_BILLS_KEPT && state.bills[0]!.closed) {
    const oldest = state.bills[0]!;
    state.bills = state.bills.slice(1);
    state.archived = addDecimal(state.archived, totalOf(oldest));
    state.archivedThroughMs = oldest.fromMs;
    const floorMs = periodAt('cycle', zone, terms.cycleDay, oldest.fromMs).toMs;
    if (state.floorMs === null || floorMs > state.floorMs) state.floorMs = floorMs;
  }
  const { floorMs } = state;
  if (floorMs === null) return;
  // A month or week that the floor cuts through may still be added to.
  const cut = (['month', 'cycle'] as const).map((kind) => periodAt(kind, zone, terms.cycleDay, floorMs).fromMs);
  const keptMs = Math.min(...cut, zone.midnight(zone.dayAt(floorMs) - 6));
  for (const memories of state.plans.values()) {
    for (const memory of memories.values()) {
      memory.accumulators = memory.accumulators.filter((a) => a.fromMs === LIFE.fromMs || a.fromMs >= keptMs);
      for (const [key, occasion] of memory.occasions ?? []) {
        if (occasion.lastMs < floorMs) memory.occasions!.delete(key);
      }
    }
  }
}

function totalOf(bill: BillTotals): string {
  const sum = new AmountSum();
  for (const line of bill.lines) addLine(sum, line, 1);
  return sum.toString();
}

/** Sum of every charge ever posted, closed bills and their rounding included, as an exact decimal. */
export function postedTotal(state: AccountState): string {
  const sum = new AmountSum();
  addPosted(sum, state, 1);
  return sum.toString();
}

/** Adds to a sum what `postedTotal` tells, or takes it away. */
export function addPosted(sum: AmountSum, state: AccountState, sign: 1 | -1): void {
  if (state.archived !== '0') sum.addDecimal(sign === 1 ? state.archived : negatedDecimal(state.archived));
  for (const bill of state.bills) for (const line of bill.lines) addLine(sum, line, sign);
}

/**
 * Adds to a sum the totals of all bills as they are shown, each line at the minor unit, or takes them away. Closing a
 * bill posts just what its rounding makes, so it changes nothing here.
 */
export function addBilled(sum: AmountSum, state: AccountState, digits: number, sign: 1 | -1): void {
  // Those archived are closed, and their rounding is in what was posted.
  if (state.archived !== '0') sum.addDecimal(state.archived, sign);
  for (const bill of state.bills) addShown(sum, bill.lines, digits, sign);
}

/** Adds the amounts of lines as a bill shows them, or takes them away. */
export function addShown(sum: AmountSum, lines: readonly LineTotal[], digits: number, sign: 1 | -1 = 1): void {
  for (const { amount, scale } of lines) {
    const shown = rescaled(amount, scale, digits);
    sum.add(sign === 1 ? shown : negated(shown), digits);
  }
}

function addLine(sum: AmountSum, { amount, rounding, scale }: LineTotal, sign: 1 | -1): void {
  sum.add(sign === 1 ? amount : -amount, scale);
  if (rounding !== 0) sum.add(sign === 1 ? rounding : -rounding, scale);
}

/**
 * Use that its vendor has priced already (DESIGN §8): posted as it is, without plan or tax, on a line of its own
 * description, unit, vendor and attribution.
 */

import { labelled } from './charge.ts';
import { billFrom, isClosed } from './frame.ts';
import { fromScaled, plus, shrink } from './money.ts';
import { billPeriodAt, type Span } from './period.ts';
import type { AccountState, LineTotal, PricedLine } from './state.ts';
import type { AccountTerms, RatedCharge, RateResult } from './terms.ts';
import { EARLIEST_MS, isZone, LATEST_MS } from './zone.ts';

export interface PricedUse extends PricedLine {
  /** Thousandths of `unit`, ≥ 0. */
  readonly units: bigint;
  /** Thousandths of the account's currency; negative is a credit. */
  readonly charge: bigint;
  /** When it was used, UTC epoch ms; it belongs to the bill of that instant. */
  readonly atMs: number;
}

/** Digits after the point of priced charges and their units (REQUIREMENTS I1). */
export const PRICED_SCALE = 3;
/** Priced lines of one bill; what comes beyond is posted to one line together, so that no vendor can flood a bill. */
const LINES_MAX = 500;
const TOGETHER: PricedLine = { description: 'Other charges', unit: '', vendor: '', attribution: '' };

/** Posts a priced charge to the state, which changes only when the result is ok. */
export function postPriced(terms: AccountTerms, state: AccountState, use: PricedUse): RateResult {
  const { atMs } = use;
  if (!Number.isSafeInteger(atMs) || atMs < EARLIEST_MS || atMs > LATEST_MS) {
    return { ok: false, reason: 'out-of-range', detail: 'before 1900 or after 2200' };
  }
  if (!isZone(terms.zone)) return { ok: false, reason: 'unknown-zone', detail: terms.zone };
  const { line, bill } = pricedLine(terms, state, use);
  const units = line.priced && isSame(line.priced, TOGETHER) ? 0n : use.units;
  line.amount = plus(line.amount, shrink(use.charge));
  line.quantity = plus(line.quantity, shrink(units));
  return { ok: true, charges: [pricedCharge(terms.zone, line, bill, 'priced', use.charge, units)] };
}

/** One posting on a priced line; `amount` and `quantity` in thousandths. */
export function pricedCharge(
  zone: string,
  line: LineTotal,
  bill: Span,
  kind: 'priced' | 'rounding',
  amount: bigint,
  quantity: bigint,
): RatedCharge {
  const { description, unit } = line.priced!;
  return {
    planId: '',
    version: 0,
    primitive: '',
    label: labelled(description, line.adjustsMs, zone),
    unit,
    kind,
    periodFromMs: bill.fromMs,
    periodToMs: bill.toMs,
    amount: fromScaled(amount, PRICED_SCALE),
    baseQuantity: quantity,
  };
}

/** The line on the bill of that time, or on the next open bill, marked, if that one is closed (DESIGN §3.4). */
function pricedLine(terms: AccountTerms, state: AccountState, use: PricedUse): { line: LineTotal; bill: Span } {
  const period = billPeriodAt(terms.zone, terms.cycleDay, use.atMs);
  let target: Span = period;
  while (isClosed(state, target.fromMs)) target = billPeriodAt(terms.zone, terms.cycleDay, target.toMs);
  const adjustsMs = target === period ? null : period.fromMs;
  const { lines } = billFrom(state, target.fromMs);
  const known = lines.find((line) => line.adjustsMs === adjustsMs && line.priced && isSame(line.priced, use));
  if (known) return { line: known, bill: target };
  if (lines.filter((line) => line.priced).length >= LINES_MAX) {
    const together = lines.find((line) => line.priced && isSame(line.priced, TOGETHER));
    if (together) return { line: together, bill: target };
    return { line: added(lines, TOGETHER, null), bill: target };
  }
  const { description, unit, vendor, attribution } = use;
  return { line: added(lines, { description, unit, vendor, attribution }, adjustsMs), bill: target };
}

function added(lines: LineTotal[], priced: PricedLine, adjustsMs: number | null): LineTotal {
  const line: LineTotal = {
    planId: '',
    version: 0,
    primitive: '',
    place: 0,
    scale: PRICED_SCALE,
    adjustsMs,
    amount: 0,
    quantity: 0,
    rounding: 0,
    priced,
  };
  lines.push(line);
  return line;
}

function isSame(a: PricedLine, b: PricedLine): boolean {
  return (
    a.description === b.description && a.unit === b.unit && a.vendor === b.vendor && a.attribution === b.attribution
  );
}

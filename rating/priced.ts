/**
 * Use that its vendor has priced already (DESIGN §8): posted as it is, without plan or tax, on a line of its own
 * description, unit, vendor and attribution.
 */

import { chargesOf, labelled, type Movement, move, movementOf } from './charge.ts';
import { billFrom, isClosed } from './lines.ts';
import { shrink } from './money.ts';
import { billPeriodAt, type Span } from './period.ts';
import { type AccountState, type BillTotals, type LineTotal, newLine, type PricedLine, withOne } from './state.ts';
import type { AccountTerms, RateResult } from './terms.ts';
import { EARLIEST_MS, isZone, LATEST_MS } from './zone.ts';

export interface PricedUse extends PricedLine {
  readonly description: string;
  /** Thousandths of `unit`, ≥ 0. */
  readonly units: bigint;
  readonly unit: string;
  /** Thousandths of the account's currency; negative is a credit. */
  readonly charge: bigint;
  /** When it was used, UTC epoch ms; it belongs to the bill of that instant. */
  readonly atMs: number;
}

/** Digits after the point of priced charges and their units (REQUIREMENTS I1). */
export const PRICED_SCALE = 3;
/** Priced lines of one bill; what comes beyond is posted to one line together, so that no vendor can flood a bill. */
const LINES_MAX = 500;

type PricedName = Pick<PricedUse, 'description' | 'unit' | 'vendor' | 'attribution'>;
const TOGETHER: PricedName = { description: 'Other charges', unit: '', vendor: '', attribution: '' };

/** Posts a priced charge to the state, which changes only when the result is ok. */
export function postPriced(terms: AccountTerms, state: AccountState, use: PricedUse): RateResult {
  const { atMs } = use;
  if (!Number.isSafeInteger(atMs) || atMs < EARLIEST_MS || atMs > LATEST_MS) {
    return { ok: false, reason: 'out-of-range', detail: 'before 1900 or after 2200' };
  }
  if (!isZone(terms.zone)) return { ok: false, reason: 'unknown-zone', detail: terms.zone };
  const { line, bill } = pricedLine(terms, state, use);
  const movements: Movement[] = [];
  const movement = movementOf({
    line,
    label: labelled(line.label!, line.adjustsMs, terms.zone),
    unit: line.unit!,
    kind: 'priced',
    bill,
    account: null,
    currency: null,
  });
  move(movements, movement, shrink(use.charge), isNamed(line, TOGETHER) ? 0 : shrink(use.units));
  return { ok: true, charges: chargesOf(movements) };
}

/** The line on the bill of that time, or on the next open bill, marked, if that one is closed (DESIGN §3.4). */
function pricedLine(terms: AccountTerms, state: AccountState, use: PricedUse): { line: LineTotal; bill: Span } {
  const period = billPeriodAt(terms.zone, terms.cycleDay, use.atMs);
  let target: Span = period;
  while (isClosed(state, target.fromMs)) target = billPeriodAt(terms.zone, terms.cycleDay, target.toMs);
  const adjustsMs = target === period ? null : period.fromMs;
  const on = billFrom(state, target.fromMs);
  const known = on.lines.find((line) => line.adjustsMs === adjustsMs && isNamed(line, use));
  if (known) return { line: known, bill: target };
  if (on.lines.filter((line) => line.priced).length < LINES_MAX) {
    return { line: added(on, use, adjustsMs), bill: target };
  }
  return { line: on.lines.find((line) => isNamed(line, TOGETHER)) ?? added(on, TOGETHER, null), bill: target };
}

function added(
  on: BillTotals,
  { description, unit, vendor, attribution }: PricedName,
  adjustsMs: number | null,
): LineTotal {
  const name = { planId: '', version: 0, primitive: '', place: 0, scale: PRICED_SCALE, label: description, unit };
  const line = newLine(name, adjustsMs, { vendor, attribution });
  on.lines = withOne(on.lines, line);
  return line;
}

function isNamed({ label, unit, priced }: LineTotal, name: PricedName): boolean {
  return (
    priced !== undefined &&
    label === name.description &&
    unit === name.unit &&
    priced.vendor === name.vendor &&
    priced.attribution === name.attribution
  );
}

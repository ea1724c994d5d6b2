/** The bill's total after each of the charges seen, walked back from the current total; exact, for the chart. */
import type { BillView, ChargeView, LiveCharge } from '../../daemon/contract.ts';
import { compare, difference, negated, shiftedLeft } from '../decimal.ts';

export interface SpendPoint {
  readonly seq: number;
  readonly atMs: number;
  readonly charge: string;
  /** After the charge. */
  readonly total: string;
}

export interface SpendLine {
  /** The total before the first point. */
  readonly before: string;
  /** Oldest first; times never decrease. */
  readonly points: readonly SpendPoint[];
}

interface Seen {
  readonly atMs: number;
  readonly charge: string;
  /** Charges of another period are posted in between and do not move this bill. */
  readonly counts: boolean;
}

export function spendLine(bill: BillView, charges: readonly ChargeView[], recent: readonly LiveCharge[]): SpendLine {
  const seen = new Map<number, Seen>();
  for (const charge of recent)
    seen.set(charge.seq, { atMs: Date.parse(charge.at), charge: charge.charge, counts: true });
  for (const { seq, at, amount, period } of charges) {
    seen.set(seq, { atMs: Date.parse(at), charge: amount, counts: period.from === bill.period.from });
  }
  const points: SpendPoint[] = [];
  let total = bill.total;
  // A number that is missing ends the walk: nothing is drawn that is not known.
  for (let seq = bill.seq; ; seq--) {
    const charge = seen.get(seq);
    if (charge === undefined) break;
    if (!charge.counts) continue;
    const atMs = Math.min(charge.atMs, points.at(-1)?.atMs ?? charge.atMs);
    points.push({ seq, atMs, charge: charge.charge, total });
    total = difference(total, charge.charge);
  }
  return { before: withoutRounding(total, bill.total), points: points.reverse() };
}

/** The total was rounded, the charges were not: before the first of a period this would leave a part of a cent. */
function withoutRounding(before: string, total: string): string {
  const decimals = total.split('.')[1]?.length ?? 0;
  const half = shiftedLeft('5', decimals + 1);
  return compare(before, half) <= 0 && compare(before, negated(half)) >= 0 ? '0' : before;
}

/** Running amounts at a rate: what is posted is `round(total × rate)` less what was posted before (DESIGN §3.2). */

import { Decimal } from '../decimal.ts';
import { decimalPlaces, divideHalfAway, gcd, shrink, toScaled, type Whole } from '../money.ts';
import type { CellWorth } from '../primitive.ts';
import type { Accumulator } from '../state.ts';

/** A rate as a fraction of integers. */
export interface Ratio {
  readonly num: bigint;
  readonly den: bigint;
  /** The same in lowest terms, where both are below 2³². */
  readonly small: { readonly num: number; readonly den: number } | null;
}

/** A fraction of integers ≥ 0, `den` > 0. */
export function fraction(num: bigint, den: bigint): Ratio {
  const divisor = gcd(num, den);
  const [n, d] = [num / divisor, den / divisor];
  const fits = n < 4294967296n && d < 4294967296n;
  return { num, den, small: fits ? { num: Number(n), den: Number(d) } : null };
}

/** The fraction of a decimal, or of one decimal by another. */
export function ratioOf(rate: string, by = '1'): Ratio {
  const places = Math.max(decimalPlaces(rate), decimalPlaces(by));
  return fraction(toScaled(rate, places), toScaled(by, places));
}

/** What a cell at this rate has come to. */
export function worthAt({ num, den }: Ratio): CellWorth {
  return { key: `${num}/${den}`, worth: (total) => divideHalfAway(total * num, den) };
}

/** Adds an amount to a cell, by the definition; returns what is to be posted, and how it came about. */
export function raiseCell(cell: Accumulator, amount: bigint, { num, den }: Ratio, scale: number) {
  const before = { total: cell.total, posted: cell.posted };
  const total = BigInt(cell.total) + amount;
  const exact = new Decimal(String(total)).mul(String(num)).div(String(den));
  const posted = BigInt(exact.toFixed(0, Decimal.ROUND_HALF_UP));
  const due = shrink(posted - BigInt(cell.posted));
  const power = 10n ** BigInt(scale);
  cell.total = shrink(total);
  cell.posted = shrink(posted);
  return {
    amount: due,
    traced: {
      before: `${BigInt(before.total) * num}/${den * power}`,
      after: `${total * num}/${den * power}`,
      posted: String(before.posted),
      amount: String(due),
    },
  };
}

/** Sum of integers. */
export function total(amounts: readonly { readonly amount: Whole }[]): bigint {
  return amounts.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}

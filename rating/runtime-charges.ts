/** What compiled plans call on the charges' side: running amounts at a rate, in numbers while these are exact. */

import { attributeOf, type Occasion } from './evaluate.ts';
import { divideHalfAway, negated, plus, shrink, type Whole } from './money.ts';
import type { Ratio } from './primitives/cell.ts';
import type { TaxInForce } from './primitives/tax-calculator.ts';
import type { Standing } from './rater.ts';
import { fact } from './runtime-usage.ts';
import type { Accumulator } from './state.ts';

const SAFE = 9007199254740991;

/** Adds an amount to a cell; returns what is to be posted. */
function raise(cell: Accumulator, amount: Whole, ratio: Ratio): Whole {
  const total = plus(cell.total, amount);
  const posted = timesRatio(total, ratio);
  const due = plus(posted, negated(cell.posted));
  cell.total = total;
  cell.posted = posted;
  return due;
}

/** total × num / den, half away from zero. */
function timesRatio(total: Whole, { num, den, small }: Ratio): Whole {
  if (typeof total === 'number' && small !== null) {
    const twice = 2 * Math.abs(total) * small.num + small.den;
    // Every intermediate value is an exact integer; a double's quotient of such can't cross to the next one.
    if (twice <= SAFE) {
      const magnitude = Math.floor(twice / (2 * small.den));
      return total < 0 ? 0 - magnitude : magnitude;
    }
  }
  return shrink(divideHalfAway(BigInt(total) * num, den));
}

const ZERO: Whole = 0;

/** Amounts of the taxes on what arrives, by place; `count` of them at most. */
export function tax(standing: Standing, node: number, firstCell: number, count: number, base: Whole): readonly Whole[] {
  if (base === 0) return NOTHING_LEVIED;
  const amounts: Whole[] = [];
  for (let i = 0; i < count; i++) amounts.push(0);
  const taxes = fact(standing, node) as readonly TaxInForce[];
  let levied: Whole = 0;
  for (let i = 0; i < taxes.length; i++) {
    const one = taxes[i];
    if (!one) continue;
    const amount = raise(standing.cell(firstCell + i), one.compound ? plus(base, levied) : base, one);
    levied = plus(levied, amount);
    amounts[i] = amount;
  }
  return amounts;
}

/** As many as a TaxCalculator may have. */
const NOTHING_LEVIED: readonly Whole[] = Array<Whole>(20).fill(ZERO);

/** An amount in another currency. */
export function convert(standing: Standing, node: number, cell: number, amount: Whole, quantity: Whole): Whole {
  // Nothing to convert needs no rate.
  if (amount === 0 && quantity === 0) return 0;
  const rate = fact(standing, node) as Ratio;
  return raise(standing.cell(cell), amount, rate);
}

interface Matrix {
  readonly classes: ReadonlyMap<string, readonly number[]>;
  readonly others: readonly number[];
  readonly attribute: string | null;
  readonly ratios: readonly Ratio[];
  readonly accounts: readonly (string | null)[];
  /** Place of each share's party among the parties. */
  readonly parties: readonly number[];
}

/** The shares of a charge, by party; `whole` where its class has none. */
export function split(
  standing: Standing,
  occasion: Occasion,
  node: number,
  meter: string,
  matrix: Matrix,
  firstCell: number,
  made: readonly number[],
  amount: Whole,
  quantity: Whole,
): { readonly whole: boolean; readonly amounts: readonly Whole[]; readonly quantities: readonly Whole[] } {
  const amounts = made.map(() => ZERO);
  const quantities = made.map(() => ZERO);
  const name = matrix.attribute === null ? meter : (attributeOf(occasion.attributes, matrix.attribute) ?? '');
  const rows = matrix.classes.get(name) ?? matrix.others;
  if (rows.length === 0 || (amount === 0 && quantity === 0)) return { whole: rows.length === 0, amounts, quantities };
  let left = amount;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const share = i === rows.length - 1 ? left : raise(standing.cell(firstCell + row), amount, matrix.ratios[row]!);
    left = plus(left, negated(share));
    const party = matrix.parties[row]!;
    const account = matrix.accounts[row]!;
    const counted = i === 0 ? quantity : 0;
    if (account !== null) {
      if (share !== 0 || counted !== 0) standing.postTo(account, made[party]!, share, counted, node);
    } else {
      amounts[party] = share;
      quantities[party] = counted;
    }
  }
  return { whole: false, amounts, quantities };
}

/** What the line of a cap moves by. */
export function cap(standing: Standing, cellPlace: number, rise: Whole, limit: Whole, within: boolean): Whole {
  if (rise === 0) return 0;
  const cell = standing.cell(cellPlace);
  const total = plus(cell.total, rise);
  const excess = total > limit ? plus(total, negated(limit)) : 0;
  const due = within ? negated(excess) : excess;
  const amount = plus(due, negated(cell.posted));
  cell.total = total;
  cell.posted = due;
  return amount;
}

/**
 * The amount of a running total under ordered steps, over exact integers: `num(total) / den`. It is what the compiled
 * form rests on; the definition it must agree with is `evaluate` of `primitives/step-rater.ts`.
 */

import { decimalPlaces, divideHalfAway, toScaled } from './money.ts';
import type { Step } from './plan.ts';

export interface StepTable {
  /** Amount at the plan's scale = round(num × 10^scale / den); den = base units of the unit × 10^places. */
  readonly den: bigint;
  readonly scale: number;
  readonly places: number;
  /** Upper edges in base units, inclusive; the last is null. */
  readonly upTo: readonly (bigint | null)[];
  /** In step i, num = constant[i] + charged × slope[i]. */
  readonly constant: readonly bigint[];
  readonly slope: readonly bigint[];
  /** num of nothing: the first step's constant when it is due at the period's start. */
  readonly atZero: bigint;
  /** Base units, 0 = none: total is rounded up to first + k × increment. */
  readonly increment: bigint;
  readonly firstIncrement: bigint;
  readonly perEvent: boolean;
}

export interface StepTerms {
  readonly steps: readonly Step[];
  readonly unitBase: bigint;
  readonly scale: number;
  readonly volume: boolean;
  readonly increment: bigint;
  readonly firstIncrement: bigint;
  readonly perEvent: boolean;
}

/** Steps as a piecewise linear function with integer coefficients. */
export function stepTable(terms: StepTerms): StepTable {
  const { steps, unitBase } = terms;
  const places = steps.reduce((most, s) => Math.max(most, decimalPlaces(s.multiplier), decimalPlaces(s.constant)), 0);
  const constant: bigint[] = [];
  const slope: bigint[] = [];
  let lower = 0n;
  let below = 0n;
  for (const step of steps) {
    const rate = toScaled(step.multiplier, places);
    const flat = toScaled(step.constant, places) * unitBase;
    slope.push(rate);
    constant.push(terms.volume ? flat : below + flat - lower * rate);
    if (step.upTo !== null) {
      below += flat + (step.upTo - lower) * rate;
      lower = step.upTo;
    }
  }
  const first = steps[0]!;
  return {
    den: unitBase * 10n ** BigInt(places),
    scale: terms.scale,
    places,
    upTo: steps.map((step) => step.upTo),
    constant,
    slope,
    atZero: first.constantAt === 'start' ? toScaled(first.constant, places) * unitBase : 0n,
    increment: terms.increment,
    firstIncrement: terms.firstIncrement,
    perEvent: terms.perEvent,
  };
}

/** What is charged for a total: at least the first increment, then whole increments. Base units. */
export function chargedOf(total: bigint, increment: bigint, firstIncrement: bigint): bigint {
  if (total <= 0n) return 0n;
  const first = firstIncrement > 0n ? firstIncrement : increment;
  if (total <= first) return first;
  if (increment === 0n) return total;
  return first + ((total - first + increment - 1n) / increment) * increment;
}

/** Numerator for a charged quantity. */
export function numeratorAt(table: StepTable, charged: bigint): bigint {
  if (charged === 0n) return table.atZero;
  let i = 0;
  while (table.upTo[i] !== null && charged > (table.upTo[i] as bigint)) i++;
  return table.constant[i]! + charged * table.slope[i]!;
}

/** Amount of a numerator at the plan's scale, half away from zero. */
export function amountOf(table: StepTable, numerator: bigint): bigint {
  return divideHalfAway(numerator * 10n ** BigInt(table.scale), table.den);
}

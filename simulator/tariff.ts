/**
 * Closed formulas for simple tariffs, the auditor's own: exact fractions of bigints, rounded once, half away from
 * zero, at the wanted scale. No float, and nothing of rating/.
 */
import { formatDecimal, parseDecimal } from './auditor.ts';

/** Places kept of a price as written in a plan. */
const priceScale = 12;

/** An exact amount of money: `numerator` ÷ `denominator`. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export interface TariffStep {
  /** Upper edge in units, inclusive; the last step has none. */
  readonly upTo?: string;
  /** Price per unit. */
  readonly multiplier: string;
  /** Charged once when the total gets past the step's lower edge. */
  readonly constant?: string;
}

/** Price × quantity, where `unitSize` base units make a unit: 3600 s an hour, 10^9 B a GB. */
export function flatCharge(quantity: bigint, price: string, unitSize: bigint): Fraction {
  return { numerator: quantity * parseDecimal(price, priceScale), denominator: unitSize * 10n ** BigInt(priceScale) };
}

/** Each part of the total at its own step's price. */
export function graduatedCharge(quantity: bigint, steps: readonly TariffStep[], unitSize: bigint): Fraction {
  let sum: Fraction = { numerator: 0n, denominator: 1n };
  let lower = 0n;
  for (const step of steps) {
    if (quantity <= lower) break;
    const edge = step.upTo === undefined ? quantity : edgeOf(step.upTo, unitSize);
    const upper = edge < quantity ? edge : quantity;
    sum = add(sum, add(flatCharge(upper - lower, step.multiplier, unitSize), constantOf(step)));
    lower = edge;
  }
  return sum;
}

/** The whole total at the price of the step it falls into. */
export function volumeCharge(quantity: bigint, steps: readonly TariffStep[], unitSize: bigint): Fraction {
  if (quantity === 0n) return { numerator: 0n, denominator: 1n };
  const step = steps.find((each) => each.upTo === undefined || quantity <= edgeOf(each.upTo, unitSize));
  if (!step) throw new Error('the last step of a volume tariff must have no upper edge');
  return add(flatCharge(quantity, step.multiplier, unitSize), constantOf(step));
}

export function add(left: Fraction, right: Fraction): Fraction {
  return {
    numerator: left.numerator * right.denominator + right.numerator * left.denominator,
    denominator: left.denominator * right.denominator,
  };
}

/** Decimal string with `scale` places, half away from zero. */
export function rounded(fraction: Fraction, scale: number): string {
  return formatDecimal(roundedHalfAway(fraction, scale), scale);
}

/** The same, as an integer of 10^-scale. */
export function roundedHalfAway({ numerator, denominator }: Fraction, scale: number): bigint {
  const scaled = (numerator < 0n ? -numerator : numerator) * 10n ** BigInt(scale);
  const magnitude = (2n * scaled + denominator) / (2n * denominator);
  return numerator < 0n ? -magnitude : magnitude;
}

function edgeOf(upTo: string, unitSize: bigint): bigint {
  const scaled = parseDecimal(upTo, priceScale) * unitSize;
  return scaled / 10n ** BigInt(priceScale);
}

function constantOf(step: TariffStep): Fraction {
  return { numerator: parseDecimal(step.constant ?? '0', priceScale), denominator: 10n ** BigInt(priceScale) };
}

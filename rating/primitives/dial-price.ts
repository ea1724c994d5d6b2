/** Prices of calls as exact integers: `numerator / DIAL_DENOMINATOR` of the currency. */

import { divideHalfAway, toScaled } from '../money.ts';
import { chargedOf } from '../step-table.ts';
import type { DialRate } from '../tables/dial-plan.ts';

/** Prices have at most 12 decimals and are per minute. */
export const DIAL_DENOMINATOR = 60n * 10n ** 12n;

interface Price {
  readonly setup: bigint;
  readonly perSecond: bigint;
}

const prices = new WeakMap<DialRate, Price>();

/** Seconds charged of a total: the minimum, then whole increments. */
export function chargedSeconds({ increment, minimum }: DialRate, total: bigint): bigint {
  return chargedOf(total, BigInt(increment), BigInt(minimum));
}

/** Numerator for so many charged seconds; the set-up falls where they begin. */
export function dialNumerator(rate: DialRate, charged: bigint): bigint {
  if (charged === 0n) return 0n;
  let price = prices.get(rate);
  if (!price) {
    price = { setup: toScaled(rate.setup, 12) * 60n, perSecond: toScaled(rate.rate, 12) };
    prices.set(rate, price);
  }
  return price.setup + charged * price.perSecond;
}

/** Amount of a numerator at the plan's scale, half away from zero. */
export function dialAmount(numerator: bigint, scale: number): bigint {
  return divideHalfAway(numerator * 10n ** BigInt(scale), DIAL_DENOMINATOR);
}

/** Names a rate in what is remembered. */
export function dialKey({ rate, setup, increment, minimum }: DialRate): string {
  return `${rate},${setup},${increment},${minimum}`;
}

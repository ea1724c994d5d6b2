/** What compiled plans call to charge calls: as dial-price.ts defines it, in numbers while these are exact. */

import { attributeOf, type Occasion } from './evaluate.ts';
import { negated, plus, shrink, type Whole } from './money.ts';
import { chargedSeconds, dialAmount, dialKey, dialNumerator } from './primitives/dial-price.ts';
import { dialRateOf } from './primitives/e164-dial-plan-rater.ts';
import type { Standing } from './rater.ts';
import { fact } from './runtime-usage.ts';
import { type Accumulator, keepOccasion, totalOfOccasion } from './state.ts';
import type { DialPlan, DialRate } from './tables/dial-plan.ts';

const SAFE = 9007199254740991;
/** By scale: half of how many of the denominator make one unit of an amount. */
const HALVES: readonly number[] = Array.from({ length: 13 }, (_, scale) => 30 * 10 ** (12 - scale));

interface Moved {
  amount: Whole;
  quantity: Whole;
}

/** Charges a call, or its cycle's total, by its prefix. */
export function dial(
  standing: Standing,
  node: number,
  accumulator: Accumulator,
  perEvent: boolean,
  use: Whole,
  occasion: Occasion,
  scale: number,
  moved: Moved,
): void {
  const rate = dialRateOf(fact(standing, node) as DialPlan, attributeOf(occasion.attributes, 'calledNumber'));
  if (!perEvent) return dialPeriod(standing, node, rate, use, scale, moved);
  const memory = occasion.single ? null : standing.memory(node);
  const before = memory === null ? 0 : totalOfOccasion(memory, occasion.key);
  const after = plus(before, use);
  const [from, to] = [secondsOf(rate, before), secondsOf(rate, after)];
  accumulator.sum = plus(accumulator.sum, plus(numeratorOf(rate, to), negated(numeratorOf(rate, from))));
  const posted = amountOf(accumulator.sum, scale);
  moved.amount = plus(posted, negated(accumulator.posted));
  moved.quantity = plus(to, negated(from));
  accumulator.posted = posted;
  accumulator.total = plus(accumulator.total, moved.quantity);
  if (memory !== null) keepOccasion(memory, occasion.key, { total: after, lastMs: occasion.atMs });
}

function dialPeriod(standing: Standing, node: number, rate: DialRate, use: Whole, scale: number, moved: Moved): void {
  const worth = (total: Whole) => amountOf(numeratorOf(rate, secondsOf(rate, total)), scale);
  const tally = standing.tally(node, rate.digits, {
    key: dialKey(rate),
    counts: true,
    worth: (total) => BigInt(worth(total)),
  });
  const before = tally.total;
  const after = plus(before, use);
  const posted = worth(after);
  moved.amount = plus(posted, negated(tally.posted));
  moved.quantity = plus(secondsOf(rate, after), negated(secondsOf(rate, before)));
  tally.total = after;
  tally.posted = posted;
}

/** At the numerators' denominator. */
interface Price {
  readonly setup: number;
  readonly perSecond: number;
}

const prices = new WeakMap<DialRate, Price | null>();

/** A rate in numbers, or null where they aren't safe. */
function priceOf(rate: DialRate): Price | null {
  let price = prices.get(rate);
  if (price === undefined) {
    const setup = shrink(dialNumerator({ ...rate, rate: '0' }, 1n));
    const perSecond = shrink(dialNumerator({ ...rate, setup: '0' }, 1n));
    price = typeof setup === 'number' && typeof perSecond === 'number' ? { setup, perSecond } : null;
    prices.set(rate, price);
  }
  return price;
}

/** Seconds charged of a total: the minimum, then whole increments. */
function secondsOf(rate: DialRate, total: Whole): Whole {
  const { increment, minimum } = rate;
  if (typeof total === 'number' && total <= 2 ** 52) {
    if (total <= 0) return 0;
    const first = minimum > 0 ? minimum : increment;
    if (total <= first) return first;
    return increment === 0 ? total : first + Math.ceil((total - first) / increment) * increment;
  }
  return shrink(chargedSeconds(rate, BigInt(total)));
}

/** Numerator for so many charged seconds; the set-up falls where they begin. */
function numeratorOf(rate: DialRate, charged: Whole): Whole {
  if (charged === 0) return 0;
  const price = priceOf(rate);
  if (price !== null && typeof charged === 'number') {
    const product = charged * price.perSecond;
    if (Math.abs(product) <= SAFE) return plus(price.setup, product);
  }
  return shrink(dialNumerator(rate, BigInt(charged)));
}

/** Amount of a numerator at the plan's scale, half away from zero. */
function amountOf(numerator: Whole, scale: number): Whole {
  const half = HALVES[scale];
  if (half !== undefined && typeof numerator === 'number') {
    const raised = Math.abs(numerator) + half;
    if (raised <= SAFE) {
      const magnitude = Math.floor(raised / (2 * half));
      return numerator < 0 ? 0 - magnitude : magnitude;
    }
  }
  return shrink(dialAmount(BigInt(numerator), scale));
}

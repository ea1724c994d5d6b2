/**
 * What of a bill its prices and forecasts rest on, but for use itself: the period, what was paid, and what has run out.
 * An answer that was asked for on another basis contradicts the bill, where one of some charges ago only follows it.
 */
import type { BillView } from '../../daemon/contract.ts';
import { compare, difference, sumOf } from '../decimal.ts';
import { allowanceShown } from './allowance.ts';

export interface Basis {
  /** Two bases with the same key are the same. */
  readonly key: string;
  readonly paid: string;
}

/** Balance and total are rounded each by itself, so their sum may be a cent off without anything paid. */
const roundingMax = '0.011';

/** `before` itself where nothing changed but by use. */
export function basisOf(bill: BillView, before: Basis | null): Basis {
  const paid = sumOf([bill.balance, bill.total]);
  const change = before === null ? paid : difference(paid, before.paid);
  const isPaid = compare(change, roundingMax) > 0 || compare(change, `-${roundingMax}`) < 0;
  const anchor = before === null || isPaid ? paid : before.paid;
  const exhausted = bill.prepaid && compare(bill.balance, '0') <= 0;
  const full = bill.allowances.filter((one) => allowanceShown(one).state === 'full').map(({ label }) => label);
  const key = JSON.stringify([bill.period.from, anchor, exhausted, full]);
  return before !== null && before.key === key ? before : { key, paid: anchor };
}

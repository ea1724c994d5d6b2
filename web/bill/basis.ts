/**
 * What of a bill its prices and forecasts rest on, but for use itself: the period, what was paid, and what has run out.
 * An answer that was asked for on another basis contradicts the bill, where one of some charges ago only follows it.
 */
import type { BillView } from '../../daemon/contract.ts';
import { compare, sumOf } from '../decimal.ts';
import { allowanceShown } from './allowance.ts';

/** The same text for the same basis. */
export function basisOf(bill: BillView): string {
  // What is charged on this bill leaves the sum of the two as it is.
  const paid = sumOf([bill.balance, bill.total]);
  const exhausted = bill.prepaid && compare(bill.balance, '0') <= 0;
  const full = bill.allowances.filter((one) => allowanceShown(one).state === 'full').map(({ label }) => label);
  return JSON.stringify([bill.period.from, paid, exhausted, full]);
}

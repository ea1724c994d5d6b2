/**
 * How a prepaid balance stands. It is low when less than a tenth is left of what there was to spend, which is the
 * balance and what this period has spent of it, and exhausted at zero or below. A postpaid account has no such state:
 * what it owes is its next payment, not an end.
 */
import type { BillView } from '../../daemon/contract.ts';
import { compare, placeBetween, sumOf } from '../decimal.ts';

export const lowBelowPercent = 10;

export type BalanceState =
  | { readonly kind: 'enough' | 'low'; readonly percentLeft: number }
  | { readonly kind: 'exhausted' }
  | { readonly kind: 'postpaid'; readonly owed: boolean };

export function balanceState({ prepaid, balance, total }: BalanceFigures): BalanceState {
  if (!prepaid) return { kind: 'postpaid', owed: compare(balance, '0') < 0 };
  if (compare(balance, '0') <= 0) return { kind: 'exhausted' };
  // Credits may have made the total negative; they are then in the balance already.
  const spent = compare(total, '0') > 0 ? total : '0';
  const percentLeft = placeBetween(balance, ['0', sumOf([balance, spent])], 100);
  return { kind: percentLeft < lowBelowPercent ? 'low' : 'enough', percentLeft };
}

type BalanceFigures = Pick<BillView, 'prepaid' | 'balance' | 'total'>;

/** Posted charges of an account, kept fresh by the bill's number; shared by the chart and the list. */
import type { BillView, ChargeView } from '../../daemon/contract.ts';
import { type FetchedList, usePagedList } from '../parts/use-paged-list.ts';

const keyOf = (charge: ChargeView): number => charge.seq;

/** All of them, or those on the bill of the period that begins in a month, `YYYY-MM`. */
export function useCharges(bill: BillView, month?: string): FetchedList<ChargeView> {
  const path = `/api/accounts/${encodeURIComponent(bill.account)}/charges`;
  return usePagedList<ChargeView>(month === undefined ? path : `${path}?period=${encodeURIComponent(month)}`, {
    keyOf,
    news: bill.seq,
  });
}

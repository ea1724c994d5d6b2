/** The account's posted charges, kept fresh by the bill's number; shared by the chart and the list. */
import type { BillView, ChargeView } from '../../daemon/contract.ts';
import { type FetchedList, usePagedList } from '../parts/use-paged-list.ts';

const keyOf = (charge: ChargeView): number => charge.seq;

export function useCharges(bill: BillView): FetchedList<ChargeView> {
  return usePagedList<ChargeView>(`/api/accounts/${encodeURIComponent(bill.account)}/charges`, {
    keyOf,
    news: bill.seq,
  });
}

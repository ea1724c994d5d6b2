/** The period by days and its forecast, kept fresh by the bill's number. */
import { useCallback } from 'react';
import type { BillView, Problem, SpendView } from '../../daemon/contract.ts';
import { useRefreshed } from '../parts/use-refreshed.ts';
import { useApi } from '../session/session.tsx';

export const spendEveryMs = 10_000;

export interface Spend {
  readonly view: SpendView | null;
  readonly problem: Problem | null;
  /** What it says of the balance is of the balance that is shown. */
  readonly fits: boolean;
  readonly retry: () => void;
}

/** Null while all there is to tell is of another period than the bill's. */
export function useSpend(bill: BillView, basis: string): Spend {
  const api = useApi();
  const { account, seq, period } = bill;
  const ask = useCallback(
    () => api.get<SpendView>(`/api/accounts/${encodeURIComponent(account)}/spend`),
    [api, account],
  );
  const { value, ...rest } = useRefreshed(ask, { everyMs: spendEveryMs, news: seq, basis });
  return { view: value?.period.from === period.from ? value : null, ...rest };
}

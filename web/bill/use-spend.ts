/** The period by days and its forecast, kept fresh by the bill's number. */
import { useCallback } from 'react';
import type { Problem, SpendView } from '../../daemon/contract.ts';
import { useRefreshed } from '../parts/use-refreshed.ts';
import { useApi } from '../session/session.tsx';

export const spendEveryMs = 10_000;

export interface Spend {
  readonly view: SpendView | null;
  readonly problem: Problem | null;
  readonly retry: () => void;
}

export function useSpend(account: string, seq: number): Spend {
  const api = useApi();
  const ask = useCallback(
    () => api.get<SpendView>(`/api/accounts/${encodeURIComponent(account)}/spend`),
    [api, account],
  );
  const { value, ...rest } = useRefreshed(ask, { everyMs: spendEveryMs, news: seq });
  return { view: value, ...rest };
}

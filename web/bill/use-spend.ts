/** The period by days and its forecast, asked again when charges were posted, but at most every ten seconds. */
import { useEffect, useRef, useState } from 'react';
import type { Problem, SpendView } from '../../daemon/contract.ts';
import { problemFrom } from '../api.ts';
import { useApi } from '../session/session.tsx';

export const spendEveryMs = 10_000;

export interface Spend {
  readonly view: SpendView | null;
  /** Why there is none; what was shown before stays when a later question fails. */
  readonly problem: Problem | null;
  readonly retry: () => void;
}

export function useSpend(account: string, seq: number): Spend {
  const api = useApi();
  const [view, setView] = useState<SpendView | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [tries, setTries] = useState(0);
  const askedAtMs = useRef(Number.NEGATIVE_INFINITY);

  // biome-ignore lint/correctness/useExhaustiveDependencies: news and another try are what it asks again for
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const ask = async (): Promise<void> => {
      askedAtMs.current = Date.now();
      try {
        const answer = await api.get<SpendView>(`/api/accounts/${encodeURIComponent(account)}/spend`, signal);
        if (signal.aborted) return;
        setView(answer);
        setProblem(null);
      } catch (error) {
        if (!signal.aborted) setProblem(problemFrom(error));
      }
    };
    const timer = setTimeout(() => void ask(), Math.max(0, askedAtMs.current + spendEveryMs - Date.now()));
    return () => clearTimeout(timer);
  }, [api, account, seq, tries]);

  const retry = () => {
    askedAtMs.current = Number.NEGATIVE_INFINITY;
    setTries((count) => count + 1);
  };
  return { view, problem: view === null ? problem : null, retry };
}

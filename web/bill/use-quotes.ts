/** Prices of uses as of now, asked again when charges were posted, but at most every thirty seconds. */
import { useEffect, useRef, useState } from 'react';
import type { Problem, QuoteView } from '../../daemon/contract.ts';
import { type Api, problemFrom } from '../api.ts';
import { useApi } from '../session/session.tsx';

export const quotesEveryMs = 30_000;

export interface WantedUse {
  readonly meter: string;
  readonly quantity: string;
  readonly unit?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface Quotes {
  readonly quotes: readonly QuoteView[] | null;
  readonly problem: Problem | null;
  readonly retry: () => void;
}

export async function askQuotes(api: Api, account: string, uses: readonly WantedUse[]): Promise<readonly QuoteView[]> {
  const path = `/api/accounts/${encodeURIComponent(account)}/quote`;
  const answer = await api.post<{ readonly quotes: readonly QuoteView[] }>(path, { uses });
  return answer?.quotes ?? [];
}

/** `uses` must not change during the life of a component. */
export function useQuotes(account: string, uses: readonly WantedUse[], seq: number): Quotes {
  const api = useApi();
  const [quotes, setQuotes] = useState<readonly QuoteView[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [tries, setTries] = useState(0);
  const askedAtMs = useRef(Number.NEGATIVE_INFINITY);

  // biome-ignore lint/correctness/useExhaustiveDependencies: news and another try are what it asks again for
  useEffect(() => {
    let left = false;
    const ask = async (): Promise<void> => {
      askedAtMs.current = Date.now();
      try {
        const answer = await askQuotes(api, account, uses);
        if (left) return;
        setQuotes(answer);
        setProblem(null);
      } catch (error) {
        if (!left) setProblem(problemFrom(error));
      }
    };
    const timer = setTimeout(() => void ask(), Math.max(0, askedAtMs.current + quotesEveryMs - Date.now()));
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [api, account, uses, seq, tries]);

  const retry = () => {
    askedAtMs.current = Number.NEGATIVE_INFINITY;
    setTries((count) => count + 1);
  };
  return { quotes, problem: quotes === null ? problem : null, retry };
}

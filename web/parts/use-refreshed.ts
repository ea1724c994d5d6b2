/**
 * An answer that is asked for again when there is news, but at most once in so long. News while an answer is under way
 * does not throw it away: under a stream of charges there would never be one.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Problem } from '../../daemon/contract.ts';
import { problemFrom } from '../api.ts';

export interface Refreshed<T> {
  readonly value: T | null;
  /** Why there is none; what was shown before stays when a later question fails. */
  readonly problem: Problem | null;
  readonly retry: () => void;
}

export interface RefreshOptions {
  readonly everyMs: number;
  /** Changes when the answer may have changed. */
  readonly news: number;
}

/** `ask` must be the same function as long as it asks for the same. */
export function useRefreshed<T>(ask: () => Promise<T>, { everyMs, news }: RefreshOptions): Refreshed<T> {
  const [answer, setAnswer] = useState<Pick<Refreshed<T>, 'value' | 'problem'>>({ value: null, problem: null });
  const [tries, setTries] = useState(0);
  const askedAtMs = useRef(Number.NEGATIVE_INFINITY);
  const asking = useRef(ask);
  asking.current = ask;

  // biome-ignore lint/correctness/useExhaustiveDependencies: news and another try are what it asks again for
  useEffect(() => {
    const question = async (): Promise<void> => {
      askedAtMs.current = Date.now();
      try {
        const value = await ask();
        if (asking.current === ask) setAnswer({ value, problem: null });
      } catch (error) {
        if (asking.current === ask) setAnswer(({ value }) => ({ value, problem: problemFrom(error) }));
      }
    };
    const timer = setTimeout(() => void question(), Math.max(0, askedAtMs.current + everyMs - Date.now()));
    return () => clearTimeout(timer);
  }, [ask, everyMs, news, tries]);

  const retry = useCallback(() => {
    askedAtMs.current = Number.NEGATIVE_INFINITY;
    // Whoever tries again sees that it is being tried.
    setAnswer(({ value }) => ({ value, problem: null }));
    setTries((count) => count + 1);
  }, []);
  return { value: answer.value, problem: answer.value === null ? answer.problem : null, retry };
}

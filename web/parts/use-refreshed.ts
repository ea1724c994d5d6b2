/**
 * An answer that is asked for again when there is news, but at most once in so long; sooner where what it rests on has
 * changed, and until then it is said not to fit. News while an answer is under way
 * does not throw it away: under a stream of charges there would never be one.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Problem } from '../../daemon/contract.ts';
import { problemFrom } from '../api.ts';

export interface Refreshed<T> {
  readonly value: T | null;
  /** Why there is none; what was shown before stays when a later question fails. */
  readonly problem: Problem | null;
  /** The value was asked for on the present basis. */
  readonly fits: boolean;
  readonly retry: () => void;
}

export interface RefreshOptions {
  readonly everyMs: number;
  /** Changes when the answer may have changed. */
  readonly news: number;
  /** Changes when the answer no longer holds. */
  readonly basis?: string;
}

/** At most once in so long where the basis changes. */
export const basisEveryMs = 1_000;

interface Answered<T> {
  readonly value: T | null;
  readonly problem: Problem | null;
  /** Of the value. */
  readonly basis: string;
}

/** `ask` must be the same function as long as it asks for the same. */
export function useRefreshed<T>(ask: () => Promise<T>, { everyMs, news, basis = '' }: RefreshOptions): Refreshed<T> {
  const [answer, setAnswer] = useState<Answered<T>>({ value: null, problem: null, basis });
  const [tries, setTries] = useState(0);
  const askedAtMs = useRef(Number.NEGATIVE_INFINITY);
  const askedOf = useRef(basis);
  const asking = useRef(ask);
  /** Questions may overlap; a later one's answer is not undone by an earlier one's. */
  const questions = useRef({ asked: 0, answered: 0 });
  asking.current = ask;

  // biome-ignore lint/correctness/useExhaustiveDependencies: news and another try are what it asks again for
  useEffect(() => {
    const question = async (): Promise<void> => {
      askedAtMs.current = Date.now();
      askedOf.current = basis;
      questions.current.asked += 1;
      const number = questions.current.asked;
      const isWanted = () => asking.current === ask && number > questions.current.answered;
      try {
        const value = await ask();
        if (!isWanted()) return;
        questions.current.answered = number;
        setAnswer({ value, problem: null, basis });
      } catch (error) {
        if (isWanted()) setAnswer((before) => ({ ...before, problem: problemFrom(error) }));
      }
    };
    const pauseMs = askedOf.current === basis ? everyMs : Math.min(everyMs, basisEveryMs);
    const timer = setTimeout(() => void question(), Math.max(0, askedAtMs.current + pauseMs - Date.now()));
    return () => clearTimeout(timer);
  }, [ask, everyMs, news, basis, tries]);

  const retry = useCallback(() => {
    askedAtMs.current = Number.NEGATIVE_INFINITY;
    // Whoever tries again sees that it is being tried.
    setAnswer((before) => ({ ...before, problem: null }));
    setTries((count) => count + 1);
  }, []);
  const fits = answer.value !== null && answer.basis === basis;
  return { value: answer.value, problem: fits ? null : answer.problem, fits, retry };
}

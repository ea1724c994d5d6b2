/** Asks for a value again and again, one request at a time, and rests while nobody looks. The last answer is kept. */
import { useEffect, useState } from 'react';
import type { Problem } from '../../daemon/contract.ts';
import { problemFrom } from '../api.ts';
import { useApi } from '../session/session.tsx';

export interface Polled<T> {
  readonly value: T | null;
  readonly heardAtMs: number;
  /** Of the last request, if it failed. */
  readonly problem: Problem | null;
  readonly askNow: () => void;
}

export function usePolled<T>(path: string, everyMs: number): Polled<T> {
  const api = useApi();
  const [answer, setAnswer] = useState<Omit<Polled<T>, 'askNow'>>({ value: null, heardAtMs: 0, problem: null });
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try is another request
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      timer = undefined;
      if (document.visibilityState === 'hidden') return;
      try {
        const value = await api.get<T>(path, signal);
        if (!signal.aborted) setAnswer({ value, heardAtMs: Date.now(), problem: null });
      } catch (error) {
        if (!signal.aborted) setAnswer((before) => ({ ...before, problem: problemFrom(error) }));
      }
      if (!signal.aborted) timer = setTimeout(() => void ask(), everyMs);
    };
    const seen = () => {
      if (document.visibilityState === 'visible' && timer === undefined) void ask();
    };
    document.addEventListener('visibilitychange', seen);
    void ask();
    return () => {
      controller.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [api, path, everyMs, tries]);
  return { ...answer, askNow: () => setTries((count) => count + 1) };
}

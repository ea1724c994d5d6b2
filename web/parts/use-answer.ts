/** One answer of the API, fetched when the component is first shown, when there is news, and on demand. */
import { useCallback, useEffect, useState } from 'react';
import type { Problem } from '../../daemon/contract.ts';
import { problemFrom } from '../api.ts';
import { useApi } from '../session/session.tsx';

export interface Answer<T> {
  readonly value: T | null;
  readonly problem: Problem | null;
  readonly again: () => void;
}

/** `news` changes when the answer may have changed. */
export function useAnswer<T>(path: string, news: number | string = 0): Answer<T> {
  const api = useApi();
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asked, setAsked] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asking again is what `asked` and `news` are for
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    // Whoever tries again sees that it is being tried.
    setProblem(null);
    api.get<T>(path, signal).then(
      (answer) => signal.aborted || setValue(answer),
      (error: unknown) => signal.aborted || setProblem(problemFrom(error)),
    );
    return () => controller.abort();
  }, [api, path, asked, news]);
  const again = useCallback(() => setAsked((count) => count + 1), []);
  return { value, problem, again };
}

/** One answer of the API, fetched when the component is first shown and again on demand. */
import { useCallback, useEffect, useState } from 'react';
import type { Problem } from '../../daemon/contract.ts';
import { problemFrom } from '../api.ts';
import { useApi } from '../session/session.tsx';

export interface Answer<T> {
  readonly value: T | null;
  readonly problem: Problem | null;
  readonly again: () => void;
}

export function useAnswer<T>(path: string): Answer<T> {
  const api = useApi();
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asked, setAsked] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asking again is what `asked` is for
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    api.get<T>(path, signal).then(
      (answer) => {
        if (signal.aborted) return;
        setValue(answer);
        setProblem(null);
      },
      (error: unknown) => signal.aborted || setProblem(problemFrom(error)),
    );
    return () => controller.abort();
  }, [api, path, asked]);
  const again = useCallback(() => setAsked((count) => count + 1), []);
  return { value, problem, again };
}

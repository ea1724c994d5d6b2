/** Fetches a paged list and, when told that there is news, its head again: at most once in two seconds. */
import { useCallback, useEffect, useMemo, useReducer, useRef } from 'react';
import type { Page } from '../../daemon/contract.ts';
import { problemFrom } from '../api.ts';
import { useApi } from '../session/session.tsx';
import { emptyList, type PagedList, reducePagedList } from './paged-list.ts';

export const refreshEveryMs = 2_000;

export interface FetchedList<T> extends PagedList<T> {
  readonly more: () => void;
  readonly retry: () => void;
}

export interface PagedListOptions<T> {
  readonly keyOf: (item: T) => string | number;
  /** Changes when the list has grown at its head. */
  readonly news?: number;
}

/** The path must not change during the life of a component; give it a `key` instead. */
export function usePagedList<T>(path: string, { keyOf, news = 0 }: PagedListOptions<T>): FetchedList<T> {
  const api = useApi();
  const [list, put] = useReducer(reducePagedList(keyOf), emptyList<T>());
  const lastHead = useRef({ atMs: 0, news: -1, busy: false });

  const head = useCallback(
    async (signal: AbortSignal, newsThen: number) => {
      lastHead.current = { atMs: Date.now(), news: newsThen, busy: true };
      try {
        const page = await api.get<Page<T>>(path, signal);
        if (!signal.aborted) put({ kind: 'head', page });
      } catch (error) {
        if (!signal.aborted) put({ kind: 'failed', problem: problemFrom(error) });
      } finally {
        lastHead.current.busy = false;
      }
    },
    [api, path],
  );

  const life = useMemo(() => ({ controller: new AbortController() }), []);
  useEffect(() => {
    life.controller = new AbortController();
    return () => life.controller.abort();
  }, [life]);

  useEffect(() => {
    if (list.phase !== 'loading') return;
    const controller = new AbortController();
    void head(controller.signal, news);
    return () => controller.abort();
    // biome-ignore lint/correctness/useExhaustiveDependencies: news alone does not start the first load again
  }, [list.phase, head]);

  useEffect(() => {
    if (list.phase !== 'ready' || lastHead.current.news === news) return;
    const waitMs = Math.max(0, lastHead.current.atMs + refreshEveryMs - Date.now());
    const timer = setTimeout(() => void head(life.controller.signal, news), waitMs);
    return () => clearTimeout(timer);
  }, [list.phase, news, head, life]);

  const { next, loadingMore } = list;
  const more = useCallback(() => {
    if (next === null || loadingMore) return;
    const { signal } = life.controller;
    put({ kind: 'more' });
    const joined = `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(next)}`;
    api.get<Page<T>>(joined, signal).then(
      (page) => signal.aborted || put({ kind: 'tail', page }),
      (error: unknown) => signal.aborted || put({ kind: 'failed', problem: problemFrom(error) }),
    );
  }, [api, path, next, loadingMore, life]);
  const retry = useCallback(() => put({ kind: 'again' }), []);
  return { ...list, more, retry };
}

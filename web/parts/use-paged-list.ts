/** Fetches a paged list and, when told that there is news, its head again: at most once in two seconds. */
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react';
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
  const wanted = useRef(news);
  wanted.current = news;
  /** The last request for the head: when it began, for which news, and whether it has been answered. */
  const [asked, setAsked] = useState({ atMs: 0, news: -1, busy: false });

  const life = useMemo(() => ({ controller: new AbortController() }), []);
  useEffect(() => {
    life.controller = new AbortController();
    return () => life.controller.abort();
  }, [life]);

  const head = useCallback(
    async (quiet: boolean) => {
      const { signal } = life.controller;
      const request = { atMs: Date.now(), news: wanted.current, busy: true };
      setAsked(request);
      try {
        const page = await api.get<Page<T>>(path, signal);
        if (!signal.aborted) put({ kind: 'head', page });
      } catch (error) {
        // A refresh that fails leaves what is shown; the page says elsewhere that nothing new arrives.
        if (!signal.aborted && !quiet) put({ kind: 'failed', problem: problemFrom(error) });
      }
      if (!signal.aborted) setAsked({ ...request, busy: false });
    },
    [api, path, life],
  );

  useEffect(() => {
    if (list.phase === 'loading') void head(false);
  }, [list.phase, head]);

  useEffect(() => {
    if (list.phase !== 'ready' || asked.busy || asked.news === news) return;
    const timer = setTimeout(() => void head(true), Math.max(0, asked.atMs + refreshEveryMs - Date.now()));
    return () => clearTimeout(timer);
  }, [list.phase, asked, news, head]);

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

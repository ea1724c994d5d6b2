/** A list that arrives in pages, newest first, and is kept fresh at its head; pure. The fetching is in use-paged-list.ts. */
import type { Page, Problem } from '../../daemon/contract.ts';

export interface PagedList<T> {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly items: readonly T[];
  readonly next: string | null;
  /** Pages after the first have been loaded, so a fresh head is put before them instead of replacing everything. */
  readonly deep: boolean;
  readonly loadingMore: boolean;
  readonly problem: Problem | null;
}

export type PagedListInput<T> =
  | { readonly kind: 'head'; readonly page: Page<T> }
  | { readonly kind: 'more' }
  | { readonly kind: 'tail'; readonly page: Page<T> }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'again' };

export function emptyList<T>(): PagedList<T> {
  return { phase: 'loading', items: [], next: null, deep: false, loadingMore: false, problem: null };
}

export function reducePagedList<T>(keyOf: (item: T) => string | number) {
  return (list: PagedList<T>, input: PagedListInput<T>): PagedList<T> => {
    switch (input.kind) {
      case 'head':
        return withHead(list, input.page, keyOf);
      case 'more':
        return { ...list, loadingMore: true, problem: null };
      case 'tail': {
        const known = new Set(list.items.map(keyOf));
        const items = [...list.items, ...input.page.items.filter((item) => !known.has(keyOf(item)))];
        return { ...list, items, next: input.page.next, deep: true, loadingMore: false };
      }
      case 'failed':
        return {
          ...list,
          phase: list.phase === 'loading' ? 'failed' : list.phase,
          loadingMore: false,
          problem: input.problem,
        };
      case 'again':
        return { ...list, phase: 'loading', problem: null };
    }
  };
}

/** A head that does not reach what is loaded replaces it: a list must not have a silent hole in it. */
function withHead<T>(list: PagedList<T>, page: Page<T>, keyOf: (item: T) => string | number): PagedList<T> {
  const fresh = new Set(page.items.map(keyOf));
  const reaches = list.items.some((item) => fresh.has(keyOf(item)));
  const ready = { ...list, phase: 'ready' as const, problem: null };
  if (!list.deep || !reaches) return { ...ready, items: page.items, next: page.next, deep: false };
  return { ...ready, items: [...page.items, ...list.items.filter((item) => !fresh.has(keyOf(item)))] };
}

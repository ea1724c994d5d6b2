import { expect, test } from 'vitest';
import { emptyList, type PagedListInput, reducePagedList } from '../../../web/parts/paged-list.ts';

const reduce = reducePagedList<number>((item) => item);
const after = (...inputs: PagedListInput<number>[]) => inputs.reduce(reduce, emptyList<number>());
const head = (items: number[], next: string | null): PagedListInput<number> => ({
  kind: 'head',
  page: { items, next },
});
const tail = (items: number[], next: string | null): PagedListInput<number> => ({
  kind: 'tail',
  page: { items, next },
});
const problem = { type: 'about:blank', title: 'No', status: 500, code: 'x' };

test('a fresh head replaces a list of one page, with its cursor', () => {
  const list = after(head([3, 2, 1], 'a'), head([5, 4, 3], 'b'));
  expect(list.items).toEqual([5, 4, 3]);
  expect(list.next).toBe('b');
});

test('a fresh head goes before what was loaded further down', () => {
  const list = after(head([6, 5, 4], 'a'), { kind: 'more' }, tail([3, 2, 1], null), head([7, 6, 5], 'b'));
  expect(list.items).toEqual([7, 6, 5, 4, 3, 2, 1]);
  expect(list.next).toBeNull();
});

test('a head that does not reach the rest leaves no hole', () => {
  const list = after(head([3, 2], 'a'), tail([1], null), head([99, 98], 'b'));
  expect(list.items).toEqual([99, 98]);
  expect(list.next).toBe('b');
});

test('a page that overlaps adds only what is new', () => {
  expect(after(head([6, 5], 'a'), tail([5, 4], null)).items).toEqual([6, 5, 4]);
});

test('a failure before the first page and after it are different', () => {
  expect(after({ kind: 'failed', problem }).phase).toBe('failed');
  const later = after(head([1], 'a'), { kind: 'more' }, { kind: 'failed', problem });
  expect(later).toMatchObject({ phase: 'ready', items: [1], loadingMore: false, problem });
});

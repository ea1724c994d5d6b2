/** Several lists of what waits, each read page by page in order of arrival, as one in order of arrival. */
import type { SuspenseItem } from '../log/usage-log.ts';

/** Items after an id, oldest first, at most so many. */
export type Pages = (afterId: number, limit: number) => Promise<readonly SuspenseItem[]>;

/** Items of all lists held at once, and of one list at least. */
const heldMax = 10_000;
const pageSizeMin = 10;
const pageSizeMax = 1_000;

interface List {
  readonly pages: Pages;
  items: SuspenseItem[];
  afterId: number;
  isAtEnd: boolean;
}

/** Yields the items in batches. One that is in two lists comes twice, in the same batch. */
export async function* inArrivalOrder(sources: readonly Pages[]): AsyncGenerator<readonly SuspenseItem[]> {
  const pageSize = Math.min(Math.max(Math.floor(heldMax / sources.length), pageSizeMin), pageSizeMax);
  const lists = sources.map((pages): List => ({ pages, items: [], afterId: 0, isAtEnd: false }));
  for (;;) {
    // Beyond the last item of a list that goes on, something older may come yet.
    let knownUntilId = Number.POSITIVE_INFINITY;
    for (const list of lists) {
      if (list.items.length === 0 && !list.isAtEnd) await readPage(list, pageSize);
      if (!list.isAtEnd) knownUntilId = Math.min(knownUntilId, list.afterId);
    }
    const batch = lists.flatMap((list) => {
      const later = list.items.findIndex(({ id }) => id > knownUntilId);
      return list.items.splice(0, later === -1 ? list.items.length : later);
    });
    if (batch.length === 0 && lists.every(({ isAtEnd }) => isAtEnd)) return;
    yield batch.sort((a, b) => a.id - b.id);
  }
}

async function readPage(list: List, pageSize: number): Promise<void> {
  const items = await list.pages(list.afterId, pageSize);
  list.isAtEnd = items.length < pageSize;
  list.afterId = items.at(-1)?.id ?? list.afterId;
  list.items = [...items];
}

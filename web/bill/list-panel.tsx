/** A panel with a list that arrives in pages: loading, empty, failed, and more on demand. */
import { type ReactNode, useState } from 'react';
import { en } from '../messages.en.ts';
import { Empty, Failure, Panel, Skeleton } from '../parts/panel.tsx';
import type { FetchedList } from '../parts/use-paged-list.ts';

export interface ListPanelProps<T> {
  readonly title: string;
  readonly list: FetchedList<T>;
  readonly empty: string;
  /** How many rows are shown before anyone asks for more. */
  readonly rows: number;
  /** Shown wherever it stands in the list. */
  readonly isChosen: (item: T) => boolean;
  readonly row: (item: T) => ReactNode;
}

const moreRows = 25;

export function ListPanel<T>({ title, list, empty, rows, isChosen, row }: ListPanelProps<T>) {
  const [wanted, setWanted] = useState(rows);
  const shown = list.items.filter((item, index) => index < wanted || isChosen(item));
  const hasMore = list.next !== null || list.items.length > wanted;
  const more = () => {
    setWanted(wanted + moreRows);
    if (list.items.length < wanted + moreRows) list.more();
  };
  return (
    <Panel title={title}>
      {list.phase === 'loading' && <Skeleton rows={6} />}
      {list.phase === 'ready' && list.items.length === 0 && <Empty>{empty}</Empty>}
      {shown.length > 0 && <ul className="rows">{shown.map(row)}</ul>}
      {list.problem && <Failure problem={list.problem} onRetry={list.phase === 'failed' ? list.retry : list.more} />}
      {hasMore && list.problem === null && (
        <button type="button" className="button rows-more" onClick={more} disabled={list.loadingMore}>
          {list.loadingMore ? en.loadingMore : en.more}
        </button>
      )}
    </Panel>
  );
}

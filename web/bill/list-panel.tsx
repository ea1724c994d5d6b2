/** A panel with a list that arrives in pages: loading, empty, failed, and more on demand. */
import type { ReactNode } from 'react';
import { en } from '../messages.en.ts';
import { Empty, Failure, Panel, Skeleton } from '../parts/panel.tsx';
import type { FetchedList } from '../parts/use-paged-list.ts';

export interface ListPanelProps {
  readonly title: string;
  readonly list: FetchedList<unknown>;
  readonly empty: string;
  readonly children: ReactNode;
}

export function ListPanel({ title, list, empty, children }: ListPanelProps) {
  return (
    <Panel title={title}>
      {list.phase === 'loading' && <Skeleton rows={6} />}
      {list.phase === 'ready' && list.items.length === 0 && <Empty>{empty}</Empty>}
      {list.items.length > 0 && <ul className="rows">{children}</ul>}
      {list.problem && <Failure problem={list.problem} onRetry={list.phase === 'failed' ? list.retry : list.more} />}
      {list.next !== null && list.problem === null && (
        <button type="button" className="button rows-more" onClick={list.more} disabled={list.loadingMore}>
          {list.loadingMore ? en.loadingMore : en.more}
        </button>
      )}
    </Panel>
  );
}

/** Dims the numbers of a bill that is not the one of this moment: the connection is lost, or what it says is late. */
import type { ReactNode } from 'react';
import { useNow } from '../clock.ts';
import { freshnessOf } from '../freshness.ts';
import type { LiveState } from '../live.ts';

export interface StalenessProps {
  readonly state: LiveState;
  /** Of the page. */
  readonly className: string;
  readonly children: ReactNode;
}

/** The children are not rendered again as time goes by. */
export function Staleness({ state, className, children }: StalenessProps) {
  const { kind } = freshnessOf(state, useNow());
  const isStale = kind === 'delayed' || kind === 'reconnecting';
  return (
    <div className={className} data-stale={isStale ? '' : undefined}>
      {children}
    </div>
  );
}

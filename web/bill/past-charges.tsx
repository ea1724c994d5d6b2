/** The charges on the bill of an earlier period, newest first: all, or those of one line. */
import { useEffect, useRef } from 'react';
import type { BillView, ChargeView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import type { FetchedList } from '../parts/use-paged-list.ts';
import { ChargesList } from './charges-list.tsx';
import { FollowedLine } from './followed-line.tsx';
import type { ShownLine } from './shown-lines.ts';

export interface PastChargesProps {
  readonly bill: BillView;
  readonly charges: FetchedList<ChargeView>;
  /** The line whose charges alone are wanted. */
  readonly followed: ShownLine | null;
  readonly onUnfollow: () => void;
  readonly own: boolean;
}

export function PastCharges({ bill, charges, followed, onUnfollow, own }: PastChargesProps) {
  const head = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (followed !== null) head.current?.focus();
  }, [followed]);
  return (
    <div className="past-charges" ref={head} tabIndex={-1}>
      {followed !== null && <FollowedLine line={followed} onUnfollow={onUnfollow} />}
      <ChargesList
        title={en.past.charges}
        bill={bill}
        charges={charges}
        followed={followed}
        correcting={!own}
        chosen={null}
        onChoose={null}
      />
    </div>
  );
}

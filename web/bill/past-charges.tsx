/** The charges on the bill of an earlier period, newest first: all, or those of one line. */
import { useEffect, useRef } from 'react';
import type { BillView, ChargeView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import type { FetchedList } from '../parts/use-paged-list.ts';
import { managePath } from '../places.ts';
import { ChargeRow } from './charge-row.tsx';
import { isOfLine } from './line-reasons.tsx';
import { ListPanel } from './list-panel.tsx';
import type { ShownLine } from './shown-lines.ts';

const text = en.raw;
const chargeRows = 11;

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
  const items = followed === null ? charges.items : charges.items.filter((one) => isOfLine(followed, one));
  return (
    <div className="past-charges" ref={head} tabIndex={-1}>
      {followed !== null && (
        <p className="followed">
          {text.onlyOf(followed.label)}{' '}
          <button type="button" className="button" onClick={onUnfollow}>
            {text.all}
          </button>
        </p>
      )}
      <ListPanel
        title={en.past.charges}
        list={{ ...charges, items }}
        empty={text.chargesEmpty}
        rows={chargeRows}
        isChosen={() => false}
        row={(charge) => (
          <ChargeRow
            key={charge.seq}
            charge={charge}
            account={bill.account}
            zone={bill.timezone}
            currency={bill.currency}
            chosen={false}
            onChoose={null}
            correctAt={own ? null : `${managePath(bill.account)}?charge=${charge.seq}`}
          />
        )}
      />
    </div>
  );
}

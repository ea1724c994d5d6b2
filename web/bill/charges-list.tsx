/** The charges of a bill, newest first: all, or those of one line. */
import { useMemo } from 'react';
import type { BillView, ChargeView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import type { FetchedList } from '../parts/use-paged-list.ts';
import { managePath } from '../places.ts';
import { ChargeRow } from './charge-row.tsx';
import { isOfLine } from './line-reasons.tsx';
import { ListPanel } from './list-panel.tsx';
import type { ShownLine } from './shown-lines.ts';

/** About as high on the screen as the list of use beside it. */
const chargeRows = 8;

export interface ChargesListProps {
  readonly title: string;
  readonly bill: BillView;
  readonly charges: FetchedList<ChargeView>;
  /** The line whose charges alone are wanted. */
  readonly followed: ShownLine | null;
  /** Staff may correct charges. */
  readonly correcting: boolean;
  /** The usage record whose charges are marked, and what chooses another; null where there is no use beside them. */
  readonly chosen: string | null;
  readonly onChoose: ((usage: string) => void) | null;
}

export function ChargesList({ title, bill, charges, followed, correcting, chosen, onChoose }: ChargesListProps) {
  const ofLine = useMemo(
    () => (followed === null ? charges : { ...charges, items: charges.items.filter((one) => isOfLine(followed, one)) }),
    [charges, followed],
  );
  const isChosen = ({ usage }: ChargeView) => usage !== null && usage === chosen;
  return (
    <ListPanel
      title={title}
      list={ofLine}
      empty={en.raw.chargesEmpty}
      rows={chargeRows}
      isChosen={isChosen}
      row={(charge) => (
        <ChargeRow
          key={charge.seq}
          charge={charge}
          account={bill.account}
          zone={bill.timezone}
          currency={bill.currency}
          chosen={isChosen(charge)}
          onChoose={onChoose}
          correctAt={correcting ? `${managePath(bill.account)}?charge=${charge.seq}` : null}
        />
      )}
    />
  );
}

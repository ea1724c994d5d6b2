/** The bill of an earlier period: its total and its lines as they were closed. Nothing on it is live. */
import { useState } from 'react';
import type { BillView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { localDateOf } from '../moment.ts';
import { Failure, Skeleton } from '../parts/panel.tsx';
import { useAnswer } from '../parts/use-answer.ts';
import { pathsOf } from '../places.ts';
import { Link } from '../router.tsx';
import { BigAmount } from './big-amount.tsx';
import { BillHead } from './bill-head.tsx';
import { LinesPanel } from './lines-panel.tsx';
import { PastCharges } from './past-charges.tsx';
import type { ShownLine } from './shown-lines.ts';
import { useCharges } from './use-charges.ts';

const text = en.past;

export interface PastBillProps {
  readonly account: string;
  readonly own: boolean;
  /** `YYYY-MM`: the month in which the period begins. */
  readonly month: string;
}

export function PastBill({ account, own, month }: PastBillProps) {
  const { value, problem, again } = useAnswer<BillView>(
    `/api/accounts/${encodeURIComponent(account)}/bill?period=${encodeURIComponent(month)}`,
  );
  return (
    <div className="bill">
      <BillHead account={account} own={own} bill={value} failed={problem !== null} />
      {value !== null ? (
        <PastBody bill={value} own={own} month={month} />
      ) : (
        <div className="panel">
          {problem === null ? (
            <Skeleton rows={5} tall />
          ) : (
            <>
              <Failure problem={problem} onRetry={again} />
              <Link className="page-link" href={pathsOf({ account, own }).bill}>
                {text.toNow}
              </Link>
            </>
          )}
        </div>
      )}
    </div>
  );
}

function PastBody({ bill, own, month }: Omit<PastBillProps, 'account'> & { readonly bill: BillView }) {
  const charges = useCharges(bill, month);
  const [followed, setFollowed] = useState<ShownLine | null>(null);
  return (
    <>
      <PastTotal bill={bill} live={pathsOf({ account: bill.account, own }).bill} />
      <LinesPanel
        bill={bill}
        behind={{ spend: null, charges: charges.items, onFollow: setFollowed }}
        empty={text.empty}
      />
      {bill.lines.length > 0 && (
        <PastCharges bill={bill} charges={charges} followed={followed} onUnfollow={() => setFollowed(null)} own={own} />
      )}
    </>
  );
}

function PastTotal({ bill, live }: { readonly bill: BillView; readonly live: string }) {
  const isRunning = localDateOf(bill.asOfMs, bill.timezone) < bill.period.to;
  const [state, why] = bill.closed
    ? [text.closed, text.closedWhy]
    : isRunning
      ? [text.open, text.openWhy]
      : [text.ended, text.endedWhy];
  return (
    <section className="panel total-panel past-total" aria-labelledby="total-title">
      <h2 id="total-title">
        {text.total} <span className="badge">{state}</span>
      </h2>
      <p className="total">
        <BigAmount amount={bill.total} currency={bill.currency} />
      </p>
      <p className="muted">{why}</p>
      <p>
        <Link className="page-link" href={live}>
          {isRunning ? text.live : text.toNow}
        </Link>
      </p>
    </section>
  );
}

/** The head of a bill: whose it is, which period, and what else there is of the account. */
import type { BillView } from '../../daemon/contract.ts';
import { KeepInView } from '../instant-ip/keep-in-view.tsx';
import { en } from '../messages.en.ts';
import { formatZone } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { useDocumentTitle } from '../parts/document-title.ts';
import { managePath, pathsOf } from '../places.ts';
import { Link } from '../router.tsx';
import { PeriodChooser } from './period-chooser.tsx';

const text = en.bill;

export interface BillHeadProps {
  readonly account: string;
  readonly own: boolean;
  readonly bill: BillView | null;
  /** There is none to wait for: below is said why. */
  readonly failed: boolean;
}

export function BillHead({ account, own, bill, failed }: BillHeadProps) {
  const title = own ? text.title : text.titleOf(bill?.name ?? account);
  const paths = pathsOf({ account, own });
  useDocumentTitle(bill === null ? title : text.documentTitle(formatMoney(bill.total, bill.currency), title));
  return (
    <>
      {!own && (
        <Link href="/accounts" className="back">
          {text.back}
        </Link>
      )}
      <header className="page-head">
        <h1>{title}</h1>
        <div className="page-head-split">
          <div className="muted bill-period">
            {bill === null ? (
              !failed && <span className="skeleton-line" />
            ) : (
              <>
                <PeriodChooser account={account} period={bill.period} path={paths.bill} />
                <span className="quiet">{text.zone(formatZone(bill.timezone, bill.asOfMs))}</span>
              </>
            )}
          </div>
          <div className="page-actions">
            {!own && (
              <Link href={managePath(account)} className="page-link">
                {en.manage.open}
              </Link>
            )}
            <Link href={paths.display} className="page-link">
              {en.instantIp.open}
            </Link>
            <KeepInView band={paths.band} />
          </div>
        </div>
      </header>
    </>
  );
}

/**
 * The Instant-IP display of one account, the document's usage machine: each use as it is charged, and on the panel's
 * bottom line what it comes to. It speaks only the live feed's messages, so a simulated server is as good as the daemon.
 */
import type { BillView, Problem } from '../../daemon/contract.ts';
import { Notices } from '../bill/notices.tsx';
import { SpokenTotal } from '../bill/spoken-total.tsx';
import { Staleness } from '../bill/staleness.tsx';
import { EstimateLine } from '../bill/total-panel.tsx';
import { useLiveBill } from '../bill/use-live-bill.ts';
import type { LiveState } from '../live.ts';
import { en } from '../messages.en.ts';
import { formatPeriod, formatZone } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { useDocumentTitle } from '../parts/document-title.ts';
import { Failure, Skeleton } from '../parts/panel.tsx';
import { pathsOf } from '../places.ts';
import { Link } from '../router.tsx';
import { BalanceWhy, SpokenBalance } from './balance-text.tsx';
import { BottomLine } from './bottom-line.tsx';
import { FreshnessWhy } from './freshness-sign.tsx';
import { KeepInView } from './keep-in-view.tsx';
import { knownUses } from './known-uses.ts';
import { LastUse } from './last-use.tsx';
import { TotalsPanel } from './totals-panel.tsx';
import { useSettled } from './use-settled.ts';
import { UsesTable } from './uses-table.tsx';

const text = en.instantIp;

export interface InstantIpPageProps {
  readonly account: string;
  readonly own: boolean;
}

export function InstantIpPage({ account, own }: InstantIpPageProps) {
  const { state, problem, retry, dismiss } = useLiveBill(account);
  const { bill } = state;
  const failure = useSettled(problem);
  const page = own ? text.title : text.titleOf(bill?.name ?? account);
  const paths = pathsOf({ account, own });
  useDocumentTitle(bill === null ? page : en.bill.documentTitle(formatMoney(bill.total, bill.currency), page));
  return (
    <Staleness state={state} className="instant-ip">
      <Link href={paths.bill} className="back">
        {text.back}
      </Link>
      <header className="page-head">
        <h1>{page}</h1>
        <div className="page-head-split">
          <p className="muted bill-period">
            {bill === null ? (
              <span className="skeleton-line" />
            ) : (
              <>
                <span>{formatPeriod(bill.period)}</span>
                <span className="quiet">{en.bill.zone(formatZone(bill.timezone, bill.asOfMs))}</span>
              </>
            )}
          </p>
          <KeepInView band={paths.band} />
        </div>
      </header>
      <Notices notices={state.notices} onDismiss={dismiss} />
      {bill === null ? <NoUses problem={failure} onRetry={retry} /> : <Machine state={state} bill={bill} />}
    </Staleness>
  );
}

function Machine({ state, bill }: { readonly state: LiveState; readonly bill: BillView }) {
  const [last, ...before] = knownUses(state);
  return (
    <>
      <section className="panel machine" aria-label={text.title}>
        <LastUse use={last} bill={bill} />
        <UsesTable uses={before} bill={bill} />
        <div className="machine-status">
          <div>
            <EstimateLine state={state} bill={bill} />
            <FreshnessWhy state={state} />
          </div>
          <BalanceWhy bill={bill} />
        </div>
        <BottomLine state={state} bill={bill} />
      </section>
      <SpokenTotal total={formatMoney(bill.total, bill.currency)} />
      <SpokenBalance bill={bill} />
      <div className="machine-totals">
        <TotalsPanel
          title={text.perAttribution}
          column={text.attribution}
          none={text.notAttributed}
          rows={state.totals.attributions}
          whole={state.totals.whole}
        />
        <TotalsPanel
          title={text.perVendor}
          column={text.vendor}
          none={text.noVendor}
          rows={state.totals.vendors}
          whole={state.totals.whole}
        />
      </div>
    </>
  );
}

function NoUses({ problem, onRetry }: { readonly problem: Problem | null; readonly onRetry: () => void }) {
  return (
    <div className="panel">
      {problem === null ? <Skeleton rows={8} tall /> : <Failure problem={problem} onRetry={onRetry} />}
    </div>
  );
}

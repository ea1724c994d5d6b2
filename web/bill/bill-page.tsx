/** The live bill of one account, for its subscriber and for staff. */
import { useState } from 'react';
import type { BillView, Problem } from '../../daemon/contract.ts';
import { TotalsPanel } from '../instant-ip/totals-panel.tsx';
import type { LiveState } from '../live.ts';
import { en } from '../messages.en.ts';
import { Failure, Skeleton } from '../parts/panel.tsx';
import { useQuery } from '../router.tsx';
import { AllowancesPanel } from './allowances-panel.tsx';
import { BalancePanel } from './balance-panel.tsx';
import { basisOf } from './basis.ts';
import { BillHead } from './bill-head.tsx';
import { LinesPanel } from './lines-panel.tsx';
import { Notices } from './notices.tsx';
import { PastBill } from './past-bill.tsx';
import { QuotePanel } from './quote-panel.tsx';
import { SessionsPanel } from './sessions-panel.tsx';
import type { ShownLine } from './shown-lines.ts';
import { SpendPanel } from './spend-panel.tsx';
import { Staleness } from './staleness.tsx';
import { TotalPanel } from './total-panel.tsx';
import { UseAndCharges } from './use-and-charges.tsx';
import { useCharges } from './use-charges.ts';
import { useLiveBill } from './use-live-bill.ts';
import { useSpend } from './use-spend.ts';

export interface BillPageProps {
  readonly account: string;
  readonly own: boolean;
}

/** The bill of now, live, unless the address names another period. */
export function BillPage(props: BillPageProps) {
  const [month] = useQuery('period');
  return month === '' ? <LiveBillPage {...props} /> : <PastBill key={month} {...props} month={month} />;
}

function LiveBillPage({ account, own }: BillPageProps) {
  const { state, problem, retry, dismiss } = useLiveBill(account);
  const { bill } = state;
  return (
    <Staleness state={state} className="bill">
      <BillHead account={account} own={own} bill={bill} failed={problem !== null} />
      <Notices notices={state.notices} onDismiss={dismiss} />
      {bill === null ? <NoBill problem={problem} onRetry={retry} /> : <BillBody state={state} bill={bill} own={own} />}
    </Staleness>
  );
}

interface BillBodyProps {
  readonly state: LiveState;
  readonly bill: BillView;
  readonly own: boolean;
}

function BillBody({ state, bill, own }: BillBodyProps) {
  const charges = useCharges(bill);
  const basis = basisOf(bill);
  const spend = useSpend(bill, basis);
  const [followed, setFollowed] = useState<ShownLine | null>(null);
  return (
    <>
      <div className="bill-top">
        <TotalPanel state={state} bill={bill} spend={spend} />
        <SpendPanel bill={bill} charges={charges.items} recent={state.recent} phase={charges.phase} spend={spend} />
      </div>
      <div className="bill-middle">
        <div className="bill-side">
          <LinesPanel bill={bill} behind={{ spend, charges: charges.items, onFollow: setFollowed }} />
          <QuotePanel account={bill.account} seq={bill.seq} basis={basis} />
          <NamedTotals state={state} />
        </div>
        <div className="bill-side">
          <BalancePanel bill={bill} spend={spend} />
          <AllowancesPanel allowances={bill.allowances} />
          <SessionsPanel state={state} bill={bill} />
        </div>
      </div>
      <UseAndCharges
        bill={bill}
        charges={charges}
        followed={followed}
        onUnfollow={() => setFollowed(null)}
        correcting={!own}
      />
    </>
  );
}

/** Shown where uses have named a vendor or an attribution; otherwise the total says it all. */
function NamedTotals({ state: { totals } }: { readonly state: LiveState }) {
  const named = [...totals.attributions.values(), ...totals.vendors.values()].some(({ name }) => name !== '');
  if (!named) return null;
  const { perAttribution, attribution, notAttributed, perVendor, vendor, noVendor } = en.instantIp;
  const { attributions, vendors, whole } = totals;
  return (
    <>
      <TotalsPanel title={perAttribution} column={attribution} none={notAttributed} rows={attributions} whole={whole} />
      <TotalsPanel title={perVendor} column={vendor} none={noVendor} rows={vendors} whole={whole} />
    </>
  );
}

function NoBill({ problem, onRetry }: { readonly problem: Problem | null; readonly onRetry: () => void }) {
  if (problem !== null) {
    return (
      <div className="panel">
        <Failure problem={problem} onRetry={onRetry} />
      </div>
    );
  }
  return (
    <>
      <div className="bill-top">
        <div className="panel">
          <Skeleton rows={3} tall />
        </div>
        <div className="panel">
          <Skeleton rows={3} tall />
        </div>
      </div>
      <div className="bill-middle">
        <div className="panel">
          <Skeleton rows={5} />
        </div>
        <div className="bill-side">
          <div className="panel">
            <Skeleton rows={3} />
          </div>
        </div>
      </div>
    </>
  );
}

/** The figure people come for: what has been spent so far, how fresh that is, and what open sessions may add. */
import type { BillView } from '../../daemon/contract.ts';
import { useNow } from '../clock.ts';
import { compare } from '../decimal.ts';
import { currentEstimate, freshnessOf } from '../freshness.ts';
import type { LiveState } from '../live.ts';
import { en } from '../messages.en.ts';
import { formatAge } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { Marked } from '../parts/marked.tsx';
import { BigAmount } from './big-amount.tsx';
import { Figures } from './figures.tsx';
import { SpokenTotal } from './spoken-total.tsx';
import type { Spend } from './use-spend.ts';

const text = en.bill;

export interface TotalPanelProps {
  readonly state: LiveState;
  readonly bill: BillView;
  readonly spend: Spend;
}

export function TotalPanel({ state, bill, spend }: TotalPanelProps) {
  return (
    <section className="panel total-panel" aria-labelledby="total-title">
      <h2 id="total-title">
        {text.soFar}{' '}
        <span className="badge" title={text.provisionalWhy}>
          {text.provisional}
        </span>
      </h2>
      <p className="total">
        <Marked value={bill.total}>
          <BigAmount amount={bill.total} currency={bill.currency} />
        </Marked>
      </p>
      <EstimateLine state={state} bill={bill} />
      <Figures spend={spend} bill={bill} />
      <FreshnessLine state={state} />
      <SpokenTotal total={formatMoney(bill.total, bill.currency)} />
    </section>
  );
}

/** Always takes its line, so that nothing below moves when the estimate comes and goes. */
export function EstimateLine({ state, bill }: { readonly state: LiveState; readonly bill: BillView }) {
  const estimate = currentEstimate(state, useNow());
  if (estimate === null || compare(estimate.amount, '0') === 0) return <p className="estimate" aria-hidden="true" />;
  const amount = formatMoney(estimate.amount, bill.currency, { estimate: true, signed: true });
  return (
    <p className="estimate" title={text.estimateWhy}>
      {text.estimate(amount)}
    </p>
  );
}

/** The reason has its place also while there is none, so that nothing below moves when it comes. */
export function FreshnessLine({ state }: { readonly state: LiveState }) {
  const { kind, ageMs } = freshnessOf(state, useNow());
  const why =
    kind === 'delayed' ? text.freshness.delayedWhy : kind === 'reconnecting' ? text.freshness.reconnectingWhy : '';
  return (
    <div className={`freshness freshness-${kind}`}>
      <p>
        <span className="freshness-dot" aria-hidden="true" />
        <strong role="status">{text.freshness[kind]}</strong>{' '}
        <span className="freshness-age">{text.freshness.asOf(formatAge(ageMs))}</span>
      </p>
      <p className="freshness-why" aria-hidden={why === '' ? true : undefined}>
        {why === '' ? text.freshness.delayedWhy : why}
      </p>
    </div>
  );
}

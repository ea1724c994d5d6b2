/** What there is to say of a balance, in words with a sign; which state it is in is decided in balance-state.ts. */
import type { BillView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { type Level, Sign } from '../parts/sign.tsx';
import { type BalanceState, balanceState, lowBelowPercent } from './balance-state.ts';

const text = en.instantIp;
const levels: Record<BalanceState['kind'], Level | null> = {
  enough: null,
  low: 'warning',
  exhausted: 'critical',
  postpaid: null,
};

/** A few words: "27 % left", "Low: 8 % left", "Used up", "to pay". Made anew when they change, so that they don't move. */
export function BalanceStateText({ bill }: { readonly bill: BillView }) {
  const state = balanceState(bill);
  const level = levels[state.kind];
  const short = shortText(state);
  if (level === null) {
    return (
      <span key={short} className="muted figure">
        {short}
      </span>
    );
  }
  return (
    <span key={short} className={`state state-${level} figure`}>
      <Sign level={level} />
      {short}
    </span>
  );
}

/** A sentence; it always takes its lines, so that nothing moves when the state changes. */
export function BalanceWhy({ bill }: { readonly bill: BillView }) {
  return <p className="machine-why balance-why muted">{whyText(balanceState(bill), bill)}</p>;
}

/** Heard once when the balance becomes low or is used up; a falling percentage is not. */
export function SpokenBalance({ bill }: { readonly bill: BillView }) {
  const state = balanceState(bill);
  const alarm = levels[state.kind] !== null;
  return (
    <p className="spoken" role="status">
      {alarm ? whyText(state, bill) : ''}
    </p>
  );
}

function shortText(state: BalanceState): string {
  switch (state.kind) {
    case 'enough':
      return text.balanceState.enough(state.percentLeft);
    case 'low':
      return text.balanceState.low(state.percentLeft);
    case 'exhausted':
      return text.balanceState.exhausted;
    case 'postpaid':
      return state.owed ? text.balanceState.owed : text.balanceState.credit;
  }
}

function whyText(state: BalanceState, bill: BillView): string {
  switch (state.kind) {
    case 'enough':
      return text.balanceRule(lowBelowPercent);
    case 'low':
      return text.lowWhy(lowBelowPercent);
    case 'exhausted':
      return text.exhaustedWhy;
    case 'postpaid':
      return bill.balance.startsWith('-') ? en.bill.owed : en.bill.credit;
  }
}

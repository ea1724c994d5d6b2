/** The account's balance: what is left of a prepaid one, what is to pay or in credit otherwise. */
import type { BillView } from '../../daemon/contract.ts';
import { compare } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { formatDate } from '../moment.ts';
import { Amount } from '../parts/amount.tsx';
import { Panel } from '../parts/panel.tsx';
import { Sign } from '../parts/sign.tsx';
import { formatCount } from '../quantity.ts';
import type { Spend } from './use-spend.ts';

const text = en.bill;

export function BalancePanel({ bill, spend }: { readonly bill: BillView; readonly spend: Spend }) {
  const { balance, currency, prepaid } = bill;
  const sign = compare(balance, '0');
  const exhausted = prepaid && sign <= 0;
  return (
    <Panel title={prepaid ? text.balanceLeft : text.balance} className="balance-panel">
      <p className="balance">
        <Amount amount={balance} currency={currency} />
      </p>
      {exhausted ? (
        <p className="state state-critical">
          <Sign level="critical" />
          {text.exhausted}
        </p>
      ) : (
        <p className="muted">
          {prepaid ? text.prepaidLeft : sign < 0 ? text.owed : sign > 0 ? text.credit : text.even}
        </p>
      )}
      <Runway spend={spend} expected={prepaid || sign > 0} exhausted={exhausted} />
    </Panel>
  );
}

interface RunwayProps {
  readonly spend: Spend;
  readonly expected: boolean;
  readonly exhausted: boolean;
}

/**
 * How long it lasts, but of no other balance than what is shown; where there is something to run out, its lines are there
 * before the answer, so that nothing moves.
 */
function Runway({ spend: { view, fits }, expected, exhausted }: RunwayProps) {
  const runway = view?.runway ?? null;
  if (view !== null && runway === null) return null;
  if (view === null && !expected) return null;
  return (
    <p className="runway" title={text.runwayWhy}>
      {runway === null || runway.days === 0 || exhausted || !fits
        ? ''
        : runway.days === null || runway.until === null
          ? text.runwayLong
          : text.runway(formatCount(runway.days), runway.days, formatDate(runway.until, true))}
    </p>
  );
}

/** The account's balance: what is left of a prepaid one, what is to pay or in credit otherwise. */
import type { BillView } from '../../daemon/contract.ts';
import { compare } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { Amount } from '../parts/amount.tsx';
import { Panel } from '../parts/panel.tsx';
import { Sign } from '../parts/sign.tsx';

const text = en.bill;

export function BalancePanel({ bill }: { readonly bill: BillView }) {
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
        <p className="muted">{prepaid ? text.prepaidLeft : sign < 0 ? text.owed : text.credit}</p>
      )}
    </Panel>
  );
}

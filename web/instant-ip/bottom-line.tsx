/** The panel's bottom line: the amount spent and what remains. It stays in sight while the panel is scrolled. */
import type { BillView } from '../../daemon/contract.ts';
import type { LiveState } from '../live.ts';
import { en } from '../messages.en.ts';
import { formatMoney } from '../money.ts';
import { Marked } from '../parts/marked.tsx';
import { BalanceStateText } from './balance-text.tsx';
import { FreshnessSign } from './freshness-sign.tsx';

const text = en.instantIp;

export function BottomLine({ state, bill }: { readonly state: LiveState; readonly bill: BillView }) {
  return (
    <footer className="bottom-line">
      <div>
        <h2>{text.total}</h2>
        <p className="total">
          <Marked value={bill.total}>{formatMoney(bill.total, bill.currency)}</Marked>
        </p>
        <FreshnessSign state={state} />
      </div>
      <div className="bottom-line-balance">
        <h2>{bill.prepaid ? text.balance.prepaid : text.balance.postpaid}</h2>
        <p className="balance figure">
          <Marked value={bill.balance}>{formatMoney(bill.balance, bill.currency)}</Marked>
        </p>
        <p className="bottom-line-state">
          <BalanceStateText bill={bill} />
        </p>
      </div>
    </footer>
  );
}

/** The law of money per currency: what was posted is what the bills show. */
import type { HealthView } from '../../daemon/contract.ts';
import { compare } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { formatMoney } from '../money.ts';
import { Empty, Panel } from '../parts/panel.tsx';
import { Difference } from './law-panel.tsx';

const { terms, money, moneyLaw, noMoney } = en.health;

export function MoneyPanel({ rows }: { readonly rows: HealthView['money'] }) {
  return (
    <Panel title={money}>
      <p className="law-words muted">{moneyLaw}</p>
      {rows.length === 0 && <Empty>{noMoney}</Empty>}
      {rows.map(({ currency, posted, onBills, difference }) => {
        const holds = compare(difference, '0') === 0;
        return (
          <div key={currency} className={holds ? 'law' : 'law law-broken'}>
            <h3 className="law-name">{currency}</h3>
            <dl className="pairs">
              <div>
                <dt>{terms.posted}</dt>
                <dd className="figure">{formatMoney(posted, currency)}</dd>
              </div>
              <div>
                <dt>{terms.onBills}</dt>
                <dd className="figure">{formatMoney(onBills, currency)}</dd>
              </div>
            </dl>
            <Difference amount={formatMoney(difference, currency)} holds={holds} />
          </div>
        );
      })}
    </Panel>
  );
}

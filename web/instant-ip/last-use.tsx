/** The newest use with all fields of its record; the total and the balance are on the bottom line. */
import type { BillView, LiveCharge } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatMoney } from '../money.ts';
import { Marked } from '../parts/marked.tsx';
import { Empty } from '../parts/panel.tsx';
import { formatQuantity } from '../quantity.ts';
import { RecordTime } from './record-time.tsx';

const text = en.instantIp;

export interface LastUseProps {
  readonly use: LiveCharge | undefined;
  readonly bill: BillView;
}

export function LastUse({ use, bill }: LastUseProps) {
  return (
    <div className="last-use">
      <header className="panel-head">
        <h2>{text.lastUse}</h2>
        {use !== undefined && (
          <p className="panel-note">
            <RecordTime at={use.at} zone={bill.timezone} />
          </p>
        )}
      </header>
      {use === undefined ? (
        <Empty>{bill.seq === 0 ? text.none : text.earlier}</Empty>
      ) : (
        <>
          <div className="last-use-head">
            <p className="last-use-what">
              {use.usage.description}
              <span className="line-plan">{use.usage.additional}</span>
            </p>
            <p className="last-use-charge figure">
              <Marked value={String(use.seq)}>{formatMoney(use.charge, use.currency)}</Marked>
            </p>
          </div>
          <LastUseFields use={use} />
        </>
      )}
    </div>
  );
}

function LastUseFields({ use }: { readonly use: LiveCharge }) {
  const { units, unit, vendor, attribution } = use.usage;
  const fields = [
    [text.units, formatQuantity(units, unit)],
    [text.vendor, vendor || text.noVendor],
    [text.attribution, attribution || text.notAttributed],
    [text.currency, use.currency],
  ] as const;
  return (
    <dl className="last-use-fields">
      {fields.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="figure">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The uses before the last one. Its rows are made anew when a use comes: none moves, so the page's layout stays still. */
import { memo, useState } from 'react';
import type { BillView, LiveCharge } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatMoney } from '../money.ts';
import { formatQuantity } from '../quantity.ts';
import { RecordTime } from './record-time.tsx';

const text = en.instantIp;
const rowsFirst = 5;
const rowsMore = 20;

export interface UsesTableProps {
  readonly uses: readonly LiveCharge[];
  readonly bill: BillView;
}

export function UsesTable({ uses, bill }: UsesTableProps) {
  const [wanted, setWanted] = useState(rowsFirst);
  const shown = uses.slice(0, wanted);
  if (uses.length === 0) return <p className="uses-places uses-none muted">{text.noneBefore}</p>;
  return (
    <div className="uses-places">
      <table className="uses">
        <caption>{text.before}</caption>
        <thead>
          <tr>
            <th scope="col" className="uses-time">
              {text.time}
            </th>
            <th scope="col" className="uses-what">
              {text.use}
            </th>
            <th scope="col" className="uses-units number">
              {text.units}
            </th>
            <th scope="col" className="uses-vendor">
              {text.vendor}
            </th>
            <th scope="col">{text.attribution}</th>
            <th scope="col" className="number">
              {text.charge}
            </th>
            <th scope="col" className="number">
              {text.totalAfter}
            </th>
            <th scope="col" className="number">
              {text.balanceAfter}
            </th>
          </tr>
        </thead>
        <tbody key={uses[0]?.seq}>
          {shown.map((use) => (
            <UseRow key={use.seq} use={use} zone={bill.timezone} />
          ))}
        </tbody>
      </table>
      {uses.length > shown.length && (
        <button type="button" className="button rows-more" onClick={() => setWanted(wanted + rowsMore)}>
          {text.more}
        </button>
      )}
    </div>
  );
}

const UseRow = memo(function UseRow({ use, zone }: { readonly use: LiveCharge; readonly zone: string }) {
  const { description, additional, units, unit, vendor, attribution } = use.usage;
  return (
    <tr>
      <td className="uses-time">
        <RecordTime at={use.at} zone={zone} />
      </td>
      <th scope="row" className="uses-what">
        {description}
        {additional !== '' && <span className="line-plan">{additional}</span>}
      </th>
      <td className="uses-units number">{formatQuantity(units, unit)}</td>
      <td className="uses-vendor">{vendor || en.unknown}</td>
      <td className="uses-attribution">{attribution || en.unknown}</td>
      <td className="uses-charge number">{formatMoney(use.charge, use.currency)}</td>
      <td className="uses-after number">{formatMoney(use.total, use.currency)}</td>
      <td className="uses-after number">{formatMoney(use.balance, use.currency)}</td>
    </tr>
  );
});

/** The lines of the bill and their total. */
import type { BillView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { Amount } from '../parts/amount.tsx';
import { Marked } from '../parts/marked.tsx';
import { Empty, Panel } from '../parts/panel.tsx';
import { formatQuantity } from '../quantity.ts';
import { type ShownLine, shownLines } from './shown-lines.ts';

const text = en.bill;

export function LinesPanel({ bill }: { readonly bill: BillView }) {
  const lines = shownLines(bill);
  return (
    <Panel title={text.lines} className="lines-panel">
      {lines.length === 0 ? (
        <Empty>{text.linesEmpty}</Empty>
      ) : (
        <table className="lines">
          <thead>
            <tr>
              <th scope="col">{text.label}</th>
              <th scope="col" className="number">
                {text.quantity}
              </th>
              <th scope="col" className="number">
                {text.amount}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.key}>
                <th scope="row">
                  {line.label}
                  {originOf(line) !== '' && <span className="line-plan">{originOf(line)}</span>}
                </th>
                <td
                  className="number"
                  title={line.baseQuantity === '' ? undefined : text.baseQuantity(line.baseQuantity)}
                >
                  {line.unit !== '' && (
                    <Marked value={line.quantity}>{formatQuantity(line.quantity, line.unit)}</Marked>
                  )}
                </td>
                <td className="number">
                  <Amount amount={line.amount} currency={bill.currency} />
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={2}>
                {text.total}
              </th>
              <td className="number">
                <Amount amount={bill.total} currency={bill.currency} />
              </td>
            </tr>
          </tfoot>
        </table>
      )}
    </Panel>
  );
}

/** The plan, or, of what came priced, whose service it was and for whom. */
function originOf({ plan, vendor = '', attribution = '' }: ShownLine): string {
  return [plan, vendor, attribution].filter((part) => part !== '').join(' · ');
}

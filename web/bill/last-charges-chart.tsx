/** The total after each of the last charges as a stepped line, and the same as a table. */
import type { BillView } from '../../daemon/contract.ts';
import { compare, placeBetween } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { formatTime } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { Amount } from '../parts/amount.tsx';
import { Moment } from '../parts/moment.tsx';
import type { SpendLine, SpendPoint } from './spend-points.ts';

const text = en.bill;
const tableRowsMax = 50;

export function LastChargesChart({ line, bill }: { readonly line: SpendLine; readonly bill: BillView }) {
  return (
    <>
      <Chart line={line} bill={bill} />
      <TableTwin points={line.points} bill={bill} />
    </>
  );
}

const width = 1000;
const height = 300;

function Chart({ line, bill }: { readonly line: SpendLine; readonly bill: BillView }) {
  const { before, points } = line;
  const first = points[0]!;
  const last = points.at(-1)!;
  const totals = [before, ...points.map((point) => point.total)];
  const low = totals.reduce((least, total) => (compare(total, least) < 0 ? total : least));
  const high = totals.reduce((most, total) => (compare(total, most) > 0 ? total : most));
  const x = (point: SpendPoint) =>
    last.atMs === first.atMs ? width : Math.round(((point.atMs - first.atMs) / (last.atMs - first.atMs)) * width);
  const y = (total: string) => height - placeBetween(total, [low, high], height);
  const path = `M0 ${y(before)}${points.map((point) => `H${x(point)}V${y(point.total)}`).join('')}H${width}`;
  const money = (total: string) => formatMoney(total, bill.currency, { estimate: true });
  const [from, to] = [formatTime(first.atMs, bill.timezone), formatTime(last.atMs, bill.timezone)];
  return (
    <div className="chart">
      <p className="chart-scale" aria-hidden="true">
        <span>{money(high)}</span>
        <span>{money(low)}</span>
      </p>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={text.chartLabel(from, to, money(before), money(last.total))}
      >
        <path className="chart-grid" d={`M0 0H${width}M0 ${height / 2}H${width}M0 ${height}H${width}`} />
        <path className="chart-area" d={`${path}V${height}H0Z`} />
        <path className="chart-line" d={path} />
      </svg>
      <p className="chart-times" aria-hidden="true">
        <span>{from}</span>
        <span>{to}</span>
      </p>
    </div>
  );
}

function TableTwin({ points, bill }: { readonly points: readonly SpendPoint[]; readonly bill: BillView }) {
  const rows = points.slice(-tableRowsMax).reverse();
  return (
    <details className="twin">
      <summary>{text.chartTable}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{text.chartTime}</th>
            <th scope="col" className="number">
              {text.chartCharge}
            </th>
            <th scope="col" className="number">
              {text.chartTotal}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((point) => (
            <tr key={point.seq}>
              <td>
                <Moment at={point.atMs} zone={bill.timezone} day />
              </td>
              <td className="number">
                <Amount amount={point.charge} currency={bill.currency} />
              </td>
              <td className="number">{formatMoney(point.total, bill.currency, { estimate: true })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

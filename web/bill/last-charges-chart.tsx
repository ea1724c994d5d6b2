/** The total after each of the last charges as a stepped line, and the same as a table. */
import type { BillView } from '../../daemon/contract.ts';
import { compare, placeBetween } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { formatTime } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { Amount } from '../parts/amount.tsx';
import { Moment } from '../parts/moment.tsx';
import { ChartFrame, chartSize, TableTwin } from './chart-frame.tsx';
import type { SpendLine, SpendPoint } from './spend-points.ts';

const text = en.bill;
const tableRowsMax = 50;

export function LastChargesChart({ line, bill }: { readonly line: SpendLine; readonly bill: BillView }) {
  return (
    <>
      <Chart line={line} bill={bill} />
      <Table points={line.points} bill={bill} />
    </>
  );
}

function Chart({ line, bill }: { readonly line: SpendLine; readonly bill: BillView }) {
  const { before, points } = line;
  const { width, height } = chartSize;
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
  const label = text.chartLabel(from, to, money(before), money(last.total));
  return (
    <ChartFrame label={label} high={money(high)} low={money(low)} from={from} to={to}>
      <path className="chart-area" d={`${path}V${height}H0Z`} />
      <path className="chart-line" d={path} />
    </ChartFrame>
  );
}

function Table({ points, bill }: { readonly points: readonly SpendPoint[]; readonly bill: BillView }) {
  const rows = points.slice(-tableRowsMax).reverse();
  return (
    <TableTwin columns={[text.chartTime, text.chartCharge, text.chartTotal]}>
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
    </TableTwin>
  );
}

/** The period by days as bars, the period before as outlines behind them, and the same as a table. */
import type { SpendView } from '../../daemon/contract.ts';
import { compare } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { formatDate } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { formatReading } from '../quantity.ts';
import { ChartFrame, chartSize, TableTwin } from './chart-frame.tsx';
import { barSteps, type DayBar, dayBars, type Measure } from './day-bars.ts';

const text = en.days;
const dayMs = 86_400_000;

export interface DaysChartProps {
  readonly view: SpendView;
  readonly measure: Measure;
}

export function DaysChart({ view, measure }: DaysChartProps) {
  const bars = dayBars(view, measure);
  const shown = (value: string) => shownValue(value, measure, view.currency);
  const days = Math.round((Date.parse(view.period.to) - Date.parse(view.period.from)) / dayMs);
  const high = bars.reduce((most, { value, before }) => highest(most, value, before ?? '0'), '0');
  const last = new Date(Date.parse(`${view.period.to}T00:00:00Z`) - dayMs).toISOString().slice(0, 10);
  const legend = view.previous !== null && (
    <p className="chart-legend" aria-hidden="true">
      <span className="legend-now">{text.now}</span>
      <span className="legend-before">{text.before}</span>
    </p>
  );
  return (
    <>
      <ChartFrame
        label={text.label(nameOf(measure), formatDate(bars[0]?.date ?? last), bars.length)}
        high={shown(high)}
        low={null}
        from={formatDate(view.period.from)}
        to={formatDate(last)}
        legend={legend}
      >
        <Bars bars={bars} days={days} shown={shown} />
      </ChartFrame>
      <DaysTable bars={bars} measure={measure} shown={shown} hasBefore={view.previous !== null} />
    </>
  );
}

interface BarsProps {
  readonly bars: readonly DayBar[];
  /** Of the whole period. */
  readonly days: number;
  readonly shown: (value: string) => string;
}

function Bars({ bars, days, shown }: BarsProps) {
  const { width, height } = chartSize;
  const step = width / Math.max(days, bars.length, 1);
  const tall = (parts: number) => Math.round((parts * (height - 8)) / barSteps);
  return bars.map((bar, index) => (
    <g key={bar.date}>
      <title>{text.bar(formatDate(bar.date), shown(bar.value), bar.before === null ? null : shown(bar.before))}</title>
      <rect className="bar-place" x={index * step} y={0} width={step} height={height} />
      <rect
        className="bar-before"
        x={index * step + step * 0.08}
        y={height - tall(bar.beforeHeight)}
        width={step * 0.84}
        height={tall(bar.beforeHeight)}
      />
      <rect
        className="bar-now"
        x={index * step + step * 0.24}
        y={height - tall(bar.height)}
        width={step * 0.52}
        height={tall(bar.height)}
      />
    </g>
  ));
}

interface DaysTableProps {
  readonly bars: readonly DayBar[];
  readonly measure: Measure;
  readonly shown: (value: string) => string;
  readonly hasBefore: boolean;
}

function DaysTable({ bars, measure, shown, hasBefore }: DaysTableProps) {
  return (
    <TableTwin columns={[text.day, nameOf(measure), ...(hasBefore ? [text.before] : [])]}>
      {bars.toReversed().map((bar) => (
        <tr key={bar.date}>
          <td>{formatDate(bar.date)}</td>
          <td className="number">{shown(bar.value)}</td>
          {hasBefore && <td className="number">{bar.before === null ? en.unknown : shown(bar.before)}</td>}
        </tr>
      ))}
    </TableTwin>
  );
}

export function nameOf(measure: Measure): string {
  return measure === 'amount' ? text.spend : (en.meters[measure] ?? measure);
}

function shownValue(value: string, measure: Measure, currency: string): string {
  return measure === 'amount' ? formatMoney(value, currency, { estimate: true }) : formatReading(measure, value).text;
}

function highest(...values: readonly string[]): string {
  return values.reduce((most, value) => (compare(value, most) > 0 ? value : most), '0');
}

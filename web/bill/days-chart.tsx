/** The period by days as bars, the period before as outlines behind them, and the same as a table. */
import type { SpendView } from '../../daemon/contract.ts';
import { compare } from '../decimal.ts';
import { en } from '../messages.en.ts';
import { formatDate } from '../moment.ts';
import { formatMoney } from '../money.ts';
import { formatReading } from '../quantity.ts';
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
  return (
    <>
      <div className="chart">
        <p className="chart-scale" aria-hidden="true">
          <span>{shown(high)}</span>
          <span>{shown('0')}</span>
        </p>
        <Bars
          bars={bars}
          days={days}
          label={text.label(nameOf(measure), formatDate(bars[0]?.date ?? last), bars.length)}
        />
        <p className="chart-times" aria-hidden="true">
          <span>{formatDate(view.period.from)}</span>
          <span>{formatDate(last)}</span>
        </p>
        {view.previous !== null && (
          <p className="chart-legend" aria-hidden="true">
            <span className="legend-now">{text.now}</span>
            <span className="legend-before">{text.before}</span>
          </p>
        )}
      </div>
      <DaysTable bars={bars} measure={measure} shown={shown} hasBefore={view.previous !== null} />
    </>
  );
}

const width = 1000;
const height = 300;

function Bars({
  bars,
  days,
  label,
}: {
  readonly bars: readonly DayBar[];
  readonly days: number;
  readonly label: string;
}) {
  const step = width / Math.max(days, bars.length, 1);
  const tall = (parts: number) => Math.round((parts * (height - 8)) / barSteps);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path className="chart-grid" d={`M0 0H${width}M0 ${height / 2}H${width}M0 ${height}H${width}`} />
      {bars.map((bar, index) => (
        <g key={bar.date}>
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
      ))}
    </svg>
  );
}

interface DaysTableProps {
  readonly bars: readonly DayBar[];
  readonly measure: Measure;
  readonly shown: (value: string) => string;
  readonly hasBefore: boolean;
}

function DaysTable({ bars, measure, shown, hasBefore }: DaysTableProps) {
  return (
    <details className="twin">
      <summary>{en.bill.chartTable}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{text.day}</th>
            <th scope="col" className="number">
              {nameOf(measure)}
            </th>
            {hasBefore && (
              <th scope="col" className="number">
                {text.before}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {bars.toReversed().map((bar) => (
            <tr key={bar.date}>
              <td>{formatDate(bar.date)}</td>
              <td className="number">{shown(bar.value)}</td>
              {hasBefore && <td className="number">{bar.before === null ? en.unknown : shown(bar.before)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
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

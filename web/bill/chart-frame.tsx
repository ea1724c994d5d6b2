/** What charts share: the scale in money or use, the times below, and the same as a table. */
import type { ReactNode } from 'react';
import { en } from '../messages.en.ts';

/** Of the drawing; it is stretched to its place. */
export const chartSize = { width: 1000, height: 300 } as const;

export interface ChartFrameProps {
  readonly label: string;
  readonly high: string;
  /** Null where it is zero: bars stand on it. */
  readonly low: string | null;
  readonly from: string;
  readonly to: string;
  readonly legend?: ReactNode;
  readonly children: ReactNode;
}

export function ChartFrame({ label, high, low, from, to, legend, children }: ChartFrameProps) {
  const { width, height } = chartSize;
  return (
    <div className="chart">
      <div className="chart-plot">
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
          <path className="chart-grid" d={`M0 0H${width}M0 ${height / 2}H${width}M0 ${height}H${width}`} />
          {children}
        </svg>
        {/* Right-aligned, so a lowest of another length begins elsewhere: it is another one, not one that moved. */}
        <p className="chart-scale" aria-hidden="true">
          <span>{high}</span>
          {low !== null && <span key={low}>{low}</span>}
        </p>
      </div>
      <p className="chart-times" aria-hidden="true">
        <span>{from}</span>
        <span>{to}</span>
      </p>
      {legend}
    </div>
  );
}

export interface TableTwinProps {
  /** The first says when, the others how much. */
  readonly columns: readonly string[];
  readonly children: ReactNode;
}

export function TableTwin({ columns, children }: TableTwinProps) {
  return (
    <details className="twin">
      <summary>{en.bill.chartTable}</summary>
      <table>
        <thead>
          <tr>
            {columns.map((column, place) => (
              <th scope="col" key={column} className={place === 0 ? undefined : 'number'}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </details>
  );
}

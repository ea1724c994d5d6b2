/** What the period's uses come to per attribution or vendor, for charging it on. In order of name, so that no row jumps. */

import { viewerLocale } from '../locale.ts';
import { en } from '../messages.en.ts';
import { Amount } from '../parts/amount.tsx';
import { Empty, Panel } from '../parts/panel.tsx';
import type { RunningTotal, TotalsByName } from '../running-totals.ts';

const text = en.instantIp;

export interface TotalsPanelProps {
  readonly title: string;
  readonly column: string;
  /** What a name of '' is called. */
  readonly none: string;
  readonly rows: TotalsByName;
  readonly whole: boolean;
}

export function TotalsPanel({ title, column, none, rows, whole }: TotalsPanelProps) {
  return (
    <Panel title={title} note={whole ? text.inThisPeriod : text.sincePageOpened}>
      {rows.size === 0 ? (
        <Empty>{whole ? text.noTotals : text.noTotalsSeen}</Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <div className="totals" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{column}</th>
                <th scope="col" className="number">
                  {text.amount}
                </th>
              </tr>
            </thead>
            <tbody>
              {inOrder(rows).map(([key, { name, amount, currency }]) => (
                <tr key={key}>
                  <th scope="row" className={name ? undefined : 'muted'}>
                    {name === null ? text.otherNames : name || none}
                  </th>
                  <td className="number">
                    <Amount amount={amount} currency={currency} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

/** Names first, then what has none, then what there was no room for. */
function inOrder(rows: TotalsByName): readonly (readonly [string, RunningTotal])[] {
  const rank = ({ name }: RunningTotal) => (name === null ? 2 : name === '' ? 1 : 0);
  const { compare } = new Intl.Collator(viewerLocale(), { numeric: true });
  return [...rows].sort(
    ([, a], [, b]) =>
      rank(a) - rank(b) || compare(a.name ?? '', b.name ?? '') || a.currency.localeCompare(b.currency, 'en'),
  );
}

/** The lines of the bill and their total; every line opens its reasons. */
import { useState } from 'react';
import type { BillView, ChargeView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { formatMoney } from '../money.ts';
import { Amount } from '../parts/amount.tsx';
import { Marked } from '../parts/marked.tsx';
import { Empty, Panel } from '../parts/panel.tsx';
import { formatQuantity, unitOne } from '../quantity.ts';
import { LineReasons } from './line-reasons.tsx';
import { type ShownLine, shownLines } from './shown-lines.ts';
import { unitPriceOf } from './unit-price.ts';
import type { Spend } from './use-spend.ts';

const text = en.bill;
const columns = 4;

export interface LinesPanelProps {
  readonly bill: BillView;
  /** What stands behind the lines. */
  readonly behind?: Behind | null;
  readonly empty?: string;
}

/** The charges of a line are counted, the last are shown, and all are listed below on demand. */
export interface Behind {
  /** Null for the bill of an earlier period, whose charges nobody has counted. */
  readonly spend: Spend | null;
  readonly charges: readonly ChargeView[];
  readonly onFollow: (line: ShownLine) => void;
}

export function LinesPanel({ bill, behind = null, empty = text.linesEmpty }: LinesPanelProps) {
  const lines = shownLines(bill);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (key: string) =>
    setOpen((before) => (before.has(key) ? new Set([...before].filter((k) => k !== key)) : new Set([...before, key])));
  return (
    <Panel title={text.lines} className="lines-panel">
      {lines.length === 0 ? (
        <Empty>{empty}</Empty>
      ) : (
        <table className="lines">
          <thead>
            <tr>
              <th scope="col">{text.label}</th>
              <th scope="col" className="number">
                {text.quantity}
              </th>
              <th scope="col" className="number unit-price">
                {text.unitPrice}
              </th>
              <th scope="col" className="number">
                {text.amount}
              </th>
            </tr>
          </thead>
          {lines.map((line) => (
            <tbody key={line.key}>
              <Line line={line} bill={bill} open={open.has(line.key)} onToggle={() => toggle(line.key)} />
              {open.has(line.key) && (
                <tr className="reasons">
                  <td colSpan={columns} id={whyId(line)}>
                    <LineReasons line={line} bill={bill} behind={behind} />
                  </td>
                </tr>
              )}
            </tbody>
          ))}
          <tfoot>
            <tr>
              <th scope="row" colSpan={columns - 1}>
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

interface LineProps {
  readonly line: ShownLine;
  readonly bill: BillView;
  readonly open: boolean;
  readonly onToggle: () => void;
}

function Line({ line, bill, open, onToggle }: LineProps) {
  const origin = originOf(line);
  return (
    <tr>
      <th scope="row">
        {line.label}
        {line.corrects !== undefined && <span className="badge badge-correction">{en.raw.kinds.correction}</span>}
        <span className="line-foot">
          {origin !== '' && <span className="line-plan">{origin}</span>}
          <button
            type="button"
            className="why"
            aria-expanded={open}
            aria-controls={open ? whyId(line) : undefined}
            aria-label={text.whyOf(line.label)}
            onClick={onToggle}
          >
            {text.why}
          </button>
        </span>
      </th>
      <td className="number" title={line.baseQuantity === '' ? undefined : text.baseQuantity(line.baseQuantity)}>
        {line.unit !== '' && (
          <Marked value={line.quantity}>{breakable(formatQuantity(line.quantity, line.unit))}</Marked>
        )}
      </td>
      <td className="number unit-price">
        <UnitPriceText line={line} currency={bill.currency} />
      </td>
      <td className="number">
        <Amount amount={line.amount} currency={bill.currency} />
      </td>
    </tr>
  );
}

function UnitPriceText({ line, currency }: { readonly line: ShownLine; readonly currency: string }) {
  if (line.unit === '') return null;
  const price = unitPriceOf(line.quantity, line.exactAmount);
  if (price === null) return null;
  const each = text.perUnit(formatMoney(price.price, currency), unitOne(line.unit));
  const shown = price.exact ? each : text.average(each);
  // Right-aligned, so a text of another length begins elsewhere: it is another one, not one that moved.
  return (
    <span key={shown} title={price.exact ? undefined : text.averageWhy}>
      {shown}
    </span>
  );
}

/** A number that grows too long for its column leaves its unit to the next line. */
function breakable(quantity: string): string {
  return quantity.replace('\u00a0', ' ');
}

/** The plan, or, of what came priced, whose service it was and for whom. */
export function originOf({ plan, vendor = '', attribution = '' }: ShownLine): string {
  return [plan, vendor, attribution].filter((part) => part !== '').join(' · ');
}

/** An id has no spaces. */
function whyId({ key }: ShownLine): string {
  return `why-${key.replaceAll(/\s/g, '_')}`;
}

/** The rows of the bill as shown: the server's lines, and a row for what they leave open, so that they always add up. */
import type { BillLineView, BillView } from '../../daemon/contract.ts';
import { compare, decimalsOf, difference, negated, shiftedLeft, sumOf } from '../decimal.ts';
import { en } from '../messages.en.ts';

export interface ShownLine extends BillLineView {
  readonly key: string;
}

/** The daemon makes lines and total agree; the extra row is for the day it does not, and hides nothing. */
export function shownLines({ lines, total }: Pick<BillView, 'lines' | 'total'>): readonly ShownLine[] {
  const shown = lines.map((line, index) => ({ ...line, key: `${line.plan} ${line.label} ${line.unit} ${index}` }));
  const open = difference(total, sumOf(lines.map((line) => line.amount)));
  if (compare(open, '0') === 0) return shown;
  const label = isCents(open, total, lines.length) ? en.bill.rounding : en.bill.notItemised;
  return [
    ...shown,
    { key: 'open', label, plan: '', quantity: '', baseQuantity: '', unit: '', amount: open, exactAmount: open },
  ];
}

/** At most one of the total's last digits per line is what rounding may leave. */
function isCents(open: string, total: string, lines: number): boolean {
  const decimals = Math.max(decimalsOf(open), total.split('.')[1]?.length ?? 0);
  const most = shiftedLeft(String(lines), decimals);
  return compare(open, most) <= 0 && compare(open, negated(most)) >= 0;
}

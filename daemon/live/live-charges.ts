/** Posted charges as a live message tells them: the Fig-11 fields, and total and balance as they ran. Pure. */
import { addDecimal, billPeriodAt, negatedDecimal, roundToMinor } from '../../rating/index.ts';
import { balanceOf, unitsOf } from '../bills/bill-view.ts';
import type { BillView, LiveCharge } from '../contract.ts';
import type { RatedAccount } from '../partitions/rated-account.ts';
import type { ChargeRow } from '../store/store.ts';

export interface RunOf {
  /** The bill after the last of the charges. */
  readonly bill: Pick<BillView, 'lines'>;
  readonly paid: string;
  readonly nowMs: number;
}

/** Totals run back from the bill's, so that each is its predecessor plus its charge. */
export function liveCharges(
  { account, terms, state }: RatedAccount,
  rows: readonly ChargeRow[],
  { bill, paid, nowMs }: RunOf,
): LiveCharge[] {
  if (rows.length === 0) return [];
  const period = billPeriodAt(terms.zone, terms.cycleDay, nowMs);
  let total = bill.lines.reduce((sum, line) => addDecimal(sum, line.exactAmount), '0');
  let balance = balanceOf(paid, state, account.currency);
  const charges: LiveCharge[] = [];
  for (const row of rows.toReversed()) {
    charges.push({
      seq: row.seq,
      at: new Date(row.atMs).toISOString(),
      usage: {
        description: row.line.label,
        additional: row.detail?.additional ?? '',
        units: unitsOf(row),
        unit: row.line.unit,
        vendor: row.detail?.vendor ?? '',
        attribution: row.detail?.attribution ?? '',
      },
      charge: row.amount,
      currency: account.currency,
      total: roundToMinor(total, account.currency),
      balance: roundToMinor(balance, account.currency),
    });
    balance = addDecimal(balance, row.amount);
    if (row.periodFromMs === period.fromMs) total = addDecimal(total, negatedDecimal(row.amount));
  }
  return charges.reverse();
}

/**
 * Posted charges as a live message tells them: the Fig-11 fields, and total and balance as they ran. Pure. As objects for
 * a snapshot, and as JSON of the very same form for the messages that follow it.
 */
import { AmountSum, type BillPeriod, minorDigits, negatedDecimal } from '../../rating/index.ts';
import { exactBalance, unitsOf } from '../bills/bill-view.ts';
import type { LiveCharge } from '../contract.ts';
import type { RatedAccount } from '../partitions/rated-account.ts';
import type { ChargeRow } from '../store/store.ts';
import { isoTime } from './iso-time.ts';

export interface RunOf {
  readonly paid: string;
  readonly period: BillPeriod;
}

export function liveCharges(rated: RatedAccount, rows: readonly ChargeRow[], run: RunOf): LiveCharge[] {
  const { currency } = rated.account;
  return backwards(rated, rows, run, ({ seq, atMs, line, detail, amount, ...row }, total, balance) => ({
    seq,
    at: isoTime(atMs),
    usage: {
      description: line.label,
      additional: detail?.additional ?? '',
      units: unitsOf({ line, baseQuantity: row.baseQuantity }),
      unit: line.unit,
      vendor: detail?.vendor ?? '',
      attribution: detail?.attribution ?? '',
    },
    charge: amount,
    currency,
    total,
    balance,
  })).reverse();
}

/** The JSON of `liveCharges`. */
export function liveChargesText(rated: RatedAccount, rows: readonly ChargeRow[], run: RunOf): string {
  const currency = JSON.stringify(rated.account.currency);
  let list = '';
  backwards(rated, rows, run, (row, total, balance) => {
    const { seq, atMs, line, detail, amount } = row;
    const names = `"description":${JSON.stringify(line.label)},"additional":${quoted(detail?.additional)}`;
    const use = `${names},"units":"${unitsOf(row)}","unit":${JSON.stringify(line.unit)}`;
    const usage = `${use},"vendor":${quoted(detail?.vendor)},"attribution":${quoted(detail?.attribution)}`;
    const sums = `"charge":"${amount}","currency":${currency},"total":"${total}","balance":"${balance}"`;
    const text = `{"seq":${seq},"at":"${isoTime(atMs)}","usage":{${usage}},${sums}}`;
    list = list === '' ? text : `${text},${list}`;
  });
  return `[${list}]`;
}

/** The newest first: totals run back from what they are now, so that each is its predecessor plus its charge. */
function backwards<T>(
  { account, state }: RatedAccount,
  rows: readonly ChargeRow[],
  { paid, period }: RunOf,
  told: (row: ChargeRow, total: string, balance: string) => T,
): T[] {
  if (rows.length === 0) return [];
  const digits = minorDigits(account.currency);
  const total = new AmountSum();
  for (const { fromMs, lines } of state.bills) {
    if (fromMs === period.fromMs) for (const line of lines) total.add(line.amount, line.scale);
  }
  const balance = exactBalance(paid, state);
  const list: T[] = [];
  for (let n = rows.length - 1; n >= 0; n--) {
    const row = rows[n]!;
    list.push(told(row, total.rounded(digits), balance.rounded(digits)));
    if (n === 0) break;
    balance.addDecimal(row.amount);
    if (row.periodFromMs === period.fromMs) total.addDecimal(negatedDecimal(row.amount));
  }
  return list;
}

/** Most charges have no such name. */
function quoted(text = ''): string {
  return text === '' ? '""' : JSON.stringify(text);
}

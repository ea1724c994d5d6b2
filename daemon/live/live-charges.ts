/**
 * Posted charges as a live message tells them: the Fig-11 fields, and total and balance as they ran. Pure. As objects for
 * a snapshot, and as JSON of the very same form for the messages that follow it.
 */
import { AmountSum, addShown, type BillPeriod, minorDigits } from '../../rating/index.ts';
import { balanceSum, unitsOf } from '../bills/bill-view.ts';
import type { LiveCharge } from '../contract.ts';
import type { PostedCharge } from '../partitions/partition.ts';
import type { RatedAccount } from '../partitions/rated-account.ts';
import { isoTime } from './iso-time.ts';
import { type JsonOctets, octetsOf } from './json-octets.ts';

export interface RunOf {
  readonly paid: string;
  readonly period: BillPeriod;
}

export function liveCharges(rated: RatedAccount, rows: readonly PostedCharge[], run: RunOf): LiveCharge[] {
  const { currency } = rated.account;
  const list: LiveCharge[] = [];
  forEachRun(rated, rows, run, ({ seq, atMs, line, detail, amount, ...row }, total, balance) => {
    list.push({
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
    });
  });
  return list;
}

const part = {
  seq: octetsOf('{"seq":'),
  at: octetsOf(',"at":"'),
  description: octetsOf('","usage":{"description":'),
  additional: octetsOf(',"additional":'),
  units: octetsOf(',"units":"'),
  unit: octetsOf('","unit":'),
  vendor: octetsOf(',"vendor":'),
  attribution: octetsOf(',"attribution":'),
  noneOfThem: octetsOf(',"vendor":"","attribution":""'),
  charge: octetsOf('},"charge":"'),
  currency: octetsOf('","currency":'),
  total: octetsOf(',"total":"'),
  balance: octetsOf('","balance":"'),
};

/** The JSON of `liveCharges`. */
export function writeLiveCharges(
  json: JsonOctets,
  rated: RatedAccount,
  rows: readonly PostedCharge[],
  run: RunOf,
): void {
  const { currency } = rated.account;
  json.write('[');
  let isFirst = true;
  forEachRun(rated, rows, run, (row, total, balance) => {
    const { seq, atMs, line, detail, amount } = row;
    if (!isFirst) json.write(',');
    isFirst = false;
    json.add(part.seq, String(seq));
    json.add(part.at, isoTime(atMs));
    json.put(part.description);
    json.quote(line.label);
    json.put(part.additional);
    json.quote(detail?.additional ?? '');
    json.add(part.units, unitsOf(row));
    json.put(part.unit);
    json.quote(line.unit);
    if (detail === null) json.put(part.noneOfThem);
    else {
      json.put(part.vendor);
      json.quote(detail.vendor);
      json.put(part.attribution);
      json.quote(detail.attribution);
    }
    json.add(part.charge, amount);
    json.put(part.currency);
    json.quote(currency);
    json.add(part.total, total);
    json.add(part.balance, balance);
    json.write('"}');
  });
  json.write(']');
}

/** The oldest first, with totals such that the last ones are what they are now. */
function forEachRun(
  { account, state }: RatedAccount,
  rows: readonly PostedCharge[],
  { paid, period }: RunOf,
  tell: (row: PostedCharge, total: string, balance: string) => void,
): void {
  if (rows.length === 0) return;
  const digits = minorDigits(account.currency);
  const total = new AmountSum();
  for (const { fromMs, lines } of state.bills) {
    if (fromMs === period.fromMs) addShown(total, lines, digits);
  }
  const balance = balanceSum(paid, state, digits);
  const isShown = ({ periodFromMs }: PostedCharge) => periodFromMs === period.fromMs;
  // Back to what they were before the first.
  for (const row of rows) {
    balance.addDecimal(row.amount);
    if (isShown(row)) total.addDecimal(row.amount, -1);
  }
  for (const row of rows) {
    balance.addDecimal(row.amount, -1);
    if (isShown(row)) total.addDecimal(row.amount);
    tell(row, total.rounded(digits), balance.rounded(digits));
  }
}

/**
 * What has been charged per attribution and per vendor: begun by what a bill says of its period, then each charge is
 * added exactly. Charges of different currencies are never added together. Pure; live.ts says which charges are new.
 */
import type { BillView, LiveCharge, NamedAmount } from '../daemon/contract.ts';
import { sumOf } from './decimal.ts';

/** Names are the senders' to choose: what comes after so many goes into one row per currency. */
export const namesMax = 500;

export interface RunningTotal {
  /** '' is none; null is everything beyond `namesMax`. */
  readonly name: string | null;
  readonly currency: string;
  readonly amount: string;
}

/** By name and currency. */
export type TotalsByName = ReadonlyMap<string, RunningTotal>;

export interface RunningTotals {
  /** All of the period is in it; otherwise only what this page has seen. */
  readonly whole: boolean;
  readonly attributions: TotalsByName;
  readonly vendors: TotalsByName;
}

export const emptyTotals: RunningTotals = { whole: false, attributions: new Map(), vendors: new Map() };

/** A bill that names no totals is carried on from where we are, if nothing was missed; before any charge all is known. */
export function totalsAfterBill(
  totals: RunningTotals,
  { had, bill }: { readonly had: BillView | null; readonly bill: BillView },
): RunningTotals {
  if (bill.totals !== undefined) {
    const { attributions, vendors } = bill.totals;
    return { whole: true, attributions: begun(attributions, bill), vendors: begun(vendors, bill) };
  }
  if (had !== null && had.seq === bill.seq && had.period.from === bill.period.from) return totals;
  return { ...emptyTotals, whole: bill.seq === 0 };
}

export function withCharges(totals: RunningTotals, charges: readonly LiveCharge[]): RunningTotals {
  if (charges.length === 0) return totals;
  const attributions = new Map(totals.attributions);
  const vendors = new Map(totals.vendors);
  for (const { usage, charge, currency } of charges) {
    add(attributions, { name: usage.attribution, currency, amount: charge });
    add(vendors, { name: usage.vendor, currency, amount: charge });
  }
  return { whole: totals.whole, attributions, vendors };
}

function begun(amounts: readonly NamedAmount[], { currency }: BillView): TotalsByName {
  const totals = new Map<string, RunningTotal>();
  for (const { name, amount } of amounts) add(totals, { name, currency, amount });
  return totals;
}

function add(totals: Map<string, RunningTotal>, more: RunningTotal): void {
  const fits = totals.has(keyOf(more)) || totals.size < namesMax;
  const row = fits ? more : { ...more, name: null };
  const key = keyOf(row);
  totals.set(key, { ...row, amount: sumOf([totals.get(key)?.amount ?? '0', row.amount]) });
}

function keyOf({ name, currency }: RunningTotal): string {
  return name === null ? currency : `${currency} ${name}`;
}

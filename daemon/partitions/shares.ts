/**
 * What an account's charges of a bill period came to by vendor and by attribution, for charge-back (REQUIREMENTS I13):
 * running sums beside the account's state, of charges whose use said so. Pure, and bounded: periods beyond the last few
 * are let go, and names beyond a number are summed under one.
 */
import { addDecimal } from '../../rating/index.ts';
import type { NamedAmount } from '../contract.ts';
import type { ChargeDetail } from '../store/store.ts';

/** Decimal amounts by name. */
type Sums = Record<string, string>;

interface PeriodShares {
  readonly fromMs: number;
  readonly vendors: Sums;
  readonly attributions: Sums;
}

/** In order of time. */
export type Shares = PeriodShares[];

const periodsKept = 4;
const namesMax = 500;
/** Takes what no name is left for. */
export const otherNames = '(others)';

export function decodeShares(text: string | null): Shares {
  return text === null ? [] : (JSON.parse(text) as Shares);
}

/** Null where there is nothing to keep. */
export function encodeShares(shares: Shares): string | null {
  return shares.length === 0 ? null : JSON.stringify(shares);
}

/** Adds a posted amount; a charge without vendor and attribution changes nothing. */
export function addShare(shares: Shares, periodFromMs: number, detail: ChargeDetail, amount: string): void {
  if (detail.vendor === '' && detail.attribution === '') return;
  let period = shares.find(({ fromMs }) => fromMs === periodFromMs);
  if (!period) {
    period = { fromMs: periodFromMs, vendors: {}, attributions: {} };
    shares.push(period);
    shares.sort((a, b) => a.fromMs - b.fromMs);
    shares.splice(0, shares.length - periodsKept);
  }
  if (detail.vendor !== '') addTo(period.vendors, detail.vendor, amount);
  if (detail.attribution !== '') addTo(period.attributions, detail.attribution, amount);
}

/** Names and sums of one period, in order of name; empty where nothing named any. */
export function sharesOf(
  shares: Shares,
  periodFromMs: number,
): { vendors: NamedAmount[]; attributions: NamedAmount[] } {
  const period = shares.find(({ fromMs }) => fromMs === periodFromMs);
  return { vendors: inOrder(period?.vendors ?? {}), attributions: inOrder(period?.attributions ?? {}) };
}

function addTo(sums: Sums, name: string, amount: string): void {
  const known = Object.hasOwn(sums, name) || Object.keys(sums).length < namesMax;
  const key = known ? name : otherNames;
  const before = Object.hasOwn(sums, key) ? sums[key]! : '0';
  // Defined, not assigned: a vendor may call itself __proto__.
  Object.defineProperty(sums, key, {
    value: addDecimal(before, amount),
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function inOrder(sums: Sums): NamedAmount[] {
  return Object.entries(sums)
    .map(([name, amount]) => ({ name, amount }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

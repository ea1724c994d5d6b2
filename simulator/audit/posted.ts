/**
 * The charges that the daemon has stored of an account, one by one, and what they add up to: each line, its rounding at the
 * bill's closing, and the whole bill. A bill's lines are sums that the daemon keeps beside them, so both are looked at.
 */
import { formatDecimal, parseDecimal } from '../auditor.ts';
import type { Api } from './api.ts';

/** The parts of the daemon's answer that are looked at. */
interface ChargesAnswer {
  readonly items: readonly {
    readonly label: string;
    readonly kind: string;
    readonly amount: string;
    readonly period: { readonly from: string };
  }[];
  readonly next: string | null;
}

export interface PostedCharges {
  readonly count: number;
  /** Exact decimals by bill and line; bills by the local month in which their period begins. */
  readonly figures: ReadonlyMap<string, string>;
  /** Bills that were closed with a rounding. */
  readonly rounded: ReadonlySet<string>;
}

const pageSize = 200;
/** Decimals that an amount may have at most. */
const scale = 12;

/** Reads them all, page by page; `onPage` is told how many were in each. */
export async function postedCharges(
  api: Api,
  path: string,
  onPage: (charges: number) => void = () => {},
): Promise<PostedCharges> {
  const sums = new Map<string, bigint>();
  const rounded = new Set<string>();
  const add = (name: string, amount: bigint) => sums.set(name, (sums.get(name) ?? 0n) + amount);
  let count = 0;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: ChargesAnswer = await api.get(`${path}/charges?limit=${pageSize}${from}`);
    for (const { label, kind, amount, period } of page.items) {
      const bill = period.from.slice(0, 7);
      const exact = parseDecimal(amount, scale);
      if (kind === 'rounding') rounded.add(bill);
      add(kind === 'rounding' ? roundingName(bill, label) : chargesName(bill, label), exact);
      add(allChargesName(bill), exact);
    }
    count += page.items.length;
    onPage(page.items.length);
    cursor = page.next;
  }
  return { count, rounded, figures: new Map([...sums].map(([name, sum]) => [name, formatDecimal(sum, scale)])) };
}

export function chargesName(bill: string, label: string): string {
  return `${bill} ${label}: charges`;
}

export function roundingName(bill: string, label: string): string {
  return `${bill} ${label}: rounding`;
}

export function allChargesName(bill: string): string {
  return `${bill} charges`;
}

/**
 * The auditor's second half: what use costs, by formulas of its own over exact fractions.
 *
 * Let Q be what was used so far in a calendar month. The price of a month's use is a function f of such totals:
 *
 * - *hourly*: f(Q) = 1.20·Q, Q in hours;
 * - *graduated*: with D = max(0, Q − 5) in GB beyond the free ones,
 *   f = 0.80·min(D, 20) + 0.40·min(max(D − 20, 0), 80) + 0.10·max(D − 100, 0) + 1.50 if D > 20;
 * - *Fig 6B*: the first 100 hours of the month, in the order of recording, are free whatever the time of day. Of the hours
 *   beyond, P were between 19:00 and 24:00 and O were not: 1·P on one line, 0.50·min(O, 100) + 0.25·max(O − 100, 0) on
 *   another;
 * - *flat*: use costs nothing.
 *
 * What is posted for a part of use is R(f after it) − R(f before it), with R rounding half away from zero to six decimals,
 * so that a month's postings add up to R(f) however its use came in pieces (DESIGN §3.2). A posting stands on the bill that
 * holds the part. Where bills are calendar months, a line is therefore R(f(Q)) and nothing more; where a bill begins in the
 * middle of a month it has a share of two. A line is shown in cents, half away from zero, and the bill's total is the sum of
 * what is shown.
 */
import type { PlanName } from '../population/plans.ts';
import { type Fraction, flatCharge, graduatedCharge, roundedHalfAway } from '../tariff.ts';
import type { Part } from './parts.ts';

export interface Line {
  /** Millionths of the currency. */
  amount: bigint;
  /** Base units: seconds or octets. */
  quantity: bigint;
}

/** Lines by label, by bill (the local month in which its period begins). */
export type Bills = Map<string, Map<string, Line>>;

export const postedScale = 6;
export const minorScale = 2;

const hour = 3_600n;
const gigabyte = 1_000_000_000n;
const freeSeconds = 100n * hour;
const freeOctets = 5n * gigabyte;
const dataSteps = [
  { upTo: '20', multiplier: '0.80' },
  { upTo: '100', multiplier: '0.40', constant: '1.50' },
  { multiplier: '0.10' },
];
const offPeakSteps = [{ upTo: '100', multiplier: '0.50' }, { multiplier: '0.25' }];

/** What one month's use came to so far: the quantity charged and f, by label. */
interface Charged {
  readonly label: string;
  readonly quantity: bigint;
  readonly price: Fraction;
}

/** Totals of a month, and what they cost. */
interface Month {
  add(part: Part): void;
  charged(): readonly Charged[];
}

const months: Readonly<Record<PlanName, () => Month>> = {
  flat: () => ({ add: () => {}, charged: () => [] }),
  hourly: () => {
    let used = 0n;
    return {
      add: ({ seconds }) => {
        used += seconds;
      },
      charged: () => [{ label: 'Hours online', quantity: used, price: flatCharge(used, '1.20', hour) }],
    };
  },
  graduated: () => {
    let used = 0n;
    return {
      add: ({ octets }) => {
        used += octets;
      },
      charged: () => {
        const beyond = used > freeOctets ? used - freeOctets : 0n;
        return [{ label: 'Data', quantity: beyond, price: graduatedCharge(beyond, dataSteps, gigabyte) }];
      },
    };
  },
  'fig-6b': () => {
    let [used, peak, offPeak] = [0n, 0n, 0n];
    return {
      add: ({ seconds, isEvening }) => {
        const freeBefore = used < freeSeconds ? freeSeconds - used : 0n;
        const beyond = seconds > freeBefore ? seconds - freeBefore : 0n;
        used += seconds;
        if (isEvening) peak += beyond;
        else offPeak += beyond;
      },
      charged: () => [
        { label: 'On-peak hours', quantity: peak, price: flatCharge(peak, '1', hour) },
        { label: 'Off-peak hours', quantity: offPeak, price: graduatedCharge(offPeak, offPeakSteps, hour) },
      ],
    };
  },
};

/** The lines of use on each bill, from the parts in the order of recording. */
export function usageBills(plan: PlanName, parts: Iterable<Part>): Bills {
  const bills: Bills = new Map();
  const totals = new Map<string, Month>();
  const posted = new Map<string, Line>();
  for (const part of parts) {
    const month = totals.get(part.month) ?? months[plan]();
    totals.set(part.month, month);
    month.add(part);
    for (const { label, quantity, price } of month.charged()) {
      const key = `${part.month} ${label}`;
      const before = posted.get(key) ?? { amount: 0n, quantity: 0n };
      const after = { amount: roundedHalfAway(price, postedScale), quantity };
      posted.set(key, after);
      post(bills, part.bill, label, after.amount - before.amount, after.quantity - before.quantity);
    }
  }
  return bills;
}

/** Adds to a line of a bill; a line without amount and quantity is none. */
export function post(bills: Bills, bill: string, label: string, amount: bigint, quantity: bigint): void {
  if (amount === 0n && quantity === 0n) return;
  const lines = bills.get(bill) ?? new Map<string, Line>();
  bills.set(bill, lines);
  const line = lines.get(label) ?? { amount: 0n, quantity: 0n };
  lines.set(label, { amount: line.amount + amount, quantity: line.quantity + quantity });
}

/** Periods in an account's zone: days, weeks, months, billing cycles and the life of the account (DESIGN §3.3, §3.8). */

import { type Zone, zoneNamed } from './zone.ts';

/** A week begins on Monday (`week`) or on another day, 1 = Tuesday … 6 = Sunday. */
export type PeriodKind = 'day' | 'week' | `week-${1 | 2 | 3 | 4 | 5 | 6}` | 'month' | 'cycle' | 'life';

/** Half-open: fromMs ≤ t < toMs, UTC epoch ms. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The one period of kind `life`: all the time a date can hold. */
export const LIFE: Span = { fromMs: -8.64e15, toMs: 8.64e15 };

/** The period of that kind that holds an instant. `cycleDay` 1…31 is clamped to the month's last day. */
export function periodAt(kind: PeriodKind, zone: Zone, cycleDay: number, atMs: number): Span {
  if (kind === 'life') return LIFE;
  if (kind === 'month') return cycleAt(zone, 1, atMs);
  if (kind === 'cycle') return cycleAt(zone, cycleDay, atMs);
  const day = zone.dayAt(atMs);
  // 1970-01-01 was a Thursday: days since Monday, or since the day the week begins with.
  const begins = kind === 'week' || kind === 'day' ? 0 : Number(kind.slice(5));
  const first = kind === 'day' ? day : day - ((((day + 3 - begins) % 7) + 7) % 7);
  return { fromMs: zone.midnight(first), toMs: zone.midnight(first + (kind === 'day' ? 1 : 7)) };
}

function cycleAt(zone: Zone, cycleDay: number, atMs: number): Span {
  const day = zone.dayAt(atMs);
  const { year, month } = civilOf(day);
  let months = year * 12 + month - 1;
  if (day < anchorOf(months, cycleDay)) months--;
  return { fromMs: zone.midnight(anchorOf(months, cycleDay)), toMs: zone.midnight(anchorOf(months + 1, cycleDay)) };
}

/** Day number on which the cycle of a month (counted year × 12 + month − 1) begins. */
function anchorOf(months: number, cycleDay: number): number {
  const first = dayOf(Math.floor(months / 12), (months % 12) + 1, 1);
  if (cycleDay === 1) return first;
  const next = dayOf(Math.floor((months + 1) / 12), ((months + 1) % 12) + 1, 1);
  return first + Math.min(cycleDay, next - first) - 1;
}

/**
 * The bill period that holds an instant: from the cycle day to the next, months clamped (anchor 31: 31 Jan → 28 Feb →
 * 31 Mar). `from` and `to` (exclusive) are local dates YYYY-MM-DD.
 * @throws RangeError for an unknown zone
 */
export function billPeriodAt(zone: string, cycleDay: number, atMs: number): BillPeriod {
  const table = zoneNamed(zone);
  const known = lastPeriods.get(table)?.[cycleDay];
  if (known !== undefined && atMs >= known.fromMs && atMs < known.toMs) return known;
  const { fromMs, toMs } = cycleAt(table, cycleDay, atMs);
  const period = { fromMs, toMs, from: localDate(table, fromMs), to: localDate(table, toMs) };
  const ofZone = lastPeriods.get(table) ?? [];
  ofZone[cycleDay] = period;
  lastPeriods.set(table, ofZone);
  return period;
}

export interface BillPeriod extends Span {
  readonly from: string;
  readonly to: string;
}

/** By zone and cycle day, the one last asked for: a live bill asks for the same a thousand times a minute. */
const lastPeriods = new Map<Zone, BillPeriod[]>();

/** The next local month start or cycle start after an instant: when `rateTick` has something new to post. */
export function nextTickAfter(terms: { readonly zone: string; readonly cycleDay: number }, atMs: number): number {
  const zone = zoneNamed(terms.zone);
  return Math.min(cycleAt(zone, 1, atMs).toMs, cycleAt(zone, terms.cycleDay, atMs).toMs);
}

/** Local date of an instant, YYYY-MM-DD. */
export function localDate(zone: Zone, atMs: number): string {
  const { year, month, day } = civilOf(zone.dayAt(atMs));
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** Number of a proleptic Gregorian date, 1970-01-01 = 0 (the integer algorithm of the C++ chrono calendar). */
export function dayOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** Date of a day number; the inverse of `dayOf`. */
export function civilOf(dayNumber: number): { year: number; month: number; day: number } {
  const z = dayNumber + 719468;
  const era = Math.floor(z / 146097);
  const doe = z - era * 146097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36524) - Math.floor(doe / 146096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return { year: yoe + era * 400 + (month <= 2 ? 1 : 0), month, day: doy - Math.floor((153 * mp + 2) / 5) + 1 };
}

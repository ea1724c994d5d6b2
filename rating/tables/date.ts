/** Dates in tables: local days, numbered from 1970-01-01 = 0. */

import { civilOf, dayOf } from '../period.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Number of a day YYYY-MM-DD from 1900 to 2200, or null if there is no such day. */
export function parseDay(text: string): number | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1) return null;
  const number = dayOf(year, month, day);
  const back = civilOf(number);
  return back.month === month && back.day === day ? number : null;
}

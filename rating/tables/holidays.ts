/** Lists of special days: dates, or days of every year. */

import { civilOf } from '../period.ts';
import { columnsOf, readCsv, reading, TableError, type TableResult } from './csv.ts';
import { parseDay } from './date.ts';

export interface SpecialDays {
  /** Days, 1970-01-01 = 0. */
  readonly days: ReadonlySet<number>;
  /** `MM-DD` of every year; `02-29` only where there is one. */
  readonly yearly: ReadonlySet<string>;
}

const YEARLY = /^--(\d{2}-\d{2})$/;

/** Days such as 2026-04-06 and --12-25, or the first that is neither. */
export function specialDays(list: readonly string[]): SpecialDays | { readonly wrong: string } {
  const days = new Set<number>();
  const yearly = new Set<string>();
  for (const text of list) {
    const match = YEARLY.exec(text);
    // A leap year has every day of a year.
    const day = parseDay(match ? `2000-${match[1]}` : text);
    if (day === null) return { wrong: text };
    if (match) yearly.add(match[1]!);
    else days.add(day);
  }
  return { days, yearly };
}

/** Whether a local day is one of them. */
export function isSpecial({ days, yearly }: SpecialDays, day: number): boolean {
  if (days.has(day)) return true;
  if (yearly.size === 0) return false;
  const { month, day: ofMonth } = civilOf(day);
  return yearly.has(`${String(month).padStart(2, '0')}-${String(ofMonth).padStart(2, '0')}`);
}

/** Reads `date[,name]`, one day a line. */
export function readHolidays(text: string): TableResult<SpecialDays> {
  return reading(() => {
    const list: string[] = [];
    const header = readCsv(text, ({ line, fields }, names) => {
      const { date } = columnsOf(names, ['date'], ['name']);
      const value = (fields[date] ?? '').trim();
      if ('wrong' in specialDays([value]))
        throw new TableError(line, 'date', `"${value}" is no date such as 2026-12-25 or --12-25`);
      list.push(value);
    });
    columnsOf(header, ['date'], ['name']);
    return specialDays(list) as SpecialDays;
  });
}

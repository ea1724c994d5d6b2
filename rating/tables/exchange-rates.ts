/**
 * Currency rates by date, in the form the European Central Bank publishes: `Date,USD,JPY,…`, each the price of one euro
 * (eurofxref-hist.csv), rows in either order. A rate holds from its day until the next one of its currency.
 */

import type { FromDay } from '../facts.ts';
import { civilOf } from '../period.ts';
import { parseDecimal } from '../property.ts';
import { readCsv, reading, TableError, type TableResult } from './csv.ts';
import { parseDay } from './date.ts';

interface DatedRate extends FromDay {
  /** Units of the currency for one of the base; null where it was not quoted. */
  readonly rate: string | null;
}

export interface ExchangeRates {
  readonly base: string;
  /** By currency, in order of time. */
  readonly rates: ReadonlyMap<string, readonly DatedRate[]>;
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** The daily file writes its date as `2 January 2026`, the history as 2026-01-02. */
function dayOfText(text: string): number | null {
  const long = /^(\d{1,2}) ([A-Z][a-z]+) (\d{4})$/.exec(text);
  if (!long) return parseDay(text);
  const month = MONTHS.indexOf(long[2]!) + 1;
  return parseDay(`${long[3]}-${String(month).padStart(2, '0')}-${long[1]!.padStart(2, '0')}`);
}

/** Reads the ECB's CSV; `base` is the currency the file is about. */
export function readExchangeRates(text: string, base = 'EUR'): TableResult<ExchangeRates> {
  return reading(() => {
    const rates = new Map<string, DatedRate[]>();
    const check = (header: readonly string[]) => {
      if (header[0] !== 'Date') throw new TableError(1, header[0], 'expected the first column to be Date');
      for (const [i, name] of header.entries()) {
        if (i === 0 || name === '') continue;
        if (!/^[A-Z]{3}$/.test(name)) throw new TableError(1, name, 'expected the code of a currency');
        if (header.indexOf(name) !== i) throw new TableError(1, name, 'the currency is there twice');
      }
    };
    const header = readCsv(text, ({ line, fields }, names) => {
      if (rates.size === 0) check(names);
      const fromDay = dayOfText(fields[0]!.trim());
      if (fromDay === null) throw new TableError(line, 'Date', `"${fields[0]}" is no date such as 2026-01-31`);
      for (const [i, name] of names.entries()) {
        if (i === 0 || name === '') continue;
        const value = (fields[i] ?? '').trim();
        const rate = value === '' || value === 'N/A' ? null : parseDecimal(value);
        if (rate === null && value !== '' && value !== 'N/A')
          throw new TableError(line, name, `"${value}" is no rate such as 1.0825`);
        if (rate !== null && (rate.startsWith('-') || rate === '0'))
          throw new TableError(line, name, 'a rate must be above 0');
        const list = rates.get(name) ?? [];
        list.push({ fromDay, rate });
        rates.set(name, list);
      }
    });
    check(header);
    for (const [name, list] of rates) {
      list.sort((a, b) => a.fromDay - b.fromDay);
      const twice = list.find((entry, i) => i > 0 && entry.fromDay === list[i - 1]!.fromDay);
      if (twice) {
        const { year, month, day } = civilOf(twice.fromDay);
        throw new TableError(1, name, `two rates of ${year}-${month}-${day}`);
      }
    }
    return { base, rates };
  });
}

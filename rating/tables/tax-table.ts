/**
 * Taxes by place (REQUIREMENTS P58). A place is written from the large to the small, `US/CA/Alameda`; a row holds for
 * its place and every place in it.
 */

import { FIRST_DAY } from '../facts.ts';
import { parseRate } from '../property.ts';
import { columnsOf, readCsv, reading, TableError, type TableResult } from './csv.ts';
import { parseDay } from './date.ts';

export const JURISDICTIONS = ['state', 'county', 'local'] as const;
export type Jurisdiction = (typeof JURISDICTIONS)[number];

/** Taxes that may apply at one place. */
export const TAXES_AT_PLACE_MAX = 8;

export interface Tax {
  readonly jurisdiction: Jurisdiction;
  /** Names the bill line. */
  readonly name: string;
  /** Fraction, such as 0.0825. */
  readonly rate: string;
  /** Also on the taxes before it. */
  readonly compound: boolean;
}

export interface TaxRow extends Tax {
  readonly place: string;
  /** Local days; `toDay` exclusive. */
  readonly fromDay: number;
  readonly toDay: number;
}

export interface TaxTable {
  /** Rows by place. */
  readonly rows: ReadonlyMap<string, readonly TaxRow[]>;
}

/**
 * Reads `place,jurisdiction,name,rate[,compound][,from][,to]`; the rate is a fraction or ends in `%`; `from` and `to`
 * (exclusive) are dates. Later rows of the same place and name end the earlier ones.
 */
export function readTaxTable(text: string): TableResult<TaxTable> {
  return reading(() => {
    const rows = new Map<string, TaxRow[]>();
    let columns: ReturnType<typeof columns0> | null = null;
    const header = readCsv(text, ({ line, fields }, names) => {
      columns ??= columns0(names);
      const row = taxRow(line, fields, columns);
      const list = rows.get(row.place) ?? [];
      list.push(row);
      rows.set(row.place, list);
    });
    columns0(header);
    for (const [place, list] of rows) rows.set(place, endEarlier(list));
    return { rows };
  });
}

const columns0 = (header: readonly string[]) =>
  columnsOf(header, ['place', 'jurisdiction', 'name', 'rate'], ['compound', 'from', 'to']);

function taxRow(line: number, fields: readonly string[], columns: Record<string, number>): TaxRow {
  const field = (name: string) => (fields[columns[name]!] ?? '').trim();
  const fail = (name: string, message: string): never => {
    throw new TableError(line, name, message);
  };
  const [place, jurisdiction, name] = [field('place'), field('jurisdiction'), field('name')];
  if (place === '' || place.length > 200) fail('place', 'expected a place such as US/CA');
  if (!JURISDICTIONS.includes(jurisdiction as Jurisdiction))
    fail('jurisdiction', `expected ${JURISDICTIONS.join(', ')}`);
  if (name === '' || name.length > 64) fail('name', 'expected a name of at most 64 characters');
  const rate = parseRate(field('rate')) ?? fail('rate', `"${field('rate')}" is no rate such as 0.0825 or 8.25%`);
  const compound = field('compound');
  if (!['', 'true', 'false'].includes(compound)) fail('compound', 'expected true or false');
  const day = (column: string, open: number): number => {
    const value = field(column);
    return value === '' ? open : (parseDay(value) ?? fail(column, `"${value}" is no date such as 2026-01-31`));
  };
  const [fromDay, toDay] = [day('from', FIRST_DAY), day('to', Number.POSITIVE_INFINITY)];
  if (toDay <= fromDay) fail('to', 'expected a day after "from"');
  return {
    place,
    jurisdiction: jurisdiction as Jurisdiction,
    name,
    rate,
    compound: compound === 'true',
    fromDay,
    toDay,
  };
}

function endEarlier(rows: readonly TaxRow[]): TaxRow[] {
  return rows
    .map((row) => {
      const next = rows
        .filter((other) => other.name === row.name && other.fromDay > row.fromDay)
        .reduce((least, other) => Math.min(least, other.fromDay), row.toDay);
      return { ...row, toDay: Math.min(row.toDay, next) };
    })
    .sort((a, b) => JURISDICTIONS.indexOf(a.jurisdiction) - JURISDICTIONS.indexOf(b.jurisdiction));
}

/** All rows that ever hold at a place, larger places first; null for a place nothing is known of. */
export function taxRowsAt(table: TaxTable, place: string): readonly TaxRow[] | null {
  const parts = place.split('/');
  const found = parts.flatMap((_, i) => table.rows.get(parts.slice(0, i + 1).join('/')) ?? []);
  return found.length === 0 ? null : found;
}

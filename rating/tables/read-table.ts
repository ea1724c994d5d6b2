/** Adds an imported table to those that are there: the same for a file on the command line and for an import. */

import type { TableProblem, TableResult } from './csv.ts';
import { parseDay } from './date.ts';
import { withVersion } from './dated.ts';
import { readDialPlan } from './dial-plan.ts';
import { readExchangeRates } from './exchange-rates.ts';
import { readHolidays } from './holidays.ts';
import { type Locations, readLocations } from './locations.ts';
import type { RatingTables } from './tables.ts';
import { readTaxTable } from './tax-table.ts';

export const tableKinds = ['taxes', 'rates', 'dial-plans', 'locations', 'holidays'] as const;
export type TableKind = (typeof tableKinds)[number];

/** What a table is called, and the local day from which it is in force (only dial plans and locations have one). */
export interface TableName {
  readonly kind: TableKind;
  readonly name: string;
  readonly from?: string;
}

export type TablesResult = { readonly tables: RatingTables } | { readonly problem: TableProblem };

/** Reads the CSV of a table and returns all tables with it; those given stay as they are. */
export function withTable(tables: RatingTables, { kind, name, from }: TableName, text: string): TablesResult {
  const fromDay = from === undefined ? null : parseDay(from);
  if (from !== undefined && fromDay === null)
    return { problem: { line: 1, message: `"${from}" is no date such as 2026-01-31` } };
  if (from !== undefined && kind !== 'dial-plans' && kind !== 'locations')
    return { problem: { line: 1, message: `a table of ${kind} has its dates inside` } };
  switch (kind) {
    case 'taxes':
      return put(readTaxTable(text), (table) => ({ ...tables, taxes: withEntry(tables.taxes, name, table) }));
    case 'rates':
      return put(readExchangeRates(text), (table) => ({ ...tables, rates: withEntry(tables.rates, name, table) }));
    case 'holidays':
      return put(readHolidays(text), (table) => ({ ...tables, holidays: withEntry(tables.holidays, name, table) }));
    case 'dial-plans':
      return put(readDialPlan(text), (table) => {
        const versions = withVersion(tables.dialPlans?.get(name) ?? [], table, fromDay);
        return { ...tables, dialPlans: withEntry(tables.dialPlans, name, versions) };
      });
    case 'locations':
      return put(readLocations(text), (table) => {
        const versions = withVersion(tables.locations?.get(name) ?? [], table, fromDay);
        return { ...tables, locations: withEntry(tables.locations, name, versions) };
      });
  }
}

/** The same for addresses looked up elsewhere, such as in an MMDB file. */
export function withLocations(
  tables: RatingTables,
  { name, from }: Omit<TableName, 'kind'>,
  locations: Locations,
): TablesResult {
  const fromDay = from === undefined ? null : parseDay(from);
  if (from !== undefined && fromDay === null)
    return { problem: { line: 1, message: `"${from}" is no date such as 2026-01-31` } };
  const versions = withVersion(tables.locations?.get(name) ?? [], locations, fromDay);
  return { tables: { ...tables, locations: withEntry(tables.locations, name, versions) } };
}

function put<T>(result: TableResult<T>, add: (table: T) => RatingTables): TablesResult {
  return 'table' in result ? { tables: add(result.table) } : result;
}

function withEntry<T>(entries: ReadonlyMap<string, T> | undefined, name: string, entry: T): ReadonlyMap<string, T> {
  return new Map(entries).set(name, entry);
}

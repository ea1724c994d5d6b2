/** Whole tables of one name that follow each other, each in force from a day on. */

import { FIRST_DAY, type FromDay } from '../facts.ts';

export interface DatedTable<T> extends FromDay {
  readonly table: T;
}

/** Versions of a table in order of their days. The first without a day holds from always. */
export type Dated<T> = readonly DatedTable<T>[];

/** The same list with one more version; one of the same day is replaced. */
export function withVersion<T>(versions: Dated<T>, table: T, fromDay: number | null): Dated<T> {
  const added = { fromDay: fromDay ?? FIRST_DAY, table };
  return [...versions.filter((version) => version.fromDay !== added.fromDay), added].sort((a, b) =>
    a.fromDay < b.fromDay ? -1 : 1,
  );
}

/**
 * Columns: flat arrays of what is known of things that are numbers, which no collection of garbage has to walk.
 *
 * The system gives memory for what is written, not for what is only asked for: so a column that is full grows to many
 * times its length, and what it has outgrown, which stays until garbage is looked for, is little.
 */

export type Column =
  | Int32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>;

/** Rows that columns begin with. */
export const columnsFirst = 1_024;
/** 16 thousand, 262 thousand, 4 million. */
const growth = 16;

/** In place of a number: there is none. */
export const none = -1;

/** The column with more room, not written yet. */
export function longer<C extends Column>(column: C, Made: new (length: number) => C): C {
  const made = new Made(column.length * growth);
  made.set(column);
  return made;
}

/** A column of numbers from 0 on that has `none` in every row that has not been set. */
export class NumberColumn {
  /** What is in a row, and 1. */
  #rows: Int32Array<ArrayBuffer> = new Int32Array(columnsFirst);

  get(row: number): number {
    return row < this.#rows.length ? this.#rows[row]! - 1 : none;
  }

  set(row: number, number: number): void {
    while (row >= this.#rows.length) this.#rows = longer(this.#rows, Int32Array);
    this.#rows[row] = number + 1;
  }
}

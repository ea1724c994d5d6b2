/** Columns: flat arrays of what is known of things that are numbers, which no collection of garbage has to walk. */

export type Column =
  | Int32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>;

/** Rows that columns begin with. */
export const columnsFirst = 1_024;

/** Half as long again: a million must not take the room of two. */
export function longer<C extends Column>(column: C, Made: new (length: number) => C): C {
  const made = new Made(Math.ceil(column.length * 1.5));
  made.set(column);
  return made;
}

/** Long enough for a row, what is new of it filled. */
export function longEnough(column: Int32Array<ArrayBuffer>, row: number, fill: number): Int32Array<ArrayBuffer> {
  let made = column;
  while (row >= made.length) made = longer(made, Int32Array);
  return made === column ? column : made.fill(fill, column.length);
}

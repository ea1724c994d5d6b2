/** Rows of a CSV file (RFC 4180) with a header, as tables are imported. Every complaint names its line and field. */

/** What is wrong with a table, and where; lines count from 1. */
export interface TableProblem {
  readonly line: number;
  readonly field?: string;
  readonly message: string;
}

export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
}

export type TableResult<T> = { readonly table: T } | { readonly problem: TableProblem };

/** Longest table read, in characters: a dial plan of a million prefixes. */
export const TABLE_CHARACTERS_MAX = 64_000_000;
const FIELD_CHARACTERS_MAX = 1000;

/** Says that a table can't be read. */
export class TableError extends Error {
  readonly problem: TableProblem;
  constructor(line: number, field: string | undefined, message: string) {
    super(message);
    this.problem = field === undefined ? { line, message } : { line, field, message };
  }
}

/** Runs a reader; its first `TableError` becomes the result. */
export function reading<T>(read: () => T): TableResult<T> {
  try {
    return { table: read() };
  } catch (error) {
    if (error instanceof TableError) return { problem: error.problem };
    throw error;
  }
}

/** Calls `take` for every row behind the header, which is returned. Empty lines are skipped. @throws TableError */
export function readCsv(text: string, take: (row: CsvRow, header: readonly string[]) => void): readonly string[] {
  if (text.length > TABLE_CHARACTERS_MAX) {
    throw new TableError(1, undefined, `longer than ${TABLE_CHARACTERS_MAX} characters`);
  }
  let header: readonly string[] | null = null;
  let line = 1;
  for (let at = text.startsWith('\uFEFF') ? 1 : 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    let end = newline < 0 ? text.length : newline;
    let plain = text.slice(at, end);
    let fields: readonly string[];
    const first = line;
    if (plain.includes('"')) {
      // A quoted field may hold commas and ends of lines.
      const read = quotedRow(text, at, line);
      ({ fields, end, line } = read);
    } else {
      if (plain.endsWith('\r')) plain = plain.slice(0, -1);
      fields = plain.split(',');
    }
    at = end + 1;
    line++;
    if (fields.length === 1 && fields[0]!.trim() === '') continue;
    if (fields.some((field) => field.length > FIELD_CHARACTERS_MAX))
      throw new TableError(first, undefined, `a field of more than ${FIELD_CHARACTERS_MAX} characters`);
    if (header) take({ line: first, fields }, header);
    else header = fields.map((field) => field.trim());
  }
  if (!header) throw new TableError(1, undefined, 'no header: the file is empty');
  return header;
}

function quotedRow(text: string, from: number, firstLine: number) {
  const fields: string[] = [];
  let [at, line, field] = [from, firstLine, ''];
  for (;;) {
    if (text[at] === '"') {
      for (at++; ; at++) {
        const quote = text.indexOf('"', at);
        if (quote < 0 || quote - at > FIELD_CHARACTERS_MAX)
          throw new TableError(firstLine, undefined, 'a quoted field that does not end');
        const piece = text.slice(at, quote);
        line += piece.split('\n').length - 1;
        field += piece;
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
      }
    } else {
      const start = at;
      while (at < text.length && text[at] !== ',' && text[at] !== '\n') at++;
      field += text.slice(start, at).replace(/\r$/, '');
    }
    if (text[at] === '\r') at++;
    if (at >= text.length || text[at] === '\n' || text[at] === ',') {
      fields.push(field);
      field = '';
      if (text[at] !== ',') return { fields, end: at, line };
      at++;
    } else if (field !== '') throw new TableError(line, undefined, 'text behind a quoted field');
  }
}

/** Places of named columns in a header. @throws TableError for one that is missing, unknown or twice there */
export function columnsOf<Name extends string>(
  header: readonly string[],
  required: readonly Name[],
  optional: readonly Name[] = [],
): Record<Name, number> {
  const known: readonly string[] = [...required, ...optional];
  for (const [i, name] of header.entries()) {
    if (!known.includes(name)) throw new TableError(1, name, `unknown column: expected ${known.join(', ')}`);
    if (header.indexOf(name) !== i) throw new TableError(1, name, 'the column is there twice');
  }
  for (const name of required)
    if (!header.includes(name)) throw new TableError(1, name, `no such column: expected ${known.join(', ')}`);
  return Object.fromEntries(known.map((name) => [name, header.indexOf(name)])) as Record<Name, number>;
}

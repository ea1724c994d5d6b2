/**
 * One line of a delimited file as cells (RFC 4180 §2). A line is a row by itself: no field of the record may hold a line
 * break, and a quote that is not closed then spoils one row instead of swallowing those after it.
 */

export interface CsvCell {
  readonly text: string;
  /** Character of the line at which the cell begins, 1 for the first. */
  readonly column: number;
}

export type CsvCells =
  | { readonly ok: true; readonly cells: readonly CsvCell[] }
  | { readonly ok: false; readonly column: number; readonly found: string; readonly expected: string };

export function csvCells(line: string): CsvCells {
  const cells: CsvCell[] = [];
  for (let at = 0; ; at++) {
    const start = at;
    if (line[at] !== '"') {
      const comma = line.indexOf(',', at);
      at = comma < 0 ? line.length : comma;
      const text = line.slice(start, at);
      const quote = text.indexOf('"');
      if (quote >= 0) return fault(line, start + quote, 'quotes around the whole field, doubled inside it');
      cells.push({ text, column: start + 1 });
    } else {
      at = closingQuote(line, at);
      if (at < 0) return fault(line, start, 'a closing quote on the same line');
      cells.push({ text: line.slice(start + 1, at).replaceAll('""', '"'), column: start + 1 });
      at++;
      if (at < line.length && line[at] !== ',') return fault(line, at, 'a comma or the line end after a closing quote');
    }
    if (at >= line.length) return { ok: true, cells };
  }
}

function closingQuote(line: string, opening: number): number {
  let at = line.indexOf('"', opening + 1);
  while (at >= 0 && line[at + 1] === '"') at = line.indexOf('"', at + 2);
  return at;
}

function fault(line: string, at: number, expected: string): CsvCells {
  return { ok: false, column: at + 1, found: line.slice(at), expected };
}

/**
 * Reads a file of Instant-IP records, fed in pieces of any size; what it holds is one line (DESIGN §8). The first line
 * tells the form: a header of the field names is the delimited one, anything else the fixed one.
 *
 * Each line gives one entry: a record, or the faults that keep it from being one. An empty line gives none.
 */
import { csvCells } from './csv-cells.ts';
import { type InstantIpFieldName, instantIpFields, instantIpRecordChars } from './fields.ts';
import { LineSplitter, lineCharsMax, type SplitLine } from './line-splitter.ts';
import { isZone } from './moment.ts';
import { bounded, checkTexts, type InstantIpCheckOptions, type InstantIpForm, type InstantIpRecord } from './record.ts';

/** Why a line is no record. */
export interface InstantIpFault {
  readonly file: string;
  readonly line: number;
  /** Character of the line, 1 for the first. */
  readonly column: number;
  /** Null when it is the line as a whole. */
  readonly field: InstantIpFieldName | null;
  readonly found: string;
  readonly expected: string;
}

/** What is odd about a record that is good all the same. */
export interface InstantIpWarning {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly field: InstantIpFieldName;
  readonly code: 'shortened' | 'currency-unknown';
  readonly text: string;
}

export interface InstantIpEntry {
  readonly line: number;
  /** Null when there are faults. */
  readonly record: InstantIpRecord | null;
  readonly faults: readonly InstantIpFault[];
  readonly warnings: readonly InstantIpWarning[];
  /** Nothing of the file can be read, this line or another. */
  readonly unreadable: boolean;
}

export interface InstantIpReaderOptions extends InstantIpCheckOptions {
  /** Named in faults and warnings. */
  readonly file: string;
}

/** A cell of the line by the record's order. */
interface Cell {
  readonly text: string;
  readonly column: number;
}

type Line =
  | { readonly ok: true; readonly cells: readonly Cell[] }
  | { readonly ok: false; readonly fault: InstantIpFault };

const names: readonly string[] = instantIpFields.map((field) => field.name);

export class InstantIpReader {
  readonly #options: InstantIpReaderOptions;
  readonly #splitter = new LineSplitter();
  #form: InstantIpForm | null = null;
  /** Of each field in the record's order, its place in the header. */
  #places: readonly number[] = [];
  #unreadable = false;

  /** Throws a RangeError for a zone that the runtime doesn't know. */
  constructor(options: InstantIpReaderOptions) {
    if (options.zone !== undefined && !isZone(options.zone)) throw new RangeError(`unknown zone ${options.zone}`);
    this.#options = options;
  }

  /** Null until the first line is read. */
  get form(): InstantIpForm | null {
    return this.#form;
  }

  push(chunk: Uint8Array | string): InstantIpEntry[] {
    return this.#read(this.#splitter.push(chunk));
  }

  end(): InstantIpEntry[] {
    const entries = this.#read(this.#splitter.end());
    if (this.#form === null && !this.#unreadable) {
      entries.push(this.#unreadableAt(1, { found: 'an empty file', expected: 'a header or a record' }));
    }
    return entries;
  }

  #read(lines: readonly SplitLine[]): InstantIpEntry[] {
    const entries: InstantIpEntry[] = [];
    for (const line of lines) {
      if (this.#unreadable) break;
      if (line.text === '') continue;
      if (this.#form === null) {
        const problem = this.#begin(line);
        if (problem) entries.push(this.#unreadableAt(line.number, problem));
        if (problem || this.#form === 'csv') continue;
      }
      entries.push(this.#entry(line));
    }
    return entries;
  }

  /** Finds the form by the first line; a header that is not right ends the reading, because every amount hangs on it. */
  #begin(line: SplitLine): { found: string; expected: string } | null {
    const parsed = csvCells(line.text);
    const cells = parsed.ok ? parsed.cells.map((cell) => cell.text) : line.text.split(',');
    const named = cells.some((cell) => names.includes(cell));
    if (!named && (cells.length < names.length || Array.from(line.text).length === instantIpRecordChars)) {
      this.#form = 'fixed';
      return null;
    }
    const unknown = cells.find((cell, index) => !names.includes(cell) || cells.indexOf(cell) !== index);
    if (unknown !== undefined) {
      const again = names.includes(unknown) ? ' only once' : '';
      return { found: bounded(unknown), expected: `a header of the names ${names.join(',')}${again}` };
    }
    const missing = names.find((name) => !cells.includes(name));
    if (missing !== undefined) return { found: bounded(line.text), expected: `a header that also names ${missing}` };
    this.#form = 'csv';
    this.#places = names.map((name) => cells.indexOf(name));
    return null;
  }

  #entry(line: SplitLine): InstantIpEntry {
    const { file } = this.#options;
    const found = this.#cells(line);
    if (!found.ok) return this.#faulty(line.number, [found.fault]);
    const { cells } = found;
    const texts = cells.map((cell) => cell.text);
    const check = checkTexts(texts, this.#form!, this.#options);
    const at = (field: InstantIpFieldName) => ({
      file,
      line: line.number,
      column: cells[names.indexOf(field)]!.column,
    });
    if (!check.ok) {
      const faults = check.problems.map((problem) => ({ ...at(problem.field), ...problem }));
      return this.#faulty(line.number, faults);
    }
    const warnings = check.remarks.map((remark) => ({ ...at(remark.field), ...remark }));
    return { line: line.number, record: check.record, faults: [], warnings, unreadable: false };
  }

  #cells(line: SplitLine): Line {
    if (line.tooLong) {
      return this.#lineFault(line, { found: line.text, expected: `a record of at most ${lineCharsMax} characters` });
    }
    return this.#form === 'csv' ? this.#csvCells(line) : this.#fixedCells(line);
  }

  #csvCells(line: SplitLine): Line {
    const parsed = csvCells(line.text);
    if (!parsed.ok) return this.#lineFault(line, parsed);
    const { cells } = parsed;
    if (cells.length !== names.length) {
      const found = `${cells.length} fields: ${bounded(line.text)}`;
      return this.#lineFault(line, { found, expected: `${names.length} fields, quotes around one that holds a comma` });
    }
    return { ok: true, cells: this.#places.map((place) => cells[place]!) };
  }

  #fixedCells(line: SplitLine): Line {
    const chars = Array.from(line.text);
    if (chars.length !== instantIpRecordChars) {
      const found = `${chars.length} characters: ${bounded(line.text)}`;
      return this.#lineFault(line, { found, expected: `${instantIpRecordChars} characters` });
    }
    let from = 0;
    const cells = instantIpFields.map(({ size }) => {
      const cell = { text: chars.slice(from, from + size).join(''), column: from + 1 };
      from += size;
      return cell;
    });
    return { ok: true, cells };
  }

  #lineFault(line: SplitLine, problem: { column?: number; found: string; expected: string }): Line {
    const { column = 1, found, expected } = problem;
    const { file } = this.#options;
    return { ok: false, fault: { file, line: line.number, column, field: null, found: bounded(found), expected } };
  }

  #faulty(line: number, faults: readonly InstantIpFault[]): InstantIpEntry {
    return { line, record: null, faults, warnings: [], unreadable: false };
  }

  #unreadableAt(line: number, problem: { found: string; expected: string }): InstantIpEntry {
    this.#unreadable = true;
    const fault = { file: this.#options.file, line, column: 1, field: null, ...problem };
    return { ...this.#faulty(line, [fault]), unreadable: true };
  }
}

/** `FILE:LINE:COLUMN: FIELD: found "…", expected …`, on one line whatever the file holds. */
export function instantIpFaultText(fault: InstantIpFault): string {
  const { file, line, column, field, found, expected } = fault;
  return `${file}:${line}:${column}: ${field === null ? '' : `${field}: `}found ${visible(found)}, expected ${expected}`;
}

/** `FILE:LINE:COLUMN: FIELD: warning: …`. */
export function instantIpWarningText(warning: InstantIpWarning): string {
  const { file, line, column, field, text } = warning;
  return `${file}:${line}:${column}: ${field}: warning: ${text}`;
}

/** Quoted, with everything that a terminal would act on as an escape. */
function visible(text: string): string {
  return JSON.stringify(text).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

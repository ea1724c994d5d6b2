/**
 * Prefixes of E.164 numbers with their prices, as a trie in one flat array: ten places a node, one for each digit.
 * 100,000 prefixes are read in well under a second and matched in well under a microsecond.
 */

import { parseDecimal } from '../property.ts';
import { columnsOf, readCsv, reading, TableError, type TableResult } from './csv.ts';

export interface DialRate {
  readonly digits: string;
  /** Price of a minute. */
  readonly rate: string;
  /** Price of the start of an event. */
  readonly setup: string;
  /** Seconds; 0 = by the second. */
  readonly increment: number;
  /** Seconds charged at least. */
  readonly minimum: number;
}

export interface DialPlan {
  readonly rates: readonly DialRate[];
  /** Place of the longest prefix of a number among the rates, or −1. */
  match(number: string): number;
}

export const DIGITS_MAX = 15;
export const SECONDS_MAX = 86_400;
const PREFIXES_MAX = 1_000_000;

/** @throws RangeError for two rates of the same prefix */
export function dialPlan(rates: readonly DialRate[]): DialPlan {
  let next = new Int32Array(Math.max(1024, rates.length * 30));
  let rateOf = new Int32Array(next.length / 10).fill(-1);
  let nodes = 1;
  for (const [place, { digits }] of rates.entries()) {
    let node = 0;
    for (let i = 0; i < digits.length; i++) {
      const at = node * 10 + digits.charCodeAt(i) - 48;
      if (next[at] === 0) {
        if ((nodes + 1) * 10 > next.length) {
          const [larger, largerRates] = [new Int32Array(next.length * 2), new Int32Array(rateOf.length * 2).fill(-1)];
          larger.set(next);
          largerRates.set(rateOf);
          [next, rateOf] = [larger, largerRates];
        }
        next[at] = nodes++;
      }
      node = next[at]!;
    }
    if (rateOf[node]! >= 0) throw new RangeError(`the prefix ${digits} is there twice`);
    rateOf[node] = place;
  }
  const [children, found] = [next, rateOf];
  return {
    rates,
    match(number) {
      let node = 0;
      let best = found[0]!;
      for (let i = 0; i < number.length; i++) {
        const digit = number.charCodeAt(i) - 48;
        if (digit < 0 || digit > 9) break;
        node = children[node * 10 + digit]!;
        if (node === 0) break;
        if (found[node]! >= 0) best = found[node]!;
      }
      return best;
    },
  };
}

/** Digits of a called number: a leading `+` or `00`, spaces and hyphens dropped; null if it is no E.164 number. */
export function digitsOf(calledNumber: string): string | null {
  let text = calledNumber;
  if (/[ -]/.test(text)) text = text.replace(/[ -]/g, '');
  if (text.startsWith('+')) text = text.slice(1);
  else if (text.startsWith('00')) text = text.slice(2);
  return text.length > 0 && text.length <= DIGITS_MAX && isDigits(text) ? text : null;
}

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** Reads `digits,rate[,setup][,increment][,minimum]`: rate per minute, increment and minimum in seconds. */
export function readDialPlan(text: string): TableResult<DialPlan> {
  return reading(() => {
    const rates: DialRate[] = [];
    const lines: number[] = [];
    let columns: Record<string, number> | null = null;
    const columnsIn = (names: readonly string[]) =>
      columnsOf(names, ['digits', 'rate'], ['setup', 'increment', 'minimum', 'name']);
    const header = readCsv(text, ({ line, fields }, names) => {
      columns ??= columnsIn(names);
      const field = (name: string) => (fields[columns![name]!] ?? '').trim();
      const digits = field('digits');
      if (!isDigits(digits) || digits.length > DIGITS_MAX)
        throw new TableError(line, 'digits', `"${digits}" is no prefix of at most ${DIGITS_MAX} digits`);
      const money = (name: string): string => {
        const value = field(name);
        if (value === '' && name === 'setup') return '0';
        const price = parseDecimal(value);
        if (price === null) throw new TableError(line, name, `"${value}" is no price such as 0.015`);
        return price;
      };
      const seconds = (name: string): number => {
        const value = field(name);
        if (value !== '' && (!/^\d{1,5}$/.test(value) || Number(value) > SECONDS_MAX))
          throw new TableError(line, name, `"${value}" is no number of seconds from 0 to ${SECONDS_MAX}`);
        return Number(value);
      };
      rates.push({
        digits,
        rate: money('rate'),
        setup: money('setup'),
        increment: seconds('increment'),
        minimum: seconds('minimum'),
      });
      lines.push(line);
      if (rates.length > PREFIXES_MAX) throw new TableError(line, undefined, `more than ${PREFIXES_MAX} prefixes`);
    });
    columnsIn(header);
    try {
      return dialPlan(rates);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const seen = new Set<string>();
      const twice = rates.findIndex(({ digits }) => seen.has(digits) || !seen.add(digits));
      throw new TableError(lines[twice]!, 'digits', error.message);
    }
  });
}

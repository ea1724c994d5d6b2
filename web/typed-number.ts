/**
 * A number as a person types it, read by the locale numbers are shown in and never guessed at: 1,000 is a thousand to
 * one and one to another, so separators of thousands are refused, and so is a fraction that looks like one.
 */
import { viewerLocale } from './locale.ts';
import { en } from './messages.en.ts';

export type TypedNumber = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly why: string };

export interface TypedNumberOptions {
  readonly locale?: string;
  /** Digits its fraction usually has, as of a currency; so many are not mistaken for thousands. */
  readonly digits?: number;
}

const wholeDigitsMax = 12;
const fractionDigitsMax = 12;

export function typedNumber(
  typed: string,
  { locale = viewerLocale(), digits = 2 }: TypedNumberOptions = {},
): TypedNumber {
  const text = typed.trim();
  const point = pointOf(locale);
  if (/^[1-9]\d{0,2}[.,’'\s]\d{3}$/.test(text) && !(digits === 3 && text.includes(point))) {
    return { ok: false, why: en.typedNumber.thousands(`12${point}50`) };
  }
  const match = /^(\d+)(?:([.,])(\d+))?$/.exec(text);
  const [, whole = '', used = point, fraction = ''] = match ?? [];
  if (match === null || used !== point) return { ok: false, why: en.typedNumber.wrong(`12${point}50`) };
  if (whole.length > wholeDigitsMax || fraction.length > fractionDigitsMax) {
    return { ok: false, why: en.typedNumber.long };
  }
  return { ok: true, value: fraction === '' ? whole : `${whole}.${fraction}` };
}

function pointOf(locale: string): string {
  const parts = new Intl.NumberFormat(locale).formatToParts(1.5);
  return parts.find(({ type }) => type === 'decimal')?.value ?? '.';
}

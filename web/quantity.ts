/**
 * Quantities of use as people read them. Octets are shown in SI units (1 kB = 1,000), because that is what plans are
 * priced in; the exact number goes into the tooltip.
 */
import { compare, isDecimal, shiftedLeft } from './decimal.ts';
import { viewerLocale } from './locale.ts';
import { en } from './messages.en.ts';

export interface Reading {
  readonly text: string;
  /** The exact number in base units. */
  readonly exact: string;
}

/** A bill line's quantity: `12.5` and `hour` become "12.5 hours". */
export function formatQuantity(quantity: string, unit: string, locale = viewerLocale()): string {
  const number = formatNumber(quantity, { maximumFractionDigits: 6 }, locale);
  const name = unitName(quantity, unit);
  return name ? `${number}\u00a0${name}` : number;
}

/** One meter reading of a usage record, in the meter's base unit. */
export function formatReading(meter: string, value: string, locale = viewerLocale()): Reading {
  if (meter.startsWith('octets')) return formatOctets(value, locale);
  if (meter === 'time' || meter === 'voice') return formatSeconds(value, locale);
  const text = formatNumber(value, {}, locale);
  return { text, exact: text };
}

const octetUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

export function formatOctets(octets: string, locale = viewerLocale()): Reading {
  const exact = en.quantity.octets(formatNumber(octets, {}, locale));
  if (!/^\d+$/.test(octets)) return { text: formatNumber(octets, {}, locale), exact };
  const step = Math.min(Math.floor((octets.length - 1) / 3), octetUnits.length - 1);
  const text = formatNumber(
    shiftedLeft(octets, step * 3),
    {
      style: 'unit',
      unit: octetUnits[step]!,
      unitDisplay: 'short',
      maximumFractionDigits: step < 2 ? 0 : 2,
      roundingMode: 'trunc',
    },
    locale,
  );
  return { text, exact };
}

export function formatSeconds(seconds: string, locale = viewerLocale()): Reading {
  const exact = en.quantity.seconds(formatNumber(seconds, {}, locale));
  if (!/^\d+$/.test(seconds)) return { text: exact, exact };
  const all = BigInt(seconds);
  const hours = formatNumber((all / 3600n).toString(), {}, locale);
  return { text: en.quantity.duration(hours, ((all / 60n) % 60n).toString(), (all % 60n).toString()), exact };
}

export function formatCount(count: number, locale = viewerLocale()): string {
  return new Intl.NumberFormat(locale).format(count);
}

function formatNumber(value: string, options: Intl.NumberFormatOptions, locale: string): string {
  return isDecimal(value) ? new Intl.NumberFormat(locale, options).format(value as `${number}`) : value;
}

/** What comes after "per": "hour", "GB". */
export function unitOne(unit: string): string {
  return en.units[unit as keyof typeof en.units]?.[0] ?? unit;
}

function unitName(quantity: string, unit: string): string {
  const name = en.units[unit as keyof typeof en.units];
  if (name === undefined) return unit;
  return isDecimal(quantity) && compare(quantity, '1') === 0 ? name[0] : name[1];
}

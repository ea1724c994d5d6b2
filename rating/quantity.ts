/** Meters, their base units, and the units a plan may speak in (DESIGN §2). Quantities are integers in base units. */

import { shrink, toScaled, type Whole } from './money.ts';

/** What is measured: durations, octets, octets kept for a time, or things counted. */
export type Dimension = 'time' | 'bytes' | 'byte-time' | 'count';

export interface Unit {
  readonly dimension: Dimension;
  /** Base units (s, B, B·s, 1) in one. */
  readonly base: bigint;
}

const GB = 10n ** 9n;

/** A `GB·month` is thirty days, so that it is a constant. */
const UNITS: ReadonlyMap<string, Unit> = new Map<string, Unit>([
  ['second', { dimension: 'time', base: 1n }],
  ['minute', { dimension: 'time', base: 60n }],
  ['hour', { dimension: 'time', base: 3600n }],
  ['day', { dimension: 'time', base: 86400n }],
  ['B', { dimension: 'bytes', base: 1n }],
  ['kB', { dimension: 'bytes', base: 10n ** 3n }],
  ['MB', { dimension: 'bytes', base: 10n ** 6n }],
  ['GB', { dimension: 'bytes', base: GB }],
  ['TB', { dimension: 'bytes', base: 10n ** 12n }],
  ['KiB', { dimension: 'bytes', base: 2n ** 10n }],
  ['MiB', { dimension: 'bytes', base: 2n ** 20n }],
  ['GiB', { dimension: 'bytes', base: 2n ** 30n }],
  ['TiB', { dimension: 'bytes', base: 2n ** 40n }],
  ['GB·h', { dimension: 'byte-time', base: GB * 3600n }],
  ['GB·day', { dimension: 'byte-time', base: GB * 86400n }],
  ['GB·month', { dimension: 'byte-time', base: GB * 2592000n }],
  ['1', { dimension: 'count', base: 1n }],
]);

interface Meter {
  readonly dimension: Dimension;
  /** Belongs to its start rather than being spread over its interval (DESIGN §3.3). */
  readonly counted: boolean;
  /** Taken by units of its dimension without a UsageTypeSelector. */
  readonly byDefault: boolean;
}

const METERS: ReadonlyMap<string, Meter> = new Map<string, Meter>([
  ['time', { dimension: 'time', counted: false, byDefault: true }],
  ['octets-in', { dimension: 'bytes', counted: false, byDefault: true }],
  ['octets-out', { dimension: 'bytes', counted: false, byDefault: true }],
  ['messages', { dimension: 'count', counted: true, byDefault: true }],
  ['storage', { dimension: 'byte-time', counted: false, byDefault: true }],
  ['web-space', { dimension: 'byte-time', counted: false, byDefault: true }],
  ['downloads', { dimension: 'count', counted: true, byDefault: true }],
  ['addresses', { dimension: 'time', counted: false, byDefault: false }],
  ['content', { dimension: 'count', counted: true, byDefault: true }],
  ['voice', { dimension: 'time', counted: false, byDefault: false }],
]);

const OTHER: Meter = { dimension: 'count', counted: true, byDefault: true };
const OTHER_NAME = /^x-[a-z0-9][a-z0-9._-]{0,62}$/;

/** Names of the units a plan may use. */
export const unitNames: readonly string[] = [...UNITS.keys()];

/** Names of the built-in meters that can be reported. */
export const meterNames: readonly string[] = [...METERS.keys()];

/** Stands for every `x-…` meter that a plan does not name. */
export const OTHER_METER = 'x-*';

/** The unit of that name, if there is one. */
export function unitNamed(name: string): Unit | undefined {
  return UNITS.get(name);
}

/** The reportable meter of that name: built in, or any `x-…`. `octets` is derived and therefore none. */
export function meterNamed(name: string): Meter | undefined {
  return METERS.get(name) ?? (name === OTHER_METER || OTHER_NAME.test(name) ? OTHER : undefined);
}

/** Which reported meters a name in a UsageTypeSelector stands for: `octets` is the sum of both directions. */
export function metersSelectedBy(name: string): readonly string[] {
  return name === 'octets' ? ['octets-in', 'octets-out'] : [name];
}

/** Base units in a decimal number of `unit`, or null if that is not a whole number of them. */
export function toBaseUnits(text: string, unit: Unit): bigint | null {
  const places = text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
  const scaled = toScaled(text, places) * unit.base;
  const power = 10n ** BigInt(places);
  return scaled % power === 0n ? scaled / power : null;
}

/**
 * A quantity in `unit` for people: at most six decimals, half away from zero, no trailing zeros. An unknown or empty
 * unit shows the base quantity.
 */
export function formatQuantity(base: Whole, unit: string): string {
  const divisor = UNITS.get(unit)?.base ?? 1n;
  const negative = base < 0;
  const safe = typeof base === 'bigint' ? shrink(base) : base;
  const shown = typeof safe === 'number' && divisor <= GB ? inNumbers(safe, Number(divisor)) : inBigints(safe, divisor);
  return negative && shown !== '0' ? `-${shown}` : shown;
}

/** Every product stays below 2^53, since the rest is below the divisor. */
function inNumbers(base: number, divisor: number): string {
  const magnitude = base < 0 ? -base : base;
  const rest = magnitude % divisor;
  const whole = (magnitude - rest) / divisor;
  const doubled = rest * 2_000_000 + divisor;
  const millionths = (doubled - (doubled % (2 * divisor))) / (2 * divisor);
  return millionths === 1_000_000 ? String(whole + 1) : written(String(whole), String(millionths));
}

function inBigints(base: Whole, divisor: bigint): string {
  const magnitude = base < 0 ? -BigInt(base) : BigInt(base);
  const millionths = (magnitude * 2000000n + divisor) / (2n * divisor);
  return written(String(millionths / 1000000n), String(millionths % 1000000n));
}

function written(whole: string, millionths: string): string {
  if (millionths === '0') return whole;
  let end = millionths.length;
  while (millionths.charCodeAt(end - 1) === 48) end--;
  return `${whole}.${'000000'.slice(millionths.length)}${millionths.slice(0, end)}`;
}

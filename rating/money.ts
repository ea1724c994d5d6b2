/**
 * Money: decimal strings and integers at a fixed scale. Nothing here, and nothing that calls it, passes an amount
 * through a binary float (REQUIREMENTS I2). Divisions round half away from zero (DESIGN §3.2).
 */

/** An integer that is a `number` while it is safe (|n| ≤ 2⁵³ − 1) and a `bigint` beyond: see `plus`, `shrink`. */
export type Whole = number | bigint;

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** ISO 4217 currencies whose minor unit is not the hundredth. */
const MINOR_DIGITS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((c) => [c, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((c) => [c, 3])),
  ...Object.fromEntries('CLF UYW'.split(' ').map((c) => [c, 4])),
};

/** Digits after the point of a currency's minor unit: 2 for USD, 0 for JPY, 3 for KWD (ISO 4217); 2 when unknown. */
export function minorDigits(currency: string): number {
  return MINOR_DIGITS[currency] ?? 2;
}

/** The same integer as a `number` if that is safe. */
export function shrink(n: bigint): Whole {
  // What isn't safe can't be rounded to what is.
  const number = Number(n);
  return number >= -9007199254740991 && number <= 9007199254740991 ? number : n;
}

/** Exact sum of two integers. */
export function plus(a: Whole, b: Whole): Whole {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (sum >= -9007199254740991 && sum <= 9007199254740991) return sum;
  }
  return shrink(BigInt(a) + BigInt(b));
}

/** The opposite; 0 stays 0, never −0. */
export function negated(n: Whole): Whole {
  return n === 0 ? 0 : typeof n === 'number' ? -n : shrink(-n);
}

/** a / b rounded to an integer, half away from zero; b > 0. */
export function divideHalfAway(a: bigint, b: bigint): bigint {
  return a >= 0n ? (2n * a + b) / (2n * b) : -((-2n * a + b) / (2n * b));
}

/** Greatest common divisor of the magnitudes; of two zeros 0. */
export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** Digits after the point of a decimal string. */
export function decimalPlaces(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/**
 * A decimal string as an integer of 10^-scale; digits beyond the scale round half away from zero.
 * @throws RangeError if the text is not a plain decimal number
 */
export function toScaled(text: string, scale: number): bigint {
  const match = DECIMAL.exec(text);
  if (!match) throw new RangeError(`not a decimal number: ${text}`);
  const fraction = match[3] ?? '';
  const digits = BigInt(match[2] + fraction);
  const extra = scale - fraction.length;
  const magnitude = extra >= 0 ? digits * 10n ** BigInt(extra) : divideHalfAway(digits, 10n ** BigInt(-extra));
  return match[1] ? -magnitude : magnitude;
}

const PADDING = '000000000000000000000000';

/** By number of digits: all numbers of so many digits, leading zeros kept. */
const DIGITS: readonly (readonly string[])[] = [1, 10, 100, 1000].map((count, digits) =>
  Array.from({ length: count }, (_, n) => (digits === 0 ? '' : String(n).padStart(digits, '0'))),
);

const POWERS: readonly number[] = [1, 10, 100, 1e3, 1e4, 1e5, 1e6];

/** An integer of 10^-scale as a decimal string with exactly `scale` digits after the point; scale ≤ 24. */
export function fromScaled(units: Whole, scale: number): string {
  const negative = units < 0;
  const sign = negative ? '-' : '';
  if (typeof units === 'number' && scale > 0 && scale <= 6) {
    // By table: every charge is written, and this takes half as long.
    const power = POWERS[scale]!;
    const magnitude = negative ? -units : units;
    let whole = Math.floor(magnitude / power);
    let rest = magnitude - whole * power;
    // The quotient may have been rounded up to an integer.
    if (rest < 0) {
      whole--;
      rest += power;
    }
    const upper = Math.max(scale - 3, 0);
    const high = upper === 0 ? 0 : Math.floor(rest / 1000);
    return `${sign}${whole}.${DIGITS[upper]![high]!}${DIGITS[scale - upper]![rest - high * 1000]!}`;
  }
  const text = String(negative ? -units : units);
  if (scale === 0) return sign + text;
  const digits = text.length > scale ? text : PADDING.slice(0, scale + 1 - text.length) + text;
  const point = digits.length - scale;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Exact sum of two decimal strings, with the larger of their numbers of decimals. */
export function addDecimal(a: string, b: string): string {
  const scale = Math.max(decimalPlaces(a), decimalPlaces(b));
  return fromScaled(toScaled(a, scale) + toScaled(b, scale), scale);
}

/** The decimal string of the opposite sign. */
export function negatedDecimal(amount: string): string {
  return amount.startsWith('-') ? amount.slice(1) : `-${amount}`;
}

/** −1, 0 or 1 as one decimal string is less than another, equal, or more. */
export function compareDecimal(a: string, b: string): number {
  const scale = Math.max(decimalPlaces(a), decimalPlaces(b));
  const difference = toScaled(a, scale) - toScaled(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** A decimal string rounded to the currency's minor unit, half away from zero. */
export function roundToMinor(amount: string, currency: string): string {
  const digits = minorDigits(currency);
  return fromScaled(toScaled(amount, digits), digits);
}

/** An integer of 10^-scale as one of 10^-digits, rounded half away from zero where those are fewer. */
export function rescaled(units: Whole, scale: number, digits: number): Whole {
  if (scale === digits || units === 0) return units;
  if (typeof units === 'number' && scale > digits && scale - digits <= 6) {
    const power = POWERS[scale - digits]!;
    // All integers below 2^53, and the remainder is exact: no fraction is ever rounded by the machine.
    const magnitude = units < 0 ? -units : units;
    const rest = magnitude % power;
    const quotient = (magnitude - rest) / power + (2 * rest >= power ? 1 : 0);
    return units < 0 ? negated(quotient) : quotient;
  }
  if (digits > scale) return shrink(BigInt(units) * 10n ** BigInt(digits - scale));
  return shrink(divideHalfAway(BigInt(units), 10n ** BigInt(scale - digits)));
}

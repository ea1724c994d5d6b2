/**
 * Exact arithmetic on decimal strings, for the little the pages compute: sums, differences, and places on a chart.
 * Money comes and goes as text and is never a float.
 */

interface Scaled {
  readonly units: bigint;
  readonly scale: number;
}

const pattern = /^(-?)(\d+)(?:\.(\d+))?$/;

export function isDecimal(text: string): boolean {
  return pattern.test(text);
}

export function sumOf(amounts: readonly string[]): string {
  const scale = Math.max(0, ...amounts.map((amount) => scaled(amount).scale));
  const units = amounts.reduce((total, amount) => total + unitsAt(scaled(amount), scale), 0n);
  return textOf({ units, scale });
}

export function difference(left: string, right: string): string {
  return sumOf([left, negated(right)]);
}

export function negated(amount: string): string {
  const { units, scale } = scaled(amount);
  return textOf({ units: -units, scale });
}

export function product(left: string, right: string): string {
  const [a, b] = [scaled(left), scaled(right)];
  return textOf({ units: a.units * b.units, scale: a.scale + b.scale });
}

/** left ÷ right with so many decimals, rounded half away from zero. @throws RangeError where `right` is zero */
export function quotient(left: string, right: string, decimals: number): string {
  const [a, b] = [scaled(left), scaled(right)];
  const scale = Math.max(a.scale, b.scale);
  const dividend = unitsAt(a, scale) * 10n ** BigInt(decimals);
  const divisor = unitsAt(b, scale);
  const half = dividend < 0n === divisor < 0n ? divisor : -divisor;
  return textOf({ units: (2n * dividend + half) / (2n * divisor), scale: decimals });
}

/** Negative, zero or positive, as `left` is below, equal to or above `right`. */
export function compare(left: string, right: string): number {
  const { units } = scaled(difference(left, right));
  return units < 0n ? -1 : units > 0n ? 1 : 0;
}

/** Digits after the point that matter: trailing zeros do not. */
export function decimalsOf(amount: string): number {
  return amount.split('.')[1]?.replace(/0+$/, '').length ?? 0;
}

/**
 * Where `value` lies between `from` and `to`, as parts of `steps`, cut to the span; for geometry and percentages only,
 * the quotient is floored. An empty span counts as full.
 */
export function placeBetween(value: string, [from, to]: readonly [string, string], steps: number): number {
  const scale = Math.max(...[value, from, to].map((amount) => scaled(amount).scale));
  const [v, a, b] = [unitsAt(scaled(value), scale), unitsAt(scaled(from), scale), unitsAt(scaled(to), scale)];
  if (b <= a) return steps;
  const place = ((v - a) * BigInt(steps)) / (b - a);
  return place < 0n ? 0 : place > BigInt(steps) ? steps : Number(place);
}

/** Moves the point `digits` to the left: thousandths, millionths and so on, without dividing. */
export function shiftedLeft(integer: string, digits: number): string {
  const { units, scale } = scaled(integer);
  return textOf({ units, scale: scale + digits });
}

function scaled(text: string): Scaled {
  const match = pattern.exec(text);
  if (!match) throw new RangeError(`not a decimal number: ${text}`);
  const [, sign = '', whole = '0', fraction = ''] = match;
  const units = BigInt(whole + fraction);
  return { units: sign ? -units : units, scale: fraction.length };
}

function unitsAt({ units, scale }: Scaled, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - scale);
}

function textOf({ units, scale }: Scaled): string {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return scale === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-scale)}`;
}

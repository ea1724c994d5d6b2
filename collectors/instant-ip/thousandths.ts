/**
 * Exact fixed point with three decimals (REQUIREMENTS I2): an amount is a bigint of thousandths, never a float.
 * Two notations: decimal text ("-12.500") and the fixed-width record's digits with an implied point ("-0000012500").
 */

/** Decimal text with exactly three decimals: 12500n is "12.500". */
export function printThousandths(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(4, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

/**
 * Reads decimal text with at most `digits` digits, three of them after the point ("1", "1.5", "-0.125"); null when it
 * is anything else: no exponent, no sign but a minus, no separators, no fourth decimal.
 */
export function parseThousandths(text: string, digits: number): bigint | null {
  // Longer text can't be valid; it must not reach the expression or the conversion.
  if (text.length > digits + 2) return null;
  const found = /^(-?)(\d+)(?:\.(\d{1,3}))?$/.exec(text);
  if (!found) return null;
  const [, minus, whole = '', decimals = ''] = found;
  if (whole.length > digits - 3) return null;
  const value = BigInt(whole + decimals.padEnd(3, '0'));
  return minus ? -value : value;
}

/**
 * `width` digits with an implied point and leading zeros; a minus takes the place of the top digit, so a negative has
 * one digit less. Null when the value doesn't fit.
 */
export function printImplied(value: bigint, width: number): string | null {
  const digits = (value < 0n ? -value : value).toString();
  const room = value < 0n ? width - 1 : width;
  if (digits.length > room) return null;
  return `${value < 0n ? '-' : ''}${digits.padStart(room, '0')}`;
}

/** Reads what `printImplied` writes; null when it is anything else. */
export function parseImplied(text: string, width: number): bigint | null {
  if (text.length !== width || !/^-?\d+$/.test(text)) return null;
  return BigInt(text);
}

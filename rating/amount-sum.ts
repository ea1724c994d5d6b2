/** An exact running sum of amounts of any scale: an integer while it grows, a decimal string at its end. */

import { decimalPlaces, fromScaled, negated, plus, rescaled, shrink, type Whole } from './money.ts';

export class AmountSum {
  #units: Whole = 0;
  #scale = 0;

  constructor(amount = '0') {
    this.addDecimal(amount);
  }

  /** Adds units of 10^-scale. */
  add(units: Whole, scale: number): void {
    if (scale > this.#scale) {
      this.#units = finer(this.#units, scale - this.#scale);
      this.#scale = scale;
    }
    this.#units = plus(this.#units, finer(units, this.#scale - scale));
  }

  /** Adds a plain decimal number, or takes it away. */
  addDecimal(amount: string, sign: 1 | -1 = 1): void {
    const units = digitsOf(amount);
    this.add(sign === 1 ? units : negated(units), decimalPlaces(amount));
  }

  /** With so many decimals, rounded half away from zero. */
  rounded(digits: number): string {
    return fromScaled(rescaled(this.#units, this.#scale, digits), digits);
  }

  /** With the largest number of decimals that was added. */
  toString(): string {
    return fromScaled(this.#units, this.#scale);
  }
}

/**
 * A plain decimal number without its point.
 * @throws SyntaxError if it is none
 */
function digitsOf(amount: string): Whole {
  const { length } = amount;
  if (length > safeLength) return shrink(BigInt(amount.replace('.', '')));
  const isNegative = amount.charCodeAt(0) === minus;
  let digits = 0;
  for (let n = isNegative ? 1 : 0; n < length; n++) {
    const digit = amount.charCodeAt(n) - zero;
    if (digit >= 0 && digit <= 9) digits = 10 * digits + digit;
    else if (digit !== point - zero || amount.indexOf('.') !== n) throw new SyntaxError(`not a number: ${amount}`);
  }
  return isNegative ? negated(digits) : digits;
}

/** Of so many digits every number is safe (below 2^53). */
const safeLength = 15;
const [minus, point, zero] = [0x2d, 0x2e, 0x30];

function finer(units: Whole, places: number): Whole {
  return places === 0 || units === 0 ? units : shrink(BigInt(units) * 10n ** BigInt(places));
}

/** An exact running sum of amounts of any scale: an integer while it grows, a decimal string at its end. */

import { decimalPlaces, fromScaled, plus, rescaled, shrink, type Whole } from './money.ts';

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

  /** Adds a plain decimal number. */
  addDecimal(amount: string): void {
    this.add(shrink(BigInt(amount.replace('.', ''))), decimalPlaces(amount));
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

function finer(units: Whole, places: number): Whole {
  return places === 0 || units === 0 ? units : shrink(BigInt(units) * 10n ** BigInt(places));
}

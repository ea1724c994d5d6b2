/** A sum of octets that stays exact beyond 2^53: whole lots of 2^52 are kept apart. */

const lot = 2 ** 52;

export class OctetCounter {
  #rest = 0;
  #lots = 0;

  /** Adds an integer from 0 to 2^52 − 1. */
  add(octets: number): void {
    this.#rest += octets;
    if (this.#rest >= lot) {
      this.#rest -= lot;
      this.#lots++;
    }
  }

  get value(): bigint {
    return BigInt(this.#lots) * BigInt(lot) + BigInt(this.#rest);
  }
}

/**
 * Use by bins of five minutes within a period: sums in base units, kept by blocks of a day so that writing them again costs
 * only the day that has changed. A month has 8,640 to 8,940 of them; as text they take some seven characters each.
 */

import { plus, shrink, type Whole } from './money.ts';

export const BIN_MS = 300_000;
const BLOCK = 288;
/** A month of 31 days and the hour that a change of clocks may add. */
export const BINS_MAX = 31 * BLOCK + 12;

interface Block {
  readonly sums: Whole[];
  text: string | null;
}

export class Bins {
  readonly #blocks: (Block | undefined)[] = [];

  /** Sum of a bin. */
  at(bin: number): Whole {
    return this.#blocks[Math.floor(bin / BLOCK)]?.sums[bin % BLOCK] ?? 0;
  }

  /** Adds use to a bin from 0 to `BINS_MAX` − 1. */
  add(bin: number, use: Whole): void {
    if (!(bin >= 0 && bin < BINS_MAX)) throw new RangeError(`bin ${bin} of a month`);
    const place = Math.floor(bin / BLOCK);
    let block = this.#blocks[place];
    if (!block) {
      block = { sums: [], text: null };
      this.#blocks[place] = block;
    }
    while (block.sums.length <= bin % BLOCK) block.sums.push(0);
    block.sums[bin % BLOCK] = plus(block.sums[bin % BLOCK]!, use);
    block.text = null;
  }

  /** Sums other than 0, in no order. */
  sums(): Whole[] {
    return this.#blocks.flatMap((block) => block?.sums.filter((sum) => sum !== 0) ?? []);
  }

  copy(): Bins {
    const copy = new Bins();
    for (const [place, block] of this.#blocks.entries()) {
      if (block) copy.#blocks[place] = { sums: block.sums.slice(), text: block.text };
    }
    return copy;
  }

  /** Letters, digits, commas and semicolons: numbers to the base of 36, one block after the other. */
  encode(): string {
    const texts: string[] = [];
    for (let place = 0; place < this.#blocks.length; place++) {
      const block = this.#blocks[place];
      if (block) block.text ??= block.sums.map((sum) => (sum === 0 ? '' : sum.toString(36))).join(',');
      texts.push(block?.text ?? '');
    }
    return texts.join(';');
  }

  static decode(text: string): Bins {
    const bins = new Bins();
    for (const [place, block] of text.split(';').entries()) {
      if (block === '') continue;
      bins.#blocks[place] = { sums: block.split(',').map(fromText), text: block };
    }
    return bins;
  }
}

/** A double is exact up to ten digits to the base of 36. */
function fromText(digits: string): Whole {
  if (digits.length <= 10) return digits === '' ? 0 : Number.parseInt(digits, 36);
  let sum = 0n;
  for (const digit of digits) sum = sum * 36n + BigInt(Number.parseInt(digit, 36));
  return shrink(sum);
}

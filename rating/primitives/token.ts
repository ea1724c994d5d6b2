/** Reading of what arrives on a primitive's edges. */

import type { LineCharge, Token } from '../primitive.ts';

/** Use on all edges together, base units. */
export function sumOf(inputs: readonly Token[]): bigint {
  let sum = 0n;
  for (const token of inputs) if (typeof token === 'bigint') sum += token;
  return sum;
}

/** Charges of all edges, in their order; null reads as none (REQUIREMENTS P55). */
export function chargesOf(inputs: readonly Token[]): readonly LineCharge[] {
  return inputs.flatMap((token) => (token !== null && typeof token !== 'bigint' ? token : []));
}

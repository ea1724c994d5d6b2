/**
 * Repeatable chance: numbers that depend on a seed alone, so that a run can be replayed from the seed it prints.
 * Not for secrets.
 */

/** A 32-bit hash of (seed, index): the same pair always gives the same number, in any order of asking. */
export function chanceAt(seed: number, index: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul((index + 1) | 0, 0xc2b2ae35);
  // Indices beyond 2^32 still differ: their upper part is mixed in as well.
  hash ^= Math.imul((index / 0x1_0000_0000) | 0, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** True for a share (0…1) of all indices. */
export function happensAt(seed: number, index: number, share: number): boolean {
  return share > 0 && chanceAt(seed, index) < share * 0x1_0000_0000;
}

/** A stream of numbers in [0, 1) from a seed. */
export function randomStream(seed: number): () => number {
  let index = 0;
  return () => chanceAt(seed, index++) / 0x1_0000_0000;
}

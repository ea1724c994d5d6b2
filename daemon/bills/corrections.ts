/**
 * A correction as a posting of the log: a charge of kind `correction` on a line of its own, whose primitive names the
 * number of the charge it corrects (`correction:17`; no primitive of a plan has a colon in its id).
 */
import { addDecimal, negatedDecimal, type Posting } from '../../rating/index.ts';
import type { ChargeRow, StoredCorrection } from '../store/store.ts';

export interface Correction {
  readonly charge: ChargeRow;
  /** What is added to the bill; negative where too much was charged. */
  readonly amount: string;
  readonly reason: string;
  readonly currency: string;
  /** It goes on the bill of this instant, UTC epoch ms. */
  readonly atMs: number;
}

export function correctionOf({ charge, amount, reason, currency, atMs }: Correction): Posting {
  const { planId, version } = charge.line;
  return {
    planId,
    version,
    primitive: `correction:${charge.seq}`,
    label: `Correction: ${reason}`,
    unit: '',
    amount,
    baseQuantity: 0n,
    currency,
    atMs,
    kind: 'correction',
  };
}

/** Number of the charge that a line or charge of this primitive corrects; null where it is no correction. */
export function correctedBy(primitive: string): number | null {
  const match = /^correction:(\d{1,15})$/.exec(primitive);
  return match ? Number(match[1]) : null;
}

/**
 * What a charge is by now: itself, the charges that correct it, and what was corrected and is not rated yet. A correction
 * is known in the store from its making on, and among the charges once it is rated; by its time and amount it is found
 * there. Those of an earlier meterd are only among the charges.
 */
export function amountByNow(
  charge: ChargeRow,
  corrections: readonly ChargeRow[],
  known: readonly StoredCorrection[],
): string {
  const unrated = [...known];
  let amount = charge.amount;
  for (const posted of corrections) {
    amount = addDecimal(amount, posted.amount);
    const index = unrated.findIndex(({ atMs, amount }) => atMs === posted.atMs && isSame(amount, posted.amount));
    if (index !== -1) unrated.splice(index, 1);
  }
  return unrated.reduce((sum, correction) => addDecimal(sum, correction.amount), amount);
}

export function isSame(a: string, b: string): boolean {
  return isNothing(addDecimal(a, negatedDecimal(b)));
}

/** 0 with any number of decimals. */
export function isNothing(amount: string): boolean {
  return !/[1-9]/.test(amount);
}

/**
 * A correction as a posting of the log: a charge of kind `correction` on a line of its own, whose primitive names the
 * number of the charge it corrects (`correction:17`; no primitive of a plan has a colon in its id).
 */
import type { Posting } from '../../rating/index.ts';
import type { ChargeRow } from '../store/store.ts';

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

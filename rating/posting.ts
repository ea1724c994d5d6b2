/** Charges that another account's plan posts to this one (REQUIREMENTS P62, DESIGN §3.10). */

import { chargesOf, labelled, type Movement, move, movementOf } from './charge.ts';
import { lineOf } from './lines.ts';
import { decimalPlaces, shrink, toScaled } from './money.ts';
import { billPeriodAt } from './period.ts';
import type { AccountState } from './state.ts';
import type { AccountTerms, RatedCharge, RateResult } from './terms.ts';
import { EARLIEST_MS, isZone, LATEST_MS } from './zone.ts';

/** A charge as the other account's rating gave it, and the instant of its use, UTC epoch ms. */
export interface Posting
  extends Pick<RatedCharge, 'planId' | 'version' | 'primitive' | 'label' | 'unit' | 'amount' | 'baseQuantity'> {
  readonly currency: string;
  readonly atMs: number;
  /** Default: `usage`. */
  readonly kind?: 'usage' | 'correction';
}

/** Such lines stand behind those of the account's own plan. */
const PLACE = 100_000;

/** Posts the charge to the bill of its instant; the state changes only when the result is ok. */
export function postFromOther(terms: AccountTerms, state: AccountState, posting: Posting): RateResult {
  const { planId, version, primitive, label, unit, amount, baseQuantity, currency, atMs } = posting;
  if (!Number.isSafeInteger(atMs) || atMs < EARLIEST_MS || atMs > LATEST_MS) {
    return { ok: false, reason: 'out-of-range', detail: 'before 1900 or after 2200' };
  }
  if (!isZone(terms.zone)) return { ok: false, reason: 'unknown-zone', detail: terms.zone };
  if (currency !== terms.currency) {
    return { ok: false, reason: 'currency', detail: `a charge in ${currency} for an account in ${terms.currency}` };
  }
  const scale = decimalPlaces(amount);
  const name = { planId, version, primitive, place: PLACE, scale, label, unit };
  const { line, bill } = lineOf(terms, state, name, billPeriodAt(terms.zone, terms.cycleDay, atMs));
  const movements: Movement[] = [];
  const movement = movementOf({
    line,
    label: labelled(label, line.adjustsMs, terms.zone),
    unit,
    kind: posting.kind ?? 'usage',
    bill,
    account: null,
    currency: null,
  });
  move(movements, movement, shrink(toScaled(amount, scale)), shrink(baseQuantity));
  return { ok: true, charges: chargesOf(movements) };
}

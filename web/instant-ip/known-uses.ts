/**
 * The last uses, newest first: what the bill brought and what has arrived since. Numbers have no gaps, so a missing one
 * ends the list: nothing is shown as if there were nothing in between.
 */
import type { LiveCharge } from '../../daemon/contract.ts';
import type { LiveState } from '../live.ts';

export function knownUses({ bill, recent }: Pick<LiveState, 'bill' | 'recent'>): readonly LiveCharge[] {
  if (bill === null) return [];
  const bySeq = new Map([...(bill.recent ?? []), ...recent].map((charge) => [charge.seq, charge]));
  const uses: LiveCharge[] = [];
  for (let seq = bill.seq; ; seq--) {
    const use = bySeq.get(seq);
    if (use === undefined) return uses;
    uses.push(use);
  }
}

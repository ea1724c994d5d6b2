/** Movements on bill lines to the charges that are posted. */

import type { Movement } from './frame.ts';
import { fromScaled } from './money.ts';
import { localDate } from './period.ts';
import { type RatedCharge, unitOfNode } from './terms.ts';
import { zoneNamed } from './zone.ts';

/** Charges in the order of bills and of the plan; movements that came to nothing are left out. */
export function chargesOf(zone: string, movements: readonly Movement[]): RatedCharge[] {
  const ordered =
    movements.length < 2
      ? movements
      : [...movements].sort((a, b) => a.bill.fromMs - b.bill.fromMs || a.node.index - b.node.index);
  const charges: RatedCharge[] = [];
  for (const { line, segment, node, kind, bill, amount, quantity } of ordered) {
    if (kind === 'usage' && amount === 0 && quantity === 0) continue;
    charges.push({
      planId: segment.planId,
      version: segment.version,
      primitive: node.id,
      label: labelled(node.label, line.adjustsMs, zone),
      unit: unitOfNode(node),
      kind,
      periodFromMs: bill.fromMs,
      periodToMs: bill.toMs,
      amount: fromScaled(amount, line.scale),
      baseQuantity: BigInt(quantity),
    });
  }
  return charges;
}

/** A line's label; late use of a closed bill is marked as an adjustment of it (DESIGN §3.4). */
export function labelled(label: string, adjustsMs: number | null, zone: string): string {
  return adjustsMs === null ? label : `${label} (adjustment of the bill from ${localDate(zoneNamed(zone), adjustsMs)})`;
}

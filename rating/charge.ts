/** Movements on bill lines to the charges that are posted. */

import type { Whole } from './money.ts';
import { fromScaled, plus } from './money.ts';
import { localDate, type Span } from './period.ts';
import type { LineTotal } from './state.ts';
import type { RatedCharge } from './terms.ts';
import { zoneNamed } from './zone.ts';

/** What moved on one line during one call. */
export interface Movement {
  readonly line: LineTotal;
  /** As the plan names the line. */
  readonly label: string;
  readonly unit: string;
  readonly kind: RatedCharge['kind'];
  /** Period of the bill the line is on. */
  readonly bill: Span;
  amount: Whole;
  quantity: Whole;
  /** Not null where the line is on another account's bill. */
  readonly account: string | null;
  readonly currency: string | null;
}

/** Adds a movement to its line and to the list, joining it with an earlier one of the same line and kind. */
export function move(movements: Movement[], movement: Movement): void {
  const { line } = movement;
  line.amount = plus(line.amount, movement.amount);
  line.quantity = plus(line.quantity, movement.quantity);
  for (const earlier of movements) {
    if (earlier.line !== line || earlier.kind !== movement.kind) continue;
    earlier.amount = plus(earlier.amount, movement.amount);
    earlier.quantity = plus(earlier.quantity, movement.quantity);
    return;
  }
  movements.push(movement);
}

/** Charges in the order of bills and of the plan; movements that came to nothing are left out. */
export function chargesOf(zone: string, movements: readonly Movement[]): RatedCharge[] {
  const ordered = isOrdered(movements) ? movements : [...movements].sort(compareMovements);
  const charges: RatedCharge[] = [];
  for (const { line, label, unit, kind, bill, amount, quantity, account, currency } of ordered) {
    if ((kind === 'usage' || account !== null) && amount === 0 && quantity === 0) continue;
    const charge: RatedCharge = {
      planId: line.planId,
      version: line.version,
      primitive: line.primitive,
      label: labelled(label, line.adjustsMs, zone),
      unit,
      kind,
      periodFromMs: bill.fromMs,
      periodToMs: bill.toMs,
      amount: fromScaled(amount, line.scale),
      baseQuantity: BigInt(quantity),
    };
    charges.push(account === null ? charge : { ...charge, account, currency: currency! });
  }
  return charges;
}

function compareMovements(a: Movement, b: Movement): number {
  return a.bill.fromMs - b.bill.fromMs || a.line.place - b.line.place;
}

/** Mostly they are: a plan posts in its own order. */
function isOrdered(movements: readonly Movement[]): boolean {
  for (let i = 1; i < movements.length; i++) if (compareMovements(movements[i - 1]!, movements[i]!) > 0) return false;
  return true;
}

/** A line's label; late use of a closed bill is marked as an adjustment of it (DESIGN §3.4). */
export function labelled(label: string, adjustsMs: number | null, zone: string): string {
  return adjustsMs === null ? label : `${label} (adjustment of the bill from ${localDate(zoneNamed(zone), adjustsMs)})`;
}

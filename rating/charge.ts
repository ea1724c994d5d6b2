/** Movements on bill lines to the charges that are posted. */

import type { Whole } from './money.ts';
import { fromScaled, plus } from './money.ts';
import { localDate, type Span } from './period.ts';
import type { LineTotal } from './state.ts';
import type { RatedCharge } from './terms.ts';
import { zoneNamed } from './zone.ts';

/** A bill line, and what moved on it during the call at hand. */
export interface Movement {
  readonly line: LineTotal;
  /** As charges name the line. */
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

/** What names a movement: its line, and how its charge is told. */
export type MovementName = Omit<Movement, 'amount' | 'quantity'>;

/** A movement of nothing yet. Whoever posts to the same line again may use it again in the next call. */
export function movementOf({ line, label, unit, kind, bill, account, currency }: MovementName): Movement {
  return { line, label, unit, kind, bill, account, currency, amount: 0, quantity: 0 };
}

/**
 * Adds to a movement's line and puts the movement into the list of the call; if one of the same line and kind is there
 * already, it takes what is added.
 */
export function move(movements: Movement[], movement: Movement, amount: Whole, quantity: Whole): void {
  const { line } = movement;
  line.amount = plus(line.amount, amount);
  line.quantity = plus(line.quantity, quantity);
  for (let i = 0; i < movements.length; i++) {
    const earlier = movements[i]!;
    if (earlier.line !== line || earlier.kind !== movement.kind) continue;
    earlier.amount = plus(earlier.amount, amount);
    earlier.quantity = plus(earlier.quantity, quantity);
    return;
  }
  movement.amount = amount;
  movement.quantity = quantity;
  movements.push(movement);
}

/** Charges in the order of bills and of the plan; movements that came to nothing are left out. */
export function chargesOf(movements: readonly Movement[]): RatedCharge[] {
  const ordered = isOrdered(movements) ? movements : [...movements].sort(compareMovements);
  const charges: RatedCharge[] = [];
  for (let i = 0; i < ordered.length; i++) {
    const { line, label, unit, kind, bill, amount, quantity, account, currency } = ordered[i]!;
    if ((kind === 'usage' || account !== null) && amount === 0 && quantity === 0) continue;
    const charge: RatedCharge = {
      planId: line.planId,
      version: line.version,
      primitive: line.primitive,
      label,
      unit,
      kind,
      periodFromMs: bill.fromMs,
      periodToMs: bill.toMs,
      amount: fromScaled(amount, line.scale),
      baseQuantity: quantity === 0 ? 0n : BigInt(quantity),
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

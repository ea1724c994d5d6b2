/** What either evaluator of a plan offers to the shell of rating. */

import type { Occasion } from './evaluate.ts';
import type { Missing, Resolved } from './facts.ts';
import type { Layout } from './layout.ts';
import type { Whole } from './money.ts';
import type { Plan } from './plan.ts';
import type { CellWorth } from './primitive.ts';
import type { Accumulator, NodeMemory } from './state.ts';
import type { Calendar } from './stretch.ts';

/** Where a plan's primitives stand for one account while no period ends and no window opens or closes. */
export interface Standing {
  /** By slot of the layout. */
  readonly accumulators: readonly Accumulator[];
  readonly memories: readonly NodeMemory[];
  /** By window of the layout. */
  readonly open: readonly boolean[];
  /** Receives what moved on a bill line: amount at the plan's scale, quantity in base units. */
  post(line: number, amount: Whole, quantity: Whole): void;
  /** The same for another account (REQUIREMENTS P62). */
  postTo(account: string, line: number, amount: Whole, quantity: Whole, node: number): void;
  /** Memory of a node that has no slot. */
  memory(node: number): NodeMemory;
  /** Running amount of a node on the charges' side, by place among the cells of the layout. */
  cell(place: number): Accumulator;
  /** Running total of a node under a name of its own, at a rate that a key names. */
  tally(node: number, name: string, worth: CellWorth): Accumulator;
  /** By node: what its `facts` found. */
  readonly facts: readonly (Resolved | Missing | undefined)[];
  /** Says that the use a node watches has gone beyond its limit. */
  flag(node: number, total: Whole): void;
}

export interface Rater {
  readonly plan: Plan;
  readonly layout: Layout;
  readonly kind: 'interpreted' | 'compiled';
  /** Stretches of time already worked out, by zone and cycle day. */
  readonly calendars: Map<string, Calendar>;
  /** Fires the plan once for a quantity ≥ 0 of one meter that lies within the standing. @throws Refused */
  rate(standing: Standing, meter: string, quantity: Whole, occasion: Occasion): void;
  /** Fires what follows a node for an amount that time brings, at the plan's scale. @throws Refused */
  charge(standing: Standing, node: number, amount: Whole, occasion: Occasion): void;
}

/** What either evaluator of a plan offers to the shell of rating. */

import type { Layout } from './layout.ts';
import type { Whole } from './money.ts';
import type { Plan } from './plan.ts';
import type { Occasion } from './primitive.ts';
import type { Accumulator, NodeMemory } from './state.ts';
import type { Calendar } from './stretch.ts';

/** Receives what moved on the bill line of a node: amount at the plan's scale, quantity in base units. */
export type Post = (node: number, amount: Whole, quantity: Whole) => void;

/** Where a plan's primitives stand for one account while no period ends and no window opens or closes. */
export interface Standing {
  /** By slot of the layout. */
  readonly accumulators: readonly Accumulator[];
  readonly memories: readonly NodeMemory[];
  /** By window of the layout. */
  readonly open: readonly boolean[];
  readonly post: Post;
}

export interface Rater {
  readonly plan: Plan;
  readonly layout: Layout;
  readonly kind: 'interpreted' | 'compiled';
  /** Stretches of time already worked out, by zone and cycle day. */
  readonly calendars: Map<string, Calendar>;
  /** Fires the plan once for a quantity > 0 of one meter that lies within the standing. */
  rate(standing: Standing, meter: string, quantity: Whole, occasion: Occasion): void;
}

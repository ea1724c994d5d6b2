/** The reference evaluator: walks the graph and asks each primitive for its definition (DESIGN §3.1). */

import { primitiveOf } from './catalog.ts';
import { layoutOf } from './layout.ts';
import type { Plan } from './plan.ts';
import { SOURCE } from './plan.ts';
import type { Token, TraceEntry } from './primitive.ts';
import { OTHER_METER } from './quantity.ts';
import type { Rater } from './rater.ts';

/** A rater that is slow and right; `trace` hears how each amount came about. */
export function interpretPlan(plan: Plan, trace?: (entry: TraceEntry) => void): Rater {
  const layout = layoutOf(plan);
  const primitives = plan.nodes.map(primitiveOf);
  return {
    plan,
    layout,
    kind: 'interpreted',
    calendars: new Map(),
    rate(standing, meter, quantity, occasion) {
      const route = layout.routes.get(meter) ?? layout.routes.get(OTHER_METER)!;
      const use = BigInt(quantity);
      const tokens: Token[] = plan.nodes.map(() => null);
      for (const index of plan.order) {
        const node = plan.nodes[index]!;
        const primitive = primitives[index]!;
        if (primitive.input === 'usage' && !route[index]) continue;
        const slot = layout.slotOf[index]!;
        tokens[index] = primitive.evaluate(
          node,
          node.inputs.map((input) => (input === SOURCE ? use : tokens[input]!)),
          {
            accumulator: standing.accumulators[slot],
            memory: standing.memories[slot],
            open: standing.open[layout.windowOf[index]!] ?? false,
            occasion,
            scale: plan.scale,
            post: (charge) => standing.post(charge.node, charge.amount, charge.quantity),
            trace,
          },
        );
      }
    },
  };
}

/** The reference evaluator: walks the graph and asks each primitive for its definition (DESIGN §3.1). */

import { primitiveOf } from './catalog.ts';
import { attributeOf, type EvaluateContext, type LineCharge, type Occasion, type Use } from './evaluate.ts';
import { Refused } from './facts.ts';
import { layoutOf } from './layout.ts';
import { type Plan, SOURCE } from './plan.ts';
import { OTHER_METER } from './quantity.ts';
import type { Rater, Standing } from './rater.ts';
import type { Place } from './tables/locations.ts';
import type { TraceEntry } from './trace.ts';

/** A rater that is slow and right; `trace` hears how each amount came about. */
export function interpretPlan(plan: Plan, trace?: (entry: TraceEntry) => void): Rater {
  const layout = layoutOf(plan);
  return {
    plan,
    layout,
    kind: 'interpreted',
    calendars: new Map(),
    rate(standing, meter, quantity, occasion) {
      walk({ plan, standing, occasion, meter, trace }, BigInt(quantity), null);
    },
    charge(standing, node, amount, occasion) {
      walk({ plan, standing, occasion, meter: '', trace }, 0n, { line: node, amount, quantity: 0 });
    },
  };
}

interface Walk {
  readonly plan: Plan;
  readonly standing: Standing;
  readonly occasion: Occasion;
  readonly meter: string;
  readonly trace: ((entry: TraceEntry) => void) | undefined;
  /** Stops where use becomes charges. */
  readonly usageOnly?: boolean;
  /** Hears the running total before each use that is counted against an edge. */
  readonly atEdge?: (node: number, before: bigint, use: bigint) => void;
}

/** Fires every primitive once, in order: from use at the source, or from a charge that stands at its primitive. */
export function walk(job: Walk, quantity: bigint, start: LineCharge | null): void {
  const { plan, standing, occasion, meter, trace } = job;
  const layout = layoutOf(plan);
  const route = meter === '' ? null : (layout.routes.get(meter) ?? layout.routes.get(OTHER_METER)!);
  const uses: bigint[][] = plan.nodes.map((_, index) => (route?.gives[index] ?? []).map(() => 0n));
  const charges: LineCharge[][] = plan.nodes.map(() => []);
  const places = new Map<number, Place | null>();
  const totals = new Map<string, bigint>();
  if (start) charges[start.line]!.push(start);
  for (const index of plan.order) {
    const node = plan.nodes[index]!;
    const primitive = primitiveOf(node);
    if (primitive.input === null || (job.usageOnly && primitive.output !== 'usage')) continue;
    const taken = route?.takes[index] ?? [];
    const arriving = taken.map(
      (kind): Use => ({
        ...kind,
        quantity: kind.sources.reduce(
          (sum, { node: from, out }) => sum + (from === SOURCE ? quantity : uses[from]![out]!),
          0n,
        ),
      }),
    );
    const charged = node.inputs.flatMap((input) => (input === SOURCE ? [] : charges[input]!));
    if (primitive.input === 'usage' ? !route?.needed[index] : charged.length === 0) continue;
    const fact = () => {
      const found = standing.facts[index];
      if (found && 'reason' in found) throw new Refused(found.reason, found.detail);
      return found?.value;
    };
    const context: EvaluateContext = {
      scale: plan.scale,
      nodes: plan.nodes,
      standing,
      occasion,
      meter,
      accumulator: standing.accumulators[layout.slotOf[index]!],
      memory: () => standing.memory(index),
      open: standing.open[layout.windowOf[index]!] ?? false,
      flow: layout.byNode[index]!,
      lines: layout.lines,
      reaching: layout.reaching[index]!,
      totals,
      fact,
      attribute: (use, name) => {
        const place = name === 'country' || name === 'region' ? places.get(use.mapper) : null;
        return place?.[name as 'country' | 'region'] ?? attributeOf(occasion.attributes, name);
      },
      counted: (before, use) => job.atEdge?.(index, before, use),
      located: (place) => places.set(index, place),
      give(out, amount) {
        uses[index]![out]! += amount;
      },
      charge: (charge) => charges[index]!.push(charge),
      trace: trace
        ? (entry) => trace({ node: index, fromMs: occasion.fromMs, toMs: occasion.toMs, meter, ...entry })
        : undefined,
    };
    primitive.evaluate(node, { uses: arriving, charges: charged }, context);
  }
}

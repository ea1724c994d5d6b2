/**
 * Where one allowance is shared by several meters (octets in and out), it ends at one instant for all of them. This
 * tells whether that instant is within a part of a record, which is then cut in two until it is not (DESIGN §3.3).
 */

import { primitiveOf } from './catalog.ts';
import type { Frame } from './frame.ts';
import { SOURCE } from './plan.ts';
import { OTHER_METER } from './quantity.ts';

/** Whether an allowance ends strictly within these quantities, more than one of which is counted by it. */
export function allowanceEndsWithin(
  frame: Frame,
  parts: readonly { readonly meter: string; readonly quantity: bigint }[],
): boolean {
  const { plan, layout } = frame.rater;
  if (!layout.sharedAllowance) return false;
  const routes = parts.map(({ meter }) => layout.routes.get(meter) ?? layout.routes.get(OTHER_METER)!);
  const source = parts.map((part) => part.quantity);
  const passed = new Map<number, bigint[]>([[SOURCE, source]]);
  for (const index of plan.order) {
    const node = plan.nodes[index]!;
    const primitive = primitiveOf(node);
    if (primitive.input !== 'usage' || primitive.output !== 'usage') continue;
    const closed = primitive.window && !frame.open[layout.windowOf[index]!];
    const uses = parts.map((_, i) =>
      closed || !routes[i]![index] ? 0n : node.inputs.reduce((sum, input) => sum + (passed.get(input)?.[i] ?? 0n), 0n),
    );
    passed.set(index, uses);
    if (!primitive.allowance) continue;
    const left = primitive.allowance(node) - BigInt(frame.accumulators[layout.slotOf[index]!]!.total);
    const sum = uses.reduce((a, b) => a + b, 0n);
    if (left > 0n && left < sum && uses.filter((use) => use > 0n).length > 1) return true;
    // Wholly free, or wholly passed on; a single meter is cut by quantity.
    if (left >= sum)
      passed.set(
        index,
        uses.map(() => 0n),
      );
    else if (left > 0n)
      passed.set(
        index,
        uses.map((use) => (use > 0n ? use - left : 0n)),
      );
  }
  return false;
}

/**
 * Where one allowance or threshold counts several meters (octets in and out), its edge is one instant for all of them.
 * This tells whether that instant is within a part of a record, which is then cut in two until it is not (DESIGN §3.3).
 */

import { primitiveOf } from './catalog.ts';
import type { Occasion } from './evaluate.ts';
import type { Frame } from './frame.ts';
import { walk } from './interpret.ts';
import type { NodeMemory } from './state.ts';

interface Part {
  readonly meter: string;
  readonly quantity: bigint;
}

/** Whether an edge lies strictly within these quantities, more than one of which is counted there. */
export function edgeWithin(frame: Frame, parts: readonly Part[], occasion: Occasion): boolean {
  const { layout } = frame.rater;
  if (layout.sharedEdges.length === 0) return false;
  const used = parts.filter(({ quantity }) => quantity > 0n);
  if (used.length < 2 || !mayCross(frame, used)) return false;
  // What would be counted, tried on copies: each meter's use at each edge, and the total before any of it.
  const counted = new Map<number, { before: bigint; uses: bigint[] }>();
  const trial = standIn(frame);
  const tried: Occasion = { ...occasion, progress: occasion.progress && new Map(occasion.progress) };
  for (const { meter, quantity } of used) {
    walk(
      {
        plan: frame.rater.plan,
        standing: trial,
        occasion: tried,
        meter,
        trace: undefined,
        usageOnly: true,
        atEdge(node, before, use) {
          const known = counted.get(node);
          if (known) known.uses.push(use);
          else counted.set(node, { before, uses: [use] });
        },
      },
      quantity,
      null,
    );
  }
  for (const [index, { before, uses }] of counted) {
    const node = frame.rater.plan.nodes[index]!;
    const left = primitiveOf(node).edge!(node) - before;
    const sum = uses.reduce((a, b) => a + b, 0n);
    if (left > 0n && left < sum && uses.filter((use) => use > 0n).length > 1) return true;
  }
  return false;
}

/** A quick no: totals that stay below their edge even with everything, or are beyond it already. */
function mayCross({ rater: { layout }, accumulators }: Frame, used: readonly Part[]): boolean {
  if (layout.attributeQuantities) return true;
  const sum = used.reduce((total, { quantity }) => total + quantity, 0n);
  return layout.sharedEdges.some(({ edge, slots }) => {
    if (slots === null) return true;
    return slots.some((slot) => {
      const left = edge - BigInt(accumulators[slot]!.total);
      return left > 0n && left < sum;
    });
  });
}

/** A standing that may be used up: its totals are copies and nothing is posted. */
function standIn(frame: Frame): Frame {
  const memories = new Map<number, NodeMemory>();
  return {
    ...frame,
    accumulators: frame.accumulators.map((accumulator) => ({ ...accumulator })),
    memory(node) {
      let memory = memories.get(node);
      if (!memory) {
        const real = frame.memory(node);
        memory = { key: real.key, accumulators: [], occasions: new Map(real.occasions) };
        memories.set(node, memory);
      }
      return memory;
    },
    flag() {},
  };
}

/**
 * Where one allowance or threshold counts several meters (octets in and out), its edge is one instant for all of them.
 * This tells whether that instant is within a part of a record, which is then cut in two until it is not (DESIGN §3.3).
 */

import { primitiveOf } from './catalog.ts';
import type { Occasion } from './evaluate.ts';
import type { Frame } from './frame.ts';
import { walk } from './interpret.ts';
import { plus, shrink, type Whole } from './money.ts';
import type { Standing } from './rater.ts';
import { type NodeMemory, newMemory } from './state.ts';

interface Part {
  readonly meter: string;
  readonly quantity: bigint;
}

/** Whether an edge lies strictly within these quantities, more than one of which is counted there. */
export function edgeWithin(frame: Frame, parts: readonly Part[], occasion: Occasion): boolean {
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

/** Whether the edge of several meters may lie within these: no, while all they count stays below it or is beyond it. */
export function mayCross({ rater: { layout }, accumulators }: Frame, parts: readonly Part[]): boolean {
  if (layout.sharedEdges.length === 0 || parts.length < 2) return false;
  if (layout.attributeQuantities) return true;
  let sum: Whole = 0;
  for (let i = 0; i < parts.length; i++) sum = plus(sum, shrink(parts[i]!.quantity));
  for (const { edge, slots } of layout.sharedEdges) {
    if (slots === null) return true;
    for (const slot of slots) {
      const { total } = accumulators[slot]!;
      if (total < edge && plus(total, sum) > edge) return true;
    }
  }
  return false;
}

/** A standing that may be used up: its totals are copies and nothing is posted. */
function standIn(frame: Frame): Standing {
  const memories = new Map<number, NodeMemory>();
  return {
    accumulators: frame.accumulators.map((accumulator) => ({ ...accumulator })),
    memories: frame.memories,
    open: frame.open,
    facts: frame.facts,
    post() {},
    postTo() {},
    memory(node) {
      let memory = memories.get(node);
      if (!memory) {
        const real = frame.memory(node);
        memory = { ...newMemory(real.key), occasions: real.occasions && new Map(real.occasions) };
        memories.set(node, memory);
      }
      return memory;
    },
    cell: (place) => frame.cell(place),
    tally: (node, name, worth) => frame.tally(node, name, worth),
    flag() {},
  };
}

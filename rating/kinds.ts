/**
 * What use gets where: for each meter that can be reported, the kinds of use that arrive at every primitive. Worked out
 * once, so that use a part of the graph can't see costs nothing there (REQUIREMENTS P71).
 */

import { primitiveOf } from './catalog.ts';
import { type PlanNode, SOURCE } from './plan.ts';
import { meterNamed } from './quantity.ts';

/** Use that is alike in everything a primitive can tell apart: each has a variable of its own in generated code. */
export interface UseKind {
  readonly meter: string;
  /** A UsageTypeSelector has chosen it. */
  readonly explicit: boolean;
  /** A UsageTypeClassifier made it of another meter's quantity, or of an attribute's. */
  readonly derived: 'no' | 'quantity' | 'attribute';
  /** The last IptoLocationMapper on its way, −1 for none. */
  readonly mapper: number;
  /** The last accumulator on its way and which of its kinds it was there. */
  readonly total: { readonly node: number; readonly place: number } | null;
}

/** A kind as a primitive takes it: where it comes from and what it becomes. */
export interface TakenKind extends UseKind {
  /** Place among the kinds this primitive takes. */
  readonly place: number;
  /** Outputs, by node (−1 = the source) and place, whose quantities are added up. */
  readonly sources: readonly { readonly node: number; readonly out: number }[];
  /** Places among the node's outputs of what `gives` made of it. */
  readonly outs: readonly number[];
}

export interface Route {
  readonly takes: readonly (readonly TakenKind[])[];
  readonly gives: readonly (readonly UseKind[])[];
  /** By node: from its use of this meter something can be charged, remembered or flagged. Other nodes do not fire. */
  readonly needed: readonly boolean[];
}

interface Wired {
  readonly nodes: readonly PlanNode[];
  readonly order: readonly number[];
}

/** Kinds that may arrive at one primitive. */
export const KINDS_MAX = 256;

export class TooManyKinds extends Error {
  readonly node: number;
  constructor(node: number) {
    super(`more than ${KINDS_MAX} kinds of use arrive at it`);
    this.node = node;
  }
}

/** The way of one meter through a plan. @throws TooManyKinds */
export function routeOf(
  plan: { readonly nodes: readonly PlanNode[]; readonly order: readonly number[] },
  meter: string,
) {
  const source: UseKind = { meter, explicit: false, derived: 'no', mapper: -1, total: null };
  const takes: TakenKind[][] = plan.nodes.map(() => []);
  const gives: UseKind[][] = plan.nodes.map(() => []);
  for (const index of plan.order) {
    const node = plan.nodes[index]!;
    const primitive = primitiveOf(node);
    if (primitive.input !== 'usage') continue;
    const arriving = new Map<string, { kind: UseKind; sources: { node: number; out: number }[] }>();
    for (const input of node.inputs) {
      for (const [out, kind] of (input === SOURCE ? [source] : gives[input]!).entries()) {
        if (!isTaken(node, kind)) continue;
        const known = arriving.get(keyOf(kind));
        if (known) known.sources.push({ node: input, out });
        else arriving.set(keyOf(kind), { kind, sources: [{ node: input, out }] });
      }
    }
    const outputs = new Map<string, number>();
    for (const { kind, sources } of arriving.values()) {
      const place = takes[index]!.length;
      const becomes = primitive.output === 'usage' ? (primitive.gives?.(node, kind, place) ?? [kind]) : [];
      const outs = becomes.map((out) => {
        const key = keyOf(out);
        if (!outputs.has(key)) outputs.set(key, gives[index]!.push(out) - 1);
        return outputs.get(key)!;
      });
      takes[index]!.push({ ...kind, place, sources, outs });
      if (takes[index]!.length > KINDS_MAX || gives[index]!.length > KINDS_MAX) throw new TooManyKinds(index);
    }
  }
  return { takes, gives, needed: neededOf(plan, takes) };
}

function neededOf({ nodes, order }: Wired, takes: readonly (readonly TakenKind[])[]): boolean[] {
  const needed = nodes.map((node) => {
    const { output, period } = primitiveOf(node);
    return takes[node.index]!.length > 0 && (output !== 'usage' || period !== undefined);
  });
  for (const index of [...order].reverse()) {
    if (!needed[index]) continue;
    for (const { sources } of takes[index]!) for (const { node } of sources) if (node !== SOURCE) needed[node] = true;
  }
  return needed;
}

function keyOf({ meter, explicit, derived, mapper, total }: UseKind): string {
  return `${meter} ${explicit} ${derived} ${mapper} ${total ? `${total.node}.${total.place}` : ''}`;
}

/** A unit takes its dimension's default meters, others once selected; of derived ones any that was selected. */
function isTaken(node: PlanNode, kind: UseKind): boolean {
  const primitive = primitiveOf(node);
  if (primitive.takes) return primitive.takes(node, kind);
  if (!primitive.unit) return true;
  if (kind.derived !== 'no' && kind.explicit) return true;
  const meter = meterNamed(kind.meter)!;
  return primitive.unit(node).dimension === meter.dimension && (meter.byDefault || kind.explicit);
}

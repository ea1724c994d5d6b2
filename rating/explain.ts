/**
 * Why a piece of use was charged as it was: rates it again with the definition, on a copy of the state, and says step by
 * step how each charge came about (REQUIREMENTS P35). Whoever multiplies the terms out gets the amount.
 */

import { interpretPlan } from './interpret.ts';
import { ownLabel } from './lines.ts';
import { fromScaled } from './money.ts';
import type { Plan } from './plan.ts';
import { rateUsage } from './rate.ts';
import type { Rater } from './rater.ts';
import { type AccountState, copyState } from './state.ts';
import type { AccountTerms, RateResult, UsageEvent } from './terms.ts';
import type { TraceEntry } from './trace.ts';

/** One step: what one primitive did with one part of the record. */
export interface ChargeTrace extends TraceEntry {
  readonly planId: string;
  readonly version: number;
  /** Id and type of the primitive. */
  readonly primitive: string;
  readonly type: string;
  /** Ids of the primitives from the source to this one, of which there may be several ways: the first in the plan. */
  readonly path: readonly string[];
  /** Of a charge: the bill line it is on, and its amount as a decimal. */
  readonly label?: string;
  readonly charged?: string;
}

/**
 * What `rateUsage` would answer from this state, and the steps that lead there. The state stays as it is. For a charge
 * of the past, give the state before it.
 */
export function explainUsage(
  terms: AccountTerms,
  state: AccountState,
  event: UsageEvent,
): { readonly result: RateResult; readonly steps: readonly ChargeTrace[] } {
  const steps: ChargeTrace[] = [];
  const segments = terms.segments.map((segment) => {
    const { plan } = segment.rater;
    const rater: Rater = interpretPlan(plan, (entry) => {
      const node = plan.nodes[entry.node]!;
      steps.push({
        ...entry,
        planId: segment.planId,
        version: segment.version,
        primitive: node.id,
        type: node.type,
        path: pathTo(plan, entry.node),
        ...chargeOf(rater, entry),
      });
    });
    return { ...segment, rater };
  });
  const result = rateUsage({ ...terms, segments }, copyState(state), event);
  return { result, steps };
}

function chargeOf({ plan, layout }: Rater, { line, amount, terms }: TraceEntry): { label?: string; charged?: string } {
  if (line === undefined || amount === undefined) return {};
  const own = layout.lines[line]!;
  const label =
    ownLabel(plan.nodes, own, own.tax < 0 ? undefined : Array(own.tax + 1).fill(terms?.[0]?.of)) ??
    plan.nodes[own.node]!.label;
  return { label, charged: fromScaled(BigInt(amount), plan.scale) };
}

function pathTo(plan: Plan, node: number): string[] {
  const path: string[] = [];
  for (let at: number | undefined = node; at !== undefined && at >= 0; at = plan.nodes[at]!.inputs[0])
    path.unshift(plan.nodes[at]!.id);
  return path;
}

/** Running totals that people look at: how much of what is free is used, and of what a plan watches. */

import { primitiveOf } from './catalog.ts';
import { type Layout, memoryKey, type Slot } from './layout.ts';
import { billPeriodAt, periodAt, type Span } from './period.ts';
import { textOf } from './plan.ts';
import { formatQuantity } from './quantity.ts';
import type { AccountState } from './state.ts';
import type { AccountTerms, PlanSegment } from './terms.ts';
import { zoneNamed } from './zone.ts';

export interface Allowance {
  readonly label: string;
  readonly used: string;
  readonly limit: string;
  readonly unit: string;
}

/** What a UseMonitor has seen in the last of its own periods that was used (REQUIREMENTS P63). */
export interface MonitoredUse extends Allowance {
  readonly planId: string;
  readonly primitive: string;
  readonly beyond: boolean;
}

/** Free use of the plan last in force in the period, in the last of the allowance's own periods that was used. */
export function allowancesOf(terms: AccountTerms, state: AccountState, period: Span): Allowance[] {
  if (!terms.segments.some(({ rater }) => hasAllowance(rater.layout))) return [];
  return slotsInForce(terms, period).flatMap(({ segment, slot }): Allowance[] => {
    const limit = primitiveOf(slot.node).allowance?.(slot.node);
    if (limit === undefined) return [];
    const total = lastTotal(terms, state, segment, slot, period);
    const unit = textOf(slot.node, 'unit');
    const isUsedUp = total >= limit;
    const used = formatQuantity(isUsedUp ? limit : total, unit);
    return [{ label: slot.node.label, used, limit: formatQuantity(limit, unit), unit }];
  });
}

/** What the monitors of the plan last in force have seen in the bill period that holds an instant. */
export function monitoredUse(terms: AccountTerms, state: AccountState, atMs: number): MonitoredUse[] {
  const period = billPeriodAt(terms.zone, terms.cycleDay, atMs);
  return slotsInForce(terms, period).flatMap(({ segment, slot }): MonitoredUse[] => {
    const limit = primitiveOf(slot.node).watched?.(slot.node);
    if (limit === undefined) return [];
    const total = lastTotal(terms, state, segment, slot, period);
    const unit = textOf(slot.node, 'unit');
    const { label, id: primitive } = slot.node;
    const [used, most] = [formatQuantity(total, unit), formatQuantity(limit, unit)];
    return [{ planId: segment.planId, primitive, label, used, limit: most, unit, beyond: total > limit }];
  });
}

function hasAllowance(layout: Layout): boolean {
  let known = withAllowance.get(layout);
  if (known === undefined) {
    known = layout.slots.some(({ node }) => primitiveOf(node).allowance !== undefined);
    withAllowance.set(layout, known);
  }
  return known;
}

/** Asked anew with every live message. */
const withAllowance = new WeakMap<Layout, boolean>();

function slotsInForce(terms: AccountTerms, period: Span): { segment: PlanSegment; slot: Slot }[] {
  const inForce = terms.segments.filter((s) => s.fromMs < period.toMs && s.toMs > period.fromMs);
  const last = new Map(inForce.map((segment) => [segment.planId, segment]));
  return [...last.values()].flatMap((segment) => segment.rater.layout.slots.map((slot) => ({ segment, slot })));
}

function lastTotal(
  terms: AccountTerms,
  state: AccountState,
  { planId }: PlanSegment,
  slot: Slot,
  period: Span,
): bigint {
  const earliest = periodAt(slot.period, zoneNamed(terms.zone), terms.cycleDay, period.fromMs).fromMs;
  const accumulators = state.plans.get(planId)?.get(memoryKey(slot.node))?.accumulators ?? [];
  const inPeriod = accumulators.filter((a) => a.name === undefined && a.fromMs >= earliest && a.fromMs < period.toMs);
  const latest = inPeriod.reduce((best, a) => (best && best.fromMs > a.fromMs ? best : a), inPeriod[0]);
  return BigInt(latest?.total ?? 0);
}

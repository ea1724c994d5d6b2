/** Charges that come with time rather than with use (DESIGN §3.8). */

import { primitiveOf } from './catalog.ts';
import { chargesOf } from './charge.ts';
import { type Collected, chargeFrom, frameAt, makeFrame } from './frame.ts';
import { memoryKey } from './layout.ts';
import { divideHalfAway, shrink, toScaled } from './money.ts';
import { periodAt, type Span } from './period.ts';
import { type PlanNode, textOf } from './plan.ts';
import { memoryOf } from './remember.ts';
import { type AccountState, keepAccumulator, newAccumulator } from './state.ts';
import { type AccountTerms, type PlanSegment, type RateResult, segmentAt } from './terms.ts';
import { attempt } from './undo.ts';
import { isZone, type Zone, zoneNamed } from './zone.ts';

/**
 * Posts every recurring charge whose month or cycle completed (arrears) or began (advance) at or before an instant,
 * one-time charges if this is the account's first sign of life, and constants due at a period's start. Safe to repeat:
 * what is posted is what is due less what has been posted.
 */
export function rateTick(terms: AccountTerms, state: AccountState, atMs: number): RateResult {
  return rateTickUntil(terms, state, atMs, atMs + 1);
}

/** The same, but nothing that begins at or after `horizonMs` is charged: for a run that ends with a period. */
export function rateTickUntil(terms: AccountTerms, state: AccountState, atMs: number, horizonMs: number): RateResult {
  if (!isZone(terms.zone)) return { ok: false, reason: 'unknown-zone', detail: terms.zone };
  const foreign = terms.segments.find((segment) => segment.rater.layout.currency !== terms.currency);
  if (foreign)
    return { ok: false, reason: 'currency', detail: `plan ${foreign.planId} is in ${foreign.rater.layout.currency}` };
  const endMs = Math.min(horizonMs, terms.leftAtMs ?? Number.POSITIVE_INFINITY);
  const joinedAtMs = terms.joinedAtMs ?? Number.NEGATIVE_INFINITY;
  if (joinedAtMs >= endMs) return { ok: true, charges: [] };
  const uncertain = terms.segments.some((segment) => segment.rater.layout.informed.length > 0);
  return attempt(state, uncertain, () => tickUntil(terms, state, atMs, endMs));
}

function tickUntil(terms: AccountTerms, state: AccountState, atMs: number, endMs: number): RateResult {
  state.sinceMs ??= Math.min(atMs, endMs - 1);
  const startMs = Math.max(terms.joinedAtMs ?? state.sinceMs, state.floorMs ?? Number.NEGATIVE_INFINITY);
  const tick: Tick = { terms, state, zone: zoneNamed(terms.zone), atMs, startMs, endMs, movements: [], flags: [] };
  chargeFirstSign(tick);
  for (const segment of terms.segments) {
    chargePeriodStarts(tick, segment);
    for (const node of segment.rater.layout.scheduled) chargeRecurring(tick, segment, node);
  }
  return { ok: true, charges: chargesOf(tick.movements) };
}

interface Tick extends Collected {
  readonly terms: AccountTerms;
  readonly state: AccountState;
  readonly zone: Zone;
  readonly atMs: number;
  /** From here on charges may be due. */
  readonly startMs: number;
  /** Nothing that begins here or later is due. */
  readonly endMs: number;
}

function chargeFirstSign(tick: Tick): void {
  const { terms, state, atMs, endMs } = tick;
  const instantMs = Math.min(atMs, endMs - 1);
  const segment = segmentAt(terms, instantMs);
  if (segment?.rater.layout.scheduled.some((node) => isUncharged(state, segment, node))) {
    frameAt(terms, withoutFrame(state), segment, instantMs, tick);
  }
}

function isUncharged(state: AccountState, segment: PlanSegment, node: PlanNode): boolean {
  return (
    primitiveOf(node).schedule === 'once' && memoryOf(state, segment.planId, memoryKey(node)).accumulators.length === 0
  );
}

/** What begins is charged when a frame is made. */
function withoutFrame(state: AccountState): AccountState {
  state.frame = null;
  return state;
}

function chargePeriodStarts(tick: Tick, segment: PlanSegment): void {
  const { terms, state, zone } = tick;
  const endMs = Math.min(tick.endMs, segment.toMs);
  for (const slot of segment.rater.layout.slots) {
    if (!slot.table?.atZero) continue;
    for (let atMs = Math.max(tick.startMs, segment.fromMs); atMs < endMs; ) {
      const period = periodAt(slot.period, zone, terms.cycleDay, atMs);
      const known = memoryOf(state, segment.planId, slot.key).accumulators.some((a) => a.fromMs === period.fromMs);
      if (!known) frameAt(terms, withoutFrame(state), segment, atMs, tick);
      atMs = period.toMs;
    }
  }
}

function chargeRecurring(tick: Tick, segment: PlanSegment, node: PlanNode): void {
  const schedule = primitiveOf(node).schedule;
  if (schedule !== 'month' && schedule !== 'cycle') return;
  const { terms, zone } = tick;
  const endMs = Math.min(tick.endMs, segment.toMs);
  for (let atMs = Math.max(tick.startMs, segment.fromMs); atMs < endMs; ) {
    const period = periodAt(schedule, zone, terms.cycleDay, atMs);
    chargePeriod(tick, segment, node, period);
    atMs = period.toMs;
  }
}

/** Posts what is due for one period under one plan version: all of it, or its share of local days. */
function chargePeriod(tick: Tick, segment: PlanSegment, node: PlanNode, period: Span): void {
  const { terms, state, zone, atMs } = tick;
  const advance = textOf(node, 'when') === 'advance';
  const firstMs = Math.max(period.fromMs, terms.joinedAtMs ?? period.fromMs);
  const lastMs = Math.min(period.toMs, terms.leftAtMs ?? period.toMs);
  const coverage = { fromMs: Math.max(firstMs, segment.fromMs), toMs: Math.min(lastMs, segment.toMs) };
  const dueMs = advance ? coverage.fromMs : lastMs;
  if (dueMs > atMs || coverage.toMs <= coverage.fromMs) return;

  const total = zone.dayAt(period.toMs) - zone.dayAt(period.fromMs);
  let days = zone.dayAt(coverage.toMs) - zone.dayAt(coverage.fromMs);
  if (node.values.prorate === false) {
    // Whole periods only: that of the plan in force when the charge falls due.
    days = (advance ? coverage.fromMs === firstMs : coverage.toMs === lastMs) ? total : 0;
  }
  const { plan } = segment.rater;
  const amount = toScaled(textOf(node, 'amount'), plan.scale);
  const due = days === total ? amount : divideHalfAway(amount * BigInt(days), BigInt(total));
  const memory = memoryOf(state, segment.planId, memoryKey(node));
  let paid = memory.accumulators.find((a) => a.fromMs === period.fromMs && a.version === segment.version);
  if (!paid && days === 0) return;
  if (paid && BigInt(paid.posted) === due) return;
  if (!paid) {
    paid = newAccumulator(period.fromMs, segment.version);
    keepAccumulator(memory, paid);
  }
  const change = shrink(due - BigInt(paid.posted));
  paid.posted = shrink(due);
  paid.total = days;
  const bill = periodAt('cycle', zone, terms.cycleDay, advance ? coverage.fromMs : lastMs - 1);
  // Taxes and rates are those of the last moment of what is charged, under this version.
  const instantMs = advance ? coverage.fromMs : coverage.toMs - 1;
  const frame = makeFrame(terms, state, segment, instantMs, tick, { kind: 'recurring', bill });
  chargeFrom(frame, node.index, change, instantMs);
}

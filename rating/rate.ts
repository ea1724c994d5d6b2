/**
 * Rates one piece of use: finds the plan of its date, cuts it where a period ends or a window opens, closes or the plan
 * changes, and fires the plan for each part (DESIGN §3).
 */

import { chargesOf } from './charge.ts';
import { edgeWithin } from './edge.ts';
import type { Occasion } from './evaluate.ts';
import { type Collected, type Frame, factsAt, frameAt, frameCovers } from './frame.ts';
import { shrink } from './money.ts';
import { meterNamed, OTHER_METER } from './quantity.ts';
import type { AccountState } from './state.ts';
import { type AccountTerms, type PlanSegment, type RateResult, segmentAt, type UsageEvent } from './terms.ts';
import { attempt } from './undo.ts';
import { EARLIEST_MS, isZone, LATEST_MS } from './zone.ts';

/** Readings of 2⁹⁶ base units and more are refused as nonsense. */
const QUANTITY_MAX = 2n ** 96n;
/** A record may last 400 days at most: it is cut at every window's edge. */
const DURATION_MS_MAX = 400 * 86_400_000;

/**
 * Rates an event and posts its charges to the state, which changes only when the result is ok (DESIGN §3.9). Charges
 * come in the order of the plan's primitives; use that is free, or of no interest to the plan, makes none.
 */
export function rateUsage(terms: AccountTerms, state: AccountState, event: UsageEvent): RateResult {
  const segment = segmentAt(terms, event.startMs);
  const refusal = refusalOf(terms, state, event, segment);
  if (refusal) return refusal;

  const first = segment!.rater.layout;
  if (first.informed.length === 0 && event.endMs <= segment!.toMs) return rateRecord(terms, state, event, segment!);
  if (!mightFail(terms, state, event, segment!)) return rateRecord(terms, state, event, segment!);
  return attempt(state, true, () => rateRecord(terms, state, event, segment!));
}

/** Whether something a plan needs may be missing, so that the state must be kept to go back to. */
function mightFail(terms: AccountTerms, state: AccountState, event: UsageEvent, segment: PlanSegment): boolean {
  const { startMs, endMs } = event;
  if (endMs > segment.toMs) return true;
  const { plan, layout } = segment.rater;
  const { informed, reading, routes } = layout;
  const known = state.frame;
  const covered = known && frameCovers(known, terms, segment, startMs, endMs);
  // A frame ends where what it knows does.
  if (covered && known.lacking) return true;
  const facts = covered ? known.facts : factsAt(terms, segment.rater, startMs);
  if (!covered) {
    for (const node of informed) {
      const fact = facts[node]!;
      if ('reason' in fact || fact.fromMs > startMs || fact.toMs < endMs) return true;
    }
  }
  if (reading.length === 0) return false;
  // What primitives read off the event must do, wherever its use can get to.
  return reading.some(({ node, suffices }) => {
    const fact = facts[node];
    const reached = event.readings.some(
      ({ meter }) => (routes.get(meter) ?? routes.get(OTHER_METER)!).takes[node]!.length > 0,
    );
    return reached && !(fact && 'value' in fact && suffices(plan.nodes[node]!, fact.value, event.attributes));
  });
}

function rateRecord(terms: AccountTerms, state: AccountState, event: UsageEvent, segment: PlanSegment): RateResult {
  if (state.sinceMs === null || event.startMs < state.sinceMs) state.sinceMs = event.startMs;
  const { startMs, endMs, readings } = event;
  const into: Collected = { movements: [], flags: [] };
  const occasion: Occasion = {
    key: event.chargeable ?? event.id,
    single: event.chargeable === undefined,
    atMs: endMs,
    attributes: event.attributes,
    readings,
    first: true,
    fromMs: startMs,
    toMs: endMs,
    progress: null,
  };
  const frame = frameAt(terms, state, segment, startMs, into);
  if (endMs <= frame.toMs && !(frame.rater.layout.sharedEdges.length > 0 && readings.length > 1)) {
    for (let i = 0; i < readings.length; i++) {
      const { meter, quantity } = readings[i]!;
      if (quantity !== 0n || frame.rater.layout.attributeQuantities)
        frame.rater.rate(frame, meter, shrink(quantity), occasion);
    }
  } else rateParts({ terms, state, event, occasion, into });
  const charges = chargesOf(terms.zone, into.movements);
  return into.flags.length === 0 ? { ok: true, charges } : { ok: true, charges, flags: into.flags };
}

interface Job {
  readonly terms: AccountTerms;
  readonly state: AccountState;
  readonly event: UsageEvent;
  readonly occasion: Occasion;
  readonly into: Collected;
}

function rateParts(job: Job): void {
  const { terms, state, event, into } = job;
  let atMs = event.startMs;
  do {
    const frame = frameAt(terms, state, segmentAt(terms, atMs)!, atMs, into);
    const untilMs = Math.min(event.endMs, frame.toMs);
    ratePart(job, frame, atMs, untilMs);
    atMs = untilMs;
  } while (atMs < event.endMs);
}

/** Fires the plan for what was used from one instant to another; cut again where an allowance of several meters ends. */
function ratePart(job: Job, frame: Frame, fromMs: number, toMs: number): void {
  const { event, occasion } = job;
  const parts = event.readings.map((reading) => ({
    meter: reading.meter,
    quantity: usedBetween(event, reading, fromMs, toMs),
  }));
  occasion.first = fromMs === event.startMs;
  occasion.fromMs = fromMs;
  occasion.toMs = toMs;
  if (toMs - fromMs > 1 && edgeWithin(frame, parts, occasion)) {
    const middleMs = Math.floor((fromMs + toMs) / 2);
    ratePart(job, frame, fromMs, middleMs);
    ratePart(job, frame, middleMs, toMs);
    return;
  }
  const attributesToo = occasion.first && frame.rater.layout.attributeQuantities;
  for (const { meter, quantity } of parts) {
    if (quantity !== 0n || attributesToo) frame.rater.rate(frame, meter, shrink(quantity), occasion);
  }
}

function usedBetween(event: UsageEvent, reading: UsageEvent['readings'][number], fromMs: number, toMs: number): bigint {
  const { startMs } = event;
  if (meterNamed(reading.meter)!.counted) return fromMs === startMs ? reading.quantity : 0n;
  return (
    usedUntil(event, reading.quantity, toMs) - (fromMs === startMs ? 0n : usedUntil(event, reading.quantity, fromMs))
  );
}

/** floor(Q·(t − start)/(end − start)): for a duration that fills its interval, its exact seconds (DESIGN §3.3). */
function usedUntil({ startMs, endMs }: UsageEvent, quantity: bigint, atMs: number): bigint {
  if (atMs >= endMs) return quantity;
  return (quantity * BigInt(atMs - startMs)) / BigInt(endMs - startMs);
}

type Refusal = Extract<RateResult, { ok: false }>;

function refuse(reason: Refusal['reason'], detail: string): Refusal {
  return { ok: false, reason, detail };
}

function refusalOf(
  terms: AccountTerms,
  state: AccountState,
  event: UsageEvent,
  segment: PlanSegment | undefined,
): Refusal | null {
  const { startMs, endMs, readings } = event;
  if (!Number.isSafeInteger(startMs) || !Number.isSafeInteger(endMs) || endMs < startMs) {
    return refuse('bad-usage', `start ${startMs} and end ${endMs} are not instants in order`);
  }
  if (startMs < EARLIEST_MS || endMs > LATEST_MS) return refuse('out-of-range', 'before 1900 or after 2200');
  for (let i = 0; i < readings.length; i++) {
    const { meter, quantity } = readings[i]!;
    if (quantity < 0n) return refuse('bad-usage', `${meter}: negative quantity ${quantity}`);
    if (quantity >= QUANTITY_MAX) return refuse('out-of-range', `${meter}: quantity ${quantity}`);
    if (!meterNamed(meter))
      return refuse('unknown-meter', meter === 'octets' ? 'octets is derived: report octets-in and octets-out' : meter);
  }
  if (state.floorMs !== null && startMs < state.floorMs) {
    return refuse(
      'archived',
      `use from before ${new Date(state.floorMs).toISOString()}, whose running totals are archived`,
    );
  }
  if (!segment) return refuse('no-plan', `no plan in force at ${new Date(startMs).toISOString()}`);
  const known = state.frame;
  if (known && segment.rater.layout.currency === terms.currency && frameCovers(known, terms, segment, startMs, endMs))
    return null;
  return refusalOfPlans(terms, event, segment);
}

function refusalOfPlans(terms: AccountTerms, { startMs, endMs }: UsageEvent, first: PlanSegment): Refusal | null {
  if (!isZone(terms.zone)) return refuse('unknown-zone', terms.zone);
  if (endMs - startMs > DURATION_MS_MAX) return refuse('out-of-range', 'lasts more than 400 days');
  for (let segment = first; ; ) {
    const { currency } = segment.rater.layout;
    if (currency !== terms.currency) {
      return refuse('currency', `plan ${segment.planId} is in ${currency}, the account in ${terms.currency}`);
    }
    if (endMs <= segment.toMs) return null;
    const next = segmentAt(terms, segment.toMs);
    if (!next) return refuse('no-plan', `no plan in force at ${new Date(segment.toMs).toISOString()}`);
    segment = next;
  }
}

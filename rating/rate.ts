/**
 * Rates one piece of use: finds the plan of its date, cuts it where a period ends or a window opens, closes or the plan
 * changes, and fires the plan for each part (DESIGN §3).
 */

import { chargesOf, type Movement } from './charge.ts';
import { edgeWithin, mayCross } from './edge.ts';
import type { Occasion } from './evaluate.ts';
import { type Collected, type Frame, factsAt, frameAt, frameCovers } from './frame.ts';
import { shrink } from './money.ts';
import { meterNamed, OTHER_METER } from './quantity.ts';
import type { AccountState } from './state.ts';
import {
  type AccountTerms,
  type PlanSegment,
  type RateResult,
  segmentAt,
  type UsageEvent,
  type UseFlag,
} from './terms.ts';
import { attempt } from './undo.ts';
import { EARLIEST_MS, isZone, LATEST_MS } from './zone.ts';

/** Readings of 2⁹⁶ base units and more are refused as nonsense. */
const QUANTITY_MAX = 2n ** 96n;
const QUANTITY_SURE = 2 ** 95;
/** A record may last 400 days at most: it is cut at every window's edge. */
const DURATION_MS_MAX = 400 * 86_400_000;

/**
 * Rates an event and posts its charges to the state, which changes only when the result is ok (DESIGN §3.9). Charges
 * come in the order of the plan's primitives; use that is free, or of no interest to the plan, makes none.
 */
export function rateUsage(terms: AccountTerms, state: AccountState, event: UsageEvent): RateResult {
  const known = state.frame;
  const { startMs, endMs } = event;
  // What lies within the frame at hand has nothing to find: its plan, zone and currency have been looked at before.
  const frame = known !== null && known.asked === terms && isWithin(known, startMs, endMs) ? known : null;
  const segment = frame === null ? segmentAt(terms, startMs) : frame.segment;
  const refusal = refusalOfUse(state, event) ?? (frame === null ? refusalOfPlans(terms, state, event, segment) : null);
  if (refusal) return refusal;

  const { layout } = segment!.rater;
  const sure =
    (layout.informed.length === 0 && endMs <= segment!.toMs) || !mightFail(terms, state, event, segment!, frame);
  if (sure) return rateRecord(terms, state, event, segment!, frame);
  return attempt(state, true, () => rateRecord(terms, state, event, segment!, null));
}

function isWithin(frame: Frame, startMs: number, endMs: number): boolean {
  return startMs >= frame.fromMs && startMs < frame.toMs && endMs <= frame.toMs && endMs >= startMs;
}

/**
 * Whether something a plan needs may be missing, so that the state must be kept to go back to. `within`: the frame at
 * hand, if it holds all of the event.
 */
function mightFail(
  terms: AccountTerms,
  state: AccountState,
  event: UsageEvent,
  segment: PlanSegment,
  within: Frame | null,
): boolean {
  const { startMs, endMs, readings, attributes } = event;
  if (endMs > segment.toMs) return true;
  const { informed, reading } = segment.rater.layout;
  const known = within ?? state.frame;
  const covered = within !== null || (known !== null && frameCovers(known, terms, segment, startMs, endMs));
  // A frame ends where what it knows does.
  if (covered && known!.lacking) return true;
  const facts = covered ? known!.facts : factsAt(terms, segment.rater, startMs);
  if (!covered) {
    for (const node of informed) {
      const fact = facts[node]!;
      if ('reason' in fact || fact.fromMs > startMs || fact.toMs < endMs) return true;
    }
  }
  // What primitives read off the event must do, wherever its use can get to.
  for (let i = 0; i < readings.length; i++) {
    const readers = reading.get(readings[i]!.meter) ?? reading.get(OTHER_METER)!;
    for (let j = 0; j < readers.length; j++) {
      const { node, suffices } = readers[j]!;
      const fact = facts[node.index];
      if (!(fact && 'value' in fact && suffices(node, fact.value, attributes))) return true;
    }
  }
  return false;
}

/** Between calls: whatever is posted then is a mistake, and throws. */
const NOTHING: Collected = {
  movements: Object.freeze<Movement[]>([]) as [],
  flags: Object.freeze<UseFlag[]>([]) as [],
};

/** `within`: the frame at hand, if it holds all of the event. */
function rateRecord(
  terms: AccountTerms,
  state: AccountState,
  event: UsageEvent,
  segment: PlanSegment,
  within: Frame | null,
): RateResult {
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
  const frame = within ?? frameAt(terms, state, segment, startMs, into);
  frame.movements = into.movements;
  frame.flags = into.flags;
  if (endMs <= frame.toMs && !mayCross(frame, readings)) {
    const { rater } = frame;
    for (let i = 0; i < readings.length; i++) {
      const { meter, quantity } = readings[i]!;
      const use = shrink(quantity);
      if (use !== 0 || rater.layout.attributeQuantities) rater.rate(frame, meter, use, occasion);
    }
  } else rateParts({ terms, state, event, occasion, into });
  // The frame lasts, and what it names would last with it.
  frame.movements = NOTHING.movements;
  frame.flags = NOTHING.flags;
  const charges = chargesOf(into.movements);
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

/** What is wrong with a piece of use, whatever the plan. */
function refusalOfUse(state: AccountState, { startMs, endMs, readings }: UsageEvent): Refusal | null {
  if (!Number.isSafeInteger(startMs) || !Number.isSafeInteger(endMs) || endMs < startMs) {
    return refuse('bad-usage', `start ${startMs} and end ${endMs} are not instants in order`);
  }
  if (startMs < EARLIEST_MS || endMs > LATEST_MS) return refuse('out-of-range', 'before 1900 or after 2200');
  for (let i = 0; i < readings.length; i++) {
    const { meter, quantity } = readings[i]!;
    // As a double first, which takes a third of the time: what is in this range is so exactly.
    const rounded = Number(quantity);
    if (!(rounded >= 0 && rounded < QUANTITY_SURE)) {
      if (quantity < 0n) return refuse('bad-usage', `${meter}: negative quantity ${quantity}`);
      if (quantity >= QUANTITY_MAX) return refuse('out-of-range', `${meter}: quantity ${quantity}`);
    }
    if (!meterNamed(meter))
      return refuse('unknown-meter', meter === 'octets' ? 'octets is derived: report octets-in and octets-out' : meter);
  }
  if (state.floorMs !== null && startMs < state.floorMs) {
    return refuse(
      'archived',
      `use from before ${new Date(state.floorMs).toISOString()}, whose running totals are archived`,
    );
  }
  return null;
}

/** What stands against a piece of use in the plans in force. */
function refusalOfPlans(
  terms: AccountTerms,
  state: AccountState,
  { startMs, endMs }: UsageEvent,
  first: PlanSegment | undefined,
): Refusal | null {
  if (!first) return refuse('no-plan', `no plan in force at ${new Date(startMs).toISOString()}`);
  const known = state.frame;
  if (known && first.rater.layout.currency === terms.currency && frameCovers(known, terms, first, startMs, endMs))
    return null;
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

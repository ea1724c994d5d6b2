/**
 * The account at one stretch of time: its running totals of the periods at hand and the bill lines they post to. Kept
 * on the state so that the next record of the same stretch finds everything in place.
 */

import { primitiveOf } from './catalog.ts';
import { labelled, type Movement, move, movementOf } from './charge.ts';
import type { Occasion } from './evaluate.ts';
import { cutAt, type Missing, overlapOf, type Resolved } from './facts.ts';
import { memoryKey } from './layout.ts';
import { lineOf, nameOf, ownLabel } from './lines.ts';
import { shrink, toScaled, type Whole } from './money.ts';
import { LIFE, periodAt, type Span } from './period.ts';
import { textOf } from './plan.ts';
import { formatQuantity } from './quantity.ts';
import type { Rater, Standing } from './rater.ts';
import { accumulatorOf, memoryOf, tallyOf } from './remember.ts';
import { type AccountState, type Accumulator, newAccumulator, newLine } from './state.ts';
import { amountOf } from './step-table.ts';
import { calendarOf } from './stretch.ts';
import { isSpecial, type SpecialDays } from './tables/holidays.ts';
import type { AccountTerms, PlanSegment, UseFlag } from './terms.ts';
import { zoneNamed } from './zone.ts';

export interface Frame extends Span, Standing {
  readonly rater: Rater;
  readonly planId: string;
  readonly version: number;
  readonly zone: string;
  readonly cycleDay: number;
  /** What it was made for: the quick way to see that it still fits. */
  readonly asked: AccountTerms;
  readonly segment: PlanSegment;
  /** Something that this plan needs could not be found. */
  readonly lacking: boolean;
  /** Where `post` and `flag` put things; set for each call. */
  movements: Movement[];
  flags: UseFlag[];
}

/** Where a call collects what it does. */
export interface Collected {
  readonly movements: Movement[];
  readonly flags: UseFlag[];
}

/** Whether a frame is that of a segment and covers an interval within it. */
export function frameCovers(
  frame: Frame,
  terms: AccountTerms,
  segment: PlanSegment,
  startMs: number,
  endMs: number,
): boolean {
  if (startMs < frame.fromMs || startMs >= frame.toMs || endMs > frame.toMs) return false;
  if (frame.asked === terms && frame.segment === segment) return true;
  return (
    frame.rater === segment.rater &&
    frame.version === segment.version &&
    frame.planId === segment.planId &&
    frame.zone === terms.zone &&
    frame.cycleDay === terms.cycleDay &&
    frame.fromMs >= segment.fromMs &&
    frame.toMs <= segment.toMs &&
    frame.asked.tables === terms.tables &&
    frame.asked.places === terms.places &&
    frame.asked.exemptions === terms.exemptions
  );
}

/**
 * The frame of a segment at an instant, made if need be. Making it charges what begins there: one-time charges of a
 * plan first used, constants due at a period's start.
 */
export function frameAt(
  terms: AccountTerms,
  state: AccountState,
  segment: PlanSegment,
  atMs: number,
  into: Collected,
): Frame {
  const last = state.frame;
  if (last && frameCovers(last, terms, segment, atMs, atMs)) {
    last.movements = into.movements;
    last.flags = into.flags;
    return last;
  }
  const frame = makeFrame(terms, state, segment, atMs, into, { kind: 'usage' });
  if (segment.rater.layout.startsWithCharge) chargeStarts(terms, state, segment, frame, atMs, into);
  state.frame = frame;
  return frame;
}

interface FrameOptions {
  readonly kind: Movement['kind'];
  /** Bill of its charges, if it is not that of its instant. */
  readonly bill?: Span;
}

/** A frame by itself: for charges that time brings, it has no running totals of use. */
export function makeFrame(
  terms: AccountTerms,
  state: AccountState,
  segment: PlanSegment,
  atMs: number,
  into: Collected,
  options: FrameOptions,
): Frame {
  const { rater } = segment;
  const { plan, layout } = rater;
  const { slots } = layout;
  const zone = zoneNamed(terms.zone);
  const stretch = calendarOf(rater, terms.zone, terms.cycleDay).stretchAt(atMs);
  const facts = factsAt(terms, rater, atMs);
  const span = overlapOf(
    overlapOf(stretch, segment),
    cutAt(
      facts.filter((fact) => fact !== undefined),
      atMs,
    ),
  );
  const kept = options.kind === 'usage' ? slots : [];
  const memories = kept.map((slot) => memoryOf(state, segment.planId, slot.key));
  const accumulators = kept.map((_, i) => accumulatorOf(memories[i]!, stretch.periodStarts[i]!, segment, i));
  const bill = options.bill ?? stretch.bill;
  const placed: (Movement | undefined)[] = [];
  const elsewhere = new Map<string, Movement>();
  const cells: (Accumulator | undefined)[] = [];
  const labels = () => layout.lines.map((line) => ownLabel(plan.nodes, line, namesOf(facts[line.node])));
  let ownLabels: readonly (string | null)[] | null = null;
  const labelOf = (line: number): string | null => {
    if (line < plan.nodes.length) return null;
    ownLabels ??= labels();
    return ownLabels[line]!;
  };
  // What depends on a rate begins again where the rate does.
  const beginOf = (node: number) => {
    const kind = primitiveOf(plan.nodes[node]!).cellPeriod?.(plan.nodes[node]!) ?? 'cycle';
    const period = periodAt(kind, zone, terms.cycleDay, atMs);
    return Math.max(period.fromMs, facts[node]?.fromMs ?? LIFE.fromMs);
  };
  // As for other windows, the wall clock's label tells the day.
  const labelDay = Math.floor((atMs + zone.offsetAt(atMs)) / 86_400_000);
  const opened = (place: number, found: Resolved | Missing | undefined): boolean => {
    const days = found && 'value' in found ? (found.value as SpecialDays) : null;
    return days === null ? stretch.open[place]! : isSpecial(days, labelDay) === layout.windows[place]!.special!.inside;
  };
  const open = layout.windows.some((window) => window.special?.table)
    ? layout.windows.map((_, place) => opened(place, facts[layout.windowOf.indexOf(place)]))
    : stretch.open;

  const movementAt = (line: number): Movement => {
    const node = plan.nodes[layout.lines[line]!.node]!;
    const { line: total, bill: on } = lineOf(terms, state, nameOf(segment, node, line, labelOf(line)), bill);
    return movementOf({
      line: total,
      label: labelled(total.label ?? node.label, total.adjustsMs, terms.zone),
      unit: layout.units[node.index]!,
      kind: options.kind,
      bill: on,
      account: null,
      currency: null,
    });
  };
  const movementTo = (account: string, line: number, finalizer: number): Movement => {
    const node = plan.nodes[layout.lines[line]!.node]!;
    const name = nameOf(segment, node, line, labelOf(line));
    const detached = newLine(name, null);
    return movementOf({
      line: detached,
      label: detached.label ?? node.label,
      unit: layout.units[node.index]!,
      kind: options.kind,
      bill,
      account,
      currency: layout.currencies[finalizer]!,
    });
  };

  const frame: Frame = {
    fromMs: span.fromMs,
    toMs: span.toMs,
    rater,
    planId: segment.planId,
    version: segment.version,
    zone: terms.zone,
    cycleDay: terms.cycleDay,
    asked: terms,
    segment,
    lacking: facts.some((fact) => fact !== undefined && 'reason' in fact),
    accumulators,
    memories,
    open,
    facts,
    movements: into.movements,
    flags: into.flags,
    post(line, amount, quantity) {
      let movement = placed[line];
      if (!movement) {
        movement = movementAt(line);
        placed[line] = movement;
      }
      move(frame.movements, movement, amount, quantity);
    },
    postTo(account, line, amount, quantity, finalizer) {
      const key = `${line} ${account}`;
      let movement = elsewhere.get(key);
      if (!movement) {
        movement = movementTo(account, line, finalizer);
        elsewhere.set(key, movement);
      }
      move(frame.movements, movement, amount, quantity);
    },
    memory: (node) => memoryOf(state, segment.planId, memoryKey(plan.nodes[node]!)),
    cell(place) {
      let cell = cells[place];
      if (!cell) {
        const { node, name, place: own } = layout.cells[place]!;
        const fact = facts[node];
        const value = fact && 'value' in fact ? fact.value : undefined;
        const worth = primitiveOf(plan.nodes[node]!).cell!(plan.nodes[node]!, value, own, plan.scale);
        const tax = namesOf(fact)?.[own];
        cell = tallyOf(frame.memory(node), tax === undefined ? name : `${own} ${tax}`, beginOf(node), segment, worth);
        cells[place] = cell;
      }
      return cell;
    },
    tally: (node, name, worth) => tallyOf(frame.memory(node), name, beginOf(node), segment, worth),
    flag(index, total) {
      const node = plan.nodes[index]!;
      const unit = textOf(node, 'unit');
      frame.flags.push({
        planId: segment.planId,
        primitive: node.id,
        label: node.label,
        meter: (node.values.meter as readonly string[]).join(','),
        unit,
        limit: textOf(node, 'limit'),
        used: formatQuantity(BigInt(total), unit),
        periodFromMs: stretch.periodStarts[layout.slotOf[index]!]!,
      });
    },
  };
  return frame;
}

function namesOf(fact: Resolved | Missing | undefined): readonly string[] | undefined {
  return fact && 'value' in fact ? fact.names : undefined;
}

const NO_FACTS: readonly undefined[] = [];

/** What the primitives of a plan find in tables and in the account at an instant. */
export function factsAt(
  terms: AccountTerms,
  { plan, layout }: Rater,
  atMs: number,
): (Resolved | Missing | undefined)[] {
  if (layout.informed.length === 0) return NO_FACTS as (Resolved | Missing | undefined)[];
  const zone = zoneNamed(terms.zone);
  const facts: (Resolved | Missing | undefined)[] = plan.nodes.map(() => undefined);
  for (const index of layout.informed) {
    const node = plan.nodes[index]!;
    const arriving = layout.currencies[node.inputs[0] ?? -1] ?? plan.currency;
    facts[index] = primitiveOf(node).facts?.(node, terms, zone, atMs, arriving);
  }
  return facts;
}

/** The occasion of a charge that time brings. */
export function occasionOfTime(atMs: number): Occasion {
  return {
    key: '',
    single: true,
    atMs,
    attributes: {},
    readings: [],
    first: true,
    fromMs: atMs,
    toMs: atMs,
    progress: null,
  };
}

/** Posts what a node charges by itself: straight to its line, or through what follows it. */
export function chargeFrom(frame: Frame, node: number, amount: Whole, atMs: number): void {
  if (frame.rater.layout.direct[node]) frame.post(node, amount, 0);
  else frame.rater.charge(frame, node, amount, occasionOfTime(atMs));
}

function chargeStarts(
  terms: AccountTerms,
  state: AccountState,
  segment: PlanSegment,
  frame: Frame,
  atMs: number,
  into: Collected,
): void {
  const { plan, layout } = segment.rater;
  for (const node of layout.scheduled) {
    if (primitiveOf(node).schedule !== 'once') continue;
    const memory = memoryOf(state, segment.planId, memoryKey(node));
    if (memory.accumulators.length > 0) continue;
    const amount = shrink(toScaled(textOf(node, 'amount'), plan.scale));
    const charged = newAccumulator(LIFE.fromMs, segment.version);
    charged.total = 1;
    charged.posted = amount;
    memory.accumulators.push(charged);
    chargeFrom(makeFrame(terms, state, segment, atMs, into, { kind: 'one-time' }), node.index, amount, atMs);
  }
  for (const [i, slot] of layout.slots.entries()) {
    const accumulator = frame.accumulators[i]!;
    if (!slot.table?.atZero || accumulator.total !== 0) continue;
    const due = shrink(amountOf(slot.table, slot.table.atZero));
    const amount = shrink(BigInt(due) - BigInt(accumulator.posted));
    accumulator.posted = due;
    if (amount !== 0) chargeFrom(frame, slot.node.index, amount, atMs);
  }
}

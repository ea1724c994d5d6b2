/**
 * The account at one stretch of time: its running totals of the periods at hand and the bill lines they post to. Kept
 * on the state so that the next record of the same stretch finds everything in place.
 */

import { primitiveOf } from './catalog.ts';
import { memoryKey } from './layout.ts';
import { plus, shrink, toScaled, type Whole } from './money.ts';
import { billPeriodAt, LIFE, type Span } from './period.ts';
import { type PlanNode, textOf } from './plan.ts';
import type { Rater, Standing } from './rater.ts';
import type { AccountState, Accumulator, BillTotals, LineTotal, NodeMemory } from './state.ts';
import { amountOf, chargedOf, numeratorAt } from './step-table.ts';
import { calendarOf } from './stretch.ts';
import type { AccountTerms, PlanSegment, RatedCharge } from './terms.ts';

/** What moved on one line during one call. */
export interface Movement {
  readonly line: LineTotal;
  readonly segment: PlanSegment;
  readonly node: PlanNode;
  readonly kind: RatedCharge['kind'];
  /** Period of the bill the line is on. */
  readonly bill: Span;
  amount: Whole;
  quantity: Whole;
}

export interface Frame extends Span, Standing {
  readonly rater: Rater;
  readonly planId: string;
  readonly version: number;
  readonly zone: string;
  readonly cycleDay: number;
  /** Where `post` puts movements; set for each call. */
  movements: Movement[];
}

/** Whether a frame is that of a segment and covers an interval within it. */
export function frameCovers(
  frame: Frame,
  terms: AccountTerms,
  segment: PlanSegment,
  startMs: number,
  endMs: number,
): boolean {
  return (
    startMs >= frame.fromMs &&
    startMs < frame.toMs &&
    endMs <= frame.toMs &&
    frame.rater === segment.rater &&
    frame.version === segment.version &&
    frame.planId === segment.planId &&
    frame.zone === terms.zone &&
    frame.cycleDay === terms.cycleDay &&
    frame.fromMs >= segment.fromMs &&
    frame.toMs <= segment.toMs
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
  movements: Movement[],
): Frame {
  const last = state.frame;
  if (last && frameCovers(last, terms, segment, atMs, atMs)) {
    last.movements = movements;
    return last;
  }
  const { rater } = segment;
  const stretch = calendarOf(rater, terms.zone, terms.cycleDay).stretchAt(atMs);
  const { slots, startsWithCharge } = rater.layout;
  const memories = slots.map((slot) => memoryOf(state, segment.planId, slot.key));
  const accumulators = slots.map((_, i) => accumulatorOf(memories[i]!, stretch.periodStarts[i]!, segment, i));
  const lines: (PlacedLine | undefined)[] = [];
  const frame: Frame = {
    fromMs: Math.max(stretch.fromMs, segment.fromMs),
    toMs: Math.min(stretch.toMs, segment.toMs),
    rater,
    planId: segment.planId,
    version: segment.version,
    zone: terms.zone,
    cycleDay: terms.cycleDay,
    accumulators,
    memories,
    open: stretch.open,
    movements,
    post(index, amount, quantity) {
      const node = rater.plan.nodes[index]!;
      let placed = lines[index];
      if (!placed) {
        placed = lineOf(terms, state, segment, node, stretch.bill);
        lines[index] = placed;
      }
      move(frame.movements, { line: placed.line, bill: placed.bill, segment, node, kind: 'usage', amount, quantity });
    },
  };
  if (startsWithCharge) chargeStarts(terms, state, segment, frame, stretch.bill);
  state.frame = frame;
  return frame;
}

/** Adds a movement to its line and to the list, joining it with an earlier one of the same line and kind. */
export function move(movements: Movement[], movement: Movement): void {
  const { line } = movement;
  line.amount = plus(line.amount, movement.amount);
  line.quantity = plus(line.quantity, movement.quantity);
  for (const earlier of movements) {
    if (earlier.line !== line || earlier.kind !== movement.kind) continue;
    earlier.amount = plus(earlier.amount, movement.amount);
    earlier.quantity = plus(earlier.quantity, movement.quantity);
    return;
  }
  movements.push(movement);
}

function chargeStarts(terms: AccountTerms, state: AccountState, segment: PlanSegment, frame: Frame, bill: Span): void {
  const { plan, layout } = segment.rater;
  for (const node of layout.scheduled) {
    if (primitiveOf(node).schedule !== 'once') continue;
    const memory = memoryOf(state, segment.planId, memoryKey(node));
    if (memory.accumulators.length > 0) continue;
    const amount = shrink(toScaled(textOf(node, 'amount'), plan.scale));
    memory.accumulators.push({ fromMs: LIFE.fromMs, total: 1, posted: amount, sum: 0, version: segment.version });
    const placed = lineOf(terms, state, segment, node, bill);
    move(frame.movements, { ...placed, segment, node, kind: 'one-time', amount, quantity: 0 });
  }
  for (const [i, slot] of layout.slots.entries()) {
    const accumulator = frame.accumulators[i]!;
    if (!slot.table?.atZero || accumulator.total !== 0) continue;
    const due = shrink(amountOf(slot.table, slot.table.atZero));
    const amount = shrink(BigInt(due) - BigInt(accumulator.posted));
    accumulator.posted = due;
    if (amount !== 0) frame.post(slot.node.index, amount, 0);
  }
}

/** What is remembered of a primitive of a plan. */
export function memoryOf(state: AccountState, planId: string, key: string): NodeMemory {
  let memories = state.plans.get(planId);
  if (!memories) {
    memories = new Map();
    state.plans.set(planId, memories);
  }
  let memory = memories.get(key);
  if (!memory) {
    memory = { key, accumulators: [], occasions: new Map() };
    memories.set(key, memory);
  }
  return memory;
}

/** The running total of a period. A new version of the plan goes on from f(total at the change) (DESIGN §3.2). */
function accumulatorOf(memory: NodeMemory, fromMs: number, segment: PlanSegment, slot: number): Accumulator {
  let accumulator = memory.accumulators.find((a) => a.fromMs === fromMs);
  if (!accumulator) {
    accumulator = { fromMs, total: 0, posted: 0, sum: 0, version: segment.version };
    memory.accumulators.push(accumulator);
  } else if (accumulator.version !== segment.version) {
    const table = segment.rater.layout.slots[slot]!.table;
    accumulator.version = segment.version;
    accumulator.sum = 0;
    accumulator.posted = 0;
    if (table && !table.perEvent) {
      const charged = chargedOf(BigInt(accumulator.total), table.increment, table.firstIncrement);
      accumulator.posted = shrink(amountOf(table, numeratorAt(table, charged)));
    }
  }
  return accumulator;
}

/** A line and the period of the bill it is on. */
export interface PlacedLine {
  readonly line: LineTotal;
  readonly bill: Span;
}

/** The line of a node on the bill of a period, or on the next open bill, marked, if that one is closed (DESIGN §3.4). */
export function lineOf(
  terms: AccountTerms,
  state: AccountState,
  segment: PlanSegment,
  node: PlanNode,
  period: Span,
): PlacedLine {
  let target = period;
  while (isClosed(state, target.fromMs)) target = billPeriodAt(terms.zone, terms.cycleDay, target.toMs);
  const adjustsMs = target === period ? null : period.fromMs;
  const bill = billFrom(state, target.fromMs);
  for (const line of bill.lines) {
    if (
      line.primitive === node.id &&
      line.version === segment.version &&
      line.planId === segment.planId &&
      line.adjustsMs === adjustsMs
    ) {
      return { line, bill: target };
    }
  }
  const line: LineTotal = {
    planId: segment.planId,
    version: segment.version,
    primitive: node.id,
    place: node.index,
    scale: segment.rater.plan.scale,
    adjustsMs,
    amount: 0,
    quantity: 0,
    rounding: 0,
  };
  bill.lines.push(line);
  return { line, bill: target };
}

/** Whether the bill that begins at an instant is closed. */
export function isClosed(state: AccountState, fromMs: number): boolean {
  const bill = state.bills.find((b) => b.fromMs === fromMs);
  if (bill) return bill.closed;
  return state.archivedThroughMs !== null && fromMs <= state.archivedThroughMs;
}

/** The bill that begins at an instant, made if need be. */
export function billFrom(state: AccountState, fromMs: number): BillTotals {
  let bill = state.bills.find((b) => b.fromMs === fromMs);
  if (!bill) {
    bill = { fromMs, closed: false, lines: [] };
    state.bills.push(bill);
    state.bills.sort((a, b) => a.fromMs - b.fromMs);
  }
  return bill;
}

/**
 * The account at one stretch of time: its running totals of the periods at hand and the bill lines they post to. Kept
 * on the state so that the next record of the same stretch finds everything in place.
 */

import { primitiveOf } from './catalog.ts';
import { labelled, type Movement, move, movementOf } from './charge.ts';
import type { Occasion } from './evaluate.ts';
import { cutAt, type Missing, overlapOf, type Resolved } from './facts.ts';
import { type Layout, memoryKey } from './layout.ts';
import { lineOf, nameOf, ownLabel } from './lines.ts';
import { shrink, toScaled, type Whole } from './money.ts';
import { LIFE, periodAt, type Span } from './period.ts';
import { textOf } from './plan.ts';
import type { CellWorth } from './primitive.ts';
import { formatQuantity } from './quantity.ts';
import type { Rater, Standing } from './rater.ts';
import { accumulatorOf, memoryOf, tallyOf } from './remember.ts';
import {
  type AccountState,
  type Accumulator,
  keepAccumulator,
  type NodeMemory,
  newAccumulator,
  newLine,
} from './state.ts';
import { amountOf } from './step-table.ts';
import { calendarOf, type Stretch } from './stretch.ts';
import { isSpecial, type SpecialDays } from './tables/holidays.ts';
import type { AccountTerms, PlanSegment, UseFlag } from './terms.ts';
import { type Zone, zoneNamed } from './zone.ts';

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
  const stretch = calendarOf(rater, terms.zone, terms.cycleDay).stretchAt(atMs);
  const facts = factsAt(terms, rater, atMs);
  const cut = cutAt(
    facts.filter((fact) => fact !== undefined),
    atMs,
  );
  const span = overlapOf(overlapOf(stretch, segment), cut);
  return new Frame(terms, state, segment, { atMs, stretch, facts, span, ...options }, into);
}

/** What of an instant a frame is made from. */
interface Instant extends FrameOptions {
  readonly atMs: number;
  readonly stretch: Stretch;
  readonly facts: readonly (Resolved | Missing | undefined)[];
  readonly span: Span;
}

/** A daemon keeps one for each of thousands of accounts, so it has methods rather than functions of its own. */
export class Frame implements Span, Standing {
  readonly fromMs: number;
  readonly toMs: number;
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
  readonly accumulators: readonly Accumulator[];
  readonly memories: readonly NodeMemory[];
  readonly open: readonly boolean[];
  readonly facts: readonly (Resolved | Missing | undefined)[];
  /** Where `post` and `flag` put things; set for each call. */
  movements: Movement[];
  flags: UseFlag[];
  readonly #state: AccountState;
  readonly #atMs: number;
  readonly #stretch: Stretch;
  readonly #kind: Movement['kind'];
  readonly #bill: Span;
  readonly #placed: (Movement | undefined)[];
  #elsewhere: Map<string, Movement> | null = null;
  readonly #cells: (Accumulator | undefined)[];
  #ownLabels: readonly (string | null)[] | null = null;

  constructor(terms: AccountTerms, state: AccountState, segment: PlanSegment, instant: Instant, into: Collected) {
    const { stretch, facts, span, kind, atMs } = instant;
    const { rater, planId, version } = segment;
    this.fromMs = span.fromMs;
    this.toMs = span.toMs;
    this.rater = rater;
    this.planId = planId;
    this.version = version;
    this.zone = terms.zone;
    this.cycleDay = terms.cycleDay;
    this.asked = terms;
    this.segment = segment;
    this.lacking = facts.some((fact) => fact !== undefined && 'reason' in fact);
    const kept = kind === 'usage' ? rater.layout.slots : [];
    const memories = kept.map((slot) => memoryOf(state, planId, slot.key));
    this.memories = memories;
    this.accumulators = kept.map((_, i) => accumulatorOf(memories[i]!, stretch.periodStarts[i]!, segment, i));
    this.open = openAt(rater.layout, stretch, facts, zoneNamed(terms.zone), atMs);
    this.facts = facts;
    this.movements = into.movements;
    this.flags = into.flags;
    this.#state = state;
    this.#atMs = atMs;
    // As long as they may become: one that grows makes room for sixteen more.
    this.#placed = new Array(rater.layout.lines.length);
    this.#cells = new Array(rater.layout.cells.length);
    this.#stretch = stretch;
    this.#kind = kind;
    this.#bill = instant.bill ?? stretch.bill;
  }

  post(line: number, amount: Whole, quantity: Whole): void {
    let movement = this.#placed[line];
    if (!movement) {
      movement = this.#movementAt(line);
      this.#placed[line] = movement;
    }
    move(this.movements, movement, amount, quantity);
  }

  postTo(account: string, line: number, amount: Whole, quantity: Whole, finalizer: number): void {
    const key = `${line} ${account}`;
    this.#elsewhere ??= new Map();
    let movement = this.#elsewhere.get(key);
    if (!movement) {
      movement = this.#movementTo(account, line, finalizer);
      this.#elsewhere.set(key, movement);
    }
    move(this.movements, movement, amount, quantity);
  }

  memory(node: number): NodeMemory {
    return memoryOf(this.#state, this.planId, memoryKey(this.rater.plan.nodes[node]!));
  }

  cell(place: number): Accumulator {
    let cell = this.#cells[place];
    if (!cell) {
      const { plan, layout } = this.rater;
      const { node, name, place: own } = layout.cells[place]!;
      const fact = this.facts[node];
      const value = fact && 'value' in fact ? fact.value : undefined;
      const worth = primitiveOf(plan.nodes[node]!).cell!(plan.nodes[node]!, value, own, plan.scale);
      const tax = namesOf(fact)?.[own];
      cell = this.tally(node, tax === undefined ? name : `${own} ${tax}`, worth);
      this.#cells[place] = cell;
    }
    return cell;
  }

  tally(node: number, name: string, worth: CellWorth): Accumulator {
    return tallyOf(this.memory(node), name, this.#beginOf(node), this.segment, worth);
  }

  flag(index: number, total: Whole): void {
    const node = this.rater.plan.nodes[index]!;
    const unit = textOf(node, 'unit');
    this.flags.push({
      planId: this.planId,
      primitive: node.id,
      label: node.label,
      meter: (node.values.meter as readonly string[]).join(','),
      unit,
      limit: textOf(node, 'limit'),
      used: formatQuantity(BigInt(total), unit),
      periodFromMs: this.#stretch.periodStarts[this.rater.layout.slotOf[index]!]!,
    });
  }

  #labelOf(line: number): string | null {
    const { plan, layout } = this.rater;
    if (line < plan.nodes.length) return null;
    this.#ownLabels ??= layout.lines.map((own) => ownLabel(plan.nodes, own, namesOf(this.facts[own.node])));
    return this.#ownLabels[line]!;
  }

  /** What depends on a rate begins again where the rate does. */
  #beginOf(index: number): number {
    const node = this.rater.plan.nodes[index]!;
    const kind = primitiveOf(node).cellPeriod?.(node) ?? 'cycle';
    const period = periodAt(kind, zoneNamed(this.zone), this.cycleDay, this.#atMs);
    return Math.max(period.fromMs, this.facts[index]?.fromMs ?? LIFE.fromMs);
  }

  #movementAt(line: number): Movement {
    const { plan, layout } = this.rater;
    const node = plan.nodes[layout.lines[line]!.node]!;
    const name = nameOf(this.segment, node, line, this.#labelOf(line));
    const { line: total, bill: on } = lineOf(this.asked, this.#state, name, this.#bill);
    return movementOf({
      line: total,
      label: labelled(total.label ?? node.label, total.adjustsMs, this.zone),
      unit: layout.units[node.index]!,
      kind: this.#kind,
      bill: on,
      account: null,
      currency: null,
    });
  }

  #movementTo(account: string, line: number, finalizer: number): Movement {
    const { plan, layout } = this.rater;
    const node = plan.nodes[layout.lines[line]!.node]!;
    const detached = newLine(nameOf(this.segment, node, line, this.#labelOf(line)), null);
    return movementOf({
      line: detached,
      label: detached.label ?? node.label,
      unit: layout.units[node.index]!,
      kind: this.#kind,
      bill: this.#bill,
      account,
      currency: layout.currencies[finalizer]!,
    });
  }
}

/** Which windows are open: by the calendar, or by days that a table names, told by the wall clock's label as others are. */
function openAt(
  layout: Layout,
  stretch: Stretch,
  facts: Instant['facts'],
  zone: Zone,
  atMs: number,
): readonly boolean[] {
  if (!layout.windows.some((window) => window.special?.table)) return stretch.open;
  const labelDay = Math.floor((atMs + zone.offsetAt(atMs)) / 86_400_000);
  return layout.windows.map((window, place) => {
    const found = facts[layout.windowOf.indexOf(place)];
    const days = found && 'value' in found ? (found.value as SpecialDays) : null;
    return days === null ? stretch.open[place]! : isSpecial(days, labelDay) === window.special!.inside;
  });
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
    keepAccumulator(memory, charged);
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

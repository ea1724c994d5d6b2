/** What one firing of a primitive is given, and how it answers (REQUIREMENTS P-D, DESIGN §3.1). */

import type { Flow, Line } from './flow.ts';
import type { TakenKind } from './kinds.ts';
import type { Whole } from './money.ts';
import type { PlanNode } from './plan.ts';
import type { Standing } from './rater.ts';
import type { Accumulator, NodeMemory } from './state.ts';
import type { Place } from './tables/locations.ts';
import type { TraceEntry } from './trace.ts';

/** What moved on a bill line: integers at the plan's scale and in base units. */
export interface LineCharge {
  /** Place among the lines of the plan. */
  readonly line: number;
  readonly amount: Whole;
  readonly quantity: Whole;
}

/** Use of one kind that has arrived, base units. */
export interface Use extends TakenKind {
  readonly quantity: bigint;
}

/** What is on the edges of a primitive: nothing is REQUIREMENTS P73's null. */
export interface Firing {
  readonly uses: readonly Use[];
  readonly charges: readonly LineCharge[];
}

/** The chargeable event a piece of use belongs to (DESIGN §3.6), and the record and the part of it at hand. */
export interface Occasion {
  readonly key: string;
  /** No later use can have the same key, so nothing need be remembered of it. */
  readonly single: boolean;
  readonly atMs: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly readings: readonly { readonly meter: string; readonly quantity: bigint }[];
  /** Whether the part at hand is the first of the record. */
  first: boolean;
  /** Span of the part at hand. */
  fromMs: number;
  toMs: number;
  /** Use of the record so far, by node; made when first needed. */
  progress: Map<number, Whole> | null;
}

export interface EvaluateContext {
  readonly scale: number;
  readonly nodes: readonly PlanNode[];
  readonly standing: Standing;
  readonly occasion: Occasion;
  /** Meter of the use that fires, empty for a charge of time. */
  readonly meter: string;
  /** Running total of this node in the period at hand; only for primitives with a `period`. */
  readonly accumulator: Accumulator | undefined;
  /** What is remembered of chargeable events. */
  memory(): NodeMemory;
  /** Whether the window of this node is open; only for primitives with a `window`. */
  readonly open: boolean;
  readonly flow: Flow;
  readonly lines: readonly Line[];
  /** Meters whose use can reach this node. */
  readonly reaching: readonly string[];
  /** Running totals after this firing, by `node.place` of the accumulator. */
  readonly totals: Map<string, bigint>;
  /** What its `facts` found. @throws Refused if they are missing */
  fact(): unknown;
  /** Attribute of a use, as its mapper or the event has it. */
  attribute(use: TakenKind, name: string): string | undefined;
  /** Says where the address of this use is, for what follows a mapper. */
  located(place: Place | null): void;
  /** Says what is counted against the edge of this node: the total before, and the use. */
  counted(before: bigint, use: bigint): void;
  /** Passes use on, by place among the outputs. */
  give(out: number, quantity: bigint): void;
  /** Gives a charge on. */
  charge(charge: LineCharge): void;
  readonly trace: ((entry: Omit<TraceEntry, 'node' | 'fromMs' | 'toMs' | 'meter'>) => void) | undefined;
}

/** An attribute of an event. Own ones only: names come from outside. */
export function attributeOf(attributes: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

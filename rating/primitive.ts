/**
 * What a primitive is: one descriptor, from which the reader, the checks, both evaluators, the palette and the forms
 * derive. A new primitive is one file in `primitives/` and one line in `catalog.ts` (REQUIREMENTS P64).
 */

import type { Emitter } from './emitter.ts';
import type { Whole } from './money.ts';
import type { PeriodKind } from './period.ts';
import type { PlanNode, Report } from './plan.ts';
import type { Unit } from './quantity.ts';
import type { Accumulator, NodeMemory } from './state.ts';
import type { StepTable } from './step-table.ts';
import type { Window } from './window.ts';

export type PropertyKind = 'decimal' | 'integer' | 'boolean' | 'choice' | 'unit' | 'time-of-day' | 'days' | 'meters';

export interface PropertySpec {
  readonly name: string;
  readonly kind: PropertyKind;
  readonly help: string;
  readonly required?: boolean;
  /** As it would be written in the document. */
  readonly default?: string;
  readonly choices?: readonly string[];
  /** Limits of a decimal or integer, inclusive. */
  readonly min?: number;
  readonly max?: number;
}

export type PortKind = 'usage' | 'charge';

/** What moved on a bill line: integers at the plan's scale and in base units. */
export interface LineCharge {
  readonly node: number;
  readonly amount: Whole;
  readonly quantity: Whole;
}

/** On an edge: use in base units, charges, or null (REQUIREMENTS P73). */
export type Token = bigint | readonly LineCharge[] | null;

/** The chargeable event a piece of use belongs to (DESIGN §3.6). */
export interface Occasion {
  readonly key: string;
  /** No later use can have the same key, so nothing need be remembered of it. */
  readonly single: boolean;
  readonly atMs: number;
}

/** How one amount came about. */
export interface TraceEntry {
  readonly node: number;
  readonly text: string;
}

export interface EvaluateContext {
  /** Running total of this node in the period at hand; only for primitives with a `period`. */
  readonly accumulator: Accumulator | undefined;
  readonly memory: NodeMemory | undefined;
  /** Whether the window of this node is open; only for primitives with a `window`. */
  readonly open: boolean;
  readonly occasion: Occasion;
  readonly scale: number;
  /** Puts charges on the bill. */
  readonly post: (charge: LineCharge) => void;
  readonly trace: ((entry: TraceEntry) => void) | undefined;
}

export interface Primitive {
  readonly type: string;
  readonly help: string;
  readonly input: PortKind | null;
  readonly output: PortKind | null;
  readonly properties: readonly PropertySpec[];
  /** Takes `<step>` children. */
  readonly steps?: boolean;
  /** Has a label that names a bill line or an allowance. */
  readonly labelled?: boolean;
  /** Checks what one property alone can't show. */
  readonly check?: (node: PlanNode, report: Report) => void;

  /** Charged by ticks rather than by use. */
  readonly schedule?: 'once' | 'month' | 'cycle';
  /** Keeps a running total per period of this kind. */
  readonly period?: (node: PlanNode) => PeriodKind;
  /** Passes use only while this window is open. */
  readonly window?: (node: PlanNode) => Window;
  /** Takes only meters of this unit's dimension. */
  readonly unit?: (node: PlanNode) => Unit;
  /** Passes only these meters, and makes them explicit for what follows. */
  readonly select?: (node: PlanNode) => readonly string[];
  /** How its running total becomes an amount. */
  readonly table?: (node: PlanNode, scale: number) => StepTable;
  /** How much of the running total is free, in base units; shown as an allowance. */
  readonly allowance?: (node: PlanNode) => bigint;

  /** The definition (DESIGN §3.1): one firing, on `decimal.js` and bigint. */
  readonly evaluate: (node: PlanNode, inputs: readonly Token[], context: EvaluateContext) => Token;
  /** The same as text of a program over integers. */
  readonly emit: (node: PlanNode, emitter: Emitter) => void;
}

/**
 * What a primitive is: one descriptor, from which the reader, the checks, both evaluators, the docs page, the golden
 * tests, the palette and the forms derive. A new one is one file in `primitives/` and one line in `catalog.ts`
 * (REQUIREMENTS P64, docs/add-a-primitive.md).
 */

import type { Emitter } from './emitter.ts';
import type { EvaluateContext, Firing } from './evaluate.ts';
import type { PrimitiveExample } from './example.ts';
import type { Missing, Resolved } from './facts.ts';
import type { FlowTerms, Line } from './flow.ts';
import type { UseKind } from './kinds.ts';
import type { PeriodKind } from './period.ts';
import type { PlanNode, Report } from './plan.ts';
import type { Unit } from './quantity.ts';
import type { StepTable } from './step-table.ts';
import type { AccountFacts } from './terms.ts';
import type { Window } from './window.ts';
import type { Zone } from './zone.ts';

export type PropertyKind =
  | 'decimal'
  | 'integer'
  | 'boolean'
  | 'choice'
  | 'unit'
  | 'time-of-day'
  | 'days'
  | 'dates'
  | 'meters'
  | 'meter'
  | 'name'
  | 'currency'
  | 'digits'
  | 'rate'
  | 'condition';

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

/** Children of one name, each a row of a table: `<tax>`, `<prefix>`, `<share>`, `<rule>`. */
export interface RowSpec {
  readonly element: string;
  readonly help: string;
  readonly properties: readonly PropertySpec[];
  readonly min: number;
  readonly max: number;
}

export type PortKind = 'usage' | 'charge';

/** What a running amount at a rate in force comes to; the key names the rate, so that a change of it is seen. */
export interface CellWorth {
  readonly key: string;
  /** The total is of base units, not an amount at the plan's scale. */
  readonly counts?: true;
  worth(total: bigint): bigint;
}

export interface Primitive {
  readonly type: string;
  readonly help: string;
  readonly input: PortKind | null;
  readonly output: PortKind | null;
  readonly properties: readonly PropertySpec[];
  /** Takes `<step>` children. */
  readonly steps?: boolean;
  readonly rows?: RowSpec;
  /** Has a label that names a bill line, an allowance or a flag. */
  readonly labelled?: boolean;
  /** Watches only: what it passes on may go nowhere. */
  readonly tap?: boolean;
  readonly examples: readonly PrimitiveExample[];
  /** Checks what one property alone can't show. */
  readonly check?: (node: PlanNode, report: Report) => void;

  /** Charged by ticks rather than by use. */
  /** Unit of its bill line, where no property says it. */
  readonly lineUnit?: string;
  readonly schedule?: 'once' | 'month' | 'cycle';
  /** Keeps a running total per period of this kind. */
  readonly period?: (node: PlanNode) => PeriodKind;
  /** Passes use only while this window is open. */
  readonly window?: (node: PlanNode) => Window;
  /** Takes only meters of this unit's dimension. */
  readonly unit?: (node: PlanNode) => Unit;
  /** Takes only some kinds of use, whatever their unit. */
  readonly takes?: (node: PlanNode, kind: UseKind) => boolean;
  /** What becomes of a kind it takes: by default it stays as it is. */
  readonly gives?: (node: PlanNode, kind: UseKind, place: number) => readonly UseKind[];
  /** Meters it names. */
  readonly names?: (node: PlanNode) => readonly string[];
  /** How its running total becomes an amount. */
  readonly table?: (node: PlanNode, scale: number) => StepTable;
  /** How much of the running total is free, in base units; shown as an allowance. */
  readonly allowance?: (node: PlanNode) => bigint;
  /** How much of the running total is not remarkable, in base units; shown to staff. */
  readonly watched?: (node: PlanNode) => bigint;
  /** Running total beyond which its use goes another way, in base units: several meters get there at one instant. */
  readonly edge?: (node: PlanNode) => bigint;
  /** What it does with lines, other than giving them on. */
  readonly flow?: (node: PlanNode, inputs: readonly Line[], all: readonly PlanNode[]) => FlowTerms;
  /** Which currency its charges are in, given that of what arrives. */
  readonly currency?: (node: PlanNode, arriving: string) => string;
  /** What it needs to know of tables and the account, at an instant. */
  readonly facts?: (
    node: PlanNode,
    facts: AccountFacts,
    zone: Zone,
    atMs: number,
    currency: string,
  ) => Resolved | Missing;
  /** Whether it has to ask at all; by default it does where it has `facts`. */
  readonly asks?: (node: PlanNode) => boolean;
  /** Attributes of use that it reads: they are kept with raw use, so that it can be rated again. */
  readonly reads?: (node: PlanNode) => readonly string[];
  /** Whether what it reads off an event is enough to rate it; a firing that would be refused must be told beforehand. */
  readonly suffices?: (node: PlanNode, fact: unknown, attributes: Readonly<Record<string, string>>) => boolean;
  /** How the running amount in its cell of that place becomes what it posts. */
  readonly cell?: (node: PlanNode, fact: unknown, place: number, scale: number) => CellWorth;
  /** Period of its cells; the billing cycle by default. */
  readonly cellPeriod?: (node: PlanNode) => PeriodKind;

  /** The definition (DESIGN §3.1): one firing, on `decimal.js` and bigint. */
  readonly evaluate: (node: PlanNode, firing: Firing, context: EvaluateContext) => void;
  /** The same as text of a program over integers. */
  readonly emit: (node: PlanNode, emitter: Emitter) => void;
}

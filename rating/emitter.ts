/**
 * Collects the text of a program. Values are bound: they go into the constants and are named by their place, never
 * spliced into the text (DESIGN §4).
 */

import type { Flow } from './flow.ts';
import type { TakenKind } from './kinds.ts';

/** Use of one kind, as expressions: what arrives, and the variables it is to be put into. */
export interface EmittedUse extends TakenKind {
  readonly value: string;
  readonly variables: readonly string[];
}

/** A charge, as expressions. */
export interface EmittedCharge {
  readonly line: number;
  readonly amount: string;
  readonly quantity: string;
}

export interface Emitter {
  readonly scale: number;
  /** Index of this node as text: part of the names of its variables. */
  readonly node: number;
  /** Place of this node's running total among the accumulators. */
  readonly slot: number;
  /** Place of this node's window among the windows. */
  readonly window: number;
  /** Kinds of use that reach this node. */
  readonly uses: readonly EmittedUse[];
  /** Expression of all the use that reaches this node: 0 for none. */
  readonly use: string;
  readonly charges: readonly EmittedCharge[];
  readonly flow: Flow;
  /** Meters whose use can reach this node. */
  readonly reaching: readonly string[];
  /** Name of a bound value. */
  bind(value: unknown): string;
  line(text: string): void;
  /** Gives a charge on, by the names of its variables. */
  charge(line: number, amount: string, quantity: string): void;
}

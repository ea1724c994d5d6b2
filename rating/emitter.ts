/**
 * Collects the text of a program. Values are bound: they go into the constants and are named by their place, never
 * spliced into the text (DESIGN §4).
 */

export interface Emitter {
  readonly scale: number;
  /** Place of this node's running total among the accumulators. */
  readonly slot: number;
  /** Place of this node's window among the windows. */
  readonly window: number;
  /** Expression of the use that reaches this node: 0 for none. */
  readonly use: string;
  /** Nodes whose charges reach this one. */
  readonly lines: readonly number[];
  /** Name of a bound value. */
  bind(value: unknown): string;
  line(text: string): void;
  /** Says that this node's charges are in variables `a<i>` and `q<i>`. */
  charges(node: number): void;
}

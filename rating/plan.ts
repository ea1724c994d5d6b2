/** What a plan is once read: checked primitives in document order and their connections (DESIGN §4). Data only. */

/** One finding about a plan. An `error` makes it unusable; a `warning` does not. Lines count from 1. */
export interface PlanProblem {
  readonly line: number;
  readonly primitive?: string;
  readonly property?: string;
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/** Reports a problem of the node at hand, with the line of its property where one is named. */
export type Report = (message: string, options?: { property?: string; line?: number; warning?: boolean }) => void;

/**
 * By the kind of the property: decimal and unit → string, integer → number, time of day → ms, days → bits (bit 0 =
 * Monday), meters and dates → their list; condition → its parts; rate → a decimal fraction.
 */
export type PropertyValue = string | number | boolean | readonly string[] | Condition;

/** `attribute op value` of a UsageTypeClassifier. */
export interface Condition {
  readonly attribute: string;
  readonly op: string;
  readonly value: string;
}

/** One row, such as `<tax>` or `<prefix>`: its attributes as properties, and its line. */
export interface RowValues {
  readonly line: number;
  readonly values: Readonly<Record<string, PropertyValue>>;
}

/** One `<step>`: multiplier per unit up to and including `upTo` (base units; null = without end), constants once. */
export interface Step {
  readonly upTo: bigint | null;
  readonly multiplier: string;
  readonly constant: string;
  readonly constantAt: 'entry' | 'start';
}

export interface PlanNode {
  /** Place in the document, from 0: also its name in generated code. */
  readonly index: number;
  readonly id: string;
  readonly type: string;
  /** Names the bill line; the id where none is given. */
  readonly label: string;
  readonly line: number;
  readonly values: Readonly<Record<string, PropertyValue>>;
  readonly steps: readonly Step[];
  /** Children that are rows of a table, in their order. */
  readonly rows: readonly RowValues[];
  /** Indices of the nodes wired into this one, in document order; −1 is the built-in source `usage`. */
  readonly inputs: readonly number[];
  /** Place on the canvas, if the document keeps one. */
  readonly place?: { readonly x: number; readonly y: number };
}

export interface Plan {
  readonly id: string;
  readonly name: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Decimals of posted amounts, 0…12, default 6. */
  readonly scale: number;
  readonly nodes: readonly PlanNode[];
  /** Indices in an order in which every node comes after its inputs. */
  readonly order: readonly number[];
}

/** The index that stands for the source `usage`. */
export const SOURCE = -1;

/** A property known to be text: its kind was checked when the plan was read. */
export function textOf(node: PlanNode, property: string): string {
  return node.values[property] as string;
}

/** A property known to be a number, or undefined where it has no default and was not given. */
export function numberOf(node: PlanNode, property: string): number | undefined {
  return node.values[property] as number | undefined;
}

/** What compiled plans call: where numbers may no longer fit a double, and where tables or attributes decide. */

import type { Occasion } from './evaluate.ts';
import { layoutOf } from './layout.ts';
import { plus, shrink, type Whole } from './money.ts';
import type { Plan } from './plan.ts';
import { OTHER_METER } from './quantity.ts';
import type { Rater, Standing } from './rater.ts';
import { cap, convert, split, tax } from './runtime-charges.ts';
import { dial } from './runtime-dial.ts';
import { attributeQuantity, fact, locate, ruleOf, threshold, watch } from './runtime-usage.ts';
import { type Accumulator, keepOccasion, type NodeMemory, totalOfOccasion } from './state.ts';
import { amountOf, chargedOf, numeratorAt, type StepTable } from './step-table.ts';

interface Moved {
  amount: Whole;
  quantity: Whole;
}

/** A function of a compiled plan: parameters as `compile.ts` names them. */
export type CompiledFunction = (
  accumulators: readonly Accumulator[],
  memories: readonly NodeMemory[],
  open: readonly boolean[],
  occasion: Occasion,
  moved: Moved,
  use: Whole,
  standing: Standing,
  meter: string,
) => void;

/** `R` of the compiled text. */
export const compiledRuntime = {
  add: plus,
  free,
  step,
  event,
  fact,
  threshold,
  ruleOf,
  attributeQuantity,
  locate,
  watch,
  dial,
  tax,
  convert,
  split,
  cap,
};

/** Name of the function that fires what follows a node. */
export function chargeFunctionName(node: number): string {
  return `charge ${node}`;
}

/** A rater of the functions that compiled text returned. */
export function compiledRater(plan: Plan, functions: ReadonlyMap<string, CompiledFunction | null>): Rater {
  const moved: Moved = { amount: 0, quantity: 0 };
  const other = functions.get(OTHER_METER) ?? null;
  return {
    plan,
    layout: layoutOf(plan),
    kind: 'compiled',
    calendars: new Map(),
    rate(standing, meter, quantity, occasion) {
      let run = functions.get(meter);
      if (run === undefined) run = other;
      if (!run) return;
      const { accumulators, memories, open } = standing;
      run(accumulators, memories, open, occasion, moved, quantity, standing, meter);
    },
    charge(standing, node, amount, occasion) {
      const run = functions.get(chargeFunctionName(node));
      const { accumulators, memories, open } = standing;
      run?.(accumulators, memories, open, occasion, moved, amount, standing, '');
    },
  };
}

/** Counts use against a limit; returns what exceeds it. */
function free(accumulator: Accumulator, use: Whole, limit: bigint): Whole {
  const before = BigInt(accumulator.total);
  const after = before + BigInt(use);
  accumulator.total = shrink(after);
  return after <= limit ? 0 : before >= limit ? use : shrink(after - limit);
}

function step(accumulator: Accumulator, use: Whole, table: StepTable, moved: Moved): void {
  const before = BigInt(accumulator.total);
  const after = before + BigInt(use);
  const charged = chargedOf(after, table.increment, table.firstIncrement);
  const posted = amountOf(table, numeratorAt(table, charged));
  moved.amount = shrink(posted - BigInt(accumulator.posted));
  moved.quantity = shrink(charged - chargedOf(before, table.increment, table.firstIncrement));
  accumulator.total = shrink(after);
  accumulator.posted = shrink(posted);
}

function event(
  accumulator: Accumulator,
  use: Whole,
  table: StepTable,
  moved: Moved,
  memory: NodeMemory,
  occasion: Occasion,
): void {
  if (!table.perEvent) {
    step(accumulator, use, table, moved);
    return;
  }
  const before = BigInt(totalOfOccasion(memory, occasion.key));
  const after = before + BigInt(use);
  const from = chargedOf(before, table.increment, table.firstIncrement);
  const to = chargedOf(after, table.increment, table.firstIncrement);
  accumulator.sum = plus(accumulator.sum, shrink(numeratorAt(table, to) - numeratorAt(table, from)));
  const posted = amountOf(table, BigInt(accumulator.sum));
  moved.amount = shrink(posted - BigInt(accumulator.posted));
  moved.quantity = shrink(to - from);
  accumulator.posted = shrink(posted);
  accumulator.total = plus(accumulator.total, moved.quantity);
  if (!occasion.single) keepOccasion(memory, occasion.key, { total: shrink(after), lastMs: occasion.atMs });
}

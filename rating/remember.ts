/** Running totals of an account: found or begun, and carried over where the plan or a rate changes (DESIGN §3.2). */

import { divideHalfAway, shrink } from './money.ts';
import type { CellWorth } from './primitive.ts';
import {
  type AccountState,
  type Accumulator,
  keepAccumulator,
  type NodeMemory,
  newAccumulator,
  newMemory,
} from './state.ts';
import { amountOf, chargedOf, numeratorAt } from './step-table.ts';
import type { PlanSegment } from './terms.ts';

/** What is remembered of a primitive of a plan. */
export function memoryOf(state: AccountState, planId: string, key: string): NodeMemory {
  let memories = state.plans.get(planId);
  if (!memories) {
    memories = new Map();
    state.plans.set(planId, memories);
  }
  let memory = memories.get(key);
  if (!memory) {
    memory = newMemory(key);
    memories.set(key, memory);
  }
  return memory;
}

/** The running total of a period. A new version of the plan goes on from f(total at the change). */
export function accumulatorOf(memory: NodeMemory, fromMs: number, segment: PlanSegment, slot: number): Accumulator {
  let accumulator = memory.accumulators.find((a) => a.fromMs === fromMs && a.name === undefined);
  if (!accumulator) {
    accumulator = newAccumulator(fromMs, segment.version);
    keepAccumulator(memory, accumulator);
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

/**
 * A running total under a name and at a rate. Its `rate` is `scale|key`: where either has changed, what is past stays as
 * it was posted, and the total goes on at the new rate from what it would have come to.
 */
export function tallyOf(
  memory: NodeMemory,
  name: string,
  fromMs: number,
  segment: PlanSegment,
  worth: CellWorth,
): Accumulator {
  const { scale } = segment.rater.plan;
  const rate = `${scale}|${worth.key}`;
  let tally = memory.accumulators.find((a) => a.fromMs === fromMs && a.name === name);
  if (!tally) {
    tally = newAccumulator(fromMs, segment.version, name, rate);
    keepAccumulator(memory, tally);
  } else if (tally.rate !== rate) {
    const before = Number.parseInt(tally.rate ?? String(scale), 10);
    const total = worth.counts ? BigInt(tally.total) : rescaled(BigInt(tally.total), before, scale);
    tally.total = shrink(total);
    tally.posted = shrink(worth.worth(total));
    tally.rate = rate;
    tally.version = segment.version;
  }
  return tally;
}

function rescaled(amount: bigint, from: number, to: number): bigint {
  return to >= from ? amount * 10n ** BigInt(to - from) : divideHalfAway(amount, 10n ** BigInt(from - to));
}

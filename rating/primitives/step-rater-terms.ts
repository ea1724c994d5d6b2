/** A StepRater's properties, read. */

import { numberOf, type PlanNode, textOf } from '../plan.ts';
import { type Unit, unitNamed } from '../quantity.ts';
import { chargedOf, type StepTable, stepTable } from '../step-table.ts';

export const unitOf = (node: PlanNode): Unit => unitNamed(textOf(node, 'unit'))!;
export const perEvent = (node: PlanNode): boolean => textOf(node, 'per') === 'event';
export const incrementOf = (node: PlanNode): bigint => BigInt(numberOf(node, 'increment') ?? 0);
export const firstIncrementOf = (node: PlanNode): bigint => BigInt(numberOf(node, 'firstIncrement') ?? 0);

export function tableOf(node: PlanNode, scale: number): StepTable {
  return stepTable({
    steps: node.steps,
    unitBase: unitOf(node).base,
    scale,
    volume: textOf(node, 'mode') === 'volume',
    increment: incrementOf(node),
    firstIncrement: firstIncrementOf(node),
    perEvent: perEvent(node),
  });
}

/** What is charged for a total: whole increments. */
export function charged(node: PlanNode, total: bigint): bigint {
  return chargedOf(total, incrementOf(node), firstIncrementOf(node));
}

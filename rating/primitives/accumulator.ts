/** What the accumulators have in common: use is passed on with the running total of their period (REQUIREMENTS P40-P43). */

import { shrink } from '../money.ts';
import { type PlanNode, textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { type Unit, unitNamed } from '../quantity.ts';
import { unitProperty } from './charge-properties.ts';
import { emitInto } from './passing.ts';

const unitOf = (node: PlanNode): Unit => unitNamed(textOf(node, 'unit'))!;

/** All of an accumulator but its name and period. */
export const accumulator: Pick<Primitive, 'input' | 'output' | 'properties' | 'unit' | 'gives' | 'evaluate' | 'emit'> =
  {
    input: 'usage',
    output: 'usage',
    properties: [unitProperty],
    unit: unitOf,
    gives: (node, kind, place) => [{ ...kind, total: { node: node.index, place } }],
    evaluate(node, { uses }, context) {
      const total = context.accumulator!;
      for (const { place, outs, quantity } of uses) {
        const after = BigInt(total.total) + quantity;
        total.total = shrink(after);
        context.totals.set(`${node.index}.${place}`, after);
        context.give(outs[0]!, quantity);
      }
    },
    emit(node, w) {
      for (const { place, value, variables } of w.uses) {
        w.line(`const t${node.index}_${place} = A[${w.slot}].total = R.add(A[${w.slot}].total, ${value});`);
        emitInto(w, variables[0]!, value);
      }
    },
  };

/** A plan that charges data beyond a threshold of the period. */
export function thresholdExample(type: string): string {
  return `<primitive id="data" type="UsageTypeSelector"><property name="types" value="octets-in"/></primitive>
<primitive id="total" type="${type}"><property name="unit" value="GB"/></primitive>
<primitive id="heavy" type="ThresholdFilter"><property name="threshold" value="5"/><property name="unit" value="GB"/></primitive>
<primitive id="extra" type="StepRater" label="Beyond 5 GB"><property name="unit" value="GB"/><step multiplier="1"/></primitive>
<connection from="usage" to="data"/><connection from="data" to="total"/><connection from="total" to="heavy"/><connection from="heavy" to="extra"/><connection from="extra" to="post"/>`;
}

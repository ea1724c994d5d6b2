import { shrink } from '../money.ts';
import type { PeriodKind } from '../period.ts';
import { type PlanNode, textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { formatQuantity, toBaseUnits, type Unit, unitNamed } from '../quantity.ts';
import { periodProperty, unitProperty } from './charge-properties.ts';
import { sumOf } from './token.ts';

const unitOf = (node: PlanNode): Unit => unitNamed(textOf(node, 'unit'))!;
const limitOf = (node: PlanNode): bigint => toBaseUnits(textOf(node, 'limit'), unitOf(node)) ?? 0n;

/**
 * Free use: counts use of its unit in time order and passes only what exceeds the limit in the period (REQUIREMENTS
 * P54). Exactly the limit is still free (A4); of a record over the edge the later part is passed (A10).
 */
export const freeStepRater: Primitive = {
  type: 'FreeStepRater',
  help: 'Makes the first use of each period free and passes the rest on.',
  input: 'usage',
  output: 'usage',
  labelled: true,
  properties: [
    { name: 'limit', kind: 'decimal', required: true, min: 0, max: 1e15, help: 'Free use per period, in the unit.' },
    unitProperty,
    periodProperty,
  ],
  period: (node) => textOf(node, 'period') as PeriodKind,
  unit: unitOf,
  allowance: limitOf,
  check(node, report) {
    if (toBaseUnits(textOf(node, 'limit'), unitOf(node)) === null) {
      report('is not a whole number of base units (seconds, octets, pieces)', { property: 'limit' });
    }
  },
  evaluate(node, inputs, { accumulator, trace }) {
    const use = sumOf(inputs);
    if (use === 0n || !accumulator) return null;
    const before = BigInt(accumulator.total);
    const after = before + use;
    accumulator.total = shrink(after);
    const limit = limitOf(node);
    const excess = after <= limit ? 0n : before >= limit ? use : after - limit;
    if (trace) {
      const show = (n: bigint) => `${formatQuantity(n, textOf(node, 'unit'))} ${textOf(node, 'unit')}`;
      trace({
        node: node.index,
        text: `${show(use - excess)} free, ${show(excess)} passed on; used ${show(after)} of ${show(limit)}`,
      });
    }
    return excess === 0n ? null : excess;
  },
  emit(node, w) {
    const limit = limitOf(node);
    const [exact, small] = [w.bind(limit), w.bind(limit <= 9007199254740991n ? Number(limit) : -1)];
    w.line(`let u${node.index} = 0;`);
    w.line(`if (${w.use} !== 0) {`);
    w.line(`  const use = ${w.use}, acc = A[${w.slot}], before = acc.total;`);
    w.line(`  const after = typeof use === 'number' && typeof before === 'number' ? before + use : Infinity;`);
    w.line(`  if (${small} >= 0 && after <= 9007199254740991) {`);
    w.line('    acc.total = after;');
    w.line(`    u${node.index} = after <= ${small} ? 0 : before >= ${small} ? use : after - ${small};`);
    w.line(`  } else u${node.index} = R.free(acc, use, ${exact});`);
    w.line('}');
  },
};

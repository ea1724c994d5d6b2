import { shrink } from '../money.ts';
import type { PeriodKind } from '../period.ts';
import { type PlanNode, textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { formatQuantity, toBaseUnits, type Unit, unitNamed } from '../quantity.ts';
import { periodProperty, unitProperty } from './charge-properties.ts';
import { emitInto } from './passing.ts';

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
  examples: [
    {
      title: 'Two hours free each day; of three the last is charged',
      plan: `<primitive id="free" type="FreeStepRater" label="Free hours"><property name="limit" value="2"/><property name="unit" value="hour"/><property name="period" value="day"/></primitive>
<primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="1.50"/></primitive>
<connection from="usage" to="free"/><connection from="free" to="hours"/><connection from="hours" to="post"/>`,
      use: [
        ['time', '10800', '2026-03-02T10:00', '2026-03-02T13:00'],
        ['time', '7200', '2026-03-03T10:00', '2026-03-03T12:00'],
      ],
      bill: [['Hours', '1.50']],
    },
  ],
  properties: [
    { name: 'limit', kind: 'decimal', required: true, min: 0, max: 1e15, help: 'Free use per period, in the unit.' },
    unitProperty,
    periodProperty,
  ],
  period: (node) => textOf(node, 'period') as PeriodKind,
  unit: unitOf,
  allowance: limitOf,
  edge: limitOf,
  check(node, report) {
    if (toBaseUnits(textOf(node, 'limit'), unitOf(node)) === null) {
      report('is not a whole number of base units (seconds, octets, pieces)', { property: 'limit' });
    }
  },
  evaluate(node, { uses }, context) {
    const { accumulator, trace } = context;
    const limit = limitOf(node);
    for (const { quantity: use, outs } of uses) {
      if (use === 0n || !accumulator) continue;
      const before = BigInt(accumulator.total);
      const after = before + use;
      context.counted(before, use);
      accumulator.total = shrink(after);
      const excess = after <= limit ? 0n : before >= limit ? use : after - limit;
      if (trace) {
        const show = (n: bigint) => `${formatQuantity(n, textOf(node, 'unit'))} ${textOf(node, 'unit')}`;
        trace({
          text: `${show(use - excess)} free, ${show(excess)} passed on; used ${show(after)} of ${show(limit)}`,
          free: String(use - excess),
          passed: String(excess),
        });
      }
      context.give(outs[0]!, excess);
    }
  },
  emit(node, w) {
    const limit = limitOf(node);
    const [exact, small] = [w.bind(limit), w.bind(limit <= 9007199254740991n ? Number(limit) : -1)];
    for (const { value, variables } of w.uses) {
      w.line(`if (${value} !== 0) {`);
      w.line(`  const use = ${value}, acc = A[${w.slot}], before = acc.total;`);
      w.line(`  const after = typeof use === 'number' && typeof before === 'number' ? before + use : Infinity;`);
      w.line('  let excess = 0;');
      w.line(`  if (${small} >= 0 && after <= 9007199254740991) {`);
      w.line('    acc.total = after;');
      w.line(`    excess = after <= ${small} ? 0 : before >= ${small} ? use : after - ${small};`);
      w.line(`  } else excess = R.free(acc, use, ${exact});`);
      emitInto(w, variables[0]!, 'excess');
      w.line('}');
    }
  },
};

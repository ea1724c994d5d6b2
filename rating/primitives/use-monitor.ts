import { shrink } from '../money.ts';
import type { PeriodKind } from '../period.ts';
import { type PlanNode, textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { meterNamed, metersSelectedBy, toBaseUnits, unitNamed } from '../quantity.ts';
import { periodProperty, unitProperty } from './charge-properties.ts';
import { emitPassAll, passAll } from './passing.ts';

const metersOf = (node: PlanNode) => (node.values.meter as readonly string[]).flatMap(metersSelectedBy);
const limitOf = (node: PlanNode): bigint => toBaseUnits(textOf(node, 'limit'), unitNamed(textOf(node, 'unit'))!) ?? 0n;

/**
 * Watches for use the plan does not allow, such as a server on a plan that is sold by time (REQUIREMENTS P63). Flags the
 * account once per period, at the moment the total goes beyond the limit; charges nothing and passes everything on.
 */
export const useMonitor: Primitive = {
  type: 'UseMonitor',
  help: 'Flags the account when use in a period goes beyond a limit; charges nothing.',
  input: 'usage',
  output: 'usage',
  tap: true,
  labelled: true,
  properties: [
    { name: 'meter', kind: 'meters', required: true, help: 'Meter to watch, or several, added up.' },
    unitProperty,
    {
      name: 'limit',
      kind: 'decimal',
      required: true,
      min: 0,
      max: 1e15,
      help: 'Use that is still allowed, in the unit.',
    },
    periodProperty,
  ],
  examples: [
    {
      title: 'Much sending on a plan by time',
      plan: `<primitive id="server" type="UseMonitor" label="Runs a server?"><property name="meter" value="octets-out"/><property name="unit" value="GB"/><property name="limit" value="10"/><property name="period" value="day"/></primitive>
<primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="1"/></primitive>
<connection from="usage" to="server"/><connection from="usage" to="hours"/><connection from="hours" to="post"/>`,
      use: [
        ['time', '3600', '2026-03-02T10:00', '2026-03-02T11:00'],
        ['octets-out', '10000000000', '2026-03-02T10:00', '2026-03-02T11:00'],
        ['octets-out', '1', '2026-03-02T11:00', '2026-03-02T11:01'],
        ['octets-out', '1', '2026-03-02T11:01', '2026-03-02T11:02'],
      ],
      bill: [['Hours', '1.00']],
      flags: ['Runs a server?'],
    },
  ],
  period: (node) => textOf(node, 'period') as PeriodKind,
  watched: limitOf,
  takes: () => true,
  names: metersOf,
  check(node, report) {
    const unit = unitNamed(textOf(node, 'unit'))!;
    for (const meter of metersOf(node)) {
      if (meterNamed(meter)!.dimension !== unit.dimension)
        report(`${textOf(node, 'unit')} does not measure ${meter}`, { property: 'unit' });
    }
    if (toBaseUnits(textOf(node, 'limit'), unit) === null)
      report('is not a whole number of base units (seconds, octets, pieces)', { property: 'limit' });
  },
  evaluate(node, { uses }, context) {
    passAll(uses, context);
    const accumulator = context.accumulator!;
    const watched = uses.filter(({ meter }) => metersOf(node).includes(meter));
    for (const { quantity } of watched) {
      const before = BigInt(accumulator.total);
      accumulator.total = shrink(before + quantity);
      if (before > limitOf(node) || before + quantity <= limitOf(node)) continue;
      context.standing.flag(node.index, accumulator.total);
      context.trace?.({ text: `beyond the limit of ${textOf(node, 'limit')} ${textOf(node, 'unit')}` });
    }
  },
  emit(node, w) {
    emitPassAll(w);
    const limit = w.bind(shrink(limitOf(node)));
    for (const { meter, value } of w.uses)
      if (metersOf(node).includes(meter)) w.line(`R.watch(S, ${node.index}, A[${w.slot}], ${value}, ${limit});`);
  },
};

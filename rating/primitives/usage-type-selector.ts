import type { Primitive } from '../primitive.ts';
import { metersSelectedBy } from '../quantity.ts';
import { emitPassAll, passAll } from './passing.ts';

/** Passes the chosen meters, else null (REQUIREMENTS P47). `octets` stands for both directions. */
export const usageTypeSelector: Primitive = {
  type: 'UsageTypeSelector',
  help: 'Passes use of some meters only.',
  input: 'usage',
  output: 'usage',
  properties: [{ name: 'types', kind: 'meters', required: true, help: 'Meters, separated by commas.' }],
  examples: [
    {
      title: 'Only what came in is charged',
      plan: `<primitive id="down" type="UsageTypeSelector"><property name="types" value="octets-in"/></primitive>
<primitive id="data" type="StepRater" label="Download"><property name="unit" value="GB"/><step multiplier="0.80"/></primitive>
<connection from="usage" to="down"/><connection from="down" to="data"/><connection from="data" to="post"/>`,
      use: [
        ['octets-in', '2500000000', '2026-03-02T10:00', '2026-03-02T11:00'],
        ['octets-out', '9000000000', '2026-03-02T10:00', '2026-03-02T11:00'],
      ],
      bill: [['Download', '2.00']],
    },
  ],
  names: (node) => (node.values.types as readonly string[]).flatMap(metersSelectedBy),
  takes: (node, kind) => (node.values.types as readonly string[]).flatMap(metersSelectedBy).includes(kind.meter),
  gives: (_node, kind) => [{ ...kind, explicit: true }],
  evaluate(_node, { uses }, context) {
    passAll(uses, context);
  },
  emit(_node, w) {
    emitPassAll(w);
  },
};

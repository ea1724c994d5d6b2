import type { Primitive } from '../primitive.ts';
import { metersSelectedBy } from '../quantity.ts';
import { sumOf } from './token.ts';

/** Passes the chosen meters, else null (REQUIREMENTS P47). `octets` stands for both directions. */
export const usageTypeSelector: Primitive = {
  type: 'UsageTypeSelector',
  help: 'Passes use of some meters only.',
  input: 'usage',
  output: 'usage',
  properties: [{ name: 'types', kind: 'meters', required: true, help: 'Meters, separated by commas.' }],
  select: (node) => (node.values.types as readonly string[]).flatMap(metersSelectedBy),
  evaluate(_node, inputs) {
    return sumOf(inputs) || null;
  },
  emit(node, w) {
    w.line(`const u${node.index} = ${w.use};`);
  },
};

import { attributeOf } from '../evaluate.ts';
import { EVER } from '../facts.ts';
import type { UseKind } from '../kinds.ts';
import { type Condition, type PlanNode, textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { meterNamed } from '../quantity.ts';
import { holds, isWholeQuantity, quantityOfAttribute } from './condition.ts';
import { emitInto } from './passing.ts';

/**
 * Makes use of other meters of what attributes tell (REQUIREMENTS P49): the first rule whose condition holds names the
 * meter; the quantity stays, or is an attribute's, which belongs to the start of its record. Use that no rule is about
 * passes as it is. Data only: there is no code in a rule, and no regular expression.
 */
export const usageTypeClassifier: Primitive = {
  type: 'UsageTypeClassifier',
  help: 'Makes use of another type of what its attributes tell, such as a port or a size.',
  input: 'usage',
  output: 'usage',
  properties: [],
  rows: {
    element: 'rule',
    help: 'Tried in their order; the first that holds decides.',
    min: 1,
    max: 64,
    properties: [
      { name: 'meter', kind: 'meter', required: true, help: 'Meter that the use becomes, such as x-voip.' },
      {
        name: 'when',
        kind: 'condition',
        help: 'attribute op value, op one of = != < <= > >= in prefix; without it the rule always holds.',
      },
      { name: 'quantity', kind: 'name', help: 'Attribute that holds the quantity, in base units.' },
    ],
  },
  examples: [
    {
      title: 'Octets of a voice port are charged apart',
      plan: `<primitive id="kind" type="UsageTypeClassifier"><rule meter="x-voip" when="port in 5060,5061"/><rule meter="x-ftp" when="port = 21"/></primitive>
<primitive id="voip" type="UsageTypeSelector"><property name="types" value="x-voip"/></primitive>
<primitive id="data" type="UsageTypeSelector"><property name="types" value="octets"/></primitive>
<primitive id="voipRate" type="StepRater" label="Voice over IP"><property name="unit" value="MB"/><step multiplier="0.01"/></primitive>
<primitive id="dataRate" type="StepRater" label="Data"><property name="unit" value="MB"/><step multiplier="0.002"/></primitive>
<connection from="usage" to="kind"/><connection from="kind" to="voip"/><connection from="kind" to="data"/><connection from="voip" to="voipRate"/><connection from="data" to="dataRate"/><connection from="voipRate" to="post"/><connection from="dataRate" to="post"/>`,
      use: [
        ['octets-in', '50000000', '2026-03-02T10:00', '2026-03-02T11:00', { port: '5060' }],
        ['octets-in', '50000000', '2026-03-02T10:00', '2026-03-02T11:00', { port: '443' }],
        ['octets-in', '50000000', '2026-03-02T10:00', '2026-03-02T11:00', { port: '21' }],
      ],
      bill: [
        ['Voice over IP', '0.50'],
        ['Data', '0.10'],
      ],
    },
  ],
  names: (node) =>
    node.rows.flatMap(({ values }) => {
      const when = values.when as Condition | undefined;
      const compared = when?.attribute === 'meter' && when.op !== 'prefix' ? when.value.split(',') : [];
      return [String(values.meter), ...compared.map((name) => name.trim())].filter(isReportable);
    }),
  gives: (node, kind) => [kind, ...node.rows.map(({ values }) => derivedKind(kind, values))],
  check(node, report) {
    const always = node.rows.findIndex(({ values }) => values.when === undefined);
    const behind = always >= 0 ? node.rows[always + 1] : undefined;
    if (behind) report('is never tried: the rule before it always holds', { line: behind.line, warning: true });
  },
  asks: (node) => quantitiesOf(node).length > 0,
  facts: () => ({ value: null, ...EVER }),
  reads: (node) => [
    ...quantitiesOf(node),
    ...node.rows.flatMap(({ values }) => (values.when as Condition | undefined)?.attribute ?? []),
  ],
  suffices: (node, _fact, attributes) =>
    quantitiesOf(node).every((name) => isWholeQuantity(attributeOf(attributes, name))),
  evaluate(node, { uses }, context) {
    for (const use of uses) {
      const read = (name: string) => (name === 'meter' ? use.meter : context.attribute(use, name));
      const rule = node.rows.findIndex(({ values }) => holds(values.when as Condition | undefined, read));
      if (rule < 0) {
        context.give(use.outs[0]!, use.quantity);
        continue;
      }
      const { meter, quantity: attribute } = node.rows[rule]!.values;
      let { quantity } = use;
      if (attribute !== undefined)
        quantity = context.occasion.first ? quantityOfAttribute(read(String(attribute)), String(attribute)) : 0n;
      context.trace?.({ text: `${use.meter} taken for ${String(meter)} by rule ${rule + 1}` });
      context.give(use.outs[rule + 1]!, quantity);
    }
  },
  emit(node, w) {
    const rules = w.bind(node.rows.map(({ values }) => values));
    for (const use of w.uses) {
      const name = `r${node.index}_${use.place}`;
      const mapped = use.mapper < 0 ? 'null' : `m${use.mapper}`;
      w.line(`const ${name} = R.ruleOf(${rules}, ${w.bind(use.meter)}, O, ${mapped});`);
      w.line(`if (${name} === -1) {`);
      emitInto(w, use.variables[0]!, use.value);
      w.line('}');
      for (const [i, { values }] of node.rows.entries()) {
        w.line(`else if (${name} === ${i}) {`);
        const value =
          values.quantity === undefined
            ? use.value
            : `(O.first ? R.attributeQuantity(O, ${mapped}, ${w.bind(values.quantity)}) : 0)`;
        emitInto(w, use.variables[i + 1]!, value);
        w.line('}');
      }
    }
  },
};

/** Attributes that rules take a quantity from. */
const quantitiesOf = (node: PlanNode): string[] =>
  node.rows.flatMap(({ values }) => (values.quantity === undefined ? [] : [String(values.quantity)]));

function derivedKind(kind: UseKind, values: PlanNode['values']): UseKind {
  const derived = values.quantity === undefined ? 'quantity' : 'attribute';
  return { ...kind, meter: textOf({ values } as PlanNode, 'meter'), explicit: false, derived };
}

const isReportable = (name: string) => name !== 'octets' && meterNamed(name) !== undefined;

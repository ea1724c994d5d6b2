import type { EvaluateContext, Use } from '../evaluate.ts';
import { shrink } from '../money.ts';
import { type PlanNode, textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { formatQuantity, toBaseUnits, type Unit, unitNamed } from '../quantity.ts';
import { keepOccasion, totalOfOccasion } from '../state.ts';
import { unitProperty } from './charge-properties.ts';
import { emitInto } from './passing.ts';

const unitOf = (node: PlanNode): Unit => unitNamed(textOf(node, 'unit'))!;
const thresholdOf = (node: PlanNode): bigint => toBaseUnits(textOf(node, 'threshold'), unitOf(node)) ?? 0n;

/**
 * Passes use above a threshold, or below it (REQUIREMENTS P44). Exactly the threshold is not above. On a running total,
 * an accumulator's or that of a chargeable event in several records, use is cut at the threshold, so that splitting is
 * free: `above` is then `excess`, and `below` the rest. On a record by itself `above` and `below` take it whole.
 */
export const thresholdFilter: Primitive = {
  type: 'ThresholdFilter',
  help: 'Passes use above or below a threshold, of a running total or of each record.',
  input: 'usage',
  output: 'usage',
  properties: [
    { name: 'threshold', kind: 'decimal', required: true, min: 0, max: 1e15, help: 'Threshold, in the unit.' },
    unitProperty,
    {
      name: 'mode',
      kind: 'choice',
      choices: ['excess', 'above', 'below'],
      default: 'excess',
      help: 'Passes the part above, or whole records above or not above; running totals are cut at the threshold.',
    },
  ],
  examples: [
    {
      title: 'A message of more than 3 MB pays for each started MB above',
      plan: `<primitive id="size" type="UsageTypeClassifier"><rule meter="x-mail-size" when="meter = messages" quantity="sizeOctets"/></primitive>
<primitive id="mail" type="UsageTypeSelector"><property name="types" value="x-mail-size"/></primitive>
<primitive id="large" type="ThresholdFilter"><property name="threshold" value="3"/><property name="unit" value="MB"/></primitive>
<primitive id="extra" type="StepRater" label="Large mail"><property name="unit" value="MB"/><property name="per" value="event"/><property name="increment" value="1000000"/><step multiplier="0.10"/></primitive>
<connection from="usage" to="size"/><connection from="size" to="mail"/><connection from="mail" to="large"/><connection from="large" to="extra"/><connection from="extra" to="post"/>`,
      use: [
        ['messages', '1', '2026-03-02T10:00', '2026-03-02T10:00', { sizeOctets: '3000000' }],
        ['messages', '1', '2026-03-02T10:05', '2026-03-02T10:05', { sizeOctets: '4200000' }],
      ],
      bill: [['Large mail', '0.20']],
    },
  ],
  unit: unitOf,
  edge: thresholdOf,
  check(node, report) {
    if (toBaseUnits(textOf(node, 'threshold'), unitOf(node)) === null)
      report('is not a whole number of base units (seconds, octets, pieces)', { property: 'threshold' });
  },
  evaluate(node, { uses }, context) {
    const threshold = thresholdOf(node);
    const mode = textOf(node, 'mode');
    for (const use of uses) {
      const { quantity, outs } = use;
      const whole = mode === 'excess' ? null : wholeRecord(use, context);
      let above: bigint;
      if (whole !== null) above = whole > threshold ? quantity : 0n;
      else {
        const after = totalAfter(node, use, context);
        context.counted(after - quantity, quantity);
        const before = after - quantity;
        above = after <= threshold ? 0n : before >= threshold ? quantity : after - threshold;
      }
      const passed = mode === 'below' ? quantity - above : above;
      if (quantity > 0n && context.trace) {
        const show = (n: bigint) => `${formatQuantity(n, textOf(node, 'unit'))} ${textOf(node, 'unit')}`;
        context.trace({
          text: `${show(above)} above ${show(threshold)}; ${show(passed)} passed on`,
          passed: String(passed),
        });
      }
      context.give(outs[0]!, passed);
    }
  },
  emit(node, w) {
    const [threshold, mode, meters] = [
      w.bind(shrink(thresholdOf(node))),
      w.bind(textOf(node, 'mode')),
      w.bind(w.reaching),
    ];
    for (const { value, variables, total, derived } of w.uses) {
      const after = total ? `t${total.node}_${total.place}` : 'null';
      const attribute = w.bind(derived === 'attribute');
      emitInto(
        w,
        variables[0]!,
        `R.threshold(S, O, ${node.index}, ${value}, ${after}, ${threshold}, ${mode}, ${meters}, ${attribute})`,
      );
    }
  },
};

/** Quantity of the record a use is of, or null where a running total counts. */
function wholeRecord({ total, derived, quantity }: Use, { occasion, reaching }: EvaluateContext): bigint | null {
  if (total || !occasion.single) return null;
  if (derived === 'attribute') return quantity;
  return occasion.readings.reduce((sum, r) => (reaching.includes(r.meter) ? sum + r.quantity : sum), 0n);
}

/** The total that counts, this use included: of the accumulator it came through, of its event, or of its record. */
function totalAfter(node: PlanNode, { total, quantity }: Use, context: EvaluateContext): bigint {
  if (total) return context.totals.get(`${total.node}.${total.place}`)!;
  const { occasion } = context;
  if (occasion.single) {
    occasion.progress ??= new Map();
    const after = BigInt(occasion.progress.get(node.index) ?? 0) + quantity;
    occasion.progress.set(node.index, shrink(after));
    return after;
  }
  const memory = context.memory();
  const after = BigInt(totalOfOccasion(memory, occasion.key)) + quantity;
  if (quantity > 0n) keepOccasion(memory, occasion.key, { total: shrink(after), lastMs: occasion.atMs });
  return after;
}

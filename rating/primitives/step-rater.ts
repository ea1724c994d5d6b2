import { Decimal } from '../decimal.ts';
import type { EvaluateContext } from '../evaluate.ts';
import { plus, shrink, type Whole } from '../money.ts';
import type { PeriodKind } from '../period.ts';
import { type PlanNode, textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { keepOccasion, totalOfOccasion } from '../state.ts';
import { periodProperty, unitProperty } from './charge-properties.ts';
import { sumOf } from './passing.ts';
import { emitStepRater } from './step-rater-emit.ts';
import { explainSteps } from './step-rater-explain.ts';
import { charged, perEvent, tableOf, unitOf } from './step-rater-terms.ts';

/**
 * Rates use by ordered steps (REQUIREMENTS P53, DESIGN §3.6). Graduated: each part of the total at its own step's
 * multiplier, and the constants of the steps entered. Volume: the whole total at the step it has reached.
 */
export const stepRater: Primitive = {
  type: 'StepRater',
  help: 'Charges use by ordered steps of a price per unit and a constant.',
  input: 'usage',
  output: 'charge',
  labelled: true,
  steps: true,
  properties: [
    unitProperty,
    periodProperty,
    {
      name: 'per',
      kind: 'choice',
      choices: ['period', 'event'],
      default: 'period',
      help: 'Whether steps and increments apply to the period’s total or to each event’s.',
    },
    {
      name: 'mode',
      kind: 'choice',
      choices: ['graduated', 'volume'],
      default: 'graduated',
      help: 'Each part at its step’s price, or everything at the price of the step reached.',
    },
    {
      name: 'increment',
      kind: 'integer',
      min: 1,
      max: 1e15,
      help: 'Charge in whole increments of so many base units (seconds, octets, pieces).',
    },
    { name: 'firstIncrement', kind: 'integer', min: 1, max: 1e15, help: 'Charge at least so many base units.' },
  ],
  examples: [
    {
      title: 'The first 100 hours at 0.50, then 0.25',
      plan: `<primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step upTo="100" multiplier="0.50"/><step multiplier="0.25"/></primitive>
<connection from="usage" to="hours"/><connection from="hours" to="post"/>`,
      use: [['time', '374400', '2026-03-02T00:00', '2026-03-06T08:00']],
      bill: [['Hours', '51.00']],
    },
    {
      title: 'Each call at least 30 s, then in steps of 6 s',
      plan: `<primitive id="voice" type="UsageTypeSelector"><property name="types" value="voice"/></primitive>
<primitive id="calls" type="StepRater" label="Calls"><property name="unit" value="minute"/><property name="per" value="event"/><property name="firstIncrement" value="30"/><property name="increment" value="6"/><step multiplier="0.60"/></primitive>
<connection from="usage" to="voice"/><connection from="voice" to="calls"/><connection from="calls" to="post"/>`,
      use: [
        ['voice', '32', '2026-03-02T10:00:00', '2026-03-02T10:00:32'],
        ['voice', '75', '2026-03-02T11:00:00', '2026-03-02T11:01:15'],
      ],
      bill: [['Calls', '1.14']],
    },
  ],
  period: (node) => textOf(node, 'period') as PeriodKind,
  unit: unitOf,
  table: tableOf,
  check(node, report) {
    if (perEvent(node) && node.steps[0]?.constantAt === 'start') {
      report('constantAt="start" is of a period: it needs per="period"', { property: 'per' });
    }
  },
  evaluate(node, { uses }, context) {
    const use = sumOf(uses);
    if (!context.accumulator || use === 0n) return;
    const change = perEvent(node) ? eventChange(node, use, context) : periodChange(node, use, context);
    if (change.amount !== 0 || change.quantity !== 0) context.charge({ line: node.index, ...change });
  },
  emit: emitStepRater,
};

interface Change {
  readonly amount: Whole;
  readonly quantity: Whole;
}

function periodChange(node: PlanNode, use: bigint, { accumulator, scale, trace }: EvaluateContext): Change {
  const acc = accumulator!;
  const before = BigInt(acc.total);
  const after = before + use;
  const price = priceOf(node, charged(node, after));
  const posted = atScale(price.div(String(unitOf(node).base)), scale);
  const amount = shrink(posted - BigInt(acc.posted));
  const quantity = charged(node, after) - charged(node, before);
  trace?.({
    ...explainSteps(node, before, after),
    line: node.index,
    before: fractionOf(node, priceOf(node, charged(node, before))),
    after: fractionOf(node, price),
    posted: String(acc.posted),
    amount: String(amount),
  });
  acc.total = shrink(after);
  acc.posted = shrink(posted);
  return { amount, quantity: shrink(quantity) };
}

function eventChange(node: PlanNode, use: bigint, context: EvaluateContext): Change {
  const acc = context.accumulator!;
  const { occasion, scale, trace } = context;
  const memory = context.memory();
  const before = BigInt(totalOfOccasion(memory, occasion.key));
  const after = before + use;
  const places = tableOf(node, scale).places;
  const rise = priceOf(node, charged(node, after)).sub(priceOf(node, charged(node, before)));
  const power = Decimal.pow(10, places);
  const summed = new Decimal(String(acc.sum)).div(power);
  acc.sum = plus(acc.sum, shrink(BigInt(rise.mul(power).toFixed(0))));
  const price = new Decimal(String(acc.sum)).div(power);
  const posted = atScale(price.div(String(unitOf(node).base)), scale);
  const amount = shrink(posted - BigInt(acc.posted));
  const quantity = charged(node, after) - charged(node, before);
  if (trace) {
    const { text, terms } = explainSteps(node, before, after);
    trace({
      text: `${text}, event ${occasion.key}`,
      terms,
      line: node.index,
      before: fractionOf(node, summed),
      after: fractionOf(node, price),
      posted: String(acc.posted),
      amount: String(amount),
    });
  }
  acc.posted = shrink(posted);
  acc.total = plus(acc.total, shrink(quantity));
  if (!occasion.single) keepOccasion(memory, occasion.key, { total: shrink(after), lastMs: occasion.atMs });
  return { amount, quantity: shrink(quantity) };
}

/** Price of a total times the base units in one unit, so that it is exact. */
function priceOf(node: PlanNode, total: bigint): Decimal {
  const base = String(unitOf(node).base);
  const volume = textOf(node, 'mode') === 'volume';
  let price = new Decimal(0);
  let lower = 0n;
  for (const [i, step] of node.steps.entries()) {
    const reached = total > lower || (i === 0 && step.constantAt === 'start');
    const last = step.upTo === null || total <= step.upTo;
    if (reached && (!volume || last)) {
      const part = volume ? total : (last ? total : step.upTo!) - lower;
      price = price.add(new Decimal(step.constant).mul(base)).add(new Decimal(step.multiplier).mul(String(part)));
    }
    if (last) break;
    lower = step.upTo!;
  }
  return price;
}

function fractionOf(node: PlanNode, price: Decimal): string {
  return `${price.toFixed()}/${unitOf(node).base}`;
}

function atScale(price: Decimal, scale: number): bigint {
  return BigInt(price.mul(Decimal.pow(10, scale)).toFixed(0, Decimal.ROUND_HALF_UP));
}

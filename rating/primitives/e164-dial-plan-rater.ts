import { Decimal } from '../decimal.ts';
import { attributeOf, type EvaluateContext } from '../evaluate.ts';
import { EVER, inForce, type Missing, Refused, type Resolved } from '../facts.ts';
import { plus, shrink, type Whole } from '../money.ts';
import { type PlanNode, textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { meterNamed } from '../quantity.ts';
import { keepOccasion, totalOfOccasion } from '../state.ts';
import { type DialPlan, type DialRate, dialPlan, digitsOf, SECONDS_MAX } from '../tables/dial-plan.ts';
import { chargedSeconds, DIAL_DENOMINATOR, dialAmount, dialKey, dialNumerator } from './dial-price.ts';
import { sumOf } from './passing.ts';

const CALLED = 'calledNumber';
const inline = new WeakMap<PlanNode['rows'], DialPlan>();

/**
 * Rates calls by the longest prefix of the called number (REQUIREMENTS P57): a price per minute, a set-up, a minimum and
 * increments in seconds. A number that no prefix is about is refused.
 */
export const e164DialPlanRater: Primitive = {
  type: 'E164DialPlanRater',
  help: 'Charges calls by the longest prefix of the number called.',
  input: 'usage',
  output: 'charge',
  labelled: true,
  lineUnit: 'minute',
  properties: [
    {
      name: 'per',
      kind: 'choice',
      choices: ['event', 'period'],
      default: 'event',
      help: 'Whether set-up, minimum and increments are of each call, or of the cycle’s total per prefix.',
    },
    { name: 'table', kind: 'name', help: 'Name of an imported dial plan, instead of prefixes.' },
  ],
  rows: {
    element: 'prefix',
    help: 'The longest one that the number begins with counts.',
    min: 0,
    max: 1000,
    properties: [
      { name: 'digits', kind: 'digits', required: true, help: 'Leading digits of the number, country code first.' },
      { name: 'rate', kind: 'decimal', required: true, min: -1e6, max: 1e6, help: 'Price of a minute.' },
      { name: 'setup', kind: 'decimal', default: '0', min: -1e6, max: 1e6, help: 'Price of the start.' },
      { name: 'increment', kind: 'integer', default: '0', min: 0, max: SECONDS_MAX, help: 'Seconds charged at once.' },
      { name: 'minimum', kind: 'integer', default: '0', min: 0, max: SECONDS_MAX, help: 'Seconds charged at least.' },
    ],
  },
  examples: [
    {
      title: 'The longer prefix wins; 90 s in whole minutes are two',
      plan: `<primitive id="calls" type="E164DialPlanRater" label="Calls"><prefix digits="33" rate="0.02"/><prefix digits="336" rate="0.10" setup="0.05" increment="60"/></primitive>
<connection from="usage" to="calls"/><connection from="calls" to="post"/>`,
      use: [
        ['voice', '90', '2026-03-02T10:00:00', '2026-03-02T10:01:30', { calledNumber: '+33123456789' }],
        ['voice', '90', '2026-03-02T11:00:00', '2026-03-02T11:01:30', { calledNumber: '0033612345678' }],
      ],
      bill: [['Calls', '0.28']],
    },
    {
      title: 'Prices from an imported table',
      plan: `<primitive id="calls" type="E164DialPlanRater" label="Calls"><property name="table" value="world"/></primitive>
<connection from="usage" to="calls"/><connection from="calls" to="post"/>`,
      tables: { 'dial-plans/world': 'digits,rate,setup,increment,minimum\n1,0.01,0,6,30\n44,0.03,0,1,0\n' },
      use: [['voice', '10', '2026-03-02T10:00:00', '2026-03-02T10:00:10', { calledNumber: '+12025550123' }]],
      bill: [['Calls', '0.01']],
    },
  ],
  period: () => 'cycle',
  takes: (_node, { meter, explicit, derived }) =>
    derived === 'no' ? meter === 'voice' || (explicit && meterNamed(meter)!.dimension === 'time') : explicit,
  check(node, report) {
    if ((node.rows.length === 0) === (node.values.table === undefined))
      report('needs either <prefix> elements or a "table"', { property: 'table' });
    const seen = new Set<unknown>();
    for (const { values, line } of node.rows) {
      if (seen.has(values.digits)) report(`the prefix ${String(values.digits)} is there twice`, { line });
      seen.add(values.digits);
    }
  },
  facts(node, { tables }, zone, atMs): Resolved | Missing {
    if (node.values.table === undefined) return { value: inlinePlan(node), ...EVER };
    const { entry, span } = inForce(tables?.dialPlans?.get(textOf(node, 'table')) ?? [], zone, atMs);
    return entry
      ? { value: entry.table, ...span }
      : { reason: 'no-table', detail: `no dial plan named ${textOf(node, 'table')}`, ...span };
  },
  reads: () => [CALLED],
  suffices(_node, fact, attributes) {
    const digits = digitsOf(attributeOf(attributes, CALLED) ?? '');
    return digits !== null && (fact as DialPlan).match(digits) >= 0;
  },
  evaluate(node, { uses }, context) {
    const use = sumOf(uses);
    if (use === 0n) return;
    const called = attributeOf(context.occasion.attributes, CALLED);
    const rate = dialRateOf(context.fact() as DialPlan, called);
    const { amount, quantity } =
      textOf(node, 'per') === 'event' ? eventChange(node, rate, use, context) : periodChange(node, rate, use, context);
    if (amount !== 0 || quantity !== 0) context.charge({ line: node.index, amount, quantity });
  },
  emit(node, w) {
    const [a, q] = [`a${node.index}`, `q${node.index}`];
    const per = w.bind(textOf(node, 'per') === 'event');
    w.line(`let ${a} = 0, ${q} = 0;`);
    w.charge(node.index, a, q);
    w.line(`if (${w.use} !== 0) {`);
    w.line(`  R.dial(S, ${node.index}, A[${w.slot}], ${per}, ${w.use}, O, ${w.scale}, X);`);
    w.line(`  ${a} = X.amount; ${q} = X.quantity;`);
    w.line('}');
  },
};

function inlinePlan({ rows }: PlanNode): DialPlan {
  let plan = inline.get(rows);
  if (!plan) {
    plan = dialPlan(rows.map(({ values }) => values as unknown as DialRate));
    inline.set(rows, plan);
  }
  return plan;
}

/** The rate of a called number. @throws Refused where there is none */
export function dialRateOf(plan: DialPlan, called: string | undefined): DialRate {
  const digits = digitsOf(called ?? '');
  if (digits === null)
    throw new Refused('bad-attribute', `${CALLED}: expected digits of an E.164 number, found ${called ?? 'nothing'}`);
  const place = plan.match(digits);
  if (place < 0) throw new Refused('no-rate', `no prefix of ${digits} in the dial plan`);
  return plan.rates[place]!;
}

interface Change {
  readonly amount: Whole;
  readonly quantity: Whole;
}

const priceOf = ({ rate, setup }: DialRate, charged: bigint): Decimal =>
  charged === 0n ? new Decimal(0) : new Decimal(setup).mul(60).add(new Decimal(rate).mul(String(charged)));

function eventChange(node: PlanNode, rate: DialRate, use: bigint, context: EvaluateContext): Change {
  const acc = context.accumulator!;
  const { occasion, scale } = context;
  const memory = context.memory();
  const before = BigInt(totalOfOccasion(memory, occasion.key));
  const [from, to] = [chargedSeconds(rate, before), chargedSeconds(rate, before + use)];
  const rise = priceOf(rate, to).sub(priceOf(rate, from)).mul(Decimal.pow(10, 12));
  const summed = acc.sum;
  acc.sum = plus(acc.sum, shrink(BigInt(rise.toFixed(0))));
  const posted = atScale(new Decimal(String(acc.sum)), scale);
  const amount = shrink(posted - BigInt(acc.posted));
  explain(node, rate, from, to, { before: summed, after: acc.sum, posted: acc.posted, amount }, context);
  acc.posted = shrink(posted);
  acc.total = plus(acc.total, shrink(to - from));
  if (!occasion.single) keepOccasion(memory, occasion.key, { total: shrink(before + use), lastMs: occasion.atMs });
  return { amount, quantity: shrink(to - from) };
}

function periodChange(node: PlanNode, rate: DialRate, use: bigint, context: EvaluateContext): Change {
  const { scale } = context;
  const tally = context.standing.tally(node.index, rate.digits, {
    key: dialKey(rate),
    counts: true,
    worth: (total) => dialAmount(dialNumerator(rate, chargedSeconds(rate, total)), scale),
  });
  const before = BigInt(tally.total);
  const [from, to] = [chargedSeconds(rate, before), chargedSeconds(rate, before + use)];
  const exact = (charged: bigint) => BigInt(priceOf(rate, charged).mul(Decimal.pow(10, 12)).toFixed(0));
  const posted = atScale(new Decimal(String(exact(to))), scale);
  const amount = shrink(posted - BigInt(tally.posted));
  explain(node, rate, from, to, { before: exact(from), after: exact(to), posted: tally.posted, amount }, context);
  tally.posted = shrink(posted);
  tally.total = shrink(before + use);
  return { amount, quantity: shrink(to - from) };
}

function atScale(numerator: Decimal, scale: number): bigint {
  const price = numerator.mul(Decimal.pow(10, scale)).div(String(DIAL_DENOMINATOR));
  return BigInt(price.toFixed(0, Decimal.ROUND_HALF_UP));
}

function explain(
  node: PlanNode,
  { digits, rate, setup }: DialRate,
  from: bigint,
  to: bigint,
  { before, after, posted, amount }: { before: Whole; after: Whole; posted: Whole; amount: Whole },
  { trace }: EvaluateContext,
): void {
  const constant = from === 0n && to > 0n ? setup : '0';
  trace?.({
    text: `prefix ${digits}: ${to - from} s × ${rate} a minute${constant === '0' ? '' : ` + ${constant}`}`,
    terms: [{ quantity: String(to - from), unit: 'minute', multiplier: rate, constant, of: `prefix ${digits}` }],
    line: node.index,
    before: `${before}/${DIAL_DENOMINATOR}`,
    after: `${after}/${DIAL_DENOMINATOR}`,
    posted: String(posted),
    amount: String(amount),
  });
}

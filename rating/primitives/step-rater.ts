import { Decimal } from '../decimal.ts';
import { plus, shrink, type Whole } from '../money.ts';
import type { PeriodKind } from '../period.ts';
import { type PlanNode, textOf } from '../plan.ts';
import type { EvaluateContext, Primitive } from '../primitive.ts';
import { formatQuantity } from '../quantity.ts';
import { chargedOf } from '../step-table.ts';
import { periodProperty, unitProperty } from './charge-properties.ts';
import { emitStepRater } from './step-rater-emit.ts';
import { firstIncrementOf, incrementOf, perEvent, tableOf, unitOf } from './step-rater-terms.ts';
import { sumOf } from './token.ts';

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
  period: (node) => textOf(node, 'period') as PeriodKind,
  unit: unitOf,
  table: tableOf,
  check(node, report) {
    if (perEvent(node) && node.steps[0]?.constantAt === 'start') {
      report('constantAt="start" is of a period: it needs per="period"', { property: 'per' });
    }
  },
  evaluate(node, inputs, context) {
    const use = sumOf(inputs);
    if (!context.accumulator || use === 0n) return null;
    const change = perEvent(node) ? eventChange(node, use, context) : periodChange(node, use, context);
    return change.amount === 0 && change.quantity === 0 ? null : [{ node: node.index, ...change }];
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
  acc.total = shrink(after);
  acc.posted = shrink(posted);
  trace?.({ node: node.index, text: explain(node, before, after) });
  return { amount, quantity: shrink(quantity) };
}

function eventChange(node: PlanNode, use: bigint, context: EvaluateContext): Change {
  const acc = context.accumulator!;
  const { occasion, memory, scale, trace } = context;
  const open = memory?.occasions.get(occasion.key);
  const before = BigInt(open?.total ?? 0);
  const after = before + use;
  const places = tableOf(node, scale).places;
  const rise = priceOf(node, charged(node, after)).sub(priceOf(node, charged(node, before)));
  acc.sum = plus(acc.sum, shrink(BigInt(rise.mul(Decimal.pow(10, places)).toFixed(0))));
  const price = new Decimal(String(acc.sum)).div(Decimal.pow(10, places)).div(String(unitOf(node).base));
  const posted = atScale(price, scale);
  const amount = shrink(posted - BigInt(acc.posted));
  acc.posted = shrink(posted);
  const quantity = charged(node, after) - charged(node, before);
  acc.total = plus(acc.total, shrink(quantity));
  if (!occasion.single) memory?.occasions.set(occasion.key, { total: shrink(after), lastMs: occasion.atMs });
  trace?.({ node: node.index, text: `${explain(node, before, after)}, event ${occasion.key}` });
  return { amount, quantity: shrink(quantity) };
}

function charged(node: PlanNode, total: bigint): bigint {
  return chargedOf(total, incrementOf(node), firstIncrementOf(node));
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

function atScale(price: Decimal, scale: number): bigint {
  return BigInt(price.mul(Decimal.pow(10, scale)).toFixed(0, Decimal.ROUND_HALF_UP));
}

/** The total before and after, and each step that prices any of what is new. */
function explain(node: PlanNode, before: bigint, after: bigint): string {
  const unit = textOf(node, 'unit');
  const show = (n: bigint) => formatQuantity(n, unit);
  const [from, to] = [charged(node, before), charged(node, after)];
  const parts: string[] = [];
  let lower = 0n;
  for (const [i, step] of node.steps.entries()) {
    const upper = step.upTo === null || to < step.upTo ? to : step.upTo;
    const part = upper - (from > lower ? from : lower);
    const constant = step.constant !== '0' && from <= lower && to > lower ? ` + ${step.constant}` : '';
    if (textOf(node, 'mode') === 'volume') {
      if (to > lower && (step.upTo === null || to <= step.upTo))
        parts.push(`all ${show(to)} × ${step.multiplier} + ${step.constant} (step ${i + 1})`);
    } else if (part > 0n || constant)
      parts.push(`${show(part > 0n ? part : 0n)} × ${step.multiplier}${constant} (step ${i + 1})`);
    if (step.upTo === null || to <= step.upTo) break;
    lower = step.upTo;
  }
  return `${unit} ${show(before)} → ${show(after)}${to === after ? '' : `, charged ${show(from)} → ${show(to)}`}: ${parts.join(', ') || 'nothing new'}`;
}

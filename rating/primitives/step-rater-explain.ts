/** Why a StepRater charges what it does: the products and constants whose sum is the rise of the exact price. */

import { type PlanNode, type Step, textOf } from '../plan.ts';
import { formatQuantity } from '../quantity.ts';
import type { TraceTerm } from '../trace.ts';
import { charged } from './step-rater-terms.ts';

/** From one total to another: in words, and as terms to multiply out. */
export function explainSteps(
  node: PlanNode,
  before: bigint,
  after: bigint,
): { readonly text: string; readonly terms: readonly TraceTerm[] } {
  const unit = textOf(node, 'unit');
  const show = (n: bigint) => formatQuantity(n, unit);
  const [from, to] = [charged(node, before), charged(node, after)];
  const terms = textOf(node, 'mode') === 'volume' ? volumeTerms(node, from, to) : graduatedTerms(node, from, to);
  const rounded = to === after ? '' : `, charged ${show(from)} → ${show(to)}`;
  const parts = terms.map(({ quantity, multiplier, constant, of }) => {
    const flat = constant === '0' ? '' : ` + ${constant}`;
    return `${show(BigInt(quantity))} × ${multiplier}${flat} (${of})`;
  });
  return { text: `${unit} ${show(before)} → ${show(after)}${rounded}: ${parts.join(', ') || 'nothing new'}`, terms };
}

function term(node: PlanNode, i: number, quantity: bigint, constant: string): TraceTerm {
  const { multiplier } = node.steps[i]!;
  return { quantity: String(quantity), unit: textOf(node, 'unit'), multiplier, constant, of: `step ${i + 1}` };
}

function graduatedTerms(node: PlanNode, from: bigint, to: bigint): TraceTerm[] {
  const terms: TraceTerm[] = [];
  let lower = 0n;
  for (const [i, step] of node.steps.entries()) {
    const upper = step.upTo === null || to < step.upTo ? to : step.upTo;
    const part = upper - (from > lower ? from : lower);
    // A constant due at the start was posted then.
    const entered = from <= lower && to > lower && step.constantAt === 'entry';
    const constant = entered ? step.constant : '0';
    if (part > 0n || constant !== '0') terms.push(term(node, i, part > 0n ? part : 0n, constant));
    if (step.upTo === null || to <= step.upTo) break;
    lower = step.upTo;
  }
  return terms;
}

/** All of the total at the step reached, less all of the one before at its own. */
function volumeTerms(node: PlanNode, from: bigint, to: bigint): TraceTerm[] {
  const stepOf = (total: bigint) => node.steps.findIndex((s: Step) => s.upTo === null || total <= s.upTo);
  const first = node.steps[0]!;
  const [was, is] = [stepOf(from), stepOf(to)];
  if (from === to) return [];
  const due = from > 0n || first.constantAt === 'start';
  if (was === is && due) return [term(node, is, to - from, '0')];
  const now = term(node, is, to, node.steps[is]!.constant);
  if (!due) return [now];
  const { constant } = node.steps[was]!;
  return [
    now,
    term(node, was, -from, constant.startsWith('-') ? constant.slice(1) : constant === '0' ? '0' : `-${constant}`),
  ];
}

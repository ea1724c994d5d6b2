/** Checks of what a wired plan would do: does every charge get to an account once, does every rater get use (P74). */

import { primitiveOf } from './catalog.ts';
import { flowsOf, TooManyLines } from './flow.ts';
import { outputsOf } from './graph.ts';
import { routeOf, TooManyKinds } from './kinds.ts';
import { currenciesOf, metersOf } from './layout.ts';
import { decimalPlaces } from './money.ts';
import { warnOfOddities } from './oddities.ts';
import { type Plan, type PlanNode, type PlanProblem, SOURCE } from './plan.ts';

export type ReportNode = (node: PlanNode, severity: 'error' | 'warning', message: string, property?: string) => void;

/** Reports what is wrong with the sense of a plan whose parts are right. */
export function checkMeaning(plan: Plan, problems: PlanProblem[]): void {
  const report: ReportNode = (node, severity, message, property) =>
    problems.push({ line: node.line, primitive: node.id, ...(property ? { property } : {}), message, severity });
  const reached = reachedNodes(plan, report);
  if (!reached) return;
  const posted = reachingAccount(plan);
  const [own, other] = [waysTo(plan, 'AccountFinalizer'), waysTo(plan, 'SecondAccountFinalizer')];
  if (!plan.nodes.some((node) => primitiveOf(node).output === null)) {
    problems.push({ line: 1, message: 'no AccountFinalizer: nothing would be charged', severity: 'error' });
  }
  for (const node of plan.nodes) {
    const primitive = primitiveOf(node);
    if (primitive.input !== null && node.inputs.length === 0)
      report(node, 'error', `nothing is connected to it: it needs ${primitive.input}`);
    else if (primitive.input === 'usage' && !reached[node.index]) {
      const why = primitive.unit ? 'no use of its unit can reach it' : 'no use can reach it';
      report(node, 'error', why, primitive.unit ? 'unit' : undefined);
    }
    if (primitive.output === 'usage' && !primitive.tap && outputsOf(plan.nodes, node.index).length === 0) {
      report(node, 'warning', 'the use it passes on goes nowhere');
    }
    if (primitive.output === 'charge' && primitive.input !== 'charge') {
      if (!posted[node.index]) report(node, 'error', 'its charge reaches no AccountFinalizer');
      if (own[node.index]! > 1 || other[node.index]! > 1)
        report(node, 'error', 'its charge reaches the account by more than one way and would be charged again');
    }
    const amount = node.values.amount;
    if (typeof amount === 'string' && decimalPlaces(amount) > plan.scale) {
      const message = `${amount} has more decimals than the plan’s scale of ${plan.scale} and is rounded`;
      report(node, 'warning', message, 'amount');
    }
  }
  checkCurrencies(plan, report);
  if (!problems.some((problem) => problem.severity === 'error')) warnOfOddities(plan, report);
}

/** Which nodes use can get to; null where the plan is too tangled to say. */
function reachedNodes(plan: Plan, report: ReportNode): boolean[] | null {
  const reached = plan.nodes.map(() => false);
  try {
    flowsOf(plan);
    for (const meter of metersOf(plan)) {
      for (const [index, taken] of routeOf(plan, meter).takes.entries()) if (taken.length > 0) reached[index] = true;
    }
    return reached;
  } catch (error) {
    if (!(error instanceof TooManyKinds || error instanceof TooManyLines)) throw error;
    report(plan.nodes[error.node]!, 'error', error.message);
    return null;
  }
}

/** From which nodes something gets to an account, be it as a line of another primitive. */
function reachingAccount(plan: Plan): boolean[] {
  const reaching = plan.nodes.map((node) => primitiveOf(node).output === null);
  for (const index of [...plan.order].reverse()) {
    if (!reaching[index]) continue;
    for (const input of plan.nodes[index]!.inputs) if (input !== SOURCE) reaching[input] = true;
  }
  return reaching;
}

/** How many ways lead from each node to a finalizer of that type. */
function waysTo(plan: Plan, type: string): number[] {
  const ways = plan.nodes.map((node): number => (node.type === type ? 1 : 0));
  for (const index of [...plan.order].reverse()) {
    const node = plan.nodes[index]!;
    // What makes a line of its own of what arrives ends the way of those lines.
    if (primitiveOf(node).flow?.(node, [], plan.nodes).passes === false && node.type !== type) continue;
    // More than two is no worse than two; without the cap a ladder of adders would overflow.
    for (const input of node.inputs) if (input !== SOURCE) ways[input] = Math.min(2, ways[input]! + ways[index]!);
  }
  return ways;
}

function checkCurrencies(plan: Plan, report: ReportNode): void {
  const { byNode, posted } = currenciesOf(plan);
  for (const node of plan.nodes) {
    if (primitiveOf(node).input !== 'charge') continue;
    const arriving = new Set(node.inputs.map((input) => byNode[input]));
    if (arriving.size > 1) report(node, 'error', `charges in ${[...arriving].sort().join(' and ')} arrive together`);
    else if (node.type === 'AccountFinalizer' && !arriving.has(posted) && arriving.size === 1)
      report(node, 'error', `posts ${[...arriving][0]}, another AccountFinalizer ${posted}`);
    if (node.type === 'CurrencyConverter' && arriving.has(String(node.values.to)))
      report(node, 'warning', `what arrives is in ${String(node.values.to)} already`, 'to');
  }
}

/** Checks of what a wired plan would do: does every charge get to the account once, does every rater get use (P74). */

import { primitiveOf } from './catalog.ts';
import { outputsOf } from './graph.ts';
import { reachingMeters } from './layout.ts';
import { decimalPlaces } from './money.ts';
import { type Plan, type PlanNode, type PlanProblem, SOURCE } from './plan.ts';
import { formatTimeOfDay, type Window, weekCover } from './window.ts';

/** Reports what is wrong with the sense of a plan whose parts are right. */
export function checkMeaning(plan: Plan, problems: PlanProblem[]): void {
  const report = (node: PlanNode, severity: 'error' | 'warning', message: string, property?: string) =>
    problems.push({ line: node.line, primitive: node.id, ...(property ? { property } : {}), message, severity });
  const paths = pathsToAccount(plan);
  const meters = reachingMeters(plan);
  if (!plan.nodes.some((node) => node.type === 'AccountFinalizer')) {
    problems.push({ line: 1, message: 'no AccountFinalizer: nothing would be charged', severity: 'error' });
  }
  for (const node of plan.nodes) {
    const primitive = primitiveOf(node);
    if (primitive.input !== null && node.inputs.length === 0)
      report(node, 'error', `nothing is connected to it: it needs ${primitive.input}`);
    else if (primitive.input === 'usage' && meters.get(node.index)!.length === 0) {
      report(
        node,
        'error',
        primitive.unit ? 'no use of its unit can reach it' : 'no use can reach it',
        primitive.unit ? 'unit' : undefined,
      );
    }
    if (primitive.output === 'usage' && outputsOf(plan.nodes, node.index).length === 0) {
      report(node, 'warning', 'the use it passes on goes nowhere');
    }
    if (primitive.output === 'charge' && primitive.input !== 'charge') {
      const count = paths[node.index]!;
      if (count === 0) report(node, 'error', 'its charge reaches no AccountFinalizer');
      if (count > 1)
        report(node, 'error', 'its charge reaches the account by more than one way and would be charged again');
    }
    const amount = node.values.amount;
    if (typeof amount === 'string' && decimalPlaces(amount) > plan.scale) {
      report(
        node,
        'warning',
        `${amount} has more decimals than the plan’s scale of ${plan.scale} and is rounded`,
        'amount',
      );
    }
  }
  for (const source of [SOURCE, ...plan.nodes.map((node) => node.index)]) checkWindows(plan, source, report);
}

/** How many ways lead from each node to an AccountFinalizer. */
function pathsToAccount(plan: Plan): number[] {
  const paths = plan.nodes.map((node): number => (primitiveOf(node).output === null ? 1 : 0));
  for (const index of [...plan.order].reverse()) {
    // More than two is no worse than two; without the cap a ladder of adders would overflow.
    for (const input of plan.nodes[index]!.inputs)
      if (input !== SOURCE) paths[input] = Math.min(2, paths[input]! + paths[index]!);
  }
  return paths;
}

function checkWindows(
  plan: Plan,
  source: number,
  report: (node: PlanNode, severity: 'error' | 'warning', message: string) => void,
): void {
  const filters = outputsOf(plan.nodes, source)
    .map((index) => plan.nodes[index]!)
    .filter((node) => primitiveOf(node).window);
  if (filters.length < 2) return;
  const windows = filters.map((node): Window => primitiveOf(node).window!(node));
  const { overlap, gap } = weekCover(windows);
  const names = filters.map((node) => node.id).join(', ');
  if (overlap !== null)
    report(filters[0]!, 'warning', `the windows of ${names} overlap ${momentOf(overlap)}: use would be charged twice`);
  if (gap !== null)
    report(filters[0]!, 'warning', `the windows of ${names} leave a gap ${momentOf(gap)}: use would not be charged`);
}

function momentOf(ofWeekMs: number): string {
  const day = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][
    Math.floor(ofWeekMs / 86_400_000)
  ];
  return `from ${day} ${formatTimeOfDay(ofWeekMs % 86_400_000)}`;
}

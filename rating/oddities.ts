/** Warnings of what is legal but strange: it is seldom what was meant (REQUIREMENTS P74). */

import { primitiveOf } from './catalog.ts';
import { outputsOf } from './graph.ts';
import type { ReportNode } from './meaning.ts';
import { numberOf, type Plan, type PlanNode, SOURCE, textOf } from './plan.ts';
import { formatTimeOfDay, isInside, type Window, weekCover, weekMoments } from './window.ts';

/** Reports everything strange about a plan without errors. */
export function warnOfOddities(plan: Plan, report: ReportNode): void {
  for (const source of [SOURCE, ...plan.nodes.map((node) => node.index)]) checkWindows(plan, source, report);
  checkNeverOpen(plan, report);
  for (const node of plan.nodes) {
    if (node.type === 'ThresholdFilter') checkThreshold(node, report);
    if (node.type === 'FreeStepRater' && textOf(node, 'limit') === '0')
      report(node, 'warning', 'nothing is free: the limit is 0', 'limit');
    if (node.type === 'UsageTypeClassifier') checkRules(node, report);
    if (node.steps.length > 1) checkSteps(plan, node, report);
  }
}

/** Windows behind each other that are never open together: what comes through one can't get through the next. */
function checkNeverOpen(plan: Plan, report: ReportNode): void {
  const windows = plan.nodes.flatMap((node) => windowOf(node) ?? []);
  const moments = weekMoments(windows.filter((window) => !window.special));
  const open: boolean[][] = [];
  for (const index of plan.order) {
    const node = plan.nodes[index]!;
    const window = windowOf(node);
    const arriving = moments.map((_, i) => node.inputs.some((input) => input === SOURCE || open[input]![i]!));
    open[index] = moments.map(
      (atMs, i) => arriving[i]! && (!window || window.special !== undefined || isInside(window, atMs)),
    );
    if (!window || window.special || !arriving.includes(true)) continue;
    if (!open[index]!.includes(true))
      report(node, 'warning', 'nothing can ever pass: it is closed whenever use arrives from the filters before it');
    else if (moments.every((atMs) => isInside(window, atMs)))
      report(node, 'warning', 'everything passes: the window is always open');
  }
}

function checkThreshold(node: PlanNode, report: ReportNode): void {
  if (textOf(node, 'threshold') !== '0') return;
  const below = textOf(node, 'mode') === 'below';
  report(
    node,
    'warning',
    below ? 'nothing can ever pass: no use is below 0' : 'everything passes: the threshold is 0',
    'threshold',
  );
}

function checkRules(node: PlanNode, report: ReportNode): void {
  const seen = new Map<string, number>();
  for (const [i, { values }] of node.rows.entries()) {
    const key = JSON.stringify(values.when ?? null);
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, i);
    else report(node, 'warning', `rule ${i + 1} never decides: rule ${earlier + 1} has the same condition`, 'when');
  }
}

/** Steps that no total gets to, and steps that make no difference. */
function checkSteps(plan: Plan, node: PlanNode, report: ReportNode): void {
  const { steps } = node;
  const least = BigInt(numberOf(node, 'firstIncrement') ?? numberOf(node, 'increment') ?? 0);
  const most = mostArriving(plan, node);
  for (const [i, step] of steps.entries()) {
    const lower = i === 0 ? 0n : steps[i - 1]!.upTo!;
    if (most !== null && lower >= most)
      report(node, 'warning', `step ${i + 1} is never reached: no more than ${most} base units arrive in a period`);
    else if (textOf(node, 'mode') === 'volume' && step.upTo !== null && step.upTo < least)
      report(node, 'warning', `step ${i + 1} is never reached: at least ${least} base units are charged`);
    const next = steps[i + 1];
    if (next && next.multiplier === step.multiplier && next.constant === '0')
      report(node, 'warning', `steps ${i + 1} and ${i + 2} have the same price`);
  }
}

/** The most that can arrive in a period, where everything comes below thresholds of the same period; null if unknown. */
function mostArriving(plan: Plan, node: PlanNode): bigint | null {
  if (textOf(node, 'per') !== 'period' || node.inputs.length !== 1) return null;
  const filter = plan.nodes[node.inputs[0]!];
  if (filter?.type !== 'ThresholdFilter' || textOf(filter, 'mode') !== 'below' || filter.inputs.length !== 1)
    return null;
  const total = plan.nodes[filter.inputs[0]!];
  const period = total && primitiveOf(total).period;
  if (!total?.type.endsWith('Accumulator') || !period) return null;
  return period(total) === textOf(node, 'period') ? primitiveOf(filter).edge!(filter) : null;
}

function checkWindows(plan: Plan, source: number, report: ReportNode): void {
  const filters = outputsOf(plan.nodes, source)
    .map((index) => plan.nodes[index]!)
    .filter((node) => windowOf(node) && !windowOf(node)!.special);
  if (filters.length < 2) return;
  const { overlap, gap } = weekCover(filters.map((node) => windowOf(node)!));
  const names = filters.map((node) => node.id).join(', ');
  if (overlap !== null)
    report(filters[0]!, 'warning', `the windows of ${names} overlap ${momentOf(overlap)}: use would be charged twice`);
  if (gap !== null)
    report(filters[0]!, 'warning', `the windows of ${names} leave a gap ${momentOf(gap)}: use would not be charged`);
}

function windowOf(node: PlanNode): Window | undefined {
  return primitiveOf(node).window?.(node);
}

function momentOf(ofWeekMs: number): string {
  const day = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][
    Math.floor(ofWeekMs / 86_400_000)
  ];
  return `from ${day} ${formatTimeOfDay(ofWeekMs % 86_400_000)}`;
}

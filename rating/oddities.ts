/** Warnings of what is legal but strange: it is seldom what was meant (REQUIREMENTS P74). */

import { primitiveOf } from './catalog.ts';
import { outputsOf } from './graph.ts';
import type { ReportNode } from './meaning.ts';
import { type Plan, type PlanNode, SOURCE } from './plan.ts';
import { formatTimeOfDay, type Window, weekCover } from './window.ts';

/** Reports everything strange about a plan without errors. */
export function warnOfOddities(plan: Plan, report: ReportNode): void {
  for (const source of [SOURCE, ...plan.nodes.map((node) => node.index)]) checkWindows(plan, source, report);
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

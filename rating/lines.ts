/** The lines of an account's bills: which one a charge goes to (DESIGN §3.4). */

import type { Line } from './flow.ts';
import { billPeriodAt, type Span } from './period.ts';
import type { PlanNode } from './plan.ts';
import { type AccountState, type BillTotals, type LineName, type LineTotal, newLine, withOne } from './state.ts';
import type { AccountTerms, PlanSegment } from './terms.ts';

/** A line and the period of the bill it is on. */
export interface PlacedLine {
  readonly line: LineTotal;
  readonly bill: Span;
}

/** A line's own label: null where the primitive's is meant. */
export function ownLabel(nodes: readonly PlanNode[], line: Line, taxes: readonly string[] | undefined): string | null {
  const base = line.tax < 0 ? null : (taxes?.[line.tax] ?? `tax ${line.tax + 1}`);
  if (line.party === '') return base;
  return `${base ?? nodes[line.node]!.label} (${line.party})`;
}

/** The name of a line; those that a primitive makes stand behind its own, in their order. */
export function nameOf(segment: PlanSegment, node: PlanNode, line: number, label: string | null): LineName {
  const { planId, version, rater } = segment;
  const { nodes, scale } = rater.plan;
  const place = line < nodes.length ? node.index : node.index + line / 10_000;
  return { planId, version, primitive: node.id, place, scale, label, unit: null };
}

/** The line of that name on the bill of a period, or on the next open bill, marked, if that one is closed. */
export function lineOf(terms: AccountTerms, state: AccountState, name: LineName, period: Span): PlacedLine {
  let target = period;
  while (isClosed(state, target.fromMs)) target = billPeriodAt(terms.zone, terms.cycleDay, target.toMs);
  const adjustsMs = target === period ? null : period.fromMs;
  const bill = billFrom(state, target.fromMs);
  for (const line of bill.lines) {
    if (
      line.primitive === name.primitive &&
      line.version === name.version &&
      line.planId === name.planId &&
      line.adjustsMs === adjustsMs &&
      line.label === name.label &&
      line.scale === name.scale &&
      line.unit === name.unit
    ) {
      return { line, bill: target };
    }
  }
  const line = newLine(name, adjustsMs);
  bill.lines = withOne(bill.lines, line);
  return { line, bill: target };
}

/** Whether the bill that begins at an instant is closed. */
export function isClosed(state: AccountState, fromMs: number): boolean {
  const bill = state.bills.find((b) => b.fromMs === fromMs);
  if (bill) return bill.closed;
  return state.archivedThroughMs !== null && fromMs <= state.archivedThroughMs;
}

/** The bill that begins at an instant, made if need be. */
export function billFrom(state: AccountState, fromMs: number): BillTotals {
  let bill = state.bills.find((b) => b.fromMs === fromMs);
  if (!bill) {
    bill = { fromMs, closed: false, lines: [] };
    state.bills = withOne(state.bills, bill).sort((a, b) => a.fromMs - b.fromMs);
  }
  return bill;
}

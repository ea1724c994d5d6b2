/** What both evaluators and the shell of rating want to know of a plan, worked out once. */

import { primitiveOf } from './catalog.ts';
import type { PeriodKind } from './period.ts';
import { type Plan, type PlanNode, SOURCE } from './plan.ts';
import { meterNamed, meterNames, OTHER_METER } from './quantity.ts';
import type { StepTable } from './step-table.ts';
import type { Window } from './window.ts';

export interface Slot {
  readonly node: PlanNode;
  readonly key: string;
  readonly period: PeriodKind;
  readonly table: StepTable | null;
}

export interface Layout {
  /** Nodes that keep running totals. */
  readonly slots: readonly Slot[];
  /** Place among the slots by node, −1 for none. */
  readonly slotOf: readonly number[];
  readonly windows: readonly Window[];
  readonly windowOf: readonly number[];
  readonly periods: readonly PeriodKind[];
  readonly scheduled: readonly PlanNode[];
  /** Has OneTimeCharges or constants due at a period's start. */
  readonly startsWithCharge: boolean;
  /** Meters the plan tells apart: the built-in ones, those it names, and `x-*` for all others. */
  readonly meters: readonly string[];
  /** By meter, then by node: whether use of that meter gets to it and is taken. */
  readonly routes: ReadonlyMap<string, readonly boolean[]>;
  /** A free allowance is shared by several meters, so that it must be cut in the order of time. */
  readonly sharedAllowance: boolean;
}

const layouts = new WeakMap<Plan, Layout>();

/** The layout of a checked plan. */
export function layoutOf(plan: Plan): Layout {
  let layout = layouts.get(plan);
  if (!layout) {
    layout = makeLayout(plan);
    layouts.set(plan, layout);
  }
  return layout;
}

/** Name under which a primitive's memory is kept: a new version's of the same id and type goes on with it. */
export function memoryKey(node: { readonly type: string; readonly id: string }): string {
  return `${node.type}:${node.id}`;
}

function makeLayout(plan: Plan): Layout {
  const slots: Slot[] = [];
  const windows: Window[] = [];
  const slotOf: number[] = [];
  const windowOf: number[] = [];
  for (const node of plan.nodes) {
    const primitive = primitiveOf(node);
    slotOf.push(primitive.period ? slots.length : -1);
    if (primitive.period) {
      const table = primitive.table?.(node, plan.scale) ?? null;
      slots.push({ node, key: memoryKey(node), period: primitive.period(node), table });
    }
    windowOf.push(primitive.window ? windows.length : -1);
    if (primitive.window) windows.push(primitive.window(node));
  }
  const meters = metersOf(plan);
  const routes = new Map(meters.map((meter) => [meter, routeOf(plan, meter)]));
  const scheduled = plan.nodes.filter((node) => primitiveOf(node).schedule);
  return {
    slots,
    slotOf,
    windows,
    windowOf,
    periods: [...new Set(slots.map((slot) => slot.period))],
    scheduled,
    startsWithCharge:
      scheduled.some((node) => node.type === 'OneTimeCharge') ||
      slots.some((slot) => (slot.table?.atZero ?? 0n) !== 0n),
    meters,
    routes,
    sharedAllowance: plan.nodes.some(
      (node) => primitiveOf(node).allowance && meters.filter((meter) => routes.get(meter)![node.index]).length > 1,
    ),
  };
}

function metersOf(plan: Plan): string[] {
  const named = plan.nodes.flatMap((node) => primitiveOf(node).select?.(node) ?? []);
  return [...new Set([...meterNames, ...named, OTHER_METER])];
}

/** Meters that reach and are taken by each node with a usage input. */
export function reachingMeters(plan: Plan): Map<number, string[]> {
  const reaching = new Map<number, string[]>(plan.nodes.map((node) => [node.index, []]));
  for (const meter of metersOf(plan)) {
    for (const [index, taken] of routeOf(plan, meter).entries()) if (taken) reaching.get(index)!.push(meter);
  }
  return reaching;
}

/** A meter is passed on by default, or explicitly once a selector has chosen it. */
function routeOf(plan: Plan, meter: string): boolean[] {
  const known = meterNamed(meter)!;
  const passed: ('no' | 'default' | 'explicit')[] = plan.nodes.map(() => 'no');
  for (const index of plan.order) {
    const node = plan.nodes[index]!;
    const primitive = primitiveOf(node);
    if (primitive.input !== 'usage') continue;
    const inputs = node.inputs.map((input) => (input === SOURCE ? 'default' : passed[input]!));
    const reached = inputs.includes('explicit') ? 'explicit' : inputs.includes('default') ? 'default' : 'no';
    if (reached === 'no') continue;
    if (primitive.select) {
      if (primitive.select(node).includes(meter)) passed[index] = 'explicit';
    } else if (!primitive.unit) passed[index] = reached;
    else if (primitive.unit(node).dimension === known.dimension && (known.byDefault || reached === 'explicit'))
      passed[index] = reached;
  }
  return passed.map((pass) => pass !== 'no');
}

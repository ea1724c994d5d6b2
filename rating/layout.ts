/** What both evaluators and the shell of rating want to know of a plan, worked out once. */

import { primitiveOf } from './catalog.ts';
import { type Flows, flowsOf } from './flow.ts';
import { type Route, routeOf } from './kinds.ts';
import type { PeriodKind } from './period.ts';
import type { Plan, PlanNode } from './plan.ts';
import type { Primitive } from './primitive.ts';
import { meterNames, OTHER_METER } from './quantity.ts';
import type { StepTable } from './step-table.ts';
import { unitOfNode } from './terms.ts';
import type { Window } from './window.ts';

export interface Slot {
  readonly node: PlanNode;
  readonly key: string;
  readonly period: PeriodKind;
  readonly table: StepTable | null;
}

export interface SharedEdge {
  readonly node: number;
  readonly edge: bigint;
  /** Slots of the totals that count there; null where it is the total of an event. */
  readonly slots: readonly number[] | null;
}

export interface Reading {
  readonly node: PlanNode;
  readonly suffices: NonNullable<Primitive['suffices']>;
}

export interface Layout extends Flows {
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
  readonly routes: ReadonlyMap<string, Route>;
  /** By node: the meters whose use gets there and is taken. */
  readonly reaching: readonly (readonly string[])[];
  /** Nodes with an edge that several meters reach, so that records are cut there in the order of time. */
  readonly sharedEdges: readonly SharedEdge[];
  /** By node: unit of its bill line. */
  readonly units: readonly string[];
  /** By node: its charges go to the account through nothing but Adders. */
  readonly direct: readonly boolean[];
  /** Nodes that look into tables or at the account. */
  readonly informed: readonly number[];
  /** By meter: nodes its use reaches that read attributes of an event, which may not do. */
  readonly reading: ReadonlyMap<string, readonly Reading[]>;
  /** Attributes of use that decide anything. */
  readonly attributes: readonly string[];
  /** Some classifier takes a quantity from an attribute, which is the use of the record's first part. */
  readonly attributeQuantities: boolean;
  /** Currency of what reaches the account. */
  readonly currency: string;
  /** By node: currency of what it gives. */
  readonly currencies: readonly string[];
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
  const reaching = plan.nodes.map(({ index }) => meters.filter((meter) => routes.get(meter)!.takes[index]!.length > 0));
  const flows = flowsOf(plan);
  const currencies = currenciesOf(plan);
  const scheduled = plan.nodes.filter((node) => primitiveOf(node).schedule);
  return {
    ...flows,
    slots,
    slotOf,
    windows,
    windowOf,
    periods: [
      ...new Set([
        ...slots.map((slot) => slot.period),
        ...plan.nodes.flatMap((node) => primitiveOf(node).cellPeriod?.(node) ?? []),
      ]),
    ],
    scheduled,
    startsWithCharge:
      scheduled.some((node) => primitiveOf(node).schedule === 'once') ||
      slots.some((slot) => (slot.table?.atZero ?? 0n) !== 0n),
    meters,
    routes,
    reaching,
    sharedEdges: plan.nodes.flatMap((node): SharedEdge[] => {
      const edge = primitiveOf(node).edge?.(node);
      if (edge === undefined || reaching[node.index]!.length < 2) return [];
      const kinds = reaching[node.index]!.flatMap((meter) => routes.get(meter)!.takes[node.index]!);
      const counting = slotOf[node.index]! >= 0 ? [node.index] : kinds.map(({ total }) => total?.node ?? -1);
      const slots = counting.includes(-1) ? null : [...new Set(counting.map((index) => slotOf[index]!))];
      return [{ node: node.index, edge, slots }];
    }),
    reading: new Map(meters.map((meter) => [meter, readingOf(plan, routes.get(meter)!)])),
    units: plan.nodes.map(unitOfNode),
    direct: directOf(plan),
    informed: plan.nodes.flatMap((node) => {
      const { facts, asks } = primitiveOf(node);
      return facts && (asks?.(node) ?? true) ? [node.index] : [];
    }),
    attributes: [...new Set(plan.nodes.flatMap((node) => primitiveOf(node).reads?.(node) ?? []))],
    attributeQuantities: plan.nodes.some((node) => node.rows.some((row) => row.values.quantity !== undefined)),
    currency: currencies.posted,
    currencies: currencies.byNode,
  };
}

function readingOf(plan: Plan, { takes }: Route): Reading[] {
  return plan.nodes.flatMap((node) => {
    const { suffices } = primitiveOf(node);
    return suffices && takes[node.index]!.length > 0 ? [{ node, suffices }] : [];
  });
}

/** Currency of what each node gives, and of what reaches the account (the plan's own where nothing does). */
export function currenciesOf(plan: Plan): { readonly byNode: readonly string[]; readonly posted: string } {
  const byNode: string[] = plan.nodes.map(() => plan.currency);
  let posted: string | null = null;
  for (const index of plan.order) {
    const node = plan.nodes[index]!;
    const primitive = primitiveOf(node);
    if (primitive.input !== 'charge') continue;
    const arriving = byNode[node.inputs[0] ?? index] ?? plan.currency;
    byNode[index] = primitive.currency?.(node, arriving) ?? arriving;
    if (node.type === 'AccountFinalizer') posted ??= arriving;
  }
  return { byNode, posted: posted ?? plan.currency };
}

/** Meters that a plan can tell apart. */
export function metersOf(plan: Pick<Plan, 'nodes'>): string[] {
  const named = plan.nodes.flatMap((node) => primitiveOf(node).names?.(node) ?? []);
  return [...new Set([...meterNames, ...named, OTHER_METER])];
}

function directOf(plan: Plan): boolean[] {
  const direct = plan.nodes.map(() => true);
  for (const index of [...plan.order].reverse()) {
    const node = plan.nodes[index]!;
    const plain = node.type === 'Adder' || node.type === 'AccountFinalizer';
    for (const input of node.inputs) if (input >= 0 && !(plain && direct[index])) direct[input] = false;
  }
  return direct;
}

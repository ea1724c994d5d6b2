/**
 * Plan to the text of a program over integers, one function per set of primitives that a meter reaches, and one for each
 * charge of time that goes another way than straight to the account (REQUIREMENTS P70, P71). Only text and bound values
 * come out; making code of them is left to the daemon.
 */

import { primitiveOf } from './catalog.ts';
import type { EmittedCharge, EmittedUse, Emitter } from './emitter.ts';
import type { Route } from './kinds.ts';
import { type Layout, layoutOf } from './layout.ts';
import { type Plan, SOURCE } from './plan.ts';
import { chargeFunctionName } from './runtime.ts';

export interface CompiledSource {
  /**
   * Body of a function of `C` (the constants) and `R` (the runtime of `compiledRater`), which returns a Map from meter
   * to the function that rates it, or null where the plan takes no interest, and from the names of charges of time to
   * theirs.
   */
  readonly source: string;
  readonly constants: unknown[];
}

/** The program of a checked plan. Names in it are indices; numbers and strings are in the constants. */
export function compilePlan(plan: Plan): CompiledSource {
  const layout = layoutOf(plan);
  const charging = plan.nodes.filter(
    (node) =>
      primitiveOf(node).input !== 'charge' && primitiveOf(node).output === 'charge' && !layout.direct[node.index],
  );
  const constants: unknown[] = [[...layout.meters, ...charging.map((node) => chargeFunctionName(node.index))]];
  const functions: string[] = [];
  const names = new Map<string, string>();
  const meters = layout.meters.map((meter) => {
    const route = layout.routes.get(meter)!;
    if (!route.needed.includes(true)) return 'null';
    const signature = signatureOf(plan, route, meter);
    let name = names.get(signature);
    if (!name) {
      name = `f${names.size}`;
      names.set(signature, name);
      functions.push(emitFunction({ plan, layout, constants }, name, route, null));
    }
    return name;
  });
  const charges = charging.map((node) => {
    const name = `g${node.index}`;
    functions.push(emitFunction({ plan, layout, constants }, name, null, node.index));
    return name;
  });
  const bound = constants.slice(1).map((_, i) => `c${i + 1} = C[${i + 1}]`);
  const source = [
    "'use strict';",
    ...(bound.length > 0 ? [`const ${bound.join(', ')};`] : []),
    ...functions,
    `const F = [${[...meters, ...charges].join(', ')}];`,
    'return new Map(C[0].map((name, i) => [name, F[i]]));',
    '',
  ].join('\n');
  return { source, constants };
}

/** What tells the functions of two meters apart: the meters themselves only where a primitive asks for them by name. */
function signatureOf(plan: Plan, route: Route, meter: string): string {
  const asks = route.takes.some((taken, index) => taken.length > 0 && primitiveOf(plan.nodes[index]!).names);
  const ways = route.takes.map((taken) => taken.map(({ sources, outs }) => ({ sources, outs })));
  return JSON.stringify([ways, asks ? meter : null]);
}

interface Job {
  readonly plan: Plan;
  readonly layout: Layout;
  readonly constants: unknown[];
}

/**
 * A: accumulators, M: memories, W: windows open, O: occasion, X: result of a call into R, use0: base units, or
 * the amount of a charge of time, S: standing, meter: as it was reported.
 */
function emitFunction({ plan, layout, constants }: Job, name: string, route: Route | null, start: number | null) {
  const text: string[] = [`function ${name}(A, M, W, O, X, use0, S, meter) {`];
  const given = new Map<number, EmittedCharge[]>();
  if (start !== null) given.set(start, [{ line: start, amount: 'use0', quantity: '0' }]);
  for (const index of plan.order) {
    const node = plan.nodes[index]!;
    const primitive = primitiveOf(node);
    const taken = route?.takes[index] ?? [];
    const charges = node.inputs.flatMap((input) => given.get(input) ?? []);
    if (primitive.input === null || (primitive.input === 'usage' ? !route?.needed[index] : charges.length === 0))
      continue;
    for (const [out] of (route?.gives[index] ?? []).entries()) text.push(`  let ${variableOf(index, out)} = 0;`);
    const uses = taken.map((kind): EmittedUse => {
      const parts = kind.sources.map(({ node: from, out }) => (from === SOURCE ? 'use0' : variableOf(from, out)));
      const value = parts.reduce((a, b) => `R.add(${a}, ${b})`);
      return { ...kind, value, variables: kind.outs.map((out) => variableOf(index, out)) };
    });
    const emitter: Emitter = {
      scale: plan.scale,
      node: index,
      slot: layout.slotOf[index]!,
      window: layout.windowOf[index]!,
      uses,
      use: uses.length === 0 ? '0' : uses.map(({ value }) => value).reduce((a, b) => `R.add(${a}, ${b})`),
      charges,
      flow: layout.byNode[index]!,
      reaching: layout.reaching[index]!,
      bind: (value) => `c${constants.push(value) - 1}`,
      line: (line) => text.push(`  ${line}`),
      charge: (line, amount, quantity) => given.set(index, [...(given.get(index) ?? []), { line, amount, quantity }]),
    };
    primitive.emit(node, emitter);
  }
  text.push('}');
  return text.join('\n');
}

/** Variable of what a node gives on: one for each kind of use. */
function variableOf(node: number, out: number): string {
  return out === 0 ? `u${node}` : `u${node}_${out}`;
}

/**
 * Plan to the text of a program over integers, one function per set of primitives that a meter reaches (REQUIREMENTS
 * P70, P71). Only text and bound values come out; making code of them is left to the daemon.
 */

import { primitiveOf } from './catalog.ts';
import type { Emitter } from './emitter.ts';
import { layoutOf } from './layout.ts';
import { type Plan, SOURCE } from './plan.ts';

export interface CompiledSource {
  /**
   * Body of a function of `C` (the constants) and `R` (the runtime of `compiledRater`), which returns a Map from meter
   * to the function that rates it, or null where the plan takes no interest.
   */
  readonly source: string;
  readonly constants: unknown[];
}

/** The program of a checked plan. Names in it are indices; numbers and strings are in the constants. */
export function compilePlan(plan: Plan): CompiledSource {
  const layout = layoutOf(plan);
  const constants: unknown[] = [layout.meters];
  const functions: string[] = [];
  const names = new Map<string, string>();
  const table = layout.meters.map((meter) => {
    const route = layout.routes.get(meter)!;
    // Without a rater that moves a total nothing could ever be posted or remembered.
    if (!route.some((taken, index) => taken && layout.slotOf[index]! >= 0)) return 'null';
    const signature = route.map(Number).join('');
    let name = names.get(signature);
    if (!name) {
      name = `f${names.size}`;
      names.set(signature, name);
      functions.push(emitFunction(plan, name, route, constants));
    }
    return name;
  });
  const bound = constants.slice(1).map((_, i) => `c${i + 1} = C[${i + 1}]`);
  const source = [
    "'use strict';",
    ...(bound.length > 0 ? [`const ${bound.join(', ')};`] : []),
    ...functions,
    `const F = [${table.join(', ')}];`,
    'return new Map(C[0].map((meter, i) => [meter, F[i]]));',
    '',
  ].join('\n');
  return { source, constants };
}

/** A: accumulators, M: memories, W: windows open, P: post, O: occasion, X: result of a call into R, use: base units. */
function emitFunction(plan: Plan, name: string, route: readonly boolean[], constants: unknown[]): string {
  const layout = layoutOf(plan);
  const text: string[] = [`function ${name}(A, M, W, P, O, X, use0) {`];
  const charges = new Map<number, number[]>();
  for (const index of plan.order) {
    const node = plan.nodes[index]!;
    const primitive = primitiveOf(node);
    if (primitive.input === null || (primitive.input === 'usage' && !route[index])) continue;
    const lines = [...new Set(node.inputs.flatMap((input) => charges.get(input) ?? []))];
    if (primitive.input === 'charge' && lines.length === 0) continue;
    const uses = node.inputs
      .filter((input) => input === SOURCE || route[input])
      .map((input) => (input === SOURCE ? 'use0' : `u${input}`));
    const emitter: Emitter = {
      scale: plan.scale,
      slot: layout.slotOf[index]!,
      window: layout.windowOf[index]!,
      use: uses.length === 0 ? '0' : uses.reduce((a, b) => `R.add(${a}, ${b})`),
      lines,
      bind: (value) => `c${constants.push(value) - 1}`,
      line: (line) => text.push(`  ${line}`),
      charges: (line) => charges.set(index, [...(charges.get(index) ?? []), line]),
    };
    primitive.emit(node, emitter);
  }
  text.push('}');
  return text.join('\n');
}

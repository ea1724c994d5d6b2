/** Passing use on, kind by kind, in either evaluator. */

import type { Emitter } from '../emitter.ts';
import type { EvaluateContext, Use } from '../evaluate.ts';

/** Use of all kinds together, base units. */
export function sumOf(uses: readonly Use[]): bigint {
  let sum = 0n;
  for (const { quantity } of uses) sum += quantity;
  return sum;
}

/** Gives every kind of use on as it is. */
export function passAll(uses: readonly Use[], context: EvaluateContext): void {
  for (const { outs, quantity } of uses) context.give(outs[0]!, quantity);
}

/** Text that puts an expression into the variable of a kind, beside what other kinds may have put there. */
export function emitInto(w: Emitter, variable: string, value: string): void {
  const writers = w.uses.flatMap(({ variables }) => variables.filter((name) => name === variable));
  w.line(`${variable} = ${writers.length > 1 ? `R.add(${variable}, ${value})` : value};`);
}

/** Text that gives every kind of use on as it is. */
export function emitPassAll(w: Emitter): void {
  for (const { value, variables } of w.uses) emitInto(w, variables[0]!, value);
}

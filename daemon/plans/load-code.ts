/** Makes code of the text of a compiled plan: the only place in meterd that turns source text into code (DESIGN §2). */

import {
  type CompiledFunction,
  type CompiledSource,
  compiledRater,
  compiledRuntime,
  type Plan,
  type Rater,
} from '../../rating/index.ts';

/** The rater of a plan from what `compilePlan` made of it. @throws SyntaxError if the text is not such a program */
export function loadRater(plan: Plan, compiled: CompiledSource): Rater {
  const make = new Function('C', 'R', compiled.source) as (
    constants: unknown[],
    runtime: typeof compiledRuntime,
  ) => ReadonlyMap<string, CompiledFunction | null>;
  return compiledRater(plan, make(compiled.constants, compiledRuntime));
}

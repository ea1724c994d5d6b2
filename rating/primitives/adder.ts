import type { Primitive } from '../primitive.ts';
import { chargesOf } from './token.ts';

/** Adds up charges; null reads as 0 (REQUIREMENTS P55). Each charge keeps its bill line (DESIGN §4). */
export const adder: Primitive = {
  type: 'Adder',
  help: 'Adds up all charges.',
  input: 'charge',
  output: 'charge',
  properties: [],
  evaluate: (_node, inputs) => chargesOf(inputs),
  emit(_node, w) {
    for (const node of w.lines) w.charges(node);
  },
};

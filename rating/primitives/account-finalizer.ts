import type { Primitive } from '../primitive.ts';
import { chargesOf } from './token.ts';

/** Posts charges to the account (REQUIREMENTS P61). */
export const accountFinalizer: Primitive = {
  type: 'AccountFinalizer',
  help: 'Posts charges to the account.',
  input: 'charge',
  output: null,
  properties: [],
  evaluate(_node, inputs, { post }) {
    for (const charge of chargesOf(inputs)) post(charge);
    return null;
  },
  emit(_node, w) {
    for (const node of w.lines) w.line(`if (a${node} !== 0 || q${node} !== 0) P(${node}, a${node}, q${node});`);
  },
};

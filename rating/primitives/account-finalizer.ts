import type { Primitive } from '../primitive.ts';

/** Posts charges to the account (REQUIREMENTS P61). */
export const accountFinalizer: Primitive = {
  type: 'AccountFinalizer',
  help: 'Posts charges to the account.',
  input: 'charge',
  output: null,
  properties: [],
  examples: [
    {
      title: 'An amount that is charged once gets onto the bill',
      plan: `<primitive id="setup" type="OneTimeCharge" label="Set-up"><property name="amount" value="10"/></primitive>
<connection from="setup" to="post"/>`,
      use: [['time', '60', '2026-03-02T10:00', '2026-03-02T10:01']],
      bill: [['Set-up', '10.00']],
    },
  ],
  flow: () => ({ made: [], passes: false, cells: [] }),
  evaluate(_node, { charges }, { standing }) {
    for (const { line, amount, quantity } of charges)
      if (amount !== 0 || quantity !== 0) standing.post(line, amount, quantity);
  },
  emit(_node, w) {
    for (const { line, amount, quantity } of w.charges)
      w.line(`if (${amount} !== 0 || ${quantity} !== 0) S.post(${line}, ${amount}, ${quantity});`);
  },
};

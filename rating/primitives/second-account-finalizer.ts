import { textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';

/**
 * Posts charges to another account, in whatever partition it is: the charge leaves rating with the account's name and is
 * logged as a record of its own (REQUIREMENTS P62, DESIGN §3.10).
 */
export const secondAccountFinalizer: Primitive = {
  type: 'SecondAccountFinalizer',
  help: 'Posts charges to another account.',
  input: 'charge',
  output: null,
  properties: [{ name: 'account', kind: 'name', required: true, help: 'Id of the account that pays.' }],
  examples: [
    {
      title: 'The office pays for the time, the subscriber for the line',
      plan: `<primitive id="line" type="MonthlyRecurringCharge" label="Line"><property name="amount" value="15"/></primitive>
<primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="0.50"/></primitive>
<primitive id="office" type="SecondAccountFinalizer"><property name="account" value="office-7"/></primitive>
<connection from="usage" to="hours"/><connection from="hours" to="office"/><connection from="line" to="post"/>`,
      use: [['time', '7200', '2026-03-02T10:00', '2026-03-02T12:00']],
      until: '2026-04-01',
      bill: [['Line', '15.00']],
      elsewhere: [['office-7', 'Hours', '1.000000']],
    },
  ],
  flow: () => ({ made: [], passes: false, cells: [] }),
  evaluate(node, { charges }, { standing }) {
    for (const { line, amount, quantity } of charges)
      if (amount !== 0 || quantity !== 0) standing.postTo(textOf(node, 'account'), line, amount, quantity, node.index);
  },
  emit(node, w) {
    const account = w.bind(textOf(node, 'account'));
    for (const { line, amount, quantity } of w.charges)
      w.line(
        `if (${amount} !== 0 || ${quantity} !== 0) S.postTo(${account}, ${line}, ${amount}, ${quantity}, ${node.index});`,
      );
  },
};

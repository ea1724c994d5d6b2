import type { Primitive } from '../primitive.ts';

/** Adds up charges; null reads as 0 (REQUIREMENTS P55). Each charge keeps its bill line (DESIGN §4). */
export const adder: Primitive = {
  type: 'Adder',
  help: 'Adds up all charges.',
  input: 'charge',
  output: 'charge',
  properties: [],
  examples: [
    {
      title: 'Several charges on one bill, each on its own line',
      plan: `<primitive id="setup" type="OneTimeCharge" label="Set-up"><property name="amount" value="10"/></primitive>
<primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="1.20"/></primitive>
<primitive id="sum" type="Adder"/>
<connection from="usage" to="hours"/><connection from="setup" to="sum"/><connection from="hours" to="sum"/><connection from="sum" to="post"/>`,
      use: [['time', '5400', '2026-03-02T10:00', '2026-03-02T11:30']],
      bill: [
        ['Set-up', '10.00'],
        ['Hours', '1.80'],
      ],
    },
  ],
  evaluate(_node, { charges }, context) {
    for (const charge of charges) context.charge(charge);
  },
  emit(_node, w) {
    for (const { line, amount, quantity } of w.charges) w.charge(line, amount, quantity);
  },
};

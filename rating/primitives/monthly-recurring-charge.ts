import type { Primitive } from '../primitive.ts';
import { recurringProperties } from './charge-properties.ts';

/** An amount for every calendar month passed, used or not (REQUIREMENTS P52, DESIGN §3.8). */
export const monthlyRecurringCharge: Primitive = {
  type: 'MonthlyRecurringCharge',
  help: 'Charges an amount for every calendar month.',
  input: null,
  output: 'charge',
  labelled: true,
  properties: recurringProperties,
  examples: [
    {
      title: 'Two months pass, used or not',
      plan: `<primitive id="fee" type="MonthlyRecurringCharge" label="Monthly fee"><property name="amount" value="20"/></primitive>
<connection from="fee" to="post"/>`,
      use: [['time', '60', '2026-03-02T10:00', '2026-03-02T10:01']],
      until: '2026-05-01',
      bill: [
        ['Monthly fee', '20.00'],
        ['Monthly fee', '20.00'],
      ],
    },
  ],
  schedule: 'month',
  evaluate: () => {},
  emit: () => {},
};

import type { Primitive } from '../primitive.ts';
import { amountProperty } from './charge-properties.ts';

/** An amount charged once, with the account's first record or tick under the plan (REQUIREMENTS P50). */
export const oneTimeCharge: Primitive = {
  type: 'OneTimeCharge',
  help: 'Charges an amount once, with the account’s first use or tick.',
  input: null,
  output: 'charge',
  labelled: true,
  properties: [amountProperty],
  examples: [
    {
      title: 'Charged with the first record, never again',
      plan: `<primitive id="setup" type="OneTimeCharge" label="Set-up"><property name="amount" value="10"/></primitive>
<connection from="setup" to="post"/>`,
      use: [
        ['time', '60', '2026-03-02T10:00', '2026-03-02T10:01'],
        ['time', '60', '2026-04-02T10:00', '2026-04-02T10:01'],
      ],
      bill: [['Set-up', '10.00']],
    },
  ],
  schedule: 'once',
  evaluate: () => {},
  emit: () => {},
};

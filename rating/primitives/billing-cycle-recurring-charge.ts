import type { Primitive } from '../primitive.ts';
import { recurringProperties } from './charge-properties.ts';

/** An amount for every billing cycle of the account passed, used or not (REQUIREMENTS P51, DESIGN §3.8). */
export const billingCycleRecurringCharge: Primitive = {
  type: 'BillingCycleRecurringCharge',
  help: 'Charges an amount for every billing cycle of the account.',
  input: null,
  output: 'charge',
  labelled: true,
  properties: recurringProperties,
  examples: [
    {
      title: 'In advance: due with the first day of the cycle',
      plan: `<primitive id="fee" type="BillingCycleRecurringCharge" label="Flat rate"><property name="amount" value="29.90"/><property name="when" value="advance"/></primitive>
<connection from="fee" to="post"/>`,
      use: [['time', '60', '2026-03-02T10:00', '2026-03-02T10:01']],
      until: '2026-03-03',
      bill: [['Flat rate', '29.90']],
    },
  ],
  schedule: 'cycle',
  evaluate: () => {},
  emit: () => {},
};

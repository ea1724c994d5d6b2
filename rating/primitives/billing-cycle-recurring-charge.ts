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
  schedule: 'cycle',
  evaluate: () => null,
  emit: () => {},
};

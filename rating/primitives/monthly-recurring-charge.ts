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
  schedule: 'month',
  evaluate: () => null,
  emit: () => {},
};

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
  schedule: 'once',
  evaluate: () => null,
  emit: () => {},
};

import type { Primitive } from '../primitive.ts';
import { accumulator, thresholdExample } from './accumulator.ts';

/** Adds up use of its unit per billing cycle (REQUIREMENTS P41). */
export const billingCycleAccumulator: Primitive = {
  ...accumulator,
  type: 'BillingCycleAccumulator',
  help: 'Keeps the running total of use in the billing cycle, for a ThresholdFilter behind it.',
  examples: [
    {
      title: 'Six gigabytes in one billing cycle are one too many; the next begins at nothing',
      plan: thresholdExample('BillingCycleAccumulator'),
      use: [
        ['octets-in', '4000000000', '2026-03-30T10:00', '2026-03-30T10:00'],
        ['octets-in', '2000000000', '2026-03-31T10:00', '2026-03-31T10:00'],
        ['octets-in', '5000000000', '2026-04-01T10:00', '2026-04-01T10:00'],
      ],
      bill: [['Beyond 5 GB', '1.00']],
    },
  ],
  period: () => 'cycle',
};

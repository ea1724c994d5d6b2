import type { Primitive } from '../primitive.ts';
import { accumulator, thresholdExample } from './accumulator.ts';

/** Adds up use of its unit per day (REQUIREMENTS P43). */
export const dailyAccumulator: Primitive = {
  ...accumulator,
  type: 'DailyAccumulator',
  help: 'Keeps the running total of use in the day, for a ThresholdFilter behind it.',
  examples: [
    {
      title: 'Six gigabytes in one day are one too many; the next begins at nothing',
      plan: thresholdExample('DailyAccumulator'),
      use: [
        ['octets-in', '4000000000', '2026-03-30T10:00', '2026-03-30T10:00'],
        ['octets-in', '2000000000', '2026-03-30T12:00', '2026-03-30T12:00'],
        ['octets-in', '5000000000', '2026-03-31T10:00', '2026-03-31T10:00'],
      ],
      bill: [['Beyond 5 GB', '1.00']],
    },
  ],
  period: () => 'day',
};

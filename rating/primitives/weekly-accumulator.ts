import type { PeriodKind } from '../period.ts';
import { textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { accumulator, thresholdExample } from './accumulator.ts';

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** Adds up use of its unit per week, from whichever day the week begins (REQUIREMENTS P42). */
export const weeklyAccumulator: Primitive = {
  ...accumulator,
  type: 'WeeklyAccumulator',
  help: 'Keeps the running total of use in the week, for a ThresholdFilter behind it.',
  properties: [
    ...accumulator.properties,
    {
      name: 'weekStart',
      kind: 'choice',
      choices: WEEKDAYS,
      default: 'monday',
      help: 'Day on which the week begins, at midnight.',
    },
  ],
  examples: [
    {
      title: 'Sunday belongs to the week before; Monday begins at nothing',
      plan: thresholdExample('WeeklyAccumulator'),
      use: [
        ['octets-in', '4000000000', '2026-03-07T10:00', '2026-03-07T10:00'],
        ['octets-in', '2000000000', '2026-03-08T10:00', '2026-03-08T10:00'],
        ['octets-in', '5000000000', '2026-03-09T10:00', '2026-03-09T10:00'],
      ],
      bill: [['Beyond 5 GB', '1.00']],
    },
  ],
  period(node): PeriodKind {
    const day = WEEKDAYS.indexOf(textOf(node, 'weekStart'));
    return day === 0 ? 'week' : (`week-${day}` as PeriodKind);
  },
};

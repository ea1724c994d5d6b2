import type { Primitive } from '../primitive.ts';
import { fromTo, timeFilter } from './time-filter.ts';

/** Passes the part of a record inside [from, to) local time, every day; may wrap midnight (REQUIREMENTS P45). */
export const dailyTimeFilter: Primitive = {
  ...timeFilter,
  type: 'DailyTimeFilter',
  help: 'Passes use between two times of the day.',
  properties: fromTo,
  examples: [
    {
      title: 'Of 17:00 to 23:00, four hours are in the evening',
      plan: `<primitive id="evening" type="DailyTimeFilter"><property name="from" value="19:00"/><property name="to" value="24:00"/></primitive>
<primitive id="hours" type="StepRater" label="Evening hours"><property name="unit" value="hour"/><step multiplier="1"/></primitive>
<connection from="usage" to="evening"/><connection from="evening" to="hours"/><connection from="hours" to="post"/>`,
      use: [['time', '21600', '2026-03-02T17:00', '2026-03-02T23:00']],
      bill: [['Evening hours', '4.00']],
    },
  ],
};

import type { Primitive } from '../primitive.ts';
import { fromTo, timeFilter } from './time-filter.ts';

/** Passes the part of a record inside [from, to) local time on some weekdays (REQUIREMENTS P46). */
export const weeklyTimeFilter: Primitive = {
  ...timeFilter,
  type: 'WeeklyTimeFilter',
  help: 'Passes use between two times on some days of the week.',
  properties: [
    {
      name: 'days',
      kind: 'days',
      required: true,
      help: 'Days such as mon-fri,sun. A wrapping window belongs to the day it begins.',
    },
    ...fromTo.map((property) => ({
      ...property,
      required: false,
      default: property.name === 'from' ? '00:00' : '24:00',
    })),
  ],
  examples: [
    {
      title: 'From Friday 22:00 to Saturday 02:00 the weekend has two hours',
      plan: `<primitive id="weekend" type="WeeklyTimeFilter"><property name="days" value="sat,sun"/></primitive>
<primitive id="hours" type="StepRater" label="Weekend hours"><property name="unit" value="hour"/><step multiplier="0.25"/></primitive>
<connection from="usage" to="weekend"/><connection from="weekend" to="hours"/><connection from="hours" to="post"/>`,
      use: [['time', '14400', '2026-03-06T22:00', '2026-03-07T02:00']],
      bill: [['Weekend hours', '0.50']],
    },
  ],
};

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
};

import type { Primitive } from '../primitive.ts';
import { fromTo, timeFilter } from './time-filter.ts';

/** Passes the part of a record inside [from, to) local time, every day; may wrap midnight (REQUIREMENTS P45). */
export const dailyTimeFilter: Primitive = {
  ...timeFilter,
  type: 'DailyTimeFilter',
  help: 'Passes use between two times of the day.',
  properties: fromTo,
};

import { expect, test } from 'vitest';
import { barSteps, dayBars, metersOf } from '../../../web/bill/day-bars.ts';
import { sampleSpend } from '../sample-spend.ts';

test('bars are as high as their share of the highest day of both periods', () => {
  expect(dayBars(sampleSpend(), 'amount').map(({ height, beforeHeight }) => [height, beforeHeight])).toEqual([
    [200, barSteps],
    [336, 0],
    [0, 33],
  ]);
});

test('use is measured as well as money', () => {
  expect(metersOf(sampleSpend())).toEqual(['time']);
  expect(dayBars(sampleSpend(), 'time').map(({ value }) => value)).toEqual(['3600', '7200', '0']);
});

test('nothing used is no bar, and a day without one a period ago says so', () => {
  const bars = dayBars(sampleSpend({ previous: null }), 'octets-in');
  expect(bars.map(({ height, before }) => [height, before])).toEqual([
    [0, null],
    [0, null],
    [0, null],
  ]);
});

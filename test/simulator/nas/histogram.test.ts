import { expect, test } from 'vitest';
import { createHistogram } from '../../../simulator/nas/histogram.ts';

test('percentiles are right within a sixty-fourth', () => {
  const histogram = createHistogram();
  for (let ms = 1; ms <= 10_000; ms++) histogram.add(ms);
  const { meanMs, p50Ms, p99Ms, maxMs } = histogram.summary();
  expect(meanMs).toBeCloseTo(5000.5, 3);
  expect(Math.abs(p50Ms - 5000)).toBeLessThan(5000 / 64);
  expect(Math.abs(p99Ms - 9900)).toBeLessThan(9900 / 64);
  expect(maxMs).toBe(10_000);
});

test('nothing measured is all zero', () => {
  expect(createHistogram().summary()).toEqual({ meanMs: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, p999Ms: 0, maxMs: 0 });
});

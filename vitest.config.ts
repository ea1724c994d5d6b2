import { defineConfig } from 'vitest/config';

/** Tests that fill both cores or count what a busy machine would lose; the rest has the other core beside it. */
const alone = [
  'clock-steps',
  'crash',
  'disk-full',
  'faults',
  'population',
  'population-audit',
  'radius-flood',
  'rating-thread',
  'thread-schedule',
].map((name) => `test/e2e/${name}.test.ts`);
const limits = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    reporters: ['default', './test/reporter.ts'],
    projects: [
      {
        test: {
          name: 'beside each other',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: alone,
          ...limits,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { name: 'alone', include: alone, ...limits, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});

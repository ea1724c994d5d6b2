import { expect, it } from 'vitest';
import { RatingPace } from '../../../daemon/partitions/rating-pace.ts';

const atEase = { logged: 10, rated: 10, askedMs: null, busyMs: 0 };

it('has time while what was logged is rated soon, however much more comes', () => {
  const pace = new RatingPace();
  for (let ms = 0; ms < 60_000; ms += 100) {
    expect(pace.isHurried(ms, { logged: ms + 100, rated: ms - 100, askedMs: null, busyMs: 0 }), `at ${ms} ms`).toBe(
      false,
    );
  }
});

it('hurries once something logged is not rated after 300 ms, and for 10 s after it was last behind', () => {
  const pace = new RatingPace();
  const behind = { logged: 20, rated: 19, askedMs: null, busyMs: 0 };
  expect(pace.isHurried(0, atEase)).toBe(false);
  expect(pace.isHurried(100, behind)).toBe(false);
  expect(pace.isHurried(399, behind)).toBe(false);
  expect(pace.isHurried(400, { ...behind, logged: 30 })).toBe(true);
  expect(pace.isHurried(500, { logged: 40, rated: 40, askedMs: null, busyMs: 0 })).toBe(true);
  expect(pace.isHurried(10_399, { logged: 40, rated: 40, askedMs: null, busyMs: 0 })).toBe(true);
  expect(pace.isHurried(10_400, { logged: 40, rated: 40, askedMs: null, busyMs: 0 })).toBe(false);
});

it('hurries while somebody waits for an answer', () => {
  const pace = new RatingPace();
  expect(pace.isHurried(1_000, { ...atEase, askedMs: 800 })).toBe(false);
  expect(pace.isHurried(1_100, { ...atEase, askedMs: 800 })).toBe(true);
  expect(pace.isHurried(11_099, atEase)).toBe(true);
  expect(pace.isHurried(11_100, atEase)).toBe(false);
});

it('hurries while it works more than two fifths of the time, and for 10 s after', () => {
  const pace = new RatingPace();
  const worked = (nowMs: number, busyMs: number) => pace.isHurried(nowMs, { ...atEase, busyMs });
  expect(worked(0, 5_000)).toBe(false);
  expect(worked(500, 5_500)).toBe(false);
  expect(worked(1_000, 5_400)).toBe(false);
  expect(worked(2_000, 5_801)).toBe(true);
  expect(worked(3_000, 5_801)).toBe(true);
  expect(worked(11_999, 5_801)).toBe(true);
  expect(worked(12_000, 5_801)).toBe(false);
  // Another thread, begun instead of one that ended.
  expect(worked(13_000, 100)).toBe(false);
});

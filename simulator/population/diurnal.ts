/**
 * The shape of a day: how much of a home's use falls into each hour of its own wall clock. Evenings are three times an
 * average night hour's tenfold: the valley is at four in the morning, the peak between eight and ten in the evening.
 */
import type { LocalClock } from '../local-time.ts';

/** Weight of each local hour; their mean is 1. */
export const hourWeights: readonly number[] = [
  0.7, 0.45, 0.3, 0.22, 0.2, 0.22, 0.35, 0.55, 0.75, 0.85, 0.9, 0.95, 1.05, 1.05, 1.06, 1.05, 1.15, 1.4, 1.6, 1.8, 2.0,
  2.1, 2.0, 1.3,
];

/** The weight at an instant (UTC epoch s). */
export function weightAt(clock: LocalClock, epochSeconds: number): number {
  return hourWeights[Math.floor(clock(epochSeconds).minute / 60)]!;
}

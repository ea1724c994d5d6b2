/**
 * Who lives in a population: subscribers with their account, zone, plan and habits, the same for the same seed. Pure.
 */
import { chanceAt } from '../nas/random.ts';
import type { PlanName } from './plans.ts';

export interface Subscriber {
  /** From 0. */
  readonly number: number;
  /** Id of the account, and its only login. */
  readonly account: string;
  readonly login: string;
  readonly zone: string;
  /** Day of the month on which a bill period begins, 1…31. */
  readonly cycleDay: number;
  readonly plan: PlanName;
  /** `always-on` lines are connected day and night; others dial in. */
  readonly habit: 'always-on' | 'dial-in';
  /** Lines, each with one session at a time. */
  readonly lines: number;
  /** Sessions of a dial-in line in a day. */
  readonly sessionsPerDay: number;
  /** Mean download of a line that is connected, B/s; upload is a fifth. */
  readonly octetsPerSecond: number;
}

export interface SubscriberOptions {
  readonly subscribers: number;
  readonly seed: number;
  /** Begins every account id; letters and digits. */
  readonly name: string;
  readonly zones: readonly string[];
  readonly plans: readonly PlanName[];
}

const cycleDays = [1, 1, 15, 31];
/** One in so many has lines that are always on. */
const alwaysOnShare = 3;

export function subscribersOf({ subscribers, seed, name, zones, plans }: SubscriberOptions): Subscriber[] {
  return Array.from({ length: subscribers }, (_, number) => {
    const chance = (salt: number, below: number) => chanceAt(seed ^ salt, number) % below;
    const account = `${name}-${String(number + 1).padStart(5, '0')}`;
    const alwaysOn = chance(0xa1, alwaysOnShare) === 0;
    return {
      number,
      account,
      login: `${account}@example.net`,
      // Plans in turn, zones by chance: every plan meets every zone.
      zone: zones[chance(0xa2, zones.length)]!,
      cycleDay: cycleDays[chance(0xa3, cycleDays.length)]!,
      plan: plans[number % plans.length]!,
      habit: alwaysOn ? 'always-on' : 'dial-in',
      lines: alwaysOn ? 1 + chance(0xa4, 4) : 1 + chance(0xa4, 2),
      sessionsPerDay: 2 + chance(0xa5, 8),
      octetsPerSecond: 2_000 * 2 ** chance(0xa6, 9),
    };
  });
}

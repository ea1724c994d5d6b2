/** A population whole: its subscribers, devices, sessions and reports, from a seed and a few numbers. Pure. */
import type { Device } from './devices.ts';
import { devicesOf } from './devices.ts';
import type { PlanName } from './plans.ts';
import { type Report, reportsOf } from './reports.ts';
import { type Session, sessionsOf } from './sessions.ts';
import { type Subscriber, subscribersOf } from './subscribers.ts';
import type { VendorName } from './vendors.ts';

export interface PopulationOptions {
  readonly subscribers: number;
  readonly devices: number;
  readonly seed: number;
  /** Begins every account id and device name; letters and digits. */
  readonly name: string;
  /** UTC epoch s. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Session time between two reports, s. */
  readonly interimSeconds: number;
  readonly vendors: readonly VendorName[];
  readonly plans: readonly PlanName[];
  readonly zones: readonly string[];
  /** Restarts of each device. */
  readonly reboots: number;
  /** Clocks are wrong by at most this, s. */
  readonly skewSeconds: number;
  /** Shares (0…1) of reports lost for good, and overtaken by their next. */
  readonly lost: number;
  readonly overtaken: number;
}

export interface Population {
  readonly subscribers: readonly Subscriber[];
  readonly devices: readonly Device[];
  readonly sessions: readonly Session[];
  readonly reports: readonly Report[];
}

export function populationOf(options: PopulationOptions): Population {
  const subscribers = subscribersOf(options);
  const devices = devicesOf(options);
  const sessions = sessionsOf(subscribers, devices, options);
  return { subscribers, devices, sessions, reports: reportsOf(sessions, devices, options) };
}

/**
 * What the devices of a population report, in the order in which they send it, with what goes wrong on their side: a
 * report that is lost for good, and one that is overtaken by the session's next. What the network does to it, run.ts
 * does. Pure, and the same for the same seed.
 *
 * A Start tells no counters. Acct-Session-Time is exact; Event-Timestamp is the device's clock, up to a second late, since
 * a device reads its clock when it writes the packet.
 */
import { type LocalClock, localClock } from '../local-time.ts';
import { chanceAt, happensAt } from '../nas/random.ts';
import type { Device } from './devices.ts';
import { weightAt } from './diurnal.ts';
import type { Session } from './sessions.ts';
import { vendors } from './vendors.ts';

export type ReportKind = 'start' | 'interim' | 'stop' | 'accounting-on' | 'accounting-off';

export interface Report {
  readonly kind: ReportKind;
  readonly device: Device;
  /** Null for a device's own Accounting-On and -Off. */
  readonly session: Session | null;
  /** When it is sent; true time, UTC epoch s, maybe with a fraction. */
  sendSeconds: number;
  /** Event-Timestamp, by the device's clock. */
  readonly eventSeconds: number;
  /** Acct-Session-Time. */
  readonly seconds: number;
  /** Cumulative, as the subscriber sees them, B: in = download. */
  readonly octetsIn: number;
  readonly octetsOut: number;
  /** The device gives it up before anybody has heard it. */
  readonly lost: boolean;
  /** It is sent after the session's next report. */
  overtaken: boolean;
}

export interface ReportOptions {
  readonly seed: number;
  readonly interimSeconds: number;
  /** Shares (0…1) of the reports. */
  readonly lost: number;
  readonly overtaken: number;
}

/**
 * A device without Gigawords must not get round its 2^32 twice unseen: less than this between two reports. Not a divisor
 * of 2^32, or its counter would come to exactly 0, which the daemon takes for a counter that was forgotten.
 */
const narrowOctetsMax = 1_000_000_007;

export function reportsOf(sessions: readonly Session[], devices: readonly Device[], options: ReportOptions): Report[] {
  const reports: Report[] = [];
  for (const device of devices) reports.push(...restartReports(device, options));
  for (const [n, session] of sessions.entries()) reports.push(...sessionReports(session, n, options));
  return reports.sort((a, b) => a.sendSeconds - b.sendSeconds);
}

function* restartReports(device: Device, { seed, lost }: ReportOptions): Generator<Report> {
  for (const [boot, life] of device.boots.entries()) {
    const own = (kind: ReportKind, trueSeconds: number, salt: number): Report => ({
      kind,
      device,
      session: null,
      sendSeconds: trueSeconds,
      eventSeconds: trueSeconds + life.skewSeconds,
      seconds: 0,
      octetsIn: 0,
      octetsOut: 0,
      lost: happensAt(seed ^ salt, device.number * 1009 + boot, lost),
      overtaken: false,
    });
    if (boot > 0) yield own('accounting-on', life.fromSeconds, 0xb1);
    if (boot < device.boots.length - 1 && life.ordersOff) yield own('accounting-off', life.toSeconds, 0xb2);
  }
}

function sessionReports(session: Session, n: number, options: ReportOptions): Report[] {
  const { seed, interimSeconds } = options;
  const { device, subscriber, startSeconds, endSeconds, endedBy } = session;
  const clock = localClock(subscriber.zone);
  const { skewSeconds } = device.boots[session.boot]!;
  const length = endSeconds - startSeconds;
  const reports: Report[] = [];
  let [octetsIn, octetsOut, told] = [0, 0, 0];

  function add(kind: ReportKind, seconds: number): void {
    const k = reports.length;
    const jitter = k === 0 ? 0 : chanceAt(seed ^ 0xc1, n * 4099 + k) % 2;
    const used = octetsBetween(
      session,
      clock,
      startSeconds + told,
      startSeconds + seconds,
      chanceAt(seed ^ 0xc2, n * 4099 + k),
    );
    octetsIn += used;
    octetsOut += Math.floor(used / 5);
    told = seconds;
    reports.push({
      kind,
      device,
      session,
      sendSeconds: startSeconds + seconds,
      eventSeconds: startSeconds + seconds + skewSeconds + jitter,
      seconds,
      octetsIn,
      octetsOut,
      // Never two in a row: see narrowOctetsMax.
      lost: happensAt(seed ^ 0xc3, n * 4099 + k, options.lost) && reports[k - 1]?.lost !== true,
      overtaken: false,
    });
  }

  add('start', 0);
  for (let at = interimSeconds; at < length; at += interimSeconds) add('interim', at);
  if (endedBy === 'stop') add('stop', length);
  overtake(reports, n, options);
  return reports;
}

/** Puts some reports behind their next, half a second after it; none twice, and nothing beyond the session's end. */
function overtake(reports: readonly Report[], n: number, { seed, overtaken }: ReportOptions): void {
  for (let k = 0; k + 1 < reports.length; k++) {
    if (!happensAt(seed ^ 0xc4, n * 4099 + k, overtaken)) continue;
    reports[k]!.overtaken = true;
    reports[k]!.sendSeconds = reports[k + 1]!.sendSeconds + 0.5;
    k++;
  }
}

/** Download of a stretch of a session, B: by the hour's weight, a little more or less each time. */
function octetsBetween(session: Session, clock: LocalClock, from: number, to: number, chance: number): number {
  if (to <= from) return 0;
  const rate = session.subscriber.octetsPerSecond * weightAt(clock, (from + to) / 2);
  const octets = Math.floor(rate * (to - from) * (0.5 + chance / 0x1_0000_0000));
  const narrow = vendors[session.device.vendor].octets === 'modulo-2-32';
  return narrow ? octets % narrowOctetsMax : octets;
}

/**
 * A provider's subscribers and their sessions as a fixed sequence of accounting reports: Start, K Interims, Stop for
 * each session, the same for the same options. Pure: no clock, no socket; report n can be asked for in any order.
 *
 * Sessions run in waves of `activeSessions`: all Starts of a wave, then all first Interims, … then all Stops, as in a
 * NAS full of long sessions. Session s belongs to user s mod users and NAS s mod nasCount.
 */
import { chanceAt } from './random.ts';
import { type AccountingReport, statusInterim, statusStart, statusStop } from './report.ts';

export interface PopulationOptions {
  readonly users: number;
  readonly sessions: number;
  /** Interims between Start and Stop. */
  readonly interims: number;
  /** Session time between two reports, s. */
  readonly interimSeconds: number;
  /** Earliest Start, UTC epoch s; a session begins up to one interval later. */
  readonly startSeconds: number;
  readonly seed: number;
  /** Sessions open at once; all of them unless given. */
  readonly activeSessions?: number;
  readonly nasCount?: number;
  /** Put before every Acct-Session-Id, so that two runs do not share session ids. */
  readonly sessionPrefix?: string;
  /** `%06d` becomes the user's number, from 1, with that many digits. */
  readonly userPattern?: string;
}

export interface Population {
  /** Number of reports. */
  readonly length: number;
  readonly sessions: number;
  /** Session of report n. */
  sessionOf(n: number): number;
  /** Fills `into` with report n. */
  describe(n: number, into: AccountingReport): void;
  userName(user: number): string;
}

export const defaultUserPattern = 'user%06d@example.net';

/** 10.0.0.1 and 100.64.0.0 (RFC 6598). */
const firstNas = 0x0a00_0001;
const firstUser = 0x6440_0000;

/** One session in 16 moves enough to cross 2^32 octets, and reports Gigawords throughout. */
const wideSessionShare = 16;

export function createPopulation(options: PopulationOptions): Population {
  const { users, sessions, interims, interimSeconds, startSeconds, seed } = options;
  const active = Math.min(options.activeSessions ?? sessions, sessions);
  const nasCount = options.nasCount ?? 1;
  const prefix = options.sessionPrefix ?? '';
  const phases = interims + 2;
  const waveReports = active * phases;
  const userNames: string[] = [];
  const stations: string[] = [];
  const nasNames: { readonly identifier: string; readonly called: string }[] = [];
  const format = userFormat(options.userPattern ?? defaultUserPattern);

  function userName(user: number): string {
    userNames[user] ??= format(user + 1);
    return userNames[user];
  }

  function locate(n: number): { session: number; phase: number } {
    const wave = Math.floor(n / waveReports);
    const first = wave * active;
    const width = Math.min(active, sessions - first);
    const within = n - wave * waveReports;
    return { session: first + (within % width), phase: Math.floor(within / width) };
  }

  function describe(n: number, into: AccountingReport): void {
    const { session, phase } = locate(n);
    const user = session % users;
    const nas = session % nasCount;
    const last = phase === interims + 1;
    const hash = chanceAt(seed, session);
    // A Stop comes somewhere inside the interval after the last Interim.
    const seconds = last ? interims * interimSeconds + 1 + (hash % interimSeconds) : phase * interimSeconds;
    const wide = hash % wideSessionShare === 0;
    into.status = phase === 0 ? statusStart : last ? statusStop : statusInterim;
    into.userName = userName(user);
    into.sessionId = prefix + (session + 1).toString(16).toUpperCase().padStart(8, '0');
    nasNames[nas] ??= { identifier: `nas-${String(nas + 1).padStart(3, '0')}`, called: `access-${nas + 1}` };
    into.nasIdentifier = nasNames[nas].identifier;
    into.nasAddress = (firstNas + nas) >>> 0;
    into.nasPort = session % 65_536;
    into.framedAddress = (firstUser + (session % 0x40_0000)) >>> 0;
    stations[user] ??= stationOf(user);
    into.callingStationId = stations[user];
    into.calledStationId = nasNames[nas].called;
    into.sessionSeconds = seconds;
    into.eventSeconds = startSeconds + (chanceAt(seed ^ 0x5eed, session) % interimSeconds) + seconds;
    into.inputOctets = octetsAt(seed ^ 0x1f, session, phase, wide);
    into.outputOctets = octetsAt(seed ^ 0x2f, session, phase, wide) * 4;
    into.inputPackets = Math.floor(into.inputOctets / 700);
    into.outputPackets = Math.floor(into.outputOctets / 1100);
    into.gigawords = wide;
    into.terminateCause = 1;
  }

  return { length: sessions * phases, sessions, sessionOf: (n) => locate(n).session, describe, userName };
}

/** Cumulative octets at a phase: never falling, zero at the Start, below 2^44. */
function octetsAt(seed: number, session: number, phase: number, wide: boolean): number {
  const perPhase = (20_000 + (chanceAt(seed, session) % 8_000_000)) * (wide ? 256 : 1);
  return phase === 0 ? 0 : perPhase * phase + (chanceAt(seed ^ phase, session) % perPhase);
}

/** A locally administered MAC address in the form of RFC 3580 §3.21. */
function stationOf(user: number): string {
  const digits = user.toString(16).toUpperCase().padStart(8, '0');
  return `02-00-${digits.slice(0, 2)}-${digits.slice(2, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
}

function userFormat(pattern: string): (number: number) => string {
  const found = /%0?(\d*)d/.exec(pattern);
  if (!found) return () => pattern;
  const before = pattern.slice(0, found.index);
  const after = pattern.slice(found.index + found[0].length);
  const digits = Number(found[1] || 1);
  return (number) => before + String(number).padStart(digits, '0') + after;
}

/**
 * The session's life: cumulative counters of a device's reports become use, exactly once (RFC 2866, RFC 2869 §2.1).
 *
 * A session is known by its device and Acct-Session-Id, and lives in *incarnations*, since devices use an id again after
 * a reboot. An incarnation is open or closed, and keeps the account it was opened with, the highest counters seen and
 * the time of the last event. A report is, in this order:
 *
 * 0. *of the earlier incarnation*, where there was one and the event lies before the known one's start, or it goes on
 *    with the earlier one (incarnation.ts). What it tells is that one's use: it is added there, and opens nothing;
 * 1. *of a new incarnation*, where its session's start (event − Session-Time, or a Start's own time) lies after the last
 *    event of the known one (`restartSlackMs` absorbs rounding to seconds, unless the session time fell) and can be
 *    believed (incarnation.ts), or not before an Accounting-On or -Off that ended it. Its counters count from zero. A
 *    session of which nothing but its Start is known may begin again: that moves its start;
 * 2. *late*, where its session time is lower than the highest seen: a late Start fills in the start, and a counter
 *    counts only where it is higher than any seen (after a Stop without octets, say);
 * 3. *news*: each counter adds what it rose by. A counter that fell although session time rose and no Gigawords were
 *    sent has wrapped at 2^32; one that fell otherwise, or to zero (a Stop that forgot its counters), is disbelieved. A
 *    missing counter keeps its last value. Use is never negative.
 *
 * A session is closed by
 * - its *stop*. Use that is reported after it is added, and opens the session again only when it is an Interim of later
 *   that brought something new;
 * - its device's *restart*: Accounting-On and -Off close all sessions of their device that began before them, at their
 *   last counters, and are idempotent. What begins later is another incarnation. An Interim of later that counts on from
 *   before opens it again: the device sent its Accounting-On twice, and had restarted only once;
 * - the *next* incarnation;
 * - its *silence*, for a configured time, at its last counters, by an entry of the log that names the session and when it
 *   was last heard (`applySilence`). If the session has spoken meanwhile, or is closed, the entry does nothing, so that
 *   it may be logged twice and replayed. Whatever the session says later opens it again, since it was alive all the
 *   time; its counters go on from where they were, so that nothing is lost and nothing counted twice.
 *
 * Octets of IPv6 that a device counts apart are counters of their own, whose use is that of the meter they add to.
 */
import { type MeterReading, meterOfCounter, type UsageRecord } from '../../collectors/index.ts';
import { isNewIncarnation, outlivesRestart, readingOf, restartSlackMs } from './incarnation.ts';

export type ClosedBy = 'stop' | 'restart' | 'next' | 'silence';

/** What is known of a session beside its counters; the same object until a report tells something else. */
export interface SessionDetails {
  readonly login: string;
  /** The last value told of each attribute. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface SessionState {
  /** Device and session id; see `sessionKey`. */
  readonly key: string;
  readonly device: string;
  readonly session: string;
  /** Number of the account the incarnation was opened with. */
  readonly account: number;
  readonly startMs: number;
  /** Time of the last event that counted; the next use is placed after it. */
  readonly lastEventMs: number;
  /** Time of the last event heard, whether it counted or not. */
  readonly lastHeardMs: number;
  readonly open: boolean;
  /** Null while it is open. */
  readonly closedBy: ClosedBy | null;
  /** Time of the Accounting-On or -Off that closed it; what starts at or after it is another incarnation. */
  readonly deviceRestartMs: number | null;
  /** 1 for the first session of this device and id, 2 for the one after it, … */
  readonly incarnation: number;
  /** Highest cumulative readings, base units, by counter (see `meterOfCounter`). */
  readonly counters: Readonly<Record<string, bigint>>;
  readonly details: SessionDetails;
}

/** Use that a report added, placed between the session's last event and this one. */
export interface SessionUse {
  readonly readings: readonly MeterReading[];
  readonly startMs: number;
  readonly endMs: number;
}

export interface SessionResult {
  readonly state: SessionState;
  /** True where `state` is the first of an incarnation. */
  readonly opened: boolean;
  readonly outcome: 'use' | 'without-use' | 'duplicate';
  readonly use: SessionUse | null;
}

/** Of a session that told none; never stored. */
export const noDetails: SessionDetails = { login: '', attributes: {} };

const wrap = 1n << 32n;
/** Names of attributes kept of a session; a device may tell others with each report. */
const attributesKeptMax = 64;

/**
 * One key per device and session id, told apart by the device's length. Null for what is of no RADIUS session: also an
 * event that names one, since it is use by itself and may name another account than the event before it.
 */
export function sessionKey(record: UsageRecord): string | null {
  if (record !== lastAsked) {
    const { device, session } = record.source;
    const isOfNone = session === undefined || record.status === 'event';
    lastKey = isOfNone ? null : inOnePiece(`${device.length}:${device}${session}`);
    lastAsked = record;
  }
  return lastKey;
}

/** Several ask for the key of one record in turn; making and hashing it costs as much as what they do with it. */
let lastAsked: UsageRecord | null = null;
let lastKey: string | null = null;

/** V8 keeps a text put together in its parts until one of its characters is asked for: as a key, four times the memory. */
function inOnePiece(text: string): string {
  text.charCodeAt(0);
  return text;
}

/** Applies a Start, Interim or Stop of `account` to what is known of its session (`null`: nothing). */
export function applySessionRecord(known: SessionState | null, record: UsageRecord, account: number): SessionResult {
  if (known === null || isNewIncarnation(known, record, account)) {
    return openIncarnation(record, account, (known?.incarnation ?? 0) + 1);
  }
  return applyToIncarnation(known, record);
}

/**
 * Applies a report of the incarnation before the latest (`isOfEarlier`), which stays closed as it was. Null where it is
 * of yet another one, of which nothing is known any more.
 */
export function applyToEarlier(earlier: SessionState, record: UsageRecord): SessionResult | null {
  if (isNewIncarnation(earlier, record, earlier.account)) return null;
  const result = applyToIncarnation(earlier, record);
  if (result.state === earlier) return result;
  const { open, closedBy, deviceRestartMs } = earlier;
  return { ...result, state: { ...result.state, open, closedBy, deviceRestartMs } };
}

function applyToIncarnation(known: SessionState, record: UsageRecord): SessionResult {
  if (record.status === 'start') return applyStartAgain(known, record);
  const timeNow = readingOf(record, 'time');
  const timeBefore = known.counters.time;
  const timeRose = timeNow !== undefined && (timeBefore === undefined || timeNow > timeBefore);
  const counters: Record<string, bigint> = { ...known.counters };
  const rises: MeterReading[] = [];
  for (const { meter: counter, quantity } of record.readings) {
    const before = counters[counter] ?? 0n;
    const added = rise(before, quantity, timeRose && counter !== 'time' && record.source.wide !== true);
    if (added === 0n) continue;
    counters[counter] = before + added;
    rises.push({ meter: counter, quantity: added });
  }
  const closes = record.status === 'stop' && known.open;
  if (rises.length === 0 && !closes) return unchanged(known, record);
  const lastEventMs = Math.max(known.lastEventMs, record.endMs);
  const closedBy = closedAfter(known, record, { isNews: rises.length > 0, timeRose });
  const state: SessionState = {
    ...known,
    counters,
    lastEventMs,
    lastHeardMs: Math.max(known.lastHeardMs, record.endMs),
    open: closedBy === null,
    closedBy,
    deviceRestartMs: closedBy === null ? null : known.deviceRestartMs,
    details: detailsAfter(known.details, record),
  };
  if (rises.length === 0) return { state, opened: false, outcome: 'without-use', use: null };
  const readings = byMeter(rises);
  const use = { readings, startMs: Math.min(known.lastEventMs, lastEventMs), endMs: lastEventMs };
  return { state, opened: false, outcome: 'use', use };
}

/** Applies Accounting-On or -Off at `atMs` to a session of its device: closed if it began before, else as it was. */
export function applyDeviceRestart(known: SessionState, atMs: number): SessionState {
  if (!known.open || known.startMs >= atMs) return known;
  return { ...known, open: false, closedBy: 'restart', deviceRestartMs: atMs };
}

/** Closes a session of which nothing was heard after `lastHeardMs`, else leaves it as it was. */
export function applySilence(known: SessionState, lastHeardMs: number): SessionState {
  if (!known.open || known.lastHeardMs !== lastHeardMs) return known;
  return { ...known, open: false, closedBy: 'silence' };
}

/** Closes an incarnation since the next one of its id has begun. */
export function applyNextIncarnation(known: SessionState): SessionState {
  return known.open ? { ...known, open: false, closedBy: 'next' } : known;
}

/** Readings of counters as readings of meters. */
export function byMeter(readings: readonly MeterReading[]): MeterReading[] {
  const sums: MeterReading[] = [];
  for (const { meter: counter, quantity } of readings) {
    const meter = meterOfCounter(counter);
    const at = sums.findIndex((sum) => sum.meter === meter);
    if (at === -1) sums.push({ meter, quantity });
    else sums[at] = { meter, quantity: sums[at]!.quantity + quantity };
  }
  return sums;
}

/** How a session stands after a report that told something new, or stopped it. */
function closedAfter(
  known: SessionState,
  record: UsageRecord,
  { isNews, timeRose }: { readonly isNews: boolean; readonly timeRose: boolean },
): ClosedBy | null {
  const { status, endMs } = record;
  if (known.deviceRestartMs !== null) {
    return timeRose && outlivesRestart(known.deviceRestartMs, record) ? null : 'restart';
  }
  if (status === 'stop') return known.open || known.closedBy === 'silence' ? 'stop' : known.closedBy;
  return known.open || (isNews && endMs > known.lastEventMs) ? null : known.closedBy;
}

function detailsAfter(known: SessionDetails, { subjects, attributes }: UsageRecord): SessionDetails {
  const login = subjects.find(({ kind }) => kind === 'login')?.value ?? known.login;
  let names = -1;
  let merged: Record<string, string> | null = null;
  for (const name of Object.keys(attributes)) {
    if (known.attributes[name] === attributes[name]) continue;
    merged ??= copyOf(known.attributes);
    if (names === -1) names = Object.keys(merged).length;
    if (merged[name] === undefined && names++ >= attributesKeptMax) continue;
    merged[name] = attributes[name]!;
  }
  return merged === null && login === known.login ? known : { login, attributes: merged ?? known.attributes };
}

/** Name by name: an object that goes on after a spread has a shape of its own, which takes more memory than it does. */
function copyOf(attributes: Readonly<Record<string, string>>): Record<string, string> {
  const copy: Record<string, string> = {};
  for (const name of Object.keys(attributes)) copy[name] = attributes[name]!;
  return copy;
}

function openIncarnation(record: UsageRecord, account: number, incarnation: number): SessionResult {
  const counted = record.status === 'start' ? [] : record.readings.filter(({ quantity }) => quantity > 0n);
  const stopped = record.status === 'stop';
  const state: SessionState = {
    key: sessionKey(record) ?? '',
    device: record.source.device,
    session: record.source.session ?? '',
    account,
    startMs: record.startMs,
    lastEventMs: record.endMs,
    lastHeardMs: record.endMs,
    open: !stopped,
    closedBy: stopped ? 'stop' : null,
    deviceRestartMs: null,
    incarnation,
    counters: Object.fromEntries(counted.map(({ meter, quantity }) => [meter, quantity])),
    details: detailsAfter(noDetails, record),
  };
  if (counted.length === 0) return { state, opened: true, outcome: 'without-use', use: null };
  const use = { readings: byMeter(counted), startMs: record.startMs, endMs: record.endMs };
  return { state, opened: true, outcome: 'use', use };
}

/**
 * A Start that arrives after reports of its own session fills in the start, and nothing else. One that tells a later time,
 * of a session of which nothing but a Start is known, was sent again, or its id is used again: where it begins is moved.
 */
function applyStartAgain(known: SessionState, record: UsageRecord): SessionResult {
  const { startMs, endMs } = record;
  if (startMs > known.lastEventMs + restartSlackMs) {
    const details = detailsAfter(known.details, record);
    const state = { ...known, startMs, lastEventMs: endMs, lastHeardMs: endMs, open: true, closedBy: null, details };
    return { state, opened: false, outcome: 'without-use', use: null };
  }
  if (record.startMs >= known.startMs) return unchanged(known, record);
  const state = { ...known, startMs: record.startMs };
  return { state, opened: false, outcome: 'without-use', use: null };
}

/**
 * Nothing new: a repetition or a late report if it is not later than what is known, else a sign of life. The interval of
 * the next use still begins at the last event that counted, so that no time is left out.
 */
function unchanged(known: SessionState, record: UsageRecord): SessionResult {
  const timeNow = readingOf(record, 'time');
  const late = timeNow !== undefined && known.counters.time !== undefined && timeNow < known.counters.time;
  if (late || record.endMs <= known.lastHeardMs) {
    return { state: known, opened: false, outcome: 'duplicate', use: null };
  }
  const awakes = known.closedBy === 'silence';
  const closedBy = awakes ? (record.status === 'stop' ? 'stop' : null) : known.closedBy;
  const state: SessionState = {
    ...known,
    lastHeardMs: record.endMs,
    open: closedBy === null,
    closedBy,
    details: detailsAfter(known.details, record),
  };
  return { state, opened: false, outcome: 'without-use', use: null };
}

function rise(before: bigint, now: bigint, mayHaveWrapped: boolean): bigint {
  if (now >= before) return now - before;
  if (!mayHaveWrapped || now === 0n) return 0n;
  // Without Gigawords the device counts modulo 2^32; `before` already holds the wraps seen so far.
  const behind = (((now - before) % wrap) + wrap) % wrap;
  return now < wrap ? behind : 0n;
}

/**
 * Whether a report goes on with what is known of its session, is of a new incarnation of its id, or of the one before
 * (session.ts). The start that a report tells (event − Session-Time, or a Start's own time) is what speaks for a new one.
 * But it is only as good as its time:
 *
 * - a device that sends no Event-Timestamp is timed by arrival, so whatever it sends late or again seems to begin later;
 * - a clock that is set (by NTP, just after the device came up) moves all starts that are worked out from it.
 *
 * So where time is in doubt, a later start is not believed if the report tells just what is known already; nor, while the
 * session may be alive, if all that it tells has grown, or if it is a Start and nothing else is known yet. An id that is
 * used again tells less than the session before, mostly at once by its Start; and another account's use is none of it.
 */
import type { MeterReading, UsageRecord } from '../../collectors/index.ts';
import type { SessionState } from './session.ts';

/** Rounding of Event-Timestamp, Session-Time and Acct-Delay-Time to seconds may move a start by this much, in ms. */
export const restartSlackMs = 2_000;
/** Nobody sends a report again for longer than this without telling the delay, s: a longer session's start is believed. */
const silentDelayMax = 600n;
const wrap = 1n << 32n;

/** Whether a report begins another session of the same id than the latest known. */
export function isNewIncarnation(known: SessionState, record: UsageRecord, account: number): boolean {
  const { deviceRestartMs } = known;
  const isAfterRestart = deviceRestartMs !== null && record.endMs >= deviceRestartMs;
  if (!record.startKnown) return isAfterRestart && hasFallen(known, record);
  const startsAfterRestart = isAfterRestart && record.startMs >= deviceRestartMs;
  if (!startsAfterRestart && record.startMs <= known.lastEventMs) return false;
  const begins = record.status === 'start';
  const isInDoubt = known.account === account && isTimeInDoubt(known, record);
  if (isInDoubt && !begins && isRepetition(known, record)) return false;
  if (startsAfterRestart) return true;
  const timeNow = begins ? 0n : readingOf(record, 'time');
  const timeFell = timeNow !== undefined && timeNow < (known.counters.time ?? 0n);
  if (record.startMs <= known.lastEventMs + restartSlackMs) return timeFell;
  const mayBeAlive = known.closedBy === null || known.closedBy === 'silence';
  if (!isInDoubt || !mayBeAlive) return true;
  if (record.timedByArrival && (known.counters.time ?? 0n) > silentDelayMax) return true;
  return begins ? !isUnused(known) : timeFell || hasFallen(known, record);
}

/**
 * Whether a report may be of the incarnation before the latest known, for which that one has to be looked at: session
 * and event, or the session alone, lie before the start of the latest.
 */
export function mayBeOfEarlier(latest: SessionState, record: UsageRecord): boolean {
  if (latest.incarnation === 1) return false;
  return isBefore(latest, record.endMs) || (record.startKnown && isBefore(latest, record.startMs));
}

/**
 * Whether a report is of the incarnation before the latest, `earlier`, null where nothing is known of it: its event lies
 * before the latest began; or it goes on with the earlier one, which was taken for ended since its Start came again.
 */
export function isOfEarlier(latest: SessionState, earlier: SessionState | null, record: UsageRecord): boolean {
  if (!mayBeOfEarlier(latest, record)) return false;
  if (isBefore(latest, record.endMs)) return true;
  if (earlier === null || record.status === 'start' || hasFallen(earlier, record)) return false;
  return Math.abs(record.startMs - earlier.startMs) <= restartSlackMs;
}

function isBefore({ startMs }: SessionState, ms: number): boolean {
  return ms + restartSlackMs < startMs;
}

/** It tells what is known, no more and no less. */
function isRepetition(known: SessionState, { readings, source }: UsageRecord): boolean {
  if (isUnused(known) || readings.length === 0) return false;
  return readings.every((one) => one.quantity === comparable(known, one, source.wide === true));
}

/** A counter is lower than what is known, but for zero, which stands for a counter that was forgotten. */
function hasFallen(known: SessionState, { readings, source }: UsageRecord): boolean {
  return readings.some((one) => one.quantity > 0n && one.quantity < comparable(known, one, source.wide === true));
}

/** What is known of a counter, as a device would tell it that counts modulo 2^32 where it sends no Gigawords. */
function comparable({ counters }: SessionState, { meter, quantity }: MeterReading, isWide: boolean): bigint {
  const known = counters[meter] ?? 0n;
  return isWide || meter === 'time' || quantity >= wrap ? known : known % wrap;
}

function isUnused({ counters }: SessionState): boolean {
  for (const counter in counters) if (counters[counter] !== 0n) return false;
  return true;
}

/** Timed by arrival, or by a clock that was found to be off. */
function isTimeInDoubt(known: SessionState, { timedByArrival, attributes }: UsageRecord): boolean {
  return timedByArrival === true || attributes.clock !== undefined || known.details.attributes.clock !== undefined;
}

/** An Interim tells that its session began before its device's restart and goes on after it: it was told of twice. */
export function outlivesRestart(restartMs: number, { status, startKnown, startMs, endMs }: UsageRecord): boolean {
  return status === 'interim' && startKnown && startMs < restartMs && endMs > restartMs;
}

export function readingOf(record: UsageRecord, meter: string): bigint | undefined {
  return record.readings.find((candidate) => candidate.meter === meter)?.quantity;
}

/**
 * The usage log: the boundary of responsibility (DESIGN §1.3). What `append` has returned for is durable and will be
 * billed exactly once; only then is the device answered. The suspense lives in the same file, so that a record is in
 * the log or in suspense, never in both and never in neither.
 *
 * Positions number the logged entries 1, 2, 3, …; they are never used again, not even after entries were dropped.
 */
import type { UsageRecord } from '../../collectors/index.ts';
import type { Posting } from '../../rating/index.ts';

/** What the partition's worker folds into bills. `account` 0 is of no account (Accounting-On and -Off). */
export type LogEntry =
  | { readonly kind: 'usage'; readonly account: number; readonly record: UsageRecord }
  /** The clock reached the end of a month or cycle of the account: recurring charges fall due (DESIGN §3.8). */
  | { readonly kind: 'tick'; readonly account: number; readonly atMs: number }
  /** A charge that another account's plan posts to this one; `key` names it once and for all (DESIGN §3.10). */
  | { readonly kind: 'posting'; readonly account: number; readonly key: string; readonly posting: Posting }
  /** The bill of the period that began at `periodFromMs` is closed. */
  | { readonly kind: 'close'; readonly account: number; readonly periodFromMs: number }
  /**
   * The session of that key (mediation/session.ts) has been silent for the configured time since `lastHeardMs`; the two
   * together are the entry's own key, for it does nothing once the session has spoken again or is closed. From `atMs` on
   * nobody holds its address.
   */
  | {
      readonly kind: 'silence';
      readonly account: number;
      readonly session: string;
      readonly lastHeardMs: number;
      readonly atMs: number;
    };

export interface SuspendedRecord {
  readonly reason: string;
  readonly record: UsageRecord;
}

/** See `UsageLog.note`. */
export interface LogNote {
  readonly name: string;
  readonly value: string;
}

export interface SuspenseItem extends SuspendedRecord {
  readonly id: number;
  readonly suspendedAtMs: number;
}

export interface LogBatch {
  readonly firstPosition: number;
  /** May be decoded anew each time it is asked for; throws where it can't be read. */
  readonly entries: readonly LogEntry[];
}

export interface SuspenseCounts {
  readonly waiting: number;
  /** Since the log was made. */
  readonly suspended: number;
  readonly released: number;
}

/** Records that wait and are listed under one subject (suspense-listing.ts): each record once. */
export interface SuspenseListing {
  /** Of the subject, or of the device where they name nobody (mediation/guide.ts). */
  readonly key: string;
  readonly reason: string;
  readonly count: number;
  /** Other subjects that some of these records name, and how many records, listed here or not, wait for each. */
  readonly also: readonly { readonly key: string; readonly count: number }[];
}

export interface UsageLog {
  /** Names the pair of log and store files; a store of another instance is refused (DESIGN §9). */
  readonly instanceId: string;
  /**
   * Makes entries and suspended records durable, all or none, and with them the keys of those that are events (but for
   * sums of flows, which nobody can send again) and a note. Returns the last position of the log.
   */
  append(
    entries: readonly LogEntry[],
    suspended: readonly SuspendedRecord[],
    atMs: number,
    note?: LogNote | null,
  ): Promise<number>;
  /** Which of these keys of events were made durable before, in the log or in suspense, since the last `forgetEvents`. */
  knownEvents(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Forgets up to `limit` keys of events made durable before an instant. Returns how many. */
  forgetEvents(beforeMs: number, limit: number): Promise<number>;
  /** Whole batches after a position, oldest first, up to about `entriesMax` entries (at least one batch). */
  readAfter(position: number, entriesMax: number): Promise<readonly LogBatch[]>;
  /** The last position given, 0 if none. */
  lastPosition(): Promise<number>;
  /** Oldest first, after the id `afterId`. */
  suspense(afterId: number, limit: number): Promise<readonly SuspenseItem[]>;
  suspenseOfSubject(key: string, afterId: number, limit: number): Promise<readonly SuspenseItem[]>;
  /** Moves suspended records into the log with their accounts, in the order given, all or none. */
  release(
    items: readonly { readonly id: number; readonly account: number; readonly record: UsageRecord }[],
    atMs: number,
  ): Promise<number>;
  suspenseCounts(): Promise<SuspenseCounts>;
  /** Those with most records first; all of them add up to what waits, where none comes or goes while they are read. */
  suspenseSubjects(limit: number): Promise<readonly SuspenseListing[]>;
  /** A durable note under a name, null if there is none; for what must survive with the log (how far ticks went). */
  note(name: string): Promise<string | null>;
  setNote(name: string, value: string): Promise<void>;
  /**
   * Drops some of the oldest batches, as far as they end at or before `position` and were appended before `beforeMs`.
   * Returns 0 when there are none left to drop. It looks at no others, for there may be millions. What was appended last
   * stays, and where batches share a file, those that share it with one that stays.
   */
  prune(position: number, beforeMs: number): Promise<number>;
  close(): Promise<void>;
}

/** What a thread needs that folds the log. */
export type LogReader = Pick<UsageLog, 'instanceId' | 'readAfter' | 'lastPosition' | 'close'>;

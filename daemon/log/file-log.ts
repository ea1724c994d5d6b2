/**
 * The usage log in files of its own: frames (frame.ts) are appended to segments (segment.ts), each synced by itself, and
 * are the truth; what must be asked for otherwise than in order is kept in an index (log-index.ts) that follows them.
 *
 * An append with an aside is checked against the index, written, and applied to the index. If the process dies between
 * the last two, or the index can't be written, it is applied later: at the next start, or before the next of its kind.
 */
import type { UsageRecord } from '../../collectors/index.ts';
import { meterdError } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import { sessionSubjectKey, subjectKey } from '../mediation/guide.ts';
import { sessionKey } from '../mediation/session.ts';
import { type Aside, decodeAside, digestOf, emptyAside, encodeAside } from './aside.ts';
import { writeEarlierBatches } from './earlier-batches.ts';
import { encodeEntries, encodeRecord } from './entry-codec.ts';
import type { FrameHead } from './frame.ts';
import { LogEnd } from './log-end.ts';
import { LogIndex } from './log-index.ts';
import { LoggedSegments } from './logged-segments.ts';
import { SegmentReader } from './segment-reader.ts';
import { SegmentWriter } from './segment-writer.ts';
import type {
  LogBatch,
  LogEntry,
  LogNote,
  LogReader,
  SuspendedRecord,
  SuspenseCounts,
  SuspenseItem,
  SuspenseListing,
  UsageLog,
} from './usage-log.ts';

const usual = { segmentOctets: 8 * 1024 * 1024, slowMeanMs: 2 } as const;

export interface LogFiles {
  readonly indexFile: string;
  /** The folder of the segments. */
  readonly segments: string;
}

/** What a reader on another thread needs. */
export interface LogReading {
  readonly segments: string;
  readonly instanceId: string;
  readonly end: SharedArrayBuffer;
}

/** A log of one process, which may be read by its other threads as well. */
export interface FileLog extends UsageLog {
  readonly reading: LogReading;
}

export interface FileLogOptions {
  readonly segmentOctets?: number;
  /** See SegmentWriter. */
  readonly slowMeanMs?: number;
}

/** Opens or makes the log. Throws `data-unreadable` where it is damaged, and `store-mismatch` where parts are missing. */
export function openFileLog(files: LogFiles, options: FileLogOptions = {}): FileLog {
  return new SegmentedLog(files, { ...usual, ...options });
}

export function openLogReader({ segments, instanceId, end }: LogReading): LogReader {
  const log = new SegmentReader(segments, instanceId, new LogEnd(end));
  const position = new LogEnd(end);
  return {
    instanceId,
    readAfter: async (after, entriesMax) => log.readAfter(after, entriesMax),
    lastPosition: async () => position.position,
    close: async () => log.close(),
  };
}

class SegmentedLog implements FileLog {
  readonly instanceId: string;
  readonly reading: LogReading;
  readonly #index: LogIndex;
  readonly #writer: SegmentWriter;
  readonly #reader: SegmentReader;
  readonly #segments: LoggedSegments;
  /** Frames are written one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ indexFile, segments: folder }: LogFiles, { segmentOctets, slowMeanMs }: Required<FileLogOptions>) {
    this.#index = new LogIndex(indexFile);
    const { instanceId, firstPosition } = this.#index;
    this.instanceId = instanceId;
    const end = new LogEnd();
    try {
      this.#index.moveEarlierBatches((batches) => writeEarlierBatches(batches, folder, { instanceId, segmentOctets }));
      this.#writer = new SegmentWriter({ folder, instanceId, segmentOctets, firstPosition, slowMeanMs, end });
      this.#segments = new LoggedSegments(folder, instanceId);
      this.#catchUp();
    } catch (cause) {
      this.#index.close();
      throw cause;
    }
    this.#reader = new SegmentReader(folder, instanceId, end);
    this.reading = { segments: folder, instanceId, end: end.shared };
  }

  async append(
    entries: readonly LogEntry[],
    suspended: readonly SuspendedRecord[],
    atMs: number,
    note: LogNote | null = null,
  ): Promise<number> {
    const digests: string[] = [];
    for (const entry of entries) addDigest(keyOf(entry), digests);
    for (const { record } of suspended) addDigest(eventKey(record), digests);
    const waiting = suspended.map(({ reason, record }) => ({
      reason,
      record: encodeRecord(record),
      subjects: suspenseKeys(record),
    }));
    const text = entries.length === 0 ? '' : encodeEntries(entries);
    return this.#inTurn(async () => {
      // Before ids are given: those of what it lacks are taken.
      if (waiting.length > 0) this.#catchUp();
      const firstId = waiting.length === 0 ? 0 : this.#index.nextSuspenseId;
      const withIds = waiting.map((item, n) => ({ id: firstId + n, ...item }));
      await this.#write(text, entries.length, { ...emptyAside, suspended: withIds, digests, note }, atMs);
      failpoint('after-log-commit');
      return this.#writer.tail.lastPosition;
    });
  }

  async release(
    items: readonly { readonly id: number; readonly account: number; readonly record: UsageRecord }[],
    atMs: number,
  ): Promise<number> {
    const entries = items.map(({ account, record }) => ({ kind: 'usage', account, record }) as const);
    const text = entries.length === 0 ? '' : encodeEntries(entries);
    const released = items.map(({ id, record }) => ({ id, subjects: suspenseKeys(record) }));
    return this.#inTurn(async () => {
      await this.#write(text, entries.length, { ...emptyAside, released }, atMs);
      return this.#writer.tail.lastPosition;
    });
  }

  setNote(name: string, value: string): Promise<void> {
    return this.#inTurn(() => this.#write('', 0, { ...emptyAside, note: { name, value } }, 0));
  }

  async knownEvents(keys: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#inTurn(async () => {
      this.#catchUp();
      return this.#index.knownEvents(keys);
    });
  }

  forgetEvents(beforeMs: number, limit: number): Promise<number> {
    return this.#inTurn(async () => this.#index.forgetEvents(beforeMs, limit));
  }

  async readAfter(position: number, entriesMax: number): Promise<readonly LogBatch[]> {
    const batches = this.#reader.readAfter(position, entriesMax);
    // Who reads here does so at the start: a file that is held open takes room after it is dropped.
    if (batches.length === 0) this.#reader.close();
    return batches;
  }

  async lastPosition(): Promise<number> {
    return this.#writer.tail.lastPosition;
  }

  async suspense(afterId: number, limit: number): Promise<readonly SuspenseItem[]> {
    return this.#index.suspense(afterId, limit);
  }

  async suspenseOfSubject(key: string, afterId: number, limit: number): Promise<readonly SuspenseItem[]> {
    return this.#index.suspenseOfSubject(key, afterId, limit);
  }

  async suspenseCounts(): Promise<SuspenseCounts> {
    return this.#index.suspenseCounts();
  }

  async suspenseSubjects(limit: number): Promise<readonly SuspenseListing[]> {
    return this.#index.suspenseSubjects(limit);
  }

  async note(name: string): Promise<string | null> {
    return this.#index.note(name);
  }

  prune(position: number, beforeMs: number): Promise<number> {
    return this.#inTurn(async () => {
      const last = this.#segments.oldestBefore(this.#writer.serial);
      if (last === null || last.lastPosition > position || last.appendedMs >= beforeMs) return 0;
      this.#catchUp();
      if (!this.#index.makeDurable(last.lastAside)) return 0;
      this.#segments.dropOldest();
      return 1;
    });
  }

  async close(): Promise<void> {
    await this.#turn;
    try {
      await this.#writer.close();
    } finally {
      this.#reader.close();
      this.#index.close();
    }
  }

  async #write(entries: string, count: number, aside: Aside, atMs: number): Promise<void> {
    const asideText = encodeAside(aside);
    if (asideText !== '') {
      this.#catchUp();
      this.#index.check(aside);
    } else if (count === 0) return;
    const { number, appendedMs } = await this.#writer.append({ entries, aside: asideText }, count, atMs);
    if (asideText === '') return;
    try {
      this.#index.apply(number, aside, appendedMs);
    } catch {
      // It is durable, and that is what was asked for; `#catchUp` tells of what is wrong with the index.
    }
  }

  /** Applies to the index the asides of frames that it lacks. */
  #catchUp(): void {
    const { lastAside } = this.#writer.tail;
    const { applied } = this.#index;
    if (applied === lastAside) return;
    if (applied > lastAside) {
      throw meterdError('store-mismatch', `the usage log ends before its append ${applied}, which its index knows`);
    }
    this.#segments.eachAsideAfter(applied, lastAside, (frame: FrameHead, aside: string) => {
      this.#index.apply(frame.number, decodeAside(aside), frame.appendedMs);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function addDigest(key: string | null, digests: string[]): void {
  if (key !== null) digests.push(digestOf(key));
}

/** What is logged but once is known by its key: events, and charges from other accounts. */
function keyOf(entry: LogEntry): string | null {
  if (entry.kind === 'posting') return entry.key;
  return entry.kind === 'usage' ? eventKey(entry.record) : null;
}

/** Sums of flows are made once and can't be sent again: keeping their keys would be in vain, and there are thousands. */
function eventKey({ status, key, source }: UsageRecord): string | null {
  return status === 'event' && source.collector !== 'netflow' ? key : null;
}

/** What a suspended record can be asked for by: its subjects, and its session. */
function suspenseKeys(record: UsageRecord): string[] {
  const session = sessionKey(record);
  const subjects = record.subjects.map(subjectKey);
  return session === null ? subjects : [...subjects, sessionSubjectKey(session)];
}

/** The usage log on SQLite, in its own file so that its fsync waits for nobody (DESIGN §9). */
import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { UsageRecord } from '../../collectors/index.ts';
import { sessionSubjectKey, subjectKey } from '../mediation/guide.ts';
import { sessionKey } from '../mediation/session.ts';
import { openSqliteFile } from '../sqlite-file.ts';
import { decodeEntries, decodeRecord, encodeEntries, encodeRecord } from './entry-codec.ts';
import { LogThread } from './log-thread-client.ts';
import { digestOf, type EncodedEntries, type LogWriter, SqliteLogWriter } from './sqlite-log-writer.ts';
import type {
  LogBatch,
  LogEntry,
  LogNote,
  SuspendedRecord,
  SuspenseCounts,
  SuspenseItem,
  UsageLog,
} from './usage-log.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  -- One row per group commit; last_position is the position of its last entry.
  CREATE TABLE IF NOT EXISTS batch (last_position INTEGER PRIMARY KEY, entry_count INTEGER NOT NULL,
    appended_ms INTEGER NOT NULL, entries TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS suspense (id INTEGER PRIMARY KEY AUTOINCREMENT, reason TEXT NOT NULL,
    suspended_ms INTEGER NOT NULL, record TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS suspense_subject (subject TEXT NOT NULL, suspense_id INTEGER NOT NULL,
    PRIMARY KEY (subject, suspense_id)) WITHOUT ROWID;
  -- Events that were logged or suspended; ids rise with time, so that the oldest are found without an index.
  CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE,
    appended_ms INTEGER NOT NULL);
`;

/** Pages of 4 KiB in the write-ahead log before it is folded back: more take longer, and devices wait meanwhile. */
const checkpointPages = 400;

export interface SqliteLogOptions {
  readonly readOnly?: boolean;
}

/** Opens or makes the log file. A reader (`readOnly`) sees what the writer has made durable. */
export function openSqliteLog(file: string, options: SqliteLogOptions = {}): UsageLog {
  const db = openLogFile(file, options.readOnly === true);
  return new SqliteLog(db, new SqliteLogWriter(db));
}

/**
 * Opens or makes the log file, which a thread of its own writes: a sync of the disk stops neither sockets nor pages.
 * Reading is done here.
 */
export function openThreadedLog(file: string): UsageLog {
  // Made, and found readable, before the thread relies on it.
  openLogFile(file, false).close();
  return new SqliteLog(openLogFile(file, true), new LogThread(file));
}

/** The writer of the thread, which has the file to itself. */
export function openLogWriter(file: string): LogWriter {
  return new SqliteLogWriter(openLogFile(file, false));
}

function openLogFile(file: string, readOnly: boolean): Database.Database {
  return openSqliteFile(file, readOnly, (db) => {
    db.pragma('journal_mode = WAL');
    // better-sqlite3 defaults to NORMAL in WAL mode, which may lose the last commits with the power.
    db.pragma('synchronous = FULL');
    db.pragma(`wal_autocheckpoint = ${checkpointPages}`);
    db.exec(schema);
    const fresh = "INSERT OR IGNORE INTO meta VALUES ('instance', ?), ('position', '0'), ('suspended', '0')";
    db.prepare(fresh).run(randomUUID());
  });
}

class SqliteLog implements UsageLog {
  readonly instanceId: string;
  readonly #db: Database.Database;
  readonly #writer: LogWriter;
  readonly #sql;

  constructor(db: Database.Database, writer: LogWriter) {
    this.#db = db;
    this.#writer = writer;
    this.#sql = {
      meta: db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?'),
      readBatches: db.prepare<[number], { last_position: number; entry_count: number; entries: string }>(
        'SELECT last_position, entry_count, entries FROM batch WHERE last_position > ? ORDER BY last_position',
      ),
      suspense: db.prepare<[number, number], SuspenseRow>('SELECT * FROM suspense WHERE id > ? ORDER BY id LIMIT ?'),
      suspenseOfSubject: db.prepare<[string, number, number], SuspenseRow>(
        `SELECT s.* FROM suspense_subject j JOIN suspense s ON s.id = j.suspense_id
         WHERE j.subject = ? AND j.suspense_id > ? ORDER BY j.suspense_id LIMIT ?`,
      ),
      waiting: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM suspense'),
      subjects: db.prepare<[number], { key: string; reason: string; count: number }>(
        `SELECT j.subject AS key, s.reason AS reason, count(*) AS count, min(s.id)
         FROM suspense_subject j JOIN suspense s ON s.id = j.suspense_id
         WHERE j.subject NOT LIKE 'session%' GROUP BY j.subject
         ORDER BY count DESC LIMIT ?`,
      ),
      knowsEvent: db.prepare<[Buffer], { id: number }>('SELECT id FROM event WHERE digest = ?'),
    };
    this.instanceId = this.#sql.meta.get('instance')!.value;
  }

  async append(
    entries: readonly LogEntry[],
    suspended: readonly SuspendedRecord[],
    atMs: number,
    note: LogNote | null = null,
  ): Promise<number> {
    const keys: string[] = [];
    for (const entry of entries) addKey(keyOf(entry), keys);
    for (const { record } of suspended) addKey(eventKey(record), keys);
    return this.#writer.append({
      entries: entries.length === 0 ? null : encoded(entries),
      suspended: suspended.map(({ reason, record }) => ({
        reason,
        record: encodeRecord(record),
        subjects: suspenseKeys(record),
      })),
      keys,
      note,
      atMs,
    });
  }

  async knownEvents(keys: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(keys.filter((key) => this.#sql.knowsEvent.get(digestOf(key)) !== undefined));
  }

  forgetEvents(beforeMs: number, limit: number): Promise<number> {
    return this.#writer.forgetEvents(beforeMs, limit);
  }

  async readAfter(position: number, entriesMax: number): Promise<readonly LogBatch[]> {
    const batches: LogBatch[] = [];
    let count = 0;
    for (const row of this.#sql.readBatches.iterate(position)) {
      if (count > 0 && count + row.entry_count > entriesMax) break;
      const firstPosition = row.last_position - row.entry_count + 1;
      batches.push(lazyBatch(firstPosition, row.entries));
      count += row.entry_count;
    }
    return batches;
  }

  async lastPosition(): Promise<number> {
    return Number(this.#sql.meta.get('position')!.value);
  }

  async suspense(afterId: number, limit: number): Promise<readonly SuspenseItem[]> {
    return this.#sql.suspense.all(afterId, limit).map(suspenseItem);
  }

  async suspenseOfSubject(key: string, afterId: number, limit: number): Promise<readonly SuspenseItem[]> {
    return this.#sql.suspenseOfSubject.all(key, afterId, limit).map(suspenseItem);
  }

  async release(
    items: readonly { readonly id: number; readonly account: number; readonly record: UsageRecord }[],
    atMs: number,
  ): Promise<number> {
    return this.#writer.release({
      items: items.map(({ id, record }) => ({ id, subjects: suspenseKeys(record) })),
      entries: encoded(items.map(({ account, record }) => ({ kind: 'usage', account, record }))),
      atMs,
    });
  }

  async suspenseCounts(): Promise<SuspenseCounts> {
    const waiting = this.#sql.waiting.get()!.n;
    const suspended = Number(this.#sql.meta.get('suspended')!.value);
    return { waiting, suspended, released: suspended - waiting };
  }

  async suspenseSubjects(limit: number): Promise<readonly { key: string; reason: string; count: number }[]> {
    return this.#sql.subjects.all(limit);
  }

  async note(name: string): Promise<string | null> {
    return this.#sql.meta.get(`note ${name}`)?.value ?? null;
  }

  setNote(name: string, value: string): Promise<void> {
    return this.#writer.setNote(name, value);
  }

  prune(position: number, beforeMs: number): Promise<number> {
    return this.#writer.prune(position, beforeMs);
  }

  async close(): Promise<void> {
    await this.#writer.close();
    this.#db.close();
  }
}

function encoded(entries: readonly LogEntry[]): EncodedEntries {
  return { count: entries.length, text: encodeEntries(entries) };
}

function addKey(key: string | null, keys: string[]): void {
  if (key !== null) keys.push(key);
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

/** Decoded when asked for, one after the other: thousands of records alive at once are copied by each collection. */
function lazyBatch(firstPosition: number, text: string): LogBatch {
  return {
    firstPosition,
    get entries() {
      return decodeEntries(text);
    },
  };
}

interface SuspenseRow {
  readonly id: number;
  readonly reason: string;
  readonly suspended_ms: number;
  readonly record: string;
}

function suspenseItem(row: SuspenseRow): SuspenseItem {
  return { id: row.id, reason: row.reason, suspendedAtMs: row.suspended_ms, record: decodeRecord(row.record) };
}

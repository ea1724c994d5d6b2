/** The usage log on SQLite, in its own file so that its fsync waits for nobody (DESIGN §9). */
import { createHash, randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { UsageRecord } from '../../collectors/index.ts';
import { failpoint } from '../failpoint.ts';
import { sessionSubjectKey, subjectKey } from '../mediation/guide.ts';
import { sessionKey } from '../mediation/session.ts';
import { openSqliteFile } from '../sqlite-file.ts';
import { decodeEntries, decodeRecord, encodeEntries, encodeRecord } from './entry-codec.ts';
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

/** Batches dropped at once: the thread that prunes is the one that receives. */
const prunedBatchesMax = 500;

export interface SqliteLogOptions {
  readonly readOnly?: boolean;
}

/** Opens or makes the log file. A reader (`readOnly`) sees what the writer has made durable. */
export function openSqliteLog(file: string, options: SqliteLogOptions = {}): UsageLog {
  const db = openSqliteFile(file, options.readOnly === true, (db) => {
    db.pragma('journal_mode = WAL');
    // better-sqlite3 defaults to NORMAL in WAL mode, which may lose the last commits with the power.
    db.pragma('synchronous = FULL');
    db.pragma(`wal_autocheckpoint = ${checkpointPages}`);
    db.exec(schema);
    const fresh = "INSERT OR IGNORE INTO meta VALUES ('instance', ?), ('position', '0'), ('suspended', '0')";
    db.prepare(fresh).run(randomUUID());
  });
  return new SqliteLog(db);
}

class SqliteLog implements UsageLog {
  readonly instanceId: string;
  readonly #db: Database.Database;
  #position: number;
  readonly #sql;

  constructor(db: Database.Database) {
    this.#db = db;
    this.#sql = {
      meta: db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?'),
      setMeta: db.prepare('UPDATE meta SET value = ? WHERE key = ?'),
      setNote: db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)'),
      insertBatch: db.prepare('INSERT INTO batch VALUES (?, ?, ?, ?)'),
      readBatches: db.prepare<[number], { last_position: number; entry_count: number; entries: string }>(
        'SELECT last_position, entry_count, entries FROM batch WHERE last_position > ? ORDER BY last_position',
      ),
      suspend: db.prepare('INSERT INTO suspense (reason, suspended_ms, record) VALUES (?, ?, ?)'),
      suspendSubject: db.prepare('INSERT OR IGNORE INTO suspense_subject VALUES (?, ?)'),
      suspense: db.prepare<[number, number], SuspenseRow>('SELECT * FROM suspense WHERE id > ? ORDER BY id LIMIT ?'),
      suspenseOfSubject: db.prepare<[string, number, number], SuspenseRow>(
        `SELECT s.* FROM suspense_subject j JOIN suspense s ON s.id = j.suspense_id
         WHERE j.subject = ? AND j.suspense_id > ? ORDER BY j.suspense_id LIMIT ?`,
      ),
      unsuspend: db.prepare('DELETE FROM suspense WHERE id = ?'),
      unsuspendSubject: db.prepare('DELETE FROM suspense_subject WHERE subject = ? AND suspense_id = ?'),
      waiting: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM suspense'),
      subjects: db.prepare<[number], { key: string; reason: string; count: number }>(
        `SELECT j.subject AS key, s.reason AS reason, count(*) AS count, min(s.id)
         FROM suspense_subject j JOIN suspense s ON s.id = j.suspense_id
         WHERE j.subject NOT LIKE 'session%' GROUP BY j.subject
         ORDER BY count DESC LIMIT ?`,
      ),
      keepEvent: db.prepare('INSERT INTO event (digest, appended_ms) VALUES (?, ?)'),
      knowsEvent: db.prepare<[Buffer], { id: number }>('SELECT id FROM event WHERE digest = ?'),
      forgetEvents: db.prepare(
        'DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT ?) AND appended_ms < ?',
      ),
      oldest: db.prepare<[number, number], { last_position: number; appended_ms: number }>(
        'SELECT last_position, appended_ms FROM batch WHERE last_position <= ? ORDER BY last_position LIMIT ?',
      ),
      prune: db.prepare('DELETE FROM batch WHERE last_position <= ?'),
    };
    this.instanceId = this.#sql.meta.get('instance')!.value;
    this.#position = this.#storedPosition();
  }

  async append(
    entries: readonly LogEntry[],
    suspended: readonly SuspendedRecord[],
    atMs: number,
    note: LogNote | null = null,
  ): Promise<number> {
    this.#inTransaction(() => {
      this.#insertBatch(entries, atMs);
      if (suspended.length > 0) this.#suspend(suspended, atMs);
      for (const entry of entries) this.#keepKey(keyOf(entry), atMs);
      for (const { record } of suspended) this.#keepKey(eventKey(record), atMs);
      if (note !== null) this.#sql.setNote.run(`note ${note.name}`, note.value);
    });
    failpoint('after-log-commit');
    return this.#position;
  }

  async knownEvents(keys: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(keys.filter((key) => this.#sql.knowsEvent.get(digestOf(key)) !== undefined));
  }

  async forgetEvents(beforeMs: number, limit: number): Promise<number> {
    return this.#sql.forgetEvents.run(limit, beforeMs).changes;
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
    return this.#storedPosition();
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
    this.#inTransaction(() => {
      for (const { id, record } of items) {
        if (this.#sql.unsuspend.run(id).changes !== 1) throw new Error(`suspended record ${id} was released before`);
        for (const key of suspenseKeys(record)) this.#sql.unsuspendSubject.run(key, id);
      }
      this.#insertBatch(
        items.map(({ account, record }) => ({ kind: 'usage', account, record })),
        atMs,
      );
    });
    return this.#position;
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

  async setNote(name: string, value: string): Promise<void> {
    this.#sql.setNote.run(`note ${name}`, value);
  }

  async prune(position: number, beforeMs: number): Promise<number> {
    let last = 0;
    for (const row of this.#sql.oldest.iterate(position, prunedBatchesMax)) {
      if (row.appended_ms >= beforeMs) break;
      last = row.last_position;
    }
    return last === 0 ? 0 : this.#sql.prune.run(last).changes;
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #insertBatch(entries: readonly LogEntry[], atMs: number): void {
    if (entries.length === 0) return;
    this.#position += entries.length;
    this.#sql.insertBatch.run(this.#position, entries.length, atMs, encodeEntries(entries));
    this.#sql.setMeta.run(String(this.#position), 'position');
  }

  #suspend(suspended: readonly SuspendedRecord[], atMs: number): void {
    for (const { reason, record } of suspended) {
      const id = Number(this.#sql.suspend.run(reason, atMs, encodeRecord(record)).lastInsertRowid);
      for (const key of suspenseKeys(record)) this.#sql.suspendSubject.run(key, id);
    }
    const before = Number(this.#sql.meta.get('suspended')!.value);
    this.#sql.setMeta.run(String(before + suspended.length), 'suspended');
  }

  #keepKey(key: string | null, atMs: number): void {
    if (key !== null) this.#sql.keepEvent.run(digestOf(key), atMs);
  }

  #inTransaction(work: () => void): void {
    const before = this.#position;
    try {
      this.#db.transaction(work).immediate();
    } catch (cause) {
      // Nothing was written, so the next append uses the same positions.
      this.#position = before;
      throw cause;
    }
  }

  #storedPosition(): number {
    return Number(this.#sql.meta.get('position')!.value);
  }
}

/** 128 bits: two events of ours would collide after 2⁶⁴; an enemy can only collide with itself, keys naming the provider. */
function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, 16);
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

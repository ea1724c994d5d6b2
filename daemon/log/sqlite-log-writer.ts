/**
 * Writing the usage log on SQLite: each call is one transaction, and what it has returned for is durable. It takes text
 * already encoded, since it may run on a thread of its own (log-thread.ts), to which objects are dear to send.
 */
import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { failpoint } from '../failpoint.ts';
import type { LogNote } from './usage-log.ts';

/** Entries as `encodeEntries` wrote them. */
export interface EncodedEntries {
  readonly count: number;
  readonly text: string;
}

export interface EncodedSuspended {
  readonly reason: string;
  readonly record: string;
  /** What it can be asked for by. */
  readonly subjects: readonly string[];
}

/** All or none of it is made durable. */
export interface AppendWrite {
  /** Null where there are none. */
  readonly entries: EncodedEntries | null;
  readonly suspended: readonly EncodedSuspended[];
  /** Keys of events, and of charges from other accounts, that must not be logged again. */
  readonly keys: readonly string[];
  readonly note: LogNote | null;
  readonly atMs: number;
}

/** Suspended records, with the subjects they were suspended by, go into the log as entries. */
export interface ReleaseWrite {
  readonly items: readonly { readonly id: number; readonly subjects: readonly string[] }[];
  readonly entries: EncodedEntries;
  readonly atMs: number;
}

/** What UsageLog says of its methods of these names. */
export interface LogWriter {
  append(write: AppendWrite): Promise<number>;
  release(write: ReleaseWrite): Promise<number>;
  setNote(name: string, value: string): Promise<void>;
  forgetEvents(beforeMs: number, limit: number): Promise<number>;
  prune(position: number, beforeMs: number): Promise<number>;
  close(): Promise<void>;
}

/** Batches dropped at once, since records wait meanwhile. */
const prunedBatchesMax = 500;

export class SqliteLogWriter implements LogWriter {
  readonly #db: Database.Database;
  readonly #sql;
  #position: number;

  /** On a connection that may write. */
  constructor(db: Database.Database) {
    this.#db = db;
    this.#sql = {
      meta: db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?'),
      setMeta: db.prepare('UPDATE meta SET value = ? WHERE key = ?'),
      setNote: db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)'),
      insertBatch: db.prepare('INSERT INTO batch VALUES (?, ?, ?, ?)'),
      suspend: db.prepare('INSERT INTO suspense (reason, suspended_ms, record) VALUES (?, ?, ?)'),
      suspendSubject: db.prepare('INSERT OR IGNORE INTO suspense_subject VALUES (?, ?)'),
      unsuspend: db.prepare('DELETE FROM suspense WHERE id = ?'),
      unsuspendSubject: db.prepare('DELETE FROM suspense_subject WHERE subject = ? AND suspense_id = ?'),
      keepEvent: db.prepare('INSERT INTO event (digest, appended_ms) VALUES (?, ?)'),
      forgetEvents: db.prepare(
        'DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT ?) AND appended_ms < ?',
      ),
      oldest: db.prepare<[number, number], { last_position: number; appended_ms: number }>(
        'SELECT last_position, appended_ms FROM batch WHERE last_position <= ? ORDER BY last_position LIMIT ?',
      ),
      prune: db.prepare('DELETE FROM batch WHERE last_position <= ?'),
    };
    this.#position = Number(this.#sql.meta.get('position')!.value);
  }

  async append({ entries, suspended, keys, note, atMs }: AppendWrite): Promise<number> {
    this.#inTransaction(() => {
      if (entries !== null) this.#insertBatch(entries, atMs);
      if (suspended.length > 0) this.#suspend(suspended, atMs);
      for (const key of keys) this.#sql.keepEvent.run(digestOf(key), atMs);
      if (note !== null) this.#sql.setNote.run(`note ${note.name}`, note.value);
    });
    failpoint('after-log-commit');
    return this.#position;
  }

  async release({ items, entries, atMs }: ReleaseWrite): Promise<number> {
    this.#inTransaction(() => {
      for (const { id, subjects } of items) {
        if (this.#sql.unsuspend.run(id).changes !== 1) throw new Error(`suspended record ${id} was released before`);
        for (const subject of subjects) this.#sql.unsuspendSubject.run(subject, id);
      }
      this.#insertBatch(entries, atMs);
    });
    return this.#position;
  }

  async setNote(name: string, value: string): Promise<void> {
    this.#sql.setNote.run(`note ${name}`, value);
  }

  async forgetEvents(beforeMs: number, limit: number): Promise<number> {
    return this.#sql.forgetEvents.run(limit, beforeMs).changes;
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

  #insertBatch({ count, text }: EncodedEntries, atMs: number): void {
    this.#position += count;
    this.#sql.insertBatch.run(this.#position, count, atMs, text);
    this.#sql.setMeta.run(String(this.#position), 'position');
  }

  #suspend(suspended: readonly EncodedSuspended[], atMs: number): void {
    for (const { reason, record, subjects } of suspended) {
      const id = Number(this.#sql.suspend.run(reason, atMs, record).lastInsertRowid);
      for (const subject of subjects) this.#sql.suspendSubject.run(subject, id);
    }
    const before = Number(this.#sql.meta.get('suspended')!.value);
    this.#sql.setMeta.run(String(before + suspended.length), 'suspended');
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
}

/** 128 bits: two events of ours would collide after 2⁶⁴; an enemy can only collide with itself, keys naming the provider. */
export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, 16);
}

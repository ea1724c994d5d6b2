/**
 * The index of the usage log, on SQLite: the suspense, the keys of events and the notes, to be asked for. All of it comes
 * from the asides of the log's frames, which are durable before they are applied here; so nothing here is synced by
 * itself, and what a power cut takes is applied again from the frames after `applied`.
 */
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { openSqliteFile } from '../sqlite-file.ts';
import { type Aside, digestOf } from './aside.ts';
import type { EarlierBatch } from './earlier-batches.ts';
import { decodeRecord } from './entry-codec.ts';
import { syncFolder } from './next-segment.ts';
import { listedUnder, prepareListing, SuspenseList } from './suspense-listing.ts';
import type { SuspenseCounts, SuspenseItem, SuspenseListing } from './usage-log.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS suspense (id INTEGER PRIMARY KEY AUTOINCREMENT, reason TEXT NOT NULL,
    suspended_ms INTEGER NOT NULL, record TEXT NOT NULL,
    listed TEXT NOT NULL DEFAULT '', also TEXT NOT NULL DEFAULT '');
  CREATE TABLE IF NOT EXISTS suspense_subject (subject TEXT NOT NULL, suspense_id INTEGER NOT NULL,
    PRIMARY KEY (subject, suspense_id)) WITHOUT ROWID;
  -- Events that were logged or suspended; ids rise with time, so that the oldest are found without an index.
  CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE,
    appended_ms INTEGER NOT NULL);
`;

export class LogIndex {
  readonly instanceId: string;
  readonly #db: Database.Database;
  readonly #sql;
  readonly #list: SuspenseList;
  /** Number of the last frame whose aside is in here. */
  #applied: number;
  /** Of those the last that a power cut can't take. */
  #durable: number;
  /** Records in suspense. */
  #waiting: number;

  /** Opens or makes the file. Throws `data-unreadable`. */
  constructor(file: string) {
    const db = openSqliteFile(file, false, (opened) => {
      opened.pragma('journal_mode = WAL');
      // The log's name is nowhere else: without it nobody could read what is logged in the next moment.
      opened.pragma('synchronous = FULL');
      opened.exec(schema);
      prepareListing(opened);
      const fresh = `INSERT OR IGNORE INTO meta VALUES
        ('instance', ?), ('position', '0'), ('suspended', '0'), ('applied', '0')`;
      opened.prepare(fresh).run(randomUUID());
      opened.pragma('synchronous = NORMAL');
    });
    syncFolder(dirname(file));
    this.#db = db;
    this.#list = new SuspenseList(db);
    this.#sql = {
      meta: db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?'),
      setMeta: db.prepare('UPDATE meta SET value = ? WHERE key = ?'),
      setNote: db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)'),
      suspend: db.prepare(
        `INSERT OR REPLACE INTO suspense (id, reason, suspended_ms, record, listed, also) VALUES (?, ?, ?, ?, ?, ?)`,
      ),
      suspendSubject: db.prepare('INSERT OR IGNORE INTO suspense_subject VALUES (?, ?)'),
      isSuspended: db.prepare<[number], { id: number }>('SELECT id FROM suspense WHERE id = ?'),
      unsuspend: db.prepare('DELETE FROM suspense WHERE id = ?'),
      unsuspendSubject: db.prepare('DELETE FROM suspense_subject WHERE subject = ? AND suspense_id = ?'),
      lastSuspenseId: db.prepare<[], { seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'suspense'"),
      suspense: db.prepare<[number, number], SuspenseRow>('SELECT * FROM suspense WHERE id > ? ORDER BY id LIMIT ?'),
      suspenseOfSubject: db.prepare<[string, number, number], SuspenseRow>(
        `SELECT s.* FROM suspense_subject j JOIN suspense s ON s.id = j.suspense_id
         WHERE j.subject = ? AND j.suspense_id > ? ORDER BY j.suspense_id LIMIT ?`,
      ),
      keepEvent: db.prepare('INSERT OR REPLACE INTO event (digest, appended_ms) VALUES (?, ?)'),
      knowsEvent: db.prepare<[Buffer], { id: number }>('SELECT id FROM event WHERE digest = ?'),
      forgetEvents: db.prepare(
        'DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT ?) AND appended_ms < ?',
      ),
    };
    this.instanceId = this.#meta('instance');
    this.#applied = Number(this.#meta('applied'));
    this.#durable = 0;
    this.#waiting = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM suspense').get()!.n;
  }

  /** Hands over the batches of a log that kept them in this file, oldest first, and forgets them when that is done. */
  moveEarlierBatches(take: (batches: Iterable<EarlierBatch>) => void): void {
    const table = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'batch'";
    if (this.#db.prepare(table).get() === undefined) return;
    take(this.#db.prepare<[], EarlierBatch>('SELECT * FROM batch ORDER BY last_position').iterate());
    // Were the table back after a power cut, it would be moved again, over what was logged since.
    this.#db.pragma('synchronous = FULL');
    this.#db.exec('DROP TABLE batch');
    this.#db.pragma('synchronous = NORMAL');
  }

  get applied(): number {
    return this.#applied;
  }

  /** The position of the log where it has no frames: that of an earlier release's, all of which was dropped. */
  get firstPosition(): number {
    return Number(this.#meta('position'));
  }

  /** Ids are never used again. */
  get nextSuspenseId(): number {
    return (this.#sql.lastSuspenseId.get()?.seq ?? 0) + 1;
  }

  /** Throws where an aside can't be applied, so that its frame is not written: an event that is known, a release of a release. */
  check({ digests, released }: Pick<Aside, 'digests' | 'released'>): void {
    if (new Set(digests).size < digests.length || digests.some((digest) => this.#knows(digest))) {
      throw new Error('an event would be logged twice');
    }
    const ids = new Set(released.map(({ id }) => id));
    for (const { id } of released) {
      if (!ids.delete(id) || this.#sql.isSuspended.get(id) === undefined) {
        throw new Error(`suspended record ${id} was released before`);
      }
    }
  }

  /** Takes the aside of a frame, wholly or not at all. It refuses nothing: the frame is durable. */
  apply(number: number, { suspended, released, digests, note }: Aside, atMs: number): void {
    let waiting = this.#waiting + suspended.length;
    const work = () => {
      for (const { id, reason, record, subjects } of suspended) {
        const { key, also } = listedUnder(record);
        this.#sql.suspend.run(id, reason, atMs, record, key, also);
        for (const subject of subjects) this.#sql.suspendSubject.run(subject, id);
      }
      for (const { id, subjects } of released) {
        waiting -= this.#sql.unsuspend.run(id).changes;
        for (const subject of subjects) this.#sql.unsuspendSubject.run(subject, id);
      }
      for (const digest of digests) this.#sql.keepEvent.run(octetsOf(digest), atMs);
      if (note !== null) this.#sql.setNote.run(`note ${note.name}`, note.value);
      if (suspended.length > 0) {
        this.#sql.setMeta.run(String(Number(this.#meta('suspended')) + suspended.length), 'suspended');
      }
      this.#sql.setMeta.run(String(number), 'applied');
    };
    this.#db.transaction(work).immediate();
    this.#applied = number;
    this.#waiting = waiting;
  }

  /** Makes durable what was applied up to a frame, so that the frame may be dropped. False where another program reads. */
  makeDurable(number: number): boolean {
    if (number <= this.#durable) return true;
    const applied = this.#applied;
    const [result] = this.#db.pragma('wal_checkpoint(FULL)') as { readonly busy: number }[];
    if (result?.busy !== 0) return false;
    this.#durable = applied;
    return true;
  }

  knownEvents(keys: readonly string[]): ReadonlySet<string> {
    return new Set(keys.filter((key) => this.#knows(digestOf(key))));
  }

  forgetEvents(beforeMs: number, limit: number): number {
    return this.#sql.forgetEvents.run(limit, beforeMs).changes;
  }

  suspense(afterId: number, limit: number): readonly SuspenseItem[] {
    return this.#sql.suspense.all(afterId, limit).map(suspenseItem);
  }

  suspenseOfSubject(key: string, afterId: number, limit: number): readonly SuspenseItem[] {
    return this.#sql.suspenseOfSubject.all(key, afterId, limit).map(suspenseItem);
  }

  suspenseCounts(): SuspenseCounts {
    const waiting = this.#waiting;
    const suspended = Number(this.#meta('suspended'));
    return { waiting, suspended, released: suspended - waiting };
  }

  suspenseSubjects(limit: number): Promise<readonly SuspenseListing[]> {
    return this.#list.read(limit);
  }

  note(name: string): string | null {
    return this.#sql.meta.get(`note ${name}`)?.value ?? null;
  }

  close(): void {
    this.#db.close();
  }

  #meta(key: string): string {
    return this.#sql.meta.get(key)!.value;
  }

  #knows(digest: string): boolean {
    return this.#sql.knowsEvent.get(octetsOf(digest)) !== undefined;
  }
}

function octetsOf(digest: string): Buffer {
  return Buffer.from(digest, 'base64');
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

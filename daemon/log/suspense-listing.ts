/**
 * Under what a record that waits is listed for people: under its first subject and nothing else, so that the list adds up
 * to what waits. One that names nobody is listed under its device. What a record can be asked for by, which may be
 * several subjects and its session, is another matter (file-log.ts).
 */
import type Database from 'better-sqlite3';
import { deviceSubjectKey, subjectKey } from '../mediation/guide.ts';
import { decodeRecord } from './entry-codec.ts';
import type { SuspenseListing } from './usage-log.ts';

export interface Listed {
  readonly key: string;
  /** The record's other subject, '' where it has none: collectors name two at most. */
  readonly also: string;
}

/** `record` as `encodeRecord` wrote it. */
export function listedUnder(record: string): Listed {
  const { subjects, source } = decodeRecord(record);
  const [first, second] = subjects.map(subjectKey);
  return { key: first ?? deviceSubjectKey(source.device), also: second ?? '' };
}

/** Adds to the table of suspense, where it is of an earlier release, what is listed. */
export function prepareListing(db: Database.Database): void {
  const columns = db.pragma('table_info(suspense)') as { readonly name: string }[];
  if (!columns.some(({ name }) => name === 'listed')) db.transaction(() => addColumns(db)).immediate();
  db.exec('CREATE INDEX IF NOT EXISTS suspense_listed ON suspense (listed, also, reason)');
}

function addColumns(db: Database.Database): void {
  db.exec(`ALTER TABLE suspense ADD COLUMN listed TEXT NOT NULL DEFAULT '';
    ALTER TABLE suspense ADD COLUMN also TEXT NOT NULL DEFAULT ''`);
  const next = db.prepare<[number], { id: number; record: string }>(
    'SELECT id, record FROM suspense WHERE id > ? ORDER BY id LIMIT 1',
  );
  const list = db.prepare('UPDATE suspense SET listed = ?, also = ? WHERE id = ?');
  for (let row = next.get(0); row !== undefined; row = next.get(row.id)) {
    const { key, also } = listedUnder(row.record);
    list.run(key, also, row.id);
  }
}

/** Other subjects that are told of one. */
const alsoMax = 5;

/**
 * Reads the list. Records without a session's id are apart, for no subject releases them; the others of one subject are
 * together, with the reason of the oldest that has one of its own and does not just wait behind another.
 */
export class SuspenseList {
  readonly #subjects;
  readonly #also;
  readonly #waitingFor;

  constructor(db: Database.Database) {
    this.#subjects = db.prepare<[number], { key: string; reason: string; count: number }>(
      `SELECT listed AS key, reason, count(*) AS count, min(id + (reason = 'session-suspended') * 1000000000000000)
       FROM suspense GROUP BY listed, reason = 'no-session-id' ORDER BY count DESC, listed LIMIT ?`,
    );
    this.#also = db.prepare<[string, number, number], { key: string }>(
      `SELECT also AS key FROM suspense WHERE listed = ? AND also <> '' AND (reason = 'no-session-id') = ?
       GROUP BY also ORDER BY count(*) DESC, also LIMIT ?`,
    );
    this.#waitingFor = db.prepare<[string], { n: number }>(
      'SELECT count(*) AS n FROM suspense_subject WHERE subject = ?',
    );
  }

  read(limit: number): SuspenseListing[] {
    return this.#subjects.all(limit).map(({ key, reason, count }) => {
      return { key, reason, count, also: this.#alsoOf(key, reason) };
    });
  }

  /** Each with all that waits for it, whatever that is listed under. */
  #alsoOf(listed: string, reason: string): SuspenseListing['also'] {
    return this.#also
      .all(listed, reason === 'no-session-id' ? 1 : 0, alsoMax)
      .map(({ key }) => ({ key, count: this.#waitingFor.get(key)!.n }));
  }
}

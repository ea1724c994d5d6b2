/**
 * Under what a record that waits is listed for people: under its first subject and nothing else, so that the list adds up
 * to what waits. One that names nobody is listed under its device. What a record can be asked for by, which may be
 * several subjects and its session, is another matter (file-log.ts).
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
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
/** Rows counted in one turn of the event loop, about a millisecond; to find those that are alike takes as long as so many. */
const usualRowsInTurn = 10_000;
const findingRows = 100;

/** Rows that are alike in what they are listed under. */
interface Alike {
  readonly listed: string;
  readonly also: string;
  readonly reason: string;
}

/**
 * Reads the list. Records without a session's id are apart, for no subject releases them; the others of one subject are
 * together, with the reason of the oldest that has one of its own and does not just wait behind another.
 *
 * A device that nobody knows may fill it with a hundred thousand records, and who looks shares a thread with those that
 * wait for answers: it is read some at a time, and all who ask meanwhile get what is read next.
 */
export class SuspenseList {
  readonly #rowsInTurn: number;
  readonly #sql;
  /** Looked at in this turn. */
  #looked = 0;
  #reading: Promise<unknown> = Promise.resolve();
  /** What has been asked for and is not being read yet. */
  #next: { readonly limit: number; readonly list: Promise<SuspenseListing[]> } | null = null;

  constructor(db: Database.Database, rowsInTurn = usualRowsInTurn) {
    this.#rowsInTurn = rowsInTurn;
    const next = 'SELECT listed, also, reason FROM suspense WHERE';
    const order = 'ORDER BY listed, also, reason LIMIT 1';
    const counted = 'SELECT count(*) AS count, min(id) AS first, max(id) AS last FROM';
    this.#sql = {
      // Three, since one condition on all columns would read through all rows that are alike to find what is after them.
      nextReason: db.prepare<[string, string, string], Alike>(
        `${next} listed = ? AND also = ? AND reason > ? ${order}`,
      ),
      nextAlso: db.prepare<[string, string], Alike>(`${next} listed = ? AND also > ? ${order}`),
      nextListed: db.prepare<[string], Alike>(`${next} listed > ? ${order}`),
      alike: db.prepare<[string, string, string, number, number], Counted>(
        `${counted} (SELECT id FROM suspense WHERE listed = ? AND also = ? AND reason = ? AND id > ?
         ORDER BY id LIMIT ?)`,
      ),
      waitingFor: db.prepare<[string, number, number], Counted>(
        `${counted} (SELECT suspense_id AS id FROM suspense_subject WHERE subject = ? AND suspense_id > ?
         ORDER BY suspense_id LIMIT ?)`,
      ),
    };
  }

  read(limit: number): Promise<SuspenseListing[]> {
    if (this.#next?.limit === limit) return this.#next.list;
    const list = this.#reading.then(() => {
      if (this.#next?.list === list) this.#next = null;
      return this.#readAll(limit);
    });
    this.#reading = list.catch(() => undefined);
    this.#next = { limit, list };
    return list;
  }

  async #readAll(limit: number): Promise<SuspenseListing[]> {
    let groups: Group[] = [];
    let ofSubject: Group[] = [];
    for (let alike = this.#sql.nextListed.get(''); alike !== undefined; alike = this.#after(alike)) {
      await this.#look(findingRows);
      if (ofSubject[0]?.listed !== alike.listed) {
        groups.push(...ofSubject);
        ofSubject = [];
        if (groups.length > 2 * limit) groups = groups.sort(mostFirst).slice(0, limit);
      }
      const { listed, also, reason } = alike;
      const rows = await this.#count((after, most) => this.#sql.alike.get(listed, also, reason, after, most)!);
      if (rows.count > 0) groupOf(ofSubject, alike).add(alike, rows);
    }
    groups.push(...ofSubject);
    const list: SuspenseListing[] = [];
    for (const { listed, reason, count, mostAlso } of groups.sort(mostFirst).slice(0, limit)) {
      const also: { key: string; count: number }[] = [];
      for (const { key } of mostAlso) also.push({ key, count: await this.#waitingFor(key) });
      list.push({ key: listed, reason, count, also });
    }
    return list;
  }

  #after({ listed, also, reason }: Alike): Alike | undefined {
    const { nextReason, nextAlso, nextListed } = this.#sql;
    return nextReason.get(listed, also, reason) ?? nextAlso.get(listed, also) ?? nextListed.get(listed);
  }

  /** All that waits for a subject, whatever it is listed under. */
  async #waitingFor(subject: string): Promise<number> {
    await this.#look(findingRows);
    return (await this.#count((after, most) => this.#sql.waitingFor.get(subject, after, most)!)).count;
  }

  /** Counts rows, at most so many at once as a turn may look at. */
  async #count(some: (after: number, most: number) => Counted): Promise<Counted> {
    let all = some(-1, this.#rowsInTurn);
    for (let more = all; ; ) {
      await this.#look(more.count);
      if (more.count < this.#rowsInTurn) return all;
      more = some(more.last!, this.#rowsInTurn);
      all = { count: all.count + more.count, first: all.first, last: more.last ?? all.last };
    }
  }

  async #look(rows: number): Promise<void> {
    this.#looked += rows;
    if (this.#looked < this.#rowsInTurn) return;
    this.#looked = 0;
    await nextTurn();
  }
}

interface Counted {
  readonly count: number;
  /** Ids; null where there is none. */
  readonly first: number | null;
  readonly last: number | null;
}

/** An entry of the list in the making. */
class Group {
  readonly listed: string;
  readonly isWithoutId: boolean;
  reason = '';
  count = 0;
  #also: { key: string; count: number }[] = [];
  #oldest = Number.POSITIVE_INFINITY;
  #isOwnReason = false;

  constructor({ listed, reason }: Alike) {
    this.listed = listed;
    this.isWithoutId = isWithoutId(reason);
  }

  /** What names the same other subject is added without another in between. */
  add({ also, reason }: Alike, { count, first }: Counted): void {
    this.count += count;
    const isOwn = reason !== 'session-suspended';
    if (isOwn === this.#isOwnReason ? first! < this.#oldest : isOwn) {
      this.reason = reason;
      this.#oldest = first!;
      this.#isOwnReason = isOwn;
    }
    if (also === '') return;
    const last = this.#also.at(-1);
    if (last?.key === also) last.count += count;
    else {
      if (this.#also.length > 2 * alsoMax) this.#also = this.mostAlso;
      this.#also.push({ key: also, count });
    }
  }

  /** The other subjects that most of its records name. */
  get mostAlso(): { key: string; count: number }[] {
    return this.#also.toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1)).slice(0, alsoMax);
  }
}

function groupOf(groups: Group[], alike: Alike): Group {
  const known = groups.find((group) => group.isWithoutId === isWithoutId(alike.reason));
  if (known !== undefined) return known;
  const group = new Group(alike);
  groups.push(group);
  return group;
}

function isWithoutId(reason: string): boolean {
  return reason === 'no-session-id';
}

function mostFirst(a: Group, b: Group): number {
  return b.count - a.count || (a.listed < b.listed ? -1 : a.listed > b.listed ? 1 : 0);
}

/**
 * Sessions as the embedded store reads them: single ones for the rating thread, pages for people. A page looks at a
 * bounded number of rows at a time, since whoever asks shares a thread with the sockets.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { type ClosedBy, noDetails } from '../../mediation/session.ts';
import type { Cursor, HeardSession, OpenSessions, SessionFilter, SessionRow } from '../store.ts';
import { type QuantityRow, quantitiesOf } from './quantity-columns.ts';

/** Rows looked at in one turn of the event loop, and for one page; beyond, the page ends where the search did. */
const rowsInTurn = 2_000;
const rowsForPage = 100_000;

const select = `SELECT s.*, d.login, d.attributes FROM session s LEFT JOIN session_detail d ON d.session_id = s.id`;

const selectHeard = `SELECT id, account_no AS account, key, coalesce(last_heard_ms, last_event_ms) AS lastHeardMs
  FROM session`;

/** Among open sessions, in order of accounts. */
interface OpenPlace {
  readonly account: number;
  readonly id: number;
}

const beforeAll: OpenPlace = { account: -1, id: -1 };

export class SessionRows {
  readonly #db: Database.Database;
  readonly #sql;
  /** Statements of pages by the filters they have. */
  readonly #pages = new Map<string, Database.Statement<unknown[], SessionTableRow>>();

  constructor(db: Database.Database) {
    this.#db = db;
    this.#sql = {
      latest: this.#rows<[string]>('WHERE s.key = ? ORDER BY s.id DESC LIMIT 1'),
      before: this.#rows<[string, number]>('WHERE s.key = ? AND s.id < ? ORDER BY s.id DESC LIMIT 1'),
      ofDevice: this.#rows<[string]>('WHERE s.device = ? AND s.open = 1'),
      ofAccount: this.#rows<[number, number]>('WHERE s.account_no = ? AND s.open = 1 ORDER BY s.id DESC LIMIT ?'),
      countOfAccount: db.prepare<[number], { n: number }>(
        'SELECT count(*) AS n FROM session WHERE account_no = ? AND open = 1',
      ),
      // Two for each: of one condition on both columns SQLite seeks the account's first session, and reads on from there.
      openIn: this.#rows<[number, number, number]>(
        'WHERE s.open = 1 AND s.account_no = ? AND s.id > ? ORDER BY s.id LIMIT ?',
      ),
      openBeyond: this.#rows<[number, number]>(
        'WHERE s.open = 1 AND s.account_no > ? ORDER BY s.account_no, s.id LIMIT ?',
      ),
      heardIn: db.prepare<[number, number, number], HeardSession>(
        `${selectHeard} WHERE open = 1 AND account_no = ? AND id > ? ORDER BY id LIMIT ?`,
      ),
      heardBeyond: db.prepare<[number, number], HeardSession>(
        `${selectHeard} WHERE open = 1 AND account_no > ? ORDER BY account_no, id LIMIT ?`,
      ),
      openOfAccountAt: db.prepare<[number, number, number], { id: number }>(
        'SELECT id FROM session WHERE open = 1 AND account_no = ? AND id > ? ORDER BY id LIMIT 1 OFFSET ?',
      ),
      openOfIdIn: db.prepare<[number, number, number, string], { account: number }>(
        `SELECT account_no AS account FROM session
         WHERE open = 1 AND account_no = ? AND id > ? AND id <= ? AND session = ?`,
      ),
      openAt: db.prepare<[number, number], { account: number }>(
        `SELECT account_no AS account FROM session
         WHERE open = 1 AND account_no > ? ORDER BY account_no LIMIT 1 OFFSET ?`,
      ),
      openOfIdBetween: db.prepare<[number, number, string], { account: number }>(
        `SELECT account_no AS account FROM session
         WHERE open = 1 AND account_no > ? AND account_no < ? AND session = ?`,
      ),
      lastId: db.prepare<[], { id: number | null }>('SELECT max(id) AS id FROM session'),
    };
  }

  latest(key: string): SessionRow | null {
    const row = this.#sql.latest.get(key);
    return row ? sessionRow(row) : null;
  }

  before(key: string, id: number): SessionRow | null {
    const row = this.#sql.before.get(key, id);
    return row ? sessionRow(row) : null;
  }

  openOfDevice(device: string): SessionRow[] {
    return this.#sql.ofDevice.all(device).map(sessionRow);
  }

  openOfAccount(account: number, limit: number): OpenSessions {
    const items = this.#sql.ofAccount.all(account, limit).map(sessionRow);
    const count = items.length < limit ? items.length : this.#sql.countOfAccount.get(account)!.n;
    return { items, count };
  }

  open(after: OpenPlace | null, limit: number): SessionRow[] {
    const { account, id } = after ?? beforeAll;
    const rows = this.#sql.openIn.all(account, id, limit);
    if (rows.length < limit) rows.push(...this.#sql.openBeyond.all(account, limit - rows.length));
    return rows.map(sessionRow);
  }

  openHeard(after: OpenPlace | null, limit: number): HeardSession[] {
    const { account, id } = after ?? beforeAll;
    const rows = this.#sql.heardIn.all(account, id, limit);
    if (rows.length < limit) rows.push(...this.#sql.heardBeyond.all(account, limit - rows.length));
    return rows;
  }

  /**
   * Accounts with an open session of that id, as a device tells it, at most `limit` of them. Ids have no index, which each
   * Start and Stop would pay for: all that are open are looked at, some at a time.
   */
  async accountsInSession(session: string, limit: number): Promise<number[]> {
    const accounts = new Set<number>();
    const take = (rows: readonly { readonly account: number }[]) => {
      for (const { account } of rows) accounts.add(account);
    };
    // Account by account where one has thousands, and otherwise up to the one in which a turn ends.
    for (let account = -1, after = -1; accounts.size < limit; await nextTurn()) {
      const within = this.#sql.openOfAccountAt.get(account, after, rowsInTurn - 1);
      take(this.#sql.openOfIdIn.all(account, after, within?.id ?? Number.MAX_SAFE_INTEGER, session));
      if (within !== undefined) {
        after = within.id;
        continue;
      }
      const next = this.#sql.openAt.get(account, rowsInTurn - 1);
      take(this.#sql.openOfIdBetween.all(account, next?.account ?? Number.MAX_SAFE_INTEGER, session));
      if (next === undefined) break;
      account = next.account;
      after = -1;
    }
    return [...accounts].slice(0, limit);
  }

  async page(filter: SessionFilter, before: number | null, limit: number): Promise<Cursor<SessionRow>> {
    const items: SessionRow[] = [];
    const statement = this.#pageStatement(filter);
    // These have an index in order of id, so that nearly every row looked at is one of the page.
    const indexed = filter.account !== undefined || (filter.device !== undefined && filter.open === true);
    let upper = before ?? (this.#sql.lastId.get()!.id ?? 0) + 1;
    for (let looked = 0; looked < rowsForPage && upper > 0 && items.length < limit; looked += rowsInTurn) {
      const lower = indexed ? 0 : Math.max(0, upper - rowsInTurn);
      const wanted = limit - items.length;
      const rows = statement.all({ ...conditionsOf(filter), lower, upper, limit: wanted }).map(sessionRow);
      items.push(...rows);
      upper = rows.length === wanted ? rows.at(-1)!.id : lower;
      if (items.length < limit && upper > 0) await nextTurn();
    }
    return { items, next: upper > 1 ? upper : null };
  }

  #pageStatement(filter: SessionFilter): Database.Statement<unknown[], SessionTableRow> {
    const names = Object.keys(conditionsOf(filter)).filter((name) => name !== 'attributeValue');
    const key = names.join(' ');
    let statement = this.#pages.get(key);
    if (statement === undefined) {
      const where = names.map((name) => `AND ${conditions[name as keyof typeof conditions]}`).join(' ');
      statement = this.#rows(`WHERE s.id >= @lower AND s.id < @upper ${where} ORDER BY s.id DESC LIMIT @limit`);
      this.#pages.set(key, statement);
    }
    return statement;
  }

  /** Counters may be beyond 2^53. */
  #rows<P extends unknown[]>(condition: string): Database.Statement<P, SessionTableRow> {
    return this.#db.prepare<P, SessionTableRow>(`${select} ${condition}`).safeIntegers();
  }
}

const conditions = {
  account: 's.account_no = @account',
  device: 's.device = @device',
  session: 's.session = @session',
  login: 'd.login = @login',
  attributeName:
    'EXISTS (SELECT 1 FROM json_each(d.attributes) a WHERE a.key = @attributeName AND a.value = @attributeValue)',
  open: 's.open = @open',
  sinceMs: 'coalesce(s.last_heard_ms, s.last_event_ms) >= @sinceMs',
};

function conditionsOf({ attribute, open, ...rest }: SessionFilter): Record<string, string | number> {
  const given = Object.entries(rest).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(given),
    ...(open === undefined ? {} : { open: open ? 1 : 0 }),
    ...(attribute === undefined ? {} : { attributeName: attribute.name, attributeValue: attribute.value }),
  };
}

type SessionTableRow = Record<'id' | 'account_no' | 'start_ms' | 'last_event_ms' | 'open' | 'incarnation', bigint> &
  Record<'key' | 'device' | 'session' | 'counters', string> &
  Record<'device_restart_ms' | 'last_heard_ms', bigint | null> &
  Record<'closed_by' | 'login' | 'attributes', string | null> &
  QuantityRow;

function sessionRow(row: SessionTableRow): SessionRow {
  const open = row.open === 1n;
  return {
    id: Number(row.id),
    state: {
      key: row.key,
      device: row.device,
      session: row.session,
      account: Number(row.account_no),
      startMs: Number(row.start_ms),
      lastEventMs: Number(row.last_event_ms),
      lastHeardMs: Number(row.last_heard_ms ?? row.last_event_ms),
      open,
      // Rows of before this was kept: the common reason.
      closedBy: open
        ? null
        : ((row.closed_by as ClosedBy | null) ?? (row.device_restart_ms === null ? 'stop' : 'restart')),
      deviceRestartMs: row.device_restart_ms === null ? null : Number(row.device_restart_ms),
      incarnation: Number(row.incarnation),
      counters: quantitiesOf(row, row.counters),
      details: row.login === null ? noDetails : { login: row.login, attributes: JSON.parse(row.attributes ?? '{}') },
    },
  };
}

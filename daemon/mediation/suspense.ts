/**
 * What waits for an account, and when it may go on (DESIGN §1.2). Records of one session stay in order: while one of
 * them waits, those after it wait behind it, and they are released together, oldest first.
 *
 * A device need not name the user in each report of a session, so a report that names no login goes with its session:
 * to the account of the session's reports before it, or, where the session itself waits, of the first one after it that
 * can be guided. A Start never does, since the id may be one that a restarted device uses again.
 */
import type { UsageRecord } from '../../collectors/index.ts';
import type { LogEntry, SuspenseItem, UsageLog } from '../log/usage-log.ts';
import { inArrivalOrder, type Pages } from './arrival-order.ts';
import { type Guide, sessionSubjectKey } from './guide.ts';
import { sessionKey } from './session.ts';
import { SessionAccounts } from './session-accounts.ts';
import { TextNumbers } from './text-numbers.ts';

export interface SuspenseOptions {
  readonly log: UsageLog;
  readonly guide: Guide;
  /** Shared with other tables of sessions, if there are any. */
  readonly texts?: TextNumbers;
  /** The account of a session's latest incarnation as committed, or null. */
  readonly sessionAccount: (key: string) => Promise<number | null>;
  readonly clock: () => number;
  /** Called when entries are durable, before anyone is answered. */
  readonly onAppended: (lastPosition: number, entries: readonly LogEntry[]) => void;
}

export type Guidance = ReturnType<Guide['guide']> | { readonly suspend: 'session-suspended' };

const itemsPageSize = 1_000;
/** Sessions whose account is remembered; what is older the store knows. */
export const sessionsRememberedMax = 100_000;

export class Suspense {
  readonly #options: SuspenseOptions;
  /** Number of waiting records by session. */
  readonly #waiting = new Map<string, number>();
  readonly #accounts: SessionAccounts;

  constructor(options: SuspenseOptions) {
    this.#options = options;
    this.#accounts = new SessionAccounts(options.texts ?? new TextNumbers(), sessionsRememberedMax);
  }

  /** Learns what waits. */
  async load(): Promise<void> {
    for (let afterId = 0; ; ) {
      const items = await this.#options.log.suspense(afterId, itemsPageSize);
      if (items.length === 0) return;
      for (const { record } of items) this.count(record, 1);
      afterId = items.at(-1)!.id;
    }
  }

  /** Notes that a record began to wait (1), or waits no more (−1). */
  count(record: UsageRecord, change: 1 | -1): void {
    const key = sessionKey(record);
    if (key === null) return;
    const count = (this.#waiting.get(key) ?? 0) + change;
    if (count > 0) this.#waiting.set(key, count);
    else this.#waiting.delete(key);
  }

  /** Remembers whose session it is, from a record that is in the log. */
  remember(record: UsageRecord, account: number): void {
    const key = sessionKey(record);
    if (key !== null) this.#accounts.set(key, account);
  }

  /** Asks the store for sessions of which these records can't be guided without. */
  async lookUp(records: readonly UsageRecord[]): Promise<void> {
    for (const record of records) {
      const key = goesWithItsSession(record) ? sessionKey(record) : null;
      if (key === null || this.#accounts.get(key) !== undefined || this.#waiting.has(key)) continue;
      if ('account' in this.#options.guide.guide(record)) continue;
      const account = await this.#options.sessionAccount(key);
      if (account !== null) this.remember(record, account);
    }
  }

  guide(record: UsageRecord): Guidance {
    const key = sessionKey(record);
    if (key !== null && this.#waiting.size > 0 && this.#waiting.has(key)) return { suspend: 'session-suspended' };
    const guidance = this.#options.guide.guide(record);
    if (!('suspend' in guidance) || key === null || !goesWithItsSession(record)) return guidance;
    const account = this.#accounts.get(key);
    return account === undefined ? guidance : { account };
  }

  /** Whether a record that waits behind others tells by itself whose its session is. */
  tellsItsSession(record: UsageRecord): boolean {
    return 'account' in this.#options.guide.guide(record);
  }

  /**
   * Releases what can be guided by now: all of it, or what waits for one subject and, with it, for its sessions. In order
   * of arrival, whatever session it is of: which use is free may depend on it. Returns the number released.
   */
  async release(subject?: string): Promise<number> {
    const { log } = this.#options;
    if (subject === undefined) return this.#releaseInOrder([(afterId, limit) => log.suspense(afterId, limit)]);
    const sessions = new Set<string>();
    for await (const items of inArrivalOrder([ofSubject(log, subject)])) {
      for (const { record } of items) {
        const key = sessionKey(record);
        if (key !== null) sessions.add(key);
      }
    }
    return this.#releaseInOrder([
      ofSubject(log, subject),
      ...[...sessions].map((key) => ofSubject(log, sessionSubjectKey(key))),
    ]);
  }

  /** Releases the waiting records of one session from the oldest on, up to the first that must stay. */
  async releaseSession(key: string): Promise<number> {
    if (!(await this.#mayBegin(key))) return 0;
    return this.#releaseInOrder([ofSubject(this.#options.log, sessionSubjectKey(key))]);
  }

  async #releaseInOrder(sources: readonly Pages[]): Promise<number> {
    /** Account of the session so far; `stays` from its first record that must. */
    const sessions = new Map<string, number | null | 'stays'>();
    let released = 0;
    let lastId = 0;
    for await (const items of inArrivalOrder(sources)) {
      let free: Freed[] = [];
      for (const item of items) {
        if (free.length === itemsPageSize) {
          released += await this.#free(free);
          free = [];
        }
        // It names the subject and is of a session: it is in both lists.
        if (item.id === lastId) continue;
        lastId = item.id;
        const key = sessionKey(item.record);
        if (key === null) this.#freeIfGuided(item, null, free);
        else await this.#freeOfSession(key, item, sessions, free);
      }
      released += await this.#free(free);
    }
    return released;
  }

  async #freeOfSession(
    key: string,
    item: SuspenseItem,
    sessions: Map<string, number | null | 'stays'>,
    free: Freed[],
  ): Promise<void> {
    const known = sessions.get(key);
    if (known === 'stays') return;
    const account = known === undefined ? await this.#accountOfWaiting(key) : known;
    sessions.set(key, this.#freeIfGuided(item, account, free) ? free.at(-1)!.account : 'stays');
  }

  /** A login that nobody has holds up all behind it: they are not read through at each further report of the session. */
  async #mayBegin(key: string): Promise<boolean> {
    const [first] = await this.#options.log.suspenseOfSubject(sessionSubjectKey(key), 0, 1);
    return first !== undefined && (this.tellsItsSession(first.record) || !namesLogin(first.record));
  }

  /** Of a Start that waits nobody knows but the reports after it; what is no Start goes on from the reports before. */
  async #accountOfWaiting(key: string): Promise<number | null> {
    const items = await ofSubject(this.#options.log, sessionSubjectKey(key))(0, itemsPageSize);
    const goesOn = items[0] !== undefined && goesWithItsSession(items[0].record);
    const known = goesOn ? (this.#accounts.get(key) ?? (await this.#options.sessionAccount(key))) : null;
    return known ?? firstAccount(items, this.#options.guide);
  }

  /** Within a session that waits, a Start that names nobody goes with the rest. */
  #freeIfGuided({ id, record }: SuspenseItem, account: number | null, free: Freed[]): boolean {
    const guidance = this.#options.guide.guide(record);
    const found = 'account' in guidance ? guidance.account : namesLogin(record) ? null : account;
    if (found !== null && sessionIsNamed(record)) free.push({ id, account: found, record });
    return found !== null && sessionIsNamed(record);
  }

  async #free(free: readonly Freed[]): Promise<number> {
    if (free.length === 0) return 0;
    const position = await this.#options.log.release(free, this.#options.clock());
    this.#options.onAppended(
      position,
      free.map(({ account, record }) => ({ kind: 'usage', account, record })),
    );
    for (const { record, account } of free) {
      this.count(record, -1);
      this.remember(record, account);
    }
    return free.length;
  }
}

interface Freed {
  readonly id: number;
  readonly account: number;
  readonly record: UsageRecord;
}

function ofSubject(log: UsageLog, subject: string): Pages {
  return (afterId, limit) => log.suspenseOfSubject(subject, afterId, limit);
}

function firstAccount(items: readonly SuspenseItem[], guide: Guide): number | null {
  for (const { record } of items) {
    const guidance = guide.guide(record);
    if ('account' in guidance) return guidance.account;
  }
  return null;
}

function namesLogin(record: UsageRecord): boolean {
  return record.subjects.some(({ kind }) => kind === 'login');
}

function goesWithItsSession(record: UsageRecord): boolean {
  return (record.status === 'interim' || record.status === 'stop') && !namesLogin(record);
}

/** A RADIUS report without Acct-Session-Id can't be accounted for, whoever it is about. */
function sessionIsNamed({ source }: UsageRecord): boolean {
  return source.collector !== 'radius' || source.session !== undefined;
}

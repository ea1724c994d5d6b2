/**
 * A partition: the fold of the log into bills (DESIGN §1.4-1.6). It takes what the log holds after the store's
 * position, mediates, rates, and commits everything with the new position in one transaction. It keeps sessions and
 * account states in memory; after a failed commit it forgets them and begins again from the store. What one step does
 * with its entries is in fold.ts.
 */
import type { UsageRecord } from '../../collectors/index.ts';
import { type AccountTerms, decodeState, newAccountState } from '../../rating/index.ts';
import { MeterdError, meterdError } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import type { LogBatch, LogEntry, LogReader } from '../log/usage-log.ts';
import { mayBeOfEarlier } from '../mediation/incarnation.ts';
import { sessionKey } from '../mediation/session.ts';
import type { PlanRegistry } from '../plans/registry.ts';
import type { Account, ChargeRow, PartitionProgress, SessionRow, Store } from '../store/store.ts';
import { Fold } from './fold.ts';
import { HeldSessions } from './held-sessions.ts';
import type { AccountFlag, RatedAccount } from './rated-account.ts';
import { decodeShares } from './shares.ts';

/** Of a charge what live bills tell: few octets, for thousands are kept until they are told. */
export type PostedCharge = Pick<
  ChargeRow,
  'account' | 'seq' | 'line' | 'periodFromMs' | 'amount' | 'baseQuantity' | 'atMs' | 'detail'
>;

/** What a step committed, for the live bills. */
export interface PartitionStep {
  readonly entries: number;
  /** These two of the accounts that are watched. Sessions change with the next step, which tells those that do. */
  readonly charges: readonly PostedCharge[];
  readonly sessions: readonly SessionRow[];
  readonly accounts: ReadonlySet<number>;
  readonly flagged: readonly AccountFlag[];
  /** There are charges for other accounts among it. */
  readonly sendsOut: boolean;
}

/** Entries in a transaction: sessions and accounts met again cost no second row. */
const stepEntriesMax = 10_000;
/** Entries read from the log at once: their text waits in memory for its turn. */
const readEntriesMax = 500;
/** Rows of usage and charges handed to the store at once. */
const stagedRows = 32;
/** Terms are shared by accounts alike, so what is kept of each takes a tenth of its state. */
const knownAccountsMax = 200_000;
/** Accounts with their states (4 KB each), and sessions (1 KB), as far as nothing of the step needs more. */
const cachedAccountsMax = 10_000;
const cachedSessionsMax = 20_000;

interface KnownAccount {
  readonly account: Account;
  readonly terms: AccountTerms;
}

export class Partition {
  readonly #store: Store;
  readonly #log: LogReader;
  readonly #plans: PlanRegistry;
  readonly #known = new Map<number, KnownAccount>();
  readonly #accounts = new Map<number, RatedAccount>();
  readonly #sessions = new HeldSessions();
  /** Positions whose entry the fold could not bear, with the error's text: quarantined at the next try. */
  readonly #unbearable = new Map<number, string>();
  #progress: PartitionProgress | null = null;

  constructor(store: Store, log: LogReader, plans: PlanRegistry) {
    this.#store = store;
    this.#log = log;
    this.#plans = plans;
  }

  /** Checks that store and log belong together (DESIGN §9). */
  async start(): Promise<void> {
    await this.#store.bindInstance(this.#log.instanceId);
    this.#progress = await this.#store.progress();
    const end = await this.#log.lastPosition();
    if (this.#progress.position > end) {
      throw meterdError(
        'store-mismatch',
        `the store is at position ${this.#progress.position}, beyond the usage log's end ${end}: the log is older`,
      );
    }
  }

  get progress(): PartitionProgress {
    if (this.#progress === null) throw new Error('the partition has not started');
    return this.#progress;
  }

  /** An account that need not be loaded. */
  accountAtHand(no: number): RatedAccount | undefined {
    return this.#accounts.get(no);
  }

  /** Loads an account, or null where there is none of that number. */
  async account(no: number): Promise<RatedAccount | null> {
    const known = this.#accounts.get(no);
    if (known) return known;
    const its = await this.#knownAccount(no);
    if (its === null) return null;
    const progress = await this.#store.accountProgress(no);
    const rated: RatedAccount = {
      account: its.account,
      terms: its.terms,
      state: progress.state === null ? newAccountState() : decodeState(progress.state),
      seq: progress.seq,
      lastChargeId: progress.lastChargeId,
      lastUsagePosition: progress.lastUsagePosition,
      shares: decodeShares(progress.shares),
    };
    this.#accounts.set(no, rated);
    return rated;
  }

  /** Forgets one account's terms, or all, after a change of assignment or plan. */
  forgetAccounts(no?: number): void {
    for (const accounts of [this.#accounts, this.#known]) {
      if (no === undefined) accounts.clear();
      else accounts.delete(no);
    }
  }

  /**
   * Folds the next entries of the log; null when there are none. On an error nothing has happened. Rows are handed to the
   * store few by few: hundreds of them alive as objects are copied by each collection that comes by.
   */
  async step(isWatched: (account: number) => boolean = () => true): Promise<PartitionStep | null> {
    let batches = await this.#log.readAfter(this.progress.position, readEntriesMax);
    if (batches.length === 0) return null;
    failpoint('before-rating');
    try {
      const fold = new Fold(this.progress, this.#accounts, this.#sessions);
      const watched: PostedCharge[] = [];
      const onCharge = (charge: ChargeRow) => {
        if (isWatched(charge.account)) watched.push(postedCharge(charge));
      };
      for (;;) {
        const before = fold.entries;
        for (const batch of batches) await this.#foldBatch(fold, batch, onCharge);
        // What little may have come meanwhile waits for company.
        if (fold.entries - before < readEntriesMax / 2 || fold.entries >= stepEntriesMax) break;
        batches = await this.#log.readAfter(fold.position, readEntriesMax);
      }
      const commit = fold.finish();
      await this.#store.commit({ ...commit, usage: [], charges: [] });
      this.#progress = commit.progress;
      this.#trim(fold.touched);
      return {
        entries: fold.entries,
        charges: watched,
        sessions: commit.sessions.filter(({ state }) => isWatched(state.account)),
        accounts: fold.touched,
        flagged: fold.flagged,
        sendsOut: commit.outgoing.length > 0,
      };
    } catch (cause) {
      this.#store.unstage();
      this.#accounts.clear();
      this.#sessions.clear();
      // A commit may fail after it became durable, so where to go on is for the store to say.
      this.#progress = await this.#store.progress().catch(() => this.progress);
      throw cause;
    }
  }

  async #foldBatch(fold: Fold, batch: LogBatch, onCharge: (charge: ChargeRow) => void): Promise<void> {
    if (batch.firstPosition !== fold.position + 1) {
      throw meterdError('store-mismatch', `the usage log lacks position ${fold.position + 1}`);
    }
    for (const entry of batch.entries) {
      const loading = this.#load(entry);
      if (loading !== undefined) await loading.catch((cause: unknown) => this.#bearWithout(fold.position + 1, cause));
      this.#apply(fold, entry);
      if (fold.rows >= stagedRows) this.#stage(fold, onCharge);
    }
    this.#stage(fold, onCharge);
  }

  #stage(fold: Fold, onCharge: (charge: ChargeRow) => void): void {
    const { usage, charges } = fold.takeRows();
    this.#store.stage(usage, charges);
    for (const charge of charges) onCharge(charge);
  }

  /** A stored plan that can't be read concerns its accounts alone; other faults (the disk) stop all until mended. */
  #bearWithout(position: number, cause: unknown): void {
    if (!(cause instanceof MeterdError && cause.code === 'plan-invalid')) throw cause;
    this.#unbearable.set(position, cause.message);
  }

  /** One entry that can't be folded must not stop the others for ever: the step is done again without it. */
  #apply(fold: Fold, entry: LogEntry): void {
    const position = fold.position + 1;
    const fault = this.#unbearable.get(position);
    if (fault !== undefined) return fold.setAside(entry, fault);
    try {
      fold.apply(entry);
    } catch (cause) {
      this.#unbearable.set(position, String((cause as Error).stack ?? cause));
      throw cause;
    }
  }

  /** Brings what an entry needs into memory. Awaits only what is not there, for it runs once an entry. */
  #load(entry: LogEntry): Promise<void> | undefined {
    if (entry.kind === 'silence') {
      const isHeld = this.#sessions.find(entry.session) !== undefined;
      return isHeld ? undefined : this.#loadSession(entry.session, entry);
    }
    if (entry.kind !== 'usage') return this.#loadAccount(entry.account);
    const { account, record } = entry;
    if (record.status === 'accounting-on' || record.status === 'accounting-off') return this.#loadDevice(record);
    const key = sessionKey(record);
    const row = key === null ? null : this.#sessions.find(key);
    if (row === undefined) return this.#loadSession(key!, entry);
    if (row !== null && mayBeOfEarlier(row.state, record)) return this.#loadEarlier(row, account);
    const owner = row?.state.account ?? account;
    if (owner === account) return this.#loadAccount(account);
    return Promise.all([this.#loadAccount(owner), this.#loadAccount(account)]).then(() => undefined);
  }

  #loadAccount(no: number): Promise<void> | undefined {
    if (no === 0 || this.#accounts.has(no)) return undefined;
    return this.account(no).then(() => undefined);
  }

  async #loadSession(key: string, entry: LogEntry): Promise<void> {
    this.#sessions.load(key, await this.#store.latestSession(key));
    return this.#load(entry);
  }

  async #loadEarlier({ id, state }: SessionRow, account: number): Promise<void> {
    let earlier = this.#sessions.earlier(state.key);
    if (earlier === undefined) {
      earlier = await this.#store.sessionBefore(state.key, id);
      this.#sessions.loadEarlier(state.key, earlier);
    }
    for (const no of [account, state.account, earlier?.state.account ?? account]) await this.#loadAccount(no);
  }

  async #loadDevice(record: UsageRecord): Promise<void> {
    for (const row of await this.#store.openSessionsOfDevice(record.source.device)) {
      if (this.#sessions.get(row.state.key) === null) this.#sessions.load(row.state.key, row);
    }
  }

  async #knownAccount(no: number): Promise<KnownAccount | null> {
    const known = this.#known.get(no);
    if (known) return known;
    const account = await this.#store.accountByNo(no);
    if (account === null) return null;
    const terms = await this.#plans.terms(account);
    if (this.#known.size >= knownAccountsMax) this.#known.clear();
    this.#known.set(no, { account, terms });
    return { account, terms };
  }

  /** Bounds memory: what was loaded or used longest ago is forgotten first; the store has it all. */
  #trim(touched: ReadonlySet<number>): void {
    for (const no of this.#accounts.keys()) {
      if (this.#accounts.size <= cachedAccountsMax) break;
      if (!touched.has(no)) this.#accounts.delete(no);
    }
    this.#sessions.trim(cachedSessionsMax);
  }
}

function postedCharge({
  account,
  seq,
  line,
  periodFromMs,
  amount,
  baseQuantity,
  atMs,
  detail,
}: ChargeRow): PostedCharge {
  return { account, seq, line, periodFromMs, amount, baseQuantity, atMs, detail };
}

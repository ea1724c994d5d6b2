/**
 * The store's port: accounts and plans beside what the partition's worker has made of the log. SQLite implements it now,
 * PostgreSQL later; test/daemon/store/conformance.ts is what both must hold.
 *
 * One writer: the thread that rates. Everyone else reads through a connection of their own and asks the writer for
 * changes. Money is decimal strings, quantities bigint in base units, times UTC epoch ms (null: without limit).
 */
import type { Subject } from '../../collectors/index.ts';
import type { Posting, StoredState } from '../../rating/index.ts';
import type { IdentityHolding } from '../mediation/guide.ts';
import type { SessionState } from '../mediation/session.ts';
import type {
  Account,
  AccountChanges,
  AccountTaxation,
  ApiToken,
  Assignment,
  AuditEntry,
  AuditOutcome,
  FirstTerms,
  NewAccount,
  NewApiToken,
  NewAuditEntry,
  NewIdentity,
  NewUser,
  Payment,
  PlanVersion,
  StoredCorrection,
  StoredTable,
  User,
  WebSession,
} from './records.ts';

export type * from './records.ts';

/** What of an account the rater has made so far. `state` is in the rating core's own form, null before the first use. */
export interface AccountProgress {
  readonly account: number;
  readonly state: StoredState | null;
  /** Number of the last charge, 0 before the first. */
  readonly seq: number;
  readonly lastChargeId: number;
  readonly lastUsagePosition: number;
  /** What charges came to by vendor and attribution (partitions/shares.ts), null where none has either. */
  readonly shares: string | null;
}

export interface UsageRow {
  readonly position: number;
  /** Position of the account's usage before this one, 0 at the end: the way back through an account's use. */
  readonly previous: number;
  readonly account: number;
  /** 0 for an event. */
  readonly sessionId: number;
  /** Device and Acct-Session-Id of that session; read from it, not stored again. An event has its own. */
  readonly device: string;
  readonly session: string;
  /** Of an event, empty for sessions. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly startMs: number;
  readonly endMs: number;
  readonly readings: Readonly<Record<string, bigint>>;
}

export interface ChargeLine {
  readonly planId: string;
  readonly version: number;
  readonly primitive: string;
  readonly label: string;
  readonly unit: string;
  readonly kind: string;
}

/** Whose service was used and for whom, where the use said so (REQUIREMENTS I1, I13). */
export interface ChargeDetail {
  readonly additional: string;
  readonly vendor: string;
  readonly attribution: string;
}

export interface ChargeRow {
  readonly id: number;
  readonly previous: number;
  readonly account: number;
  readonly seq: number;
  /** Log position of the usage or tick it charges. */
  readonly position: number;
  /** False where a tick or closing made it, so that no raw usage stands behind it. */
  readonly fromUsage: boolean;
  readonly line: ChargeLine;
  readonly periodFromMs: number;
  readonly periodToMs: number;
  readonly amount: string;
  /** Thousandths of the unit where `line.kind` is `priced`. */
  readonly baseQuantity: bigint;
  readonly atMs: number;
  readonly detail: ChargeDetail | null;
}

export interface SessionRow {
  readonly id: number;
  readonly state: SessionState;
}

/** What a session must have to be in a page; what is not given does not matter. */
export interface SessionFilter {
  readonly account?: number;
  readonly device?: string;
  readonly session?: string;
  readonly login?: string;
  /** One whose last value it is, whole. */
  readonly attribute?: { readonly name: string; readonly value: string };
  readonly open?: boolean;
  /** Heard at or after this time. */
  readonly sinceMs?: number;
}

/** An open session, and when its device was last heard of it, UTC epoch ms. */
export interface HeardSession {
  readonly id: number;
  readonly account: number;
  readonly key: string;
  readonly lastHeardMs: number;
}

/** An account's open sessions: the newest ones, and how many there are. */
export interface OpenSessions {
  readonly items: readonly SessionRow[];
  readonly count: number;
}

export interface QuarantinedEntry {
  readonly position: number;
  readonly account: number;
  readonly reason: string;
  readonly detail: string;
  readonly entry: string;
}

/** A charge for another account, or a correction, until it is in the usage log. */
export interface OutgoingPosting {
  /** Log position of what was charged, and the number among its charges: together its name. Of corrections negative. */
  readonly position: number;
  readonly n: number;
  /** Id of the account that is to pay. */
  readonly account: string;
  readonly posting: Posting;
}

/** Running figures of the partition, committed with the position: the two laws of DESIGN §1. */
export interface PartitionProgress {
  /** The last log position whose effects are in the store. */
  readonly position: number;
  readonly rated: number;
  readonly withoutUse: number;
  readonly duplicate: number;
  readonly quarantined: number;
  readonly lastSessionId: number;
  readonly lastChargeId: number;
  /** By currency: the sum of charge rows, and the sum of what the account states say was posted. */
  readonly posted: Readonly<Record<string, string>>;
  readonly onBills: Readonly<Record<string, string>>;
}

/** Everything some entries of the log did, for one transaction (DESIGN §1.6). */
export interface CommitBatch {
  readonly progress: PartitionProgress;
  readonly usage: readonly UsageRow[];
  readonly charges: readonly ChargeRow[];
  readonly sessions: readonly SessionRow[];
  /** Ids of the sessions whose details the store lacks; where it is not given, it may lack all. */
  readonly newDetails?: ReadonlySet<number>;
  /** Each is read once, in order: its state may be made as it is asked for. */
  readonly accounts: readonly AccountProgress[];
  readonly quarantined: readonly QuarantinedEntry[];
  readonly outgoing: readonly OutgoingPosting[];
}

/** Thrown for what a caller asked wrongly; `code` is one of the catalogue in daemon/errors.ts. */
export interface Cursor<T> {
  readonly items: readonly T[];
  readonly next: number | null;
}

export interface IdentityPage {
  readonly holdings: readonly IdentityHolding[];
  /** Number of the last; where there are no more, the one asked with. */
  readonly lastId: number;
}

/** Reading; any connection may do it. */
export interface StoreReader {
  instanceId(): Promise<string | null>;
  account(id: string): Promise<Account | null>;
  accountByNo(no: number): Promise<Account | null>;
  /** In order of `no`, after the number given. */
  accounts(afterNo: number, limit: number): Promise<readonly Account[]>;
  /** Accounts with a plan for which nothing was folded yet, not even a tick; in order of `no`, after the number given. */
  accountsWithoutTick(afterNo: number, limit: number): Promise<readonly Account[]>;
  /** By id, identity (or how one begins), open session, or a part of the name; in order of `no`. */
  findAccounts(text: string, limit: number): Promise<readonly Account[]>;
  /** Newest first; `before` is the cursor, `subject` null for all. */
  auditPage(before: number | null, limit: number, subject: string | null): Promise<Cursor<AuditEntry>>;
  identitiesOf(account: number): Promise<readonly IdentityHolding[]>;
  holdersOf(kind: Subject['kind'], value: string, provider: string): Promise<readonly IdentityHolding[]>;
  /** All identities in order of their numbers, after the number given, which is that of none at first. */
  identitiesAfter(id: number, limit: number): Promise<IdentityPage>;
  plans(): Promise<readonly PlanVersion[]>;
  planVersions(planId: string): Promise<readonly PlanVersion[]>;
  ratingTables(): Promise<readonly StoredTable[]>;
  taxation(account: number): Promise<AccountTaxation>;
  assignments(account: number): Promise<readonly Assignment[]>;
  user(login: string): Promise<User | null>;
  /** Users who are no account's, by login. */
  staff(): Promise<readonly User[]>;
  webSession(tokenHash: string): Promise<WebSession | null>;
  /** Null for a token that is unknown or revoked. */
  apiToken(tokenHash: string): Promise<ApiToken | null>;
  /** All, also revoked ones, in the order they were made. */
  apiTokens(): Promise<readonly ApiToken[]>;
  correction(account: number, key: string): Promise<StoredCorrection | null>;
  /** Of one charge, in the order they were made; whether they are posted by now is not known here. */
  correctionsOf(account: number, charge: number): Promise<readonly StoredCorrection[]>;
  paidTotal(account: number): Promise<string>;
  /** In order of time. */
  payments(account: number): Promise<readonly Payment[]>;
  progress(): Promise<PartitionProgress>;
  accountProgress(account: number): Promise<AccountProgress>;
  latestSession(key: string): Promise<SessionRow | null>;
  /** The session of a key before the one of that id, or null. */
  sessionBefore(key: string, id: number): Promise<SessionRow | null>;
  openSessionsOfDevice(device: string): Promise<readonly SessionRow[]>;
  /** Newest first. */
  openSessionsOfAccount(account: number, limit: number): Promise<OpenSessions>;
  /** All open sessions, in order of account and id, after the one given. */
  openSessions(
    after: { readonly account: number; readonly id: number } | null,
    limit: number,
  ): Promise<readonly SessionRow[]>;
  /** The same as far as their silence needs it: a thousand whole ones take 10 ms. */
  openSessionsHeard(
    after: { readonly account: number; readonly id: number } | null,
    limit: number,
  ): Promise<readonly HeardSession[]>;
  /** Newest first; a page may hold fewer than `limit`, even none, although others follow. */
  sessionsPage(filter: SessionFilter, before: number | null, limit: number): Promise<Cursor<SessionRow>>;
  /** Newest first; `before` is the cursor (a position, a charge id), null for the newest. */
  usagePage(account: number, before: number | null, limit: number): Promise<Cursor<UsageRow>>;
  chargesPage(account: number, before: number | null, limit: number): Promise<Cursor<ChargeRow>>;
  quarantined(limit: number): Promise<readonly QuarantinedEntry[]>;
  /** In order of position. */
  outgoing(limit: number): Promise<readonly OutgoingPosting[]>;
}

/** Writing; only the rating thread does it. Every call is one transaction. */
export interface StoreWriter {
  /** Names the instance on a new store; on an old one it must be the same, or an error says so. */
  bindInstance(instanceId: string): Promise<void>;
  createAccount(account: NewAccount, first?: FirstTerms): Promise<Account>;
  updateAccount(id: string, changes: AccountChanges): Promise<Account>;
  /** Ends the holding of whoever had the subject; returns all holdings of the subject. */
  addIdentity(identity: NewIdentity, nowMs: number): Promise<readonly IdentityHolding[]>;
  endIdentity(
    account: number,
    kind: Subject['kind'],
    value: string,
    provider: string,
    atMs: number,
  ): Promise<readonly IdentityHolding[]>;
  addPlanVersion(plan: Omit<PlanVersion, 'version'>): Promise<PlanVersion>;
  /** Takes the place of the table of that kind, name and day. */
  putRatingTable(table: StoredTable): Promise<void>;
  /** Adds a place from an instant on, and replaces all exemptions; null leaves either as it is. */
  putTaxation(
    account: number,
    place: AccountTaxation['places'][number] | null,
    exemptions: AccountTaxation['exemptions'] | null,
  ): Promise<void>;
  assignPlan(account: number, assignment: Assignment): Promise<void>;
  /** Takes back the assignments that begin after an instant, but for the account's first; returns how many. */
  withdrawAssignments(account: number, afterMs: number): Promise<number>;
  /** Adds or changes a user; whoever was signed in under that login no longer is. */
  putUser(user: NewUser): Promise<void>;
  /** Refused as `login-exists` where there is one of that login. */
  addUser(user: NewUser): Promise<void>;
  /** Ends the sign-ins of who is disabled. Refused as `last-admin` where no administrator would be left to sign in. */
  setUserDisabled(login: string, disabled: boolean): Promise<void>;
  putWebSession(tokenHash: string, login: string, expiresMs: number): Promise<void>;
  deleteWebSession(tokenHash: string): Promise<void>;
  deleteExpiredWebSessions(nowMs: number): Promise<void>;
  addApiToken(token: NewApiToken): Promise<void>;
  /** The token as it is then, null where there is none; one that was revoked before keeps that time. */
  revokeApiToken(id: string, atMs: number): Promise<ApiToken | null>;
  /**
   * False where the account has the payment already under that key, and nothing was done. Refused as `key-used` where the
   * key is that of another payment of the account.
   */
  addPayment(payment: Payment, key?: string | null): Promise<boolean>;
  /** Keeps a correction and, waiting for the log, its posting to the account of that id. Its key must be new. */
  addCorrection(correction: StoredCorrection, outgoing: Pick<OutgoingPosting, 'account' | 'posting'>): Promise<void>;
  /** Returns the entry's id, by which it is completed. */
  addAudit(entry: NewAuditEntry): Promise<number>;
  completeAudit(id: number, outcome: AuditOutcome): Promise<void>;
  /** Forgets what is in the usage log by now. */
  deleteOutgoing(postings: readonly Pick<OutgoingPosting, 'position' | 'n'>[]): Promise<void>;
  /**
   * Takes rows for the next commit, before those that it brings itself: in order, after all that are stored. Nothing is
   * durable before that commit, and one that fails forgets them. Throws where a row can't be stored.
   */
  stage(usage: readonly UsageRow[], charges: readonly ChargeRow[]): void;
  /** Forgets what was staged. */
  unstage(): void;
  commit(batch: CommitBatch): Promise<void>;
}

export interface Store extends StoreReader, StoreWriter {
  close(): Promise<void>;
}

/** The embedded store: one SQLite file, WAL, every commit synced (DESIGN §9). */
import type Database from 'better-sqlite3';
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely';
import type { Subject } from '../../../collectors/index.ts';
import type { StoredState } from '../../../rating/index.ts';
import { meterdError } from '../../errors.ts';
import { openSqliteFile } from '../../sqlite-file.ts';
import * as apiTokens from '../api-tokens.ts';
import * as audit from '../audit.ts';
import * as corrections from '../corrections.ts';
import * as finding from '../find-accounts.ts';
import * as masterData from '../master-data.ts';
import * as ratingFacts from '../rating-facts.ts';
import type { StoreSchema } from '../schema.ts';
import type {
  AccountChanges,
  AccountProgress,
  Assignment,
  AuditOutcome,
  ChargeRow,
  CommitBatch,
  Cursor,
  FirstTerms,
  NewAccount,
  NewApiToken,
  NewAuditEntry,
  NewIdentity,
  NewUser,
  OutgoingPosting,
  PartitionProgress,
  Payment,
  PlanVersion,
  QuarantinedEntry,
  SessionFilter,
  Store,
  StoredTable,
  UsageRow,
} from '../store.ts';
import * as users from '../users.ts';
import { chargeReader } from './charge-blocks.ts';
import { type Committer, decodePosting, encodePosting, prepareCommit } from './commit.ts';
import { migrate } from './migrations.ts';
import { SessionRows } from './session-rows.ts';
import { usageReader } from './usage-blocks.ts';

export interface SqliteStoreOptions {
  readonly readOnly?: boolean;
}

const checkpointPages = 1000;
const statementsMax = 200;

/** Opens or makes the store file. Only one connection may write; readers see what it has committed. */
export function openSqliteStore(file: string, options: SqliteStoreOptions = {}): Store {
  const readOnly = options.readOnly === true;
  const db = openSqliteFile(file, readOnly, (db) => {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma(`wal_autocheckpoint = ${checkpointPages}`);
    migrate(db);
  });
  return new SqliteStore(db, readOnly);
}

const freshProgress: PartitionProgress = {
  position: 0,
  rated: 0,
  withoutUse: 0,
  duplicate: 0,
  quarantined: 0,
  lastSessionId: 0,
  lastChargeId: 0,
  posted: {},
  onBills: {},
};

class SqliteStore implements Store {
  readonly #db: Database.Database;
  readonly #query: Kysely<StoreSchema>;
  readonly #sessions: SessionRows;
  readonly #committer: Committer | null;
  readonly #usageAt: (position: number) => UsageRow | null;
  readonly #chargeOf: (id: number) => ChargeRow | null;
  readonly #sql;

  constructor(db: Database.Database, readOnly: boolean) {
    this.#db = db;
    this.#query = new Kysely<StoreSchema>({ dialect: new SqliteDialect({ database: preparingOnce(db) }) });
    this.#sessions = new SessionRows(db);
    this.#committer = readOnly ? null : prepareCommit(db);
    this.#usageAt = usageReader(db);
    this.#chargeOf = chargeReader(db);
    this.#sql = {
      progress: db.prepare<[], { progress: string }>('SELECT progress FROM partition_progress'),
      account: db.prepare<[number], AccountProgressRow>('SELECT * FROM account_progress WHERE account_no = ?'),
      quarantined: db.prepare<[number], QuarantineTableRow>('SELECT * FROM quarantine ORDER BY position DESC LIMIT ?'),
    };
  }

  async instanceId(): Promise<string | null> {
    const row = await this.#query.selectFrom('meta').select('value').where('key', '=', 'instance').executeTakeFirst();
    return row?.value ?? null;
  }

  async bindInstance(instanceId: string): Promise<void> {
    const known = await this.instanceId();
    if (known === instanceId) return;
    if (known !== null || (await this.progress()).position > 0) {
      throw meterdError('store-mismatch', 'the store belongs to another usage log than the one beside it');
    }
    await this.#query.insertInto('meta').values({ key: 'instance', value: instanceId }).execute();
  }

  account = (id: string) => masterData.findAccount(this.#query, id);
  accountByNo = (no: number) => masterData.findAccountByNo(this.#query, no);
  accounts = (afterNo: number, limit: number) => masterData.listAccounts(this.#query, afterNo, limit);
  accountsWithoutTick = (afterNo: number, limit: number) =>
    masterData.listAccountsWithoutTick(this.#query, afterNo, limit);
  createAccount = (account: NewAccount, first?: FirstTerms) => masterData.insertAccount(this.#query, account, first);
  updateAccount = (id: string, changes: AccountChanges) => masterData.changeAccount(this.#query, id, changes);
  identitiesOf = (account: number) => masterData.holdingsOfAccount(this.#query, account);
  identitiesAfter = (id: number, limit: number) => masterData.holdingsAfter(this.#query, id, limit);
  addIdentity = (identity: NewIdentity, nowMs: number) => masterData.insertIdentity(this.#query, identity, nowMs);
  plans = () => masterData.listPlanVersions(this.#query);
  planVersions = (planId: string) => masterData.listPlanVersions(this.#query, planId);
  addPlanVersion = (plan: Omit<PlanVersion, 'version'>) => masterData.insertPlanVersion(this.#query, plan);
  ratingTables = () => ratingFacts.listTables(this.#query);
  putRatingTable = (table: StoredTable) => ratingFacts.putTable(this.#query, table);
  taxation = (account: number) => ratingFacts.findTaxation(this.#query, account);
  putTaxation: Store['putTaxation'] = (account, place, exemptions) =>
    ratingFacts.putTaxation(this.#query, account, place, exemptions);
  assignments = (account: number) => masterData.listAssignments(this.#query, account);
  assignPlan = (account: number, plan: Assignment) => masterData.insertAssignment(this.#query, account, plan);
  withdrawAssignments = (account: number, afterMs: number) =>
    masterData.deleteAssignmentsAfter(this.#query, account, afterMs);
  user = (login: string) => users.findUser(this.#query, login);
  staff = () => users.listStaff(this.#query);
  putUser = (user: NewUser) => users.upsertUser(this.#query, user);
  addUser = (user: NewUser) => users.insertUser(this.#query, user);
  setUserDisabled = (login: string, disabled: boolean) => users.disableUser(this.#query, login, disabled);
  webSession = (tokenHash: string) => users.findWebSession(this.#query, tokenHash);
  apiToken = (tokenHash: string) => apiTokens.findApiToken(this.#query, tokenHash);
  apiTokens = () => apiTokens.listApiTokens(this.#query);
  addApiToken = (token: NewApiToken) => apiTokens.insertApiToken(this.#query, token);
  revokeApiToken = (id: string, atMs: number) => apiTokens.revokeApiToken(this.#query, id, atMs);
  findAccounts = async (text: string, limit: number) => {
    const inSession = await this.#sessions.accountsInSession(text, limit);
    return finding.findAccounts(this.#query, { text, limit, inSession });
  };
  addAudit = (entry: NewAuditEntry) => audit.insertAudit(this.#query, entry);
  completeAudit = (id: number, outcome: AuditOutcome) => audit.completeAudit(this.#query, id, outcome);
  auditPage = (before: number | null, limit: number, subject: string | null) =>
    audit.auditPage(this.#query, before, limit, subject);
  correction = (account: number, key: string) => corrections.findCorrection(this.#query, account, key);
  correctionsOf = (account: number, charge: number) => corrections.listCorrections(this.#query, account, charge);
  addCorrection: Store['addCorrection'] = (correction, { account, posting }) =>
    corrections.insertCorrection(this.#query, correction, { account, posting: encodePosting(posting) });
  addPayment = (payment: Payment, key: string | null = null) => masterData.insertPayment(this.#query, payment, key);
  paidTotal = (account: number) => masterData.sumPayments(this.#query, account);
  payments = (account: number) => masterData.listPayments(this.#query, account);

  holdersOf(kind: Subject['kind'], value: string, provider: string) {
    return masterData.holdingsOfSubject(this.#query, kind, value, provider);
  }

  async endIdentity(account: number, kind: Subject['kind'], value: string, provider: string, atMs: number) {
    await masterData.endHoldings(this.#query, { kind, value, provider }, atMs, account);
    return this.holdersOf(kind, value, provider);
  }

  async putWebSession(tokenHash: string, login: string, expiresMs: number): Promise<void> {
    const row = { token_hash: tokenHash, login, expires_ms: expiresMs };
    await this.#query.insertInto('web_session').values(row).execute();
  }

  async deleteWebSession(tokenHash: string): Promise<void> {
    await this.#query.deleteFrom('web_session').where('token_hash', '=', tokenHash).execute();
  }

  async deleteExpiredWebSessions(nowMs: number): Promise<void> {
    await this.#query.deleteFrom('web_session').where('expires_ms', '<=', nowMs).execute();
  }

  async progress(): Promise<PartitionProgress> {
    const row = this.#sql.progress.get();
    return row ? (JSON.parse(row.progress) as PartitionProgress) : freshProgress;
  }

  async accountProgress(account: number): Promise<AccountProgress> {
    const row = this.#sql.account.get(account);
    return {
      account,
      state: row?.state ?? null,
      seq: row?.seq ?? 0,
      lastChargeId: row?.last_charge_id ?? 0,
      lastUsagePosition: row?.last_usage_position ?? 0,
      shares: row?.shares ?? null,
    };
  }

  latestSession = async (key: string) => this.#sessions.latest(key);
  sessionBefore = async (key: string, id: number) => this.#sessions.before(key, id);
  openSessionsOfDevice = async (device: string) => this.#sessions.openOfDevice(device);
  openSessionsOfAccount = async (account: number, limit: number) => this.#sessions.openOfAccount(account, limit);
  openSessions = async (after: { account: number; id: number } | null, limit: number) =>
    this.#sessions.open(after, limit);
  openSessionsHeard = async (after: { account: number; id: number } | null, limit: number) =>
    this.#sessions.openHeard(after, limit);
  sessionsPage = (filter: SessionFilter, before: number | null, limit: number) =>
    this.#sessions.page(filter, before, limit);

  stage(usage: readonly UsageRow[], charges: readonly ChargeRow[]): void {
    this.#writing().stage(usage, charges);
  }

  unstage(): void {
    this.#writing().unstage();
  }

  async commit(batch: CommitBatch): Promise<void> {
    this.#writing().commit(batch);
  }

  #writing(): Committer {
    if (this.#committer === null) throw new Error('this connection only reads');
    return this.#committer;
  }

  async usagePage(account: number, before: number | null, limit: number): Promise<Cursor<UsageRow>> {
    const newest = before ?? (await this.accountProgress(account)).lastUsagePosition;
    return followChain(newest, limit, (position) => ofAccount(account, this.#usageAt(position)));
  }

  async chargesPage(account: number, before: number | null, limit: number): Promise<Cursor<ChargeRow>> {
    const newest = before ?? (await this.accountProgress(account)).lastChargeId;
    return followChain(newest, limit, (id) => ofAccount(account, this.#chargeOf(id)));
  }

  async quarantined(limit: number): Promise<readonly QuarantinedEntry[]> {
    return this.#sql.quarantined.all(limit).map(({ account_no, ...row }) => ({ ...row, account: account_no }));
  }

  async outgoing(limit: number): Promise<readonly OutgoingPosting[]> {
    const rows = this.#db
      .prepare<[number], { position: number; n: number; account: string; posting: string }>(
        'SELECT * FROM outgoing_posting ORDER BY position, n LIMIT ?',
      )
      .all(limit);
    return rows.map(({ posting, ...row }) => ({ ...row, posting: decodePosting(posting) }));
  }

  async deleteOutgoing(postings: readonly Pick<OutgoingPosting, 'position' | 'n'>[]): Promise<void> {
    const remove = this.#db.prepare('DELETE FROM outgoing_posting WHERE position = ? AND n = ?');
    this.#db.transaction(() => {
      for (const { position, n } of postings) remove.run(position, n);
    })();
  }

  async close(): Promise<void> {
    await this.#query.destroy();
    if (this.#db.open) this.#db.close();
  }
}

/** An account's rows, newest first, by each row's pointer to the one before; a foreign row ends the chain. */
function followChain<T extends { readonly previous: number }>(
  newest: number,
  limit: number,
  find: (id: number) => T | null,
): Cursor<T> {
  const items: T[] = [];
  let next = newest;
  while (next > 0 && items.length < limit) {
    const row = find(next);
    if (row === null) return { items, next: null };
    items.push(row);
    next = row.previous;
  }
  return { items, next: next > 0 ? next : null };
}

function ofAccount<T extends { readonly account: number }>(account: number, row: T | null): T | null {
  return row?.account === account ? row : null;
}

interface AccountProgressRow {
  readonly state: StoredState | null;
  readonly seq: number;
  readonly last_charge_id: number;
  readonly last_usage_position: number;
  readonly shares: string | null;
}

interface QuarantineTableRow {
  readonly position: number;
  readonly account_no: number;
  readonly reason: string;
  readonly detail: string;
  readonly entry: string;
}

/** Compiling a statement takes longer than most of them run. The query builder writes a like question in like words. */
function preparingOnce(db: Database.Database): SqliteDatabase {
  const statements = new Map<string, Database.Statement>();
  const prepare = (sql: string): Database.Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    // Lists of any length make words of their own.
    if (statements.size >= statementsMax) statements.clear();
    const statement = db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return { prepare: prepare as SqliteDatabase['prepare'], close: () => db.close() };
}

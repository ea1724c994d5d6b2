/**
 * Accounts, identities, plans and payments, through the query builder, the same for every engine. What the
 * rating thread writes per record is not here (sqlite/commit.ts).
 */
import { Decimal } from 'decimal.js';
import type { Kysely, Transaction } from 'kysely';
import type { Subject } from '../../collectors/index.ts';
import { meterdError } from '../errors.ts';
import type { IdentityHolding } from '../mediation/guide.ts';
import { folded } from './folded.ts';
import { writeTaxation } from './rating-facts.ts';
import type { StoreSchema } from './schema.ts';
import type {
  Account,
  AccountChanges,
  Assignment,
  FirstTerms,
  IdentityPage,
  NewAccount,
  NewIdentity,
  Payment,
  PlanVersion,
} from './store.ts';

type Db = Kysely<StoreSchema>;
type AccountTableRow = Omit<StoreSchema['account'], 'no' | 'name_folded'> & { no: number };

export const accountOf = (row: AccountTableRow): Account => ({
  no: row.no,
  id: row.id,
  name: row.name,
  currency: row.currency,
  timezone: row.timezone,
  cycleDay: row.cycle_day,
  prepaid: row.prepaid === 1,
  creditLimit: row.credit_limit,
  createdMs: row.created_ms,
});

export async function findAccount(db: Db, id: string): Promise<Account | null> {
  const row = await db.selectFrom('account').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? accountOf(row) : null;
}

export async function findAccountByNo(db: Db, no: number): Promise<Account | null> {
  const row = await db.selectFrom('account').selectAll().where('no', '=', no).executeTakeFirst();
  return row ? accountOf(row) : null;
}

export async function listAccounts(db: Db, afterNo: number, limit: number): Promise<Account[]> {
  const rows = await db
    .selectFrom('account')
    .selectAll()
    .where('no', '>', afterNo)
    .orderBy('no')
    .limit(limit)
    .execute();
  return rows.map(accountOf);
}

/** Accounts with a plan that nothing was folded for yet, not even a tick. */
export async function listAccountsWithoutTick(db: Db, afterNo: number, limit: number): Promise<Account[]> {
  const rows = await db
    .selectFrom('account')
    .selectAll('account')
    .leftJoin('account_progress', 'account_progress.account_no', 'account.no')
    .where('account_progress.account_no', 'is', null)
    .where('no', '>', afterNo)
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('assignment').select('id').whereRef('assignment.account_no', '=', 'account.no')),
    )
    .orderBy('no')
    .limit(limit)
    .execute();
  return rows.map(accountOf);
}

/** Makes an account, with what it begins with where that is given: all of it or nothing. */
export function insertAccount(db: Db, account: NewAccount, first?: FirstTerms): Promise<Account> {
  return db.transaction().execute(async (transaction) => {
    const made = await insertAccountRow(transaction, account);
    if (first === undefined) return made;
    await writeTaxation(transaction, made.no, first.place ?? null, first.exemptions ?? null);
    await insertAssignment(transaction, made.no, first.assignment);
    return made;
  });
}

async function insertAccountRow(db: Db, account: NewAccount): Promise<Account> {
  if (await findAccount(db, account.id)) {
    throw meterdError('account-exists', `account "${account.id}" exists already`);
  }
  const row = await db
    .insertInto('account')
    .values({
      id: account.id,
      name: account.name,
      name_folded: folded(account.name),
      currency: account.currency,
      timezone: account.timezone,
      cycle_day: account.cycleDay,
      prepaid: account.prepaid ? 1 : 0,
      credit_limit: account.creditLimit,
      created_ms: account.createdMs,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return accountOf(row);
}

export async function changeAccount(db: Db, id: string, changes: AccountChanges): Promise<Account> {
  const values = {
    ...(changes.name === undefined ? {} : { name: changes.name, name_folded: folded(changes.name) }),
    ...(changes.prepaid === undefined ? {} : { prepaid: changes.prepaid ? 1 : 0 }),
    ...(changes.creditLimit === undefined ? {} : { credit_limit: changes.creditLimit }),
  };
  if (Object.keys(values).length > 0) await db.updateTable('account').set(values).where('id', '=', id).execute();
  const account = await findAccount(db, id);
  if (account === null) throw meterdError('account-unknown', `no account "${id}"`);
  return account;
}

type IdentityTableRow = Omit<StoreSchema['identity'], 'id' | 'value_folded'>;

const holdingOf = (row: IdentityTableRow): IdentityHolding => ({
  account: row.account_no,
  kind: row.kind as Subject['kind'],
  value: row.value,
  provider: row.provider,
  validFromMs: row.valid_from_ms,
  validUntilMs: row.valid_until_ms,
});

export async function holdingsAfter(db: Db, id: number, limit: number): Promise<IdentityPage> {
  const rows = await db.selectFrom('identity').selectAll().where('id', '>', id).orderBy('id').limit(limit).execute();
  return { holdings: rows.map(holdingOf), lastId: rows.at(-1)?.id ?? id };
}

export async function holdingsOfAccount(db: Db, account: number): Promise<IdentityHolding[]> {
  return (await db.selectFrom('identity').selectAll().where('account_no', '=', account).orderBy('id').execute()).map(
    holdingOf,
  );
}

export async function holdingsOfSubject(
  db: Db,
  kind: Subject['kind'],
  value: string,
  provider: string,
): Promise<IdentityHolding[]> {
  const rows = await db
    .selectFrom('identity')
    .selectAll()
    .where('value', '=', value)
    .where('kind', '=', kind)
    .where('provider', '=', provider)
    .orderBy('id')
    .execute();
  return rows.map(holdingOf);
}

/**
 * The first holder of a subject reaches back without limit unless told otherwise; a later one begins at `validFromMs`
 * (default now) and ends the one before (DESIGN §3.4). Adding what the account already holds changes nothing.
 */
export async function insertIdentity(db: Db, identity: NewIdentity, nowMs: number): Promise<IdentityHolding[]> {
  const { account, kind, value, provider } = identity;
  return db.transaction().execute(async (tx) => {
    const before = await holdingsOfSubject(tx, kind, value, provider);
    const current = before.find((holding) => holding.validUntilMs === null);
    if (current?.account === account) return before;
    const fromMs = identity.validFromMs ?? (before.length === 0 ? null : nowMs);
    const lastMs = Math.max(...before.map((holding) => holding.validUntilMs ?? holding.validFromMs ?? -Infinity));
    if (fromMs !== null && fromMs < lastMs) {
      const limit = new Date(lastMs).toISOString();
      throw meterdError('identity-overlap', `${kind} "${value}" is held until ${limit}: validFrom must not be earlier`);
    }
    if (current) await endHoldings(tx, identity, fromMs ?? nowMs);
    await tx
      .insertInto('identity')
      .values({
        account_no: account,
        kind,
        value,
        value_folded: folded(value),
        provider,
        valid_from_ms: fromMs,
        valid_until_ms: null,
      })
      .execute();
    return holdingsOfSubject(tx, kind, value, provider);
  });
}

export async function endHoldings(
  db: Db | Transaction<StoreSchema>,
  subject: { readonly kind: string; readonly value: string; readonly provider: string },
  atMs: number,
  account?: number,
): Promise<void> {
  let update = db
    .updateTable('identity')
    .set({ valid_until_ms: atMs })
    .where('value', '=', subject.value)
    .where('kind', '=', subject.kind)
    .where('provider', '=', subject.provider)
    .where('valid_until_ms', 'is', null);
  if (account !== undefined) update = update.where('account_no', '=', account);
  await update.execute();
}

type PlanTableRow = StoreSchema['plan_version'];

const planOf = (row: PlanTableRow): PlanVersion => ({
  planId: row.plan_id,
  version: row.version,
  name: row.name,
  currency: row.currency,
  xml: row.xml,
  validFromMs: row.valid_from_ms,
  createdMs: row.created_ms,
});

/** Every version of every plan, oldest first. */
export async function listPlanVersions(db: Db, planId?: string): Promise<PlanVersion[]> {
  let query = db.selectFrom('plan_version').selectAll().orderBy('plan_id').orderBy('version');
  if (planId !== undefined) query = query.where('plan_id', '=', planId);
  return (await query.execute()).map(planOf);
}

export async function insertPlanVersion(db: Db, plan: Omit<PlanVersion, 'version'>): Promise<PlanVersion> {
  return db.transaction().execute(async (tx) => {
    const before = await listPlanVersions(tx, plan.planId);
    const newest = before.at(-1);
    if (newest && newest.currency !== plan.currency) {
      throw meterdError('plan-currency', `plan "${plan.planId}" is in ${newest.currency}; a version can't change that`);
    }
    if (newest && (plan.validFromMs ?? -Infinity) < (newest.validFromMs ?? -Infinity)) {
      throw meterdError('plan-order', `version ${newest.version} of plan "${plan.planId}" begins later than this one`);
    }
    const version = (newest?.version ?? 0) + 1;
    const row = {
      plan_id: plan.planId,
      version,
      name: plan.name,
      currency: plan.currency,
      xml: plan.xml,
      valid_from_ms: plan.validFromMs,
      created_ms: plan.createdMs,
    };
    await tx.insertInto('plan_version').values(row).execute();
    return planOf(row);
  });
}

export async function listAssignments(db: Db, account: number): Promise<Assignment[]> {
  const rows = await db.selectFrom('assignment').selectAll().where('account_no', '=', account).orderBy('id').execute();
  return rows.map((row) => ({ planId: row.plan_id, validFromMs: row.valid_from_ms }));
}

export async function insertAssignment(db: Db, account: number, assignment: Assignment): Promise<void> {
  const before = (await listAssignments(db, account)).at(-1);
  if (before && (assignment.validFromMs ?? -Infinity) < (before.validFromMs ?? -Infinity)) {
    throw meterdError('assignment-order', `the account's plan "${before.planId}" begins later than this one`);
  }
  await db
    .insertInto('assignment')
    .values({ account_no: account, plan_id: assignment.planId, valid_from_ms: assignment.validFromMs })
    .execute();
}

/** They were never in force: the audit log keeps that they were wanted. */
export async function deleteAssignmentsAfter(db: Db, account: number, afterMs: number): Promise<number> {
  const first = db
    .selectFrom('assignment')
    .select(({ fn }) => fn.min('id').as('id'))
    .where('account_no', '=', account);
  const { numDeletedRows } = await db
    .deleteFrom('assignment')
    .where('account_no', '=', account)
    .where('valid_from_ms', '>', afterMs)
    .where('id', '>', first)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** False where it is known under its key already. */
export async function insertPayment(db: Db, payment: Payment, key: string | null): Promise<boolean> {
  const { account, amount, note, atMs } = payment;
  return db.transaction().execute(async (transaction) => {
    const known = key === null ? null : await paymentOfKey(transaction, account, key);
    if (known === null) {
      await transaction.insertInto('payment').values({ account_no: account, amount, note, at_ms: atMs, key }).execute();
      return true;
    }
    if (new Decimal(known.amount).equals(amount) && known.note === note) return false;
    throw meterdError('key-used', `the key was given to another payment, of ${known.amount}`, {
      details: { field: 'key' },
    });
  });
}

async function paymentOfKey(db: Db, account: number, key: string) {
  const found = db.selectFrom('payment').select(['amount', 'note']).where('account_no', '=', account);
  return (await found.where('key', '=', key).executeTakeFirst()) ?? null;
}

/** Exact sum of an account's payments, a decimal string. */
export async function sumPayments(db: Db, account: number): Promise<string> {
  const rows = await db.selectFrom('payment').select('amount').where('account_no', '=', account).execute();
  return rows.reduce((sum, row) => sum.plus(row.amount), new Decimal(0)).toFixed();
}

export async function listPayments(db: Db, account: number): Promise<Payment[]> {
  const rows = await db
    .selectFrom('payment')
    .select(['amount', 'note', 'at_ms'])
    .where('account_no', '=', account)
    .orderBy('at_ms')
    .orderBy('id')
    .execute();
  return rows.map(({ amount, note, at_ms }) => ({ account, amount, note, atMs: at_ms }));
}

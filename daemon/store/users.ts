/** Users and their sign-ins through the query builder, the same for every engine. */
import type { Kysely, Selectable } from 'kysely';
import type { Role } from '../contract.ts';
import { meterdError } from '../errors.ts';
import type { StoreSchema } from './schema.ts';
import type { NewUser, User, WebSession } from './store.ts';

type Db = Kysely<StoreSchema>;

const userOf = (row: Selectable<StoreSchema['user']>): User => ({
  login: row.login,
  passwordHash: row.password_hash,
  role: row.role as Role,
  accountId: row.account_id,
  disabled: row.disabled === 1,
});

export async function findUser(db: Db, login: string): Promise<User | null> {
  const row = await db.selectFrom('user').selectAll().where('login', '=', login).executeTakeFirst();
  return row ? userOf(row) : null;
}

export async function listStaff(db: Db): Promise<User[]> {
  const rows = await db
    .selectFrom('user')
    .selectAll()
    .where('account_id', 'is', null)
    .where('role', '!=', 'subscriber')
    .orderBy('login')
    .execute();
  return rows.map(userOf);
}

export async function upsertUser(db: Db, user: NewUser): Promise<void> {
  const values = { password_hash: user.passwordHash, role: user.role, account_id: user.accountId };
  await db.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('user')
      .values({ login: user.login, ...values })
      .onConflict((conflict) => conflict.column('login').doUpdateSet(values))
      .execute();
    await transaction.deleteFrom('web_session').where('login', '=', user.login).execute();
  });
}

export async function insertUser(db: Db, { login, passwordHash, role, accountId }: NewUser): Promise<void> {
  const added = await db
    .insertInto('user')
    .values({ login, password_hash: passwordHash, role, account_id: accountId })
    .onConflict((conflict) => conflict.column('login').doNothing())
    .executeTakeFirst();
  if (added.numInsertedOrUpdatedRows !== 1n) {
    throw meterdError('login-exists', `the login "${login}" is taken by another user`);
  }
}

export async function disableUser(db: Db, login: string, disabled: boolean): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const set = transaction.updateTable('user').set({ disabled: disabled ? 1 : 0 });
    await set.where('login', '=', login).execute();
    if (!disabled) return;
    await transaction.deleteFrom('web_session').where('login', '=', login).execute();
    const left = await transaction
      .selectFrom('user')
      .select('login')
      .where('role', '=', 'admin')
      .where('disabled', '=', 0)
      .executeTakeFirst();
    if (left === undefined) throw meterdError('last-admin', `"${login}" is the last administrator who can sign in`);
  });
}

export async function findWebSession(db: Db, tokenHash: string): Promise<WebSession | null> {
  const row = await db
    .selectFrom('web_session')
    .innerJoin('user', 'user.login', 'web_session.login')
    .select(['user.login', 'user.role', 'user.account_id', 'web_session.expires_ms'])
    .where('token_hash', '=', tokenHash)
    // A sign-in may have been checked before, and stored after, its user was disabled.
    .where('user.disabled', '=', 0)
    .executeTakeFirst();
  if (!row) return null;
  return { login: row.login, role: row.role as Role, accountId: row.account_id, expiresMs: row.expires_ms };
}

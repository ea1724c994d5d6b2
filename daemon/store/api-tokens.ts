/** API tokens through the query builder, the same for every engine. Looked up by hash, so that timing says nothing. */
import type { Kysely } from 'kysely';
import type { Role, TokenRight } from '../contract.ts';
import type { StoreSchema } from './schema.ts';
import type { ApiToken, NewApiToken } from './store.ts';

type Db = Kysely<StoreSchema>;
type ApiTokenRow = Omit<StoreSchema['api_token'], 'no'>;

const tokenOf = (row: ApiTokenRow): ApiToken => ({
  id: row.id,
  tokenHash: row.token_hash,
  name: row.name,
  role: row.role as Role,
  provider: row.provider,
  rights: row.rights === '' ? [] : (row.rights.split(' ') as TokenRight[]),
  createdMs: row.created_ms,
  revokedMs: row.revoked_ms,
});

export async function findApiToken(db: Db, tokenHash: string): Promise<ApiToken | null> {
  const row = await db
    .selectFrom('api_token')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('revoked_ms', 'is', null)
    .executeTakeFirst();
  return row ? tokenOf(row) : null;
}

export async function listApiTokens(db: Db): Promise<ApiToken[]> {
  return (await db.selectFrom('api_token').selectAll().orderBy('no').execute()).map(tokenOf);
}

export async function insertApiToken(db: Db, token: NewApiToken): Promise<void> {
  await db
    .insertInto('api_token')
    .values({
      id: token.id,
      token_hash: token.tokenHash,
      name: token.name,
      role: token.role,
      provider: token.provider,
      rights: token.rights.join(' '),
      created_ms: token.createdMs,
      revoked_ms: null,
    })
    .execute();
}

export async function revokeApiToken(db: Db, id: string, atMs: number): Promise<ApiToken | null> {
  return db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('api_token')
      .set({ revoked_ms: atMs })
      .where('id', '=', id)
      .where('revoked_ms', 'is', null)
      .execute();
    const row = await transaction.selectFrom('api_token').selectAll().where('id', '=', id).executeTakeFirst();
    return row ? tokenOf(row) : null;
  });
}

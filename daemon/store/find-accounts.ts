/**
 * Accounts that staff look for: by id, by an identity now or before, by a part of the name, by an open session. Case
 * makes no difference in names and identities. Through the query builder, the same for every engine. Names have no index,
 * so a name that nobody has reads the whole table.
 */
import { type Kysely, sql } from 'kysely';
import { folded } from './folded.ts';
import { accountOf } from './master-data.ts';
import type { StoreSchema } from './schema.ts';
import type { Account } from './store.ts';

type Db = Kysely<StoreSchema>;

/** Beyond every character of an identity. */
const last = '\u{10ffff}';

export async function findAccounts(db: Db, text: string, limit: number): Promise<Account[]> {
  const sought = folded(text);
  const byIdentity = db
    .selectFrom('identity')
    .select('account_no')
    .where('value_folded', '>=', sought)
    .where('value_folded', '<', sought + last)
    .limit(limit);
  const bySession = sql<number>`SELECT account_no FROM session WHERE open = 1 AND session = ${text} LIMIT ${limit}`;
  const rows = await db
    .selectFrom('account')
    .selectAll()
    .where((where) =>
      where.or([
        where('id', '=', text),
        where('no', 'in', byIdentity),
        where('no', 'in', sql<number>`(${bySession})`),
        where(sql<number>`instr(name_folded, ${sought})`, '>', 0),
      ]),
    )
    .orderBy('no')
    .limit(limit)
    .execute();
  return rows.map(accountOf);
}

/**
 * Accounts that staff look for: by id, by an identity now or before, by a part of the name, by an open session. Case
 * makes no difference in names and identities. Through the query builder, the same for every engine. Names have no index,
 * so all are read for one that nobody has: some rows at a time, since whoever asks may share a thread with the sockets.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { folded } from './folded.ts';
import { accountOf } from './master-data.ts';
import type { StoreSchema } from './schema.ts';
import type { Account } from './store.ts';

type Db = Kysely<StoreSchema>;

/** Beyond every character of an identity. */
const last = '\u{10ffff}';

/** Rows looked at in one turn of the event loop, about a millisecond. */
const rowsInTurn = 2_000;

export interface Sought {
  readonly text: string;
  readonly limit: number;
  /** Accounts with an open session of that id. */
  readonly inSession: readonly number[];
}

/** In order of their numbers. */
export async function findAccounts(db: Db, sought: Sought): Promise<Account[]> {
  const found = new Map<number, Account>();
  for (const account of await findIndexed(db, sought)) found.set(account.no, account);
  for (const account of await findNamed(db, sought)) found.set(account.no, account);
  return [...found.values()].sort((a, b) => a.no - b.no).slice(0, sought.limit);
}

/** By id, by identities that begin so, or by session. */
async function findIndexed(db: Db, { text, limit, inSession }: Sought): Promise<Account[]> {
  const begin = folded(text);
  const byIdentity = db
    .selectFrom('identity')
    .select('account_no')
    .where('value_folded', '>=', begin)
    .where('value_folded', '<', begin + last)
    .limit(limit);
  const rows = await db
    .selectFrom('account')
    .selectAll()
    .where((where) =>
      where.or([
        where('id', '=', text),
        where('no', 'in', byIdentity),
        // Of an empty list SQLite would read all accounts.
        ...(inSession.length === 0 ? [] : [where('no', 'in', inSession)]),
      ]),
    )
    .orderBy('no')
    .limit(limit)
    .execute();
  return rows.map(accountOf);
}

async function findNamed(db: Db, { text, limit }: Sought): Promise<Account[]> {
  const part = folded(text);
  const end = await db.selectFrom('account').select(db.fn.max('no').as('no')).executeTakeFirst();
  const found: Account[] = [];
  for (let from = 0; from <= (end?.no ?? -1) && found.length < limit; from += rowsInTurn) {
    if (from > 0) await nextTurn();
    const rows = await db
      .selectFrom('account')
      .selectAll()
      .where('no', '>=', from)
      .where('no', '<', from + rowsInTurn)
      .where(sql<number>`instr(name_folded, ${part})`, '>', 0)
      .orderBy('no')
      .limit(limit - found.length)
      .execute();
    for (const row of rows) found.push(accountOf(row));
  }
  return found;
}

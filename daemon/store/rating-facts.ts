/** What rating asks beside plans and use, through the query builder: tables by name, and where an account is taxed. */
import type { Kysely, Transaction } from 'kysely';
import type { StoreSchema } from './schema.ts';
import type { AccountTaxation, StoredTable } from './store.ts';

type Db = Kysely<StoreSchema>;

/** In the order in which they were imported, which is the order in which they build on each other. */
export async function listTables(db: Db): Promise<StoredTable[]> {
  const rows = await db.selectFrom('rating_table').selectAll().orderBy('id').execute();
  return rows.map(({ kind, name, from_day, text, created_ms }) => ({
    kind: kind as StoredTable['kind'],
    name,
    from: from_day,
    text,
    createdMs: created_ms,
  }));
}

/** Takes the place of the table of that kind, name and day. */
export async function putTable(db: Db, table: StoredTable): Promise<void> {
  const { kind, name, from, text, createdMs } = table;
  await db.transaction().execute(async (transaction) => {
    await transaction
      .deleteFrom('rating_table')
      .where('kind', '=', kind)
      .where('name', '=', name)
      .where('from_day', from === null ? 'is' : '=', from)
      .execute();
    const row = { kind, name, from_day: from, text, created_ms: createdMs };
    await transaction.insertInto('rating_table').values(row).execute();
  });
}

export async function findTaxation(db: Db, account: number): Promise<AccountTaxation> {
  const places = await db
    .selectFrom('account_place')
    .select(['place', 'from_ms'])
    .where('account_no', '=', account)
    .orderBy('from_ms')
    .execute();
  const exemptions = await db
    .selectFrom('account_exemption')
    .select(['tax', 'from_ms', 'to_ms'])
    .where('account_no', '=', account)
    .orderBy('id')
    .execute();
  return {
    places: places.map(({ place, from_ms }) => ({ place, fromMs: from_ms })),
    exemptions: exemptions.map(({ tax, from_ms, to_ms }) => ({ tax, fromMs: from_ms, toMs: to_ms })),
  };
}

/** Replaces what is known; null leaves it as it is. A place of the same instant is replaced, others stay. */
export async function putTaxation(
  db: Db,
  account: number,
  place: AccountTaxation['places'][number] | null,
  exemptions: AccountTaxation['exemptions'] | null,
): Promise<void> {
  await db.transaction().execute((transaction) => writeTaxation(transaction, account, place, exemptions));
}

/** The same inside the caller's transaction. */
export async function writeTaxation(
  transaction: Transaction<StoreSchema>,
  account: number,
  place: AccountTaxation['places'][number] | null,
  exemptions: AccountTaxation['exemptions'] | null,
): Promise<void> {
  if (place !== null) {
    const row = { account_no: account, place: place.place, from_ms: place.fromMs };
    await transaction
      .insertInto('account_place')
      .values(row)
      .onConflict((conflict) => conflict.columns(['account_no', 'from_ms']).doUpdateSet({ place: place.place }))
      .execute();
  }
  if (exemptions === null) return;
  await transaction.deleteFrom('account_exemption').where('account_no', '=', account).execute();
  for (const { tax, fromMs, toMs } of exemptions) {
    const row = { account_no: account, tax, from_ms: fromMs, to_ms: toMs };
    await transaction.insertInto('account_exemption').values(row).execute();
  }
}

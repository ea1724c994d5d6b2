/**
 * Corrections through the query builder, the same for every engine. The row and its posting are made together, so that
 * what is known as corrected is posted, whatever happens before it is in the usage log.
 */
import type { Kysely, Selectable } from 'kysely';
import type { StoreSchema } from './schema.ts';
import type { StoredCorrection } from './store.ts';

type Db = Kysely<StoreSchema>;

const correctionOf = (row: Selectable<StoreSchema['correction']>): StoredCorrection => ({
  account: row.account_no,
  key: row.key,
  charge: row.charge_seq,
  reason: row.reason,
  rightAmount: row.right_amount,
  amount: row.amount,
  atMs: row.at_ms,
});

export async function findCorrection(db: Db, account: number, key: string): Promise<StoredCorrection | null> {
  const row = await db
    .selectFrom('correction')
    .selectAll()
    .where('account_no', '=', account)
    .where('key', '=', key)
    .executeTakeFirst();
  return row ? correctionOf(row) : null;
}

export async function listCorrections(db: Db, account: number, charge: number): Promise<StoredCorrection[]> {
  const rows = await db
    .selectFrom('correction')
    .selectAll()
    .where('account_no', '=', account)
    .where('charge_seq', '=', charge)
    .orderBy('id')
    .execute();
  return rows.map(correctionOf);
}

/** `posting` is in the engine's own form. */
export async function insertCorrection(
  db: Db,
  correction: StoredCorrection,
  outgoing: { readonly account: string; readonly posting: string },
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const { id } = await transaction
      .insertInto('correction')
      .values({
        account_no: correction.account,
        key: correction.key,
        charge_seq: correction.charge,
        reason: correction.reason,
        right_amount: correction.rightAmount,
        amount: correction.amount,
        at_ms: correction.atMs,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await transaction
      .insertInto('outgoing_posting')
      .values({ position: -id, n: 0, ...outgoing })
      .execute();
  });
}

/** The audit log through the query builder, the same for every engine: rows are added and completed, never changed after. */
import type { Kysely } from 'kysely';
import type { StoreSchema } from './schema.ts';
import type { AuditEntry, AuditOutcome, Cursor, NewAuditEntry } from './store.ts';

type Db = Kysely<StoreSchema>;

export async function insertAudit(db: Db, entry: NewAuditEntry): Promise<number> {
  const { atMs, login, address, action, subject, asked } = entry;
  const row = await db
    .insertInto('audit')
    .values({ at_ms: atMs, login, address, action, subject, asked, status: null, before: null, after: null })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Adds what became of it; what is completed already stays as it is. */
export async function completeAudit(db: Db, id: number, outcome: AuditOutcome): Promise<void> {
  const { subject, status, before, after } = outcome;
  await db
    .updateTable('audit')
    .set({ subject, status, before, after })
    .where('id', '=', id)
    .where('status', 'is', null)
    .execute();
}

/** Newest first; `before` is the cursor, `subject` null for everything. */
export async function auditPage(
  db: Db,
  before: number | null,
  limit: number,
  subject: string | null,
): Promise<Cursor<AuditEntry>> {
  let query = db
    .selectFrom('audit')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (before !== null) query = query.where('id', '<', before);
  if (subject !== null) query = query.where('subject', '=', subject);
  const rows = await query.execute();
  const items = rows.slice(0, limit).map(({ at_ms, ...row }) => ({ ...row, atMs: at_ms }));
  return { items, next: rows.length > limit ? items.at(-1)!.id : null };
}

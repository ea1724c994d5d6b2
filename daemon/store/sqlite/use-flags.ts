/** Flags of use beyond what a plan allows: written with the commit that found them, the latest of each account kept. */
import type Database from 'better-sqlite3';
import type { UseFlag } from '../../../rating/index.ts';
import type { UseFlagRow } from '../store.ts';

export const flagsOfAccountMax = 20;

/** Returns the function that writes a flag inside the caller's transaction. */
export function prepareFlag(db: Database.Database): (row: UseFlagRow) => void {
  const insert = db.prepare('INSERT OR REPLACE INTO use_flag VALUES (?, ?, ?, ?, ?, ?)');
  const forget = db.prepare(
    `DELETE FROM use_flag WHERE account_no = ? AND at_ms < (SELECT min(at_ms) FROM
       (SELECT at_ms FROM use_flag WHERE account_no = ? ORDER BY at_ms DESC LIMIT ${flagsOfAccountMax}))`,
  );
  return ({ account, atMs, ...flag }) => {
    insert.run(account, atMs, flag.planId, flag.primitive, flag.periodFromMs, JSON.stringify(flag));
    forget.run(account, account);
  };
}

/** Newest first. */
export function flagsOf(db: Database.Database, account: number): UseFlagRow[] {
  const rows = db
    .prepare<[number], { at_ms: number; flag: string }>(
      `SELECT at_ms, flag FROM use_flag WHERE account_no = ? ORDER BY at_ms DESC LIMIT ${flagsOfAccountMax}`,
    )
    .all(account);
  return rows.map(({ at_ms, flag }) => ({ account, atMs: at_ms, ...(JSON.parse(flag) as UseFlag) }));
}

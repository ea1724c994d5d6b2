/** Opening a SQLite file of the data folder, the usage log or the store, so that a broken one is told by its name. */
import Database from 'better-sqlite3';
import { meterdError } from './errors.ts';

const busyMsMax = 5_000;

/** KiB of pages that a connection keeps, of which there are five; the system keeps the files in memory besides. */
const cacheKilobytes = 2_000;

/** `setUp` runs on a connection that writes. Throws `data-unreadable`. */
export function openSqliteFile(
  file: string,
  readOnly: boolean,
  setUp: (db: Database.Database) => void,
): Database.Database {
  try {
    const db = new Database(file, { readonly: readOnly, timeout: busyMsMax });
    db.pragma(`cache_size = -${cacheKilobytes}`);
    if (!readOnly) setUp(db);
    return db;
  } catch (cause) {
    // Told by its text alone: an error of SQLite does not survive the way from one thread to another.
    throw meterdError('data-unreadable', `can't open ${file}: ${(cause as Error).message}`);
  }
}

const systemFaults = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'];

/** Whether the disk, not the request, is why a change was refused: it is full, or reading or writing fails. */
export function isDiskFault(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR') || systemFaults.includes(code);
}

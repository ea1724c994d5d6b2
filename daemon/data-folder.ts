/** The data folder: made if missing, checked for writing, and held by one daemon at a time. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { meterdError } from './errors.ts';
import type { LogFiles } from './log/file-log.ts';

export interface DataFolder {
  readonly log: LogFiles;
  readonly storeFile: string;
  /** What flow collectors must not forget. */
  readonly flowFile: string;
  /** A window of flows on its way into the log. */
  readonly flowWindowFile: string;
  /** Lets another daemon have the folder. The system does the same when the process dies, however it dies. */
  release(): void;
}

/** Throws `data-unwritable` or `data-in-use`. */
export function claimDataFolder(folder: string): DataFolder {
  let lock: Database.Database;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    // SQLite's own file lock: it ends with the process, unlike a file that holds a process number.
    lock = new Database(join(folder, 'lock'), { timeout: 0 });
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('CREATE TABLE IF NOT EXISTS held (since TEXT)');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    const { code = '', message } = cause as { code?: string; message: string };
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
      throw meterdError('data-in-use', `another meterd is running on the data folder ${folder}`, { cause });
    }
    throw meterdError('data-unwritable', `can't write to the data folder ${folder}: ${message}`, { cause });
  }
  return {
    log: { indexFile: join(folder, 'usage-log.db'), segments: join(folder, 'usage-log') },
    storeFile: join(folder, 'store.db'),
    flowFile: join(folder, 'flow-templates.json'),
    flowWindowFile: join(folder, 'flow-window'),
    release: () => {
      if (lock.open) lock.close();
    },
  };
}

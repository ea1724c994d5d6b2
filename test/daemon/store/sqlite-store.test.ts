import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../daemon/store/sqlite/sqlite-store.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { batch, newAccount, storeConformance } from './conformance.ts';

describe('the store on SQLite', () => {
  storeConformance(() => {
    const file = join(tempFolder(), 'store.db');
    return { open: (options) => openSqliteStore(file, options) };
  });

  it('refuses a file of a newer schema, and leaves it as it was', async () => {
    const file = join(tempFolder(), 'store.db');
    const store = openSqliteStore(file);
    await store.createAccount(newAccount('a'));
    await store.close();
    const db = new Database(file);
    const known = db.pragma('user_version', { simple: true }) as number;
    db.pragma(`user_version = ${known + 1}`);
    db.close();
    expect(() => openSqliteStore(file)).toThrow(`schema ${known + 1}`);
    const after = new Database(file);
    expect(after.pragma('user_version', { simple: true })).toBe(known + 1);
    after.close();
  });

  it('does not migrate twice', async () => {
    const file = join(tempFolder(), 'store.db');
    for (let n = 0; n < 3; n++) {
      const store = openSqliteStore(file);
      await store.commit(batch(n + 1));
      await store.close();
    }
    const db = new Database(file);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    db.close();
  });

  it('may be closed twice', async () => {
    const store = openSqliteStore(join(tempFolder(), 'store.db'));
    await store.close();
    await store.close();
  });
});

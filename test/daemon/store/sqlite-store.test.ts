import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../daemon/store/sqlite/sqlite-store.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { batch, newAccount, sessionState, storeConformance } from './conformance.ts';

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

  it('reads the counters of sessions that an older meterd wrote as text, and goes on from them', async () => {
    const file = join(tempFolder(), 'store.db');
    const counters = { time: 7n, 'octets-in': 1n << 40n };
    const old = openSqliteStore(file);
    await old.commit(batch(1, { sessions: [{ id: 1, state: sessionState({ counters }) }] }));
    await old.close();
    const db = new Database(file);
    const text = JSON.stringify({ time: '7', 'octets-in': String(1n << 40n) });
    db.prepare('UPDATE session SET counters = ?, seconds = NULL, octets_in = NULL').run(text);
    db.close();
    const store = openSqliteStore(file);
    const { key } = sessionState();
    expect((await store.latestSession(key))?.state.counters).toEqual(counters);
    const later = sessionState({ counters: { ...counters, time: 9n } });
    await store.commit(batch(2, { sessions: [{ id: 1, state: later }] }));
    expect((await store.latestSession(key))?.state).toEqual(later);
    await store.close();
  });

  it('keeps counters of any meter and size', async () => {
    const store = openSqliteStore(join(tempFolder(), 'store.db'));
    const counters = { 'octets-in': (1n << 64n) - 1n, 'octets-out': (1n << 63n) - 1n, 'x-calls': 3n, time: 0n };
    const state = sessionState({ counters });
    await store.commit(batch(1, { sessions: [{ id: 1, state }] }));
    expect((await store.latestSession(state.key))?.state).toEqual(state);
    const closed = { ...state, open: false, closedBy: 'stop' } as const;
    await store.commit(batch(2, { sessions: [{ id: 1, state: closed }] }));
    expect((await store.latestSession(state.key))?.state).toEqual(closed);
    expect(await store.openSessionsOfDevice(state.device)).toEqual([]);
    await store.close();
  });

  it('may be closed twice', async () => {
    const store = openSqliteStore(join(tempFolder(), 'store.db'));
    await store.close();
    await store.close();
  });
});

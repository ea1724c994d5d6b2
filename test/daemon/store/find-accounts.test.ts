import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import { openSqliteStore } from '../../../daemon/store/sqlite/sqlite-store.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { turnsMeanwhile } from '../../fixtures/turns-meanwhile.ts';

const accounts = 7_000;
/** It has thousands of sessions, more than are looked at in one turn. */
const reseller = 3_333;
const resold = 5_000;

const store = filledStore();
afterAll(() => store.close());

describe('accounts are found among thousands', () => {
  test.each([
    ['its id', 'account-6999', [6_999]],
    ['an identity', 'login-1234@', [1_234]],
    ['the beginnings of identities', 'login-699', [699, ...tens(6_990)]],
    ['a part of a name', 'son 4321', [4_321]],
    ['a part of many names', 'SON 69', [69, ...tens(690), ...hundred(6_900)]],
    ['an open session', 'session-5000', [5_000]],
    ['the first session of many of one account', 'resold-1', [reseller]],
    ['the last session of many of one account', `resold-${resold}`, [reseller]],
    ['a session that several devices call so', 'shared', [2, 4_000, 6_998]],
    ['nothing that there is', 'nobody', []],
    ['a session that has ended', 'ended', []],
  ])('by %s', async (_what, text, numbers) => {
    expect((await store.findAccounts(text, 1_000)).map(({ no }) => no)).toEqual(numbers);
  });

  test('at most so many, in order', async () => {
    expect((await store.findAccounts('person', 3)).map(({ no }) => no)).toEqual([1, 2, 3]);
    expect((await store.findAccounts('shared', 2)).map(({ no }) => no)).toEqual([2, 4_000]);
  });

  test('in turns, between which others have theirs', async () => {
    const turns = await turnsMeanwhile(() => store.findAccounts('nobody', 50));
    // Twelve thousand open sessions and seven thousand names, some two thousand a turn.
    expect(turns).toBeGreaterThanOrEqual(8);
  });
});

test('open sessions are read page by page, each once and in order of accounts, also those of an account with thousands', async () => {
  const seen: { readonly account: number; readonly id: number }[] = [];
  for (;;) {
    const page = await store.openSessionsHeard(seen.at(-1) ?? null, 700);
    const rows = await store.openSessions(seen.at(-1) ?? null, 700);
    expect(rows.map(({ id }) => id)).toEqual(page.map(({ id }) => id));
    if (page.length === 0) break;
    seen.push(...page);
  }
  expect(seen).toHaveLength(accounts + resold + 3);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  expect(seen).toEqual(seen.toSorted((a, b) => a.account - b.account || a.id - b.id));
});

function tens(from: number): number[] {
  return Array.from({ length: 10 }, (_, n) => from + n);
}

function hundred(from: number): number[] {
  return Array.from({ length: 100 }, (_, n) => from + n);
}

function filledStore(): Store {
  const file = join(tempFolder(), 'store.db');
  void openSqliteStore(file).close();
  const db = new Database(file);
  const account = db.prepare(
    `INSERT INTO account (no, id, name, currency, timezone, cycle_day, prepaid, created_ms, name_folded)
     VALUES (?, ?, ?, 'EUR', 'UTC', 1, 0, 0, ?)`,
  );
  const identity = db.prepare(
    "INSERT INTO identity (account_no, kind, value, provider, value_folded) VALUES (?, 'login', ?, '', ?)",
  );
  const session = db.prepare(
    `INSERT INTO session (key, device, session, account_no, start_ms, last_event_ms, open, counters, incarnation)
     VALUES (?, 'nas', ?, ?, 0, 0, ?, '{}', 1)`,
  );
  db.transaction(() => {
    for (let no = 1; no <= accounts; no++) {
      account.run(no, `account-${no}`, `Person ${no}`, `person ${no}`);
      identity.run(no, `login-${no}@example`, `login-${no}@example`);
      session.run(`3:nas${no}`, `session-${no}`, no, 1);
    }
    for (let n = 1; n <= resold; n++) session.run(`3:nasr${n}`, `resold-${n}`, reseller, 1);
    for (const no of [4_000, 2, 6_998]) session.run(`4:nas${no}shared`, 'shared', no, 1);
    session.run('3:nasended', 'ended', 7, 0);
  })();
  db.close();
  return openSqliteStore(file, { readOnly: true });
}

import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prepareListing, SuspenseList } from '../../../daemon/log/suspense-listing.ts';
import type { SuspenseListing } from '../../../daemon/log/usage-log.ts';
import { turnsMeanwhile } from '../../fixtures/turns-meanwhile.ts';

interface Row {
  readonly listed: string;
  readonly also: string;
  readonly reason: string;
}

function databaseOf(rows: readonly Row[]): Database.Database {
  const db = new Database(':memory:');
  db.exec(`
    CREATE TABLE suspense (id INTEGER PRIMARY KEY AUTOINCREMENT, reason TEXT NOT NULL, listed TEXT NOT NULL, also TEXT NOT NULL);
    CREATE TABLE suspense_subject (subject TEXT NOT NULL, suspense_id INTEGER NOT NULL,
      PRIMARY KEY (subject, suspense_id)) WITHOUT ROWID`);
  prepareListing(db);
  const suspend = db.prepare('INSERT INTO suspense (reason, listed, also) VALUES (?, ?, ?)');
  const name = db.prepare('INSERT INTO suspense_subject VALUES (?, ?)');
  db.transaction(() => {
    for (const { listed, also, reason } of rows) {
      const { lastInsertRowid } = suspend.run(reason, listed, also);
      for (const subject of new Set([listed, also])) if (subject !== '') name.run(subject, lastInsertRowid);
    }
  })();
  return db;
}

/** The same by one look at all rows. */
function expectedOf(rows: readonly Row[], limit: number): SuspenseListing[] {
  const withoutId = ({ reason }: Row) => reason === 'no-session-id';
  const groups = groupedBy(rows, (row) => `${withoutId(row)} ${row.listed}`);
  const list = [...groups.values()].map((group) => {
    const { reason } = group.find((row) => row.reason !== 'session-suspended') ?? group[0]!;
    const named = groupedBy(
      group.filter(({ also }) => also !== ''),
      ({ also }) => also,
    );
    const also = [...named]
      .sort(([a, { length: n }], [b, { length: m }]) => m - n || (a < b ? -1 : 1))
      .slice(0, 5)
      .map(([key]) => ({ key, count: rows.filter((row) => row.listed === key || row.also === key).length }));
    return { key: group[0]!.listed, reason, count: group.length, also };
  });
  return list.sort(inOrder).slice(0, limit);
}

function groupedBy(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}

function inOrder(a: SuspenseListing, b: SuspenseListing): number {
  const [left, right] = [a, b].map(({ key, reason }) => `${key} ${reason}`) as [string, string];
  return b.count - a.count || (left < right ? -1 : 1);
}

const rowOf = fc.record({
  listed: fc.constantFrom('a', 'b', 'c', 'd'),
  also: fc.constantFrom('', '', 'a', 'b', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o'),
  reason: fc.constantFrom('account-unknown', 'session-suspended', 'no-session-id'),
});

describe('the list of what waits in suspense', () => {
  test('tells of any records what one look at all of them tells, however few are looked at in a turn', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rowOf, { maxLength: 120 }), fc.integer({ min: 1, max: 20 }), async (rows, inTurn) => {
        const db = databaseOf(rows);
        const all = await new SuspenseList(db, inTurn).read(100);
        expect([...all].sort(inOrder)).toEqual(expectedOf(rows, 100));
        expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(rows.length);
        db.close();
      }),
      { numRuns: 200 },
    );
  });

  test('shows those with most records', async () => {
    const rows = Array.from({ length: 40 }, (_, n) => Array.from({ length: n + 1 }, () => plain(`user ${n}`))).flat();
    const db = databaseOf(rows);
    const list = await new SuspenseList(db).read(3);
    expect(list.map(({ key, count }) => [key, count])).toEqual([
      ['user 39', 40],
      ['user 38', 39],
      ['user 37', 38],
    ]);
    db.close();
  });

  test('is read in turns, between which others have theirs', async () => {
    const heavy = Array.from({ length: 5_000 }, () => plain('one'));
    const many = Array.from({ length: 500 }, (_, n) => plain(`of many ${n}`));
    const db = databaseOf([...heavy, ...many]);
    let list: SuspenseListing[] = [];
    const turns = await turnsMeanwhile(async () => {
      list = await new SuspenseList(db, 1_000).read(2);
    });
    expect(list[0]).toEqual({ key: 'one', reason: 'account-unknown', count: 5_000, also: [] });
    expect(turns).toBeGreaterThanOrEqual(50);
    db.close();
  });

  test('is read once for all who ask while another reading goes on, and tells them what was so when they asked', async () => {
    const db = databaseOf([plain('before')]);
    const list = new SuspenseList(db, 1);
    const first = list.read(10);
    await Promise.resolve();
    db.prepare('INSERT INTO suspense (reason, listed, also) VALUES (?, ?, ?)').run('account-unknown', 'since', '');
    const [second, third] = [list.read(10), list.read(10)];
    expect(third).toBe(second);
    await first;
    expect((await second).map(({ key }) => key)).toEqual(['before', 'since']);
    db.close();
  });
});

function plain(listed: string): Row {
  return { listed, also: '', reason: 'account-unknown' };
}

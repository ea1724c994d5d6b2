/** Silent sessions through a real log, fold and store; the clock is the test's. */
import { afterEach, describe, expect, it } from 'vitest';
import { StaleSessions } from '../../../daemon/chores/stale-sessions.ts';
import type { LogEntry } from '../../../daemon/log/usage-log.ts';
import type { SessionState } from '../../../daemon/mediation/session.ts';
import { sessionKey } from '../../../daemon/mediation/session.ts';
import {
  allUsage,
  appendEach,
  billLines,
  contents,
  foldAll,
  makeWorld,
  startPartition,
  storeWith,
  usageOf,
  type World,
} from '../../fixtures/partition-world.ts';
import { epochMs, type Report, report } from '../../fixtures/session-reports.ts';

const hour = 3_600;
const worlds: World[] = [];
afterEach(async () => {
  for (const { log, store } of worlds.splice(0)) {
    await log.close();
    await store.close();
  }
});

async function bench(...reports: Report[]) {
  const world = await makeWorld({ anna: 'hourly' });
  worlds.push(world);
  const anna = world.accounts.anna!;
  const partition = await startPartition(world.store, world.log);
  let nowSeconds = 0;
  const logged: LogEntry[] = [];
  const stale = () =>
    new StaleSessions({
      reader: world.store,
      append: async (entries) => {
        logged.push(...entries);
        await world.log.append(entries, [], 0);
      },
      clock: () => epochMs + nowSeconds * 1_000,
      staleAfterMs: hour * 1_000,
    });
  const watch = stale();
  const take = async (...more: Report[]) => {
    await appendEach(
      world.log,
      more.map((fields) => usageOf(anna, fields)),
    );
    await foldAll(partition);
  };
  const look = async (atSeconds: number, watcher = watch) => {
    nowSeconds = atSeconds;
    const before = logged.length;
    await watcher.look();
    return logged.length - before;
  };
  await take(...reports);
  const openCount = async () => (await world.store.openSessionsOfAccount(anna, 9)).count;
  return { ...world, anna, partition, take, look, stale, openCount, logged };
}

const silence = (session: string, lastHeard: number, at: number): LogEntry => ({
  kind: 'silence',
  account: 1,
  session: sessionKey(report({ at: 0, session }))!,
  lastHeardMs: epochMs + lastHeard * 1_000,
  atMs: epochMs + at * 1_000,
});

describe('a session that falls silent', () => {
  it('is closed at its last counters, once, and billed as it stood', async () => {
    const b = await bench({ status: 'start', at: 0 }, { at: 600, time: 600 });
    expect(await b.look(600 + hour - 1)).toBe(0);
    expect(await b.look(600 + hour)).toBe(1);
    expect(b.logged).toEqual([silence('s1', 600, 600 + hour)]);
    // The store does not show it yet.
    expect(await b.look(700 + hour)).toBe(0);
    await foldAll(b.partition);
    expect([await b.openCount(), await b.look(9 * hour)]).toEqual([0, 0]);
    expect((await billLines(b.partition, b.anna)).total).toBe('0.20');
    expect(b.partition.progress).toMatchObject({ position: 3, rated: 1, withoutUse: 2, duplicate: 0 });
  });

  it('is open again when it speaks, with all its use, and none of it twice', async () => {
    const b = await bench({ status: 'start', at: 0 }, { at: 600, time: 600 });
    await b.look(600 + hour);
    await foldAll(b.partition);
    await b.take({ at: 600, time: 600 });
    expect(await b.openCount()).toBe(0);
    await b.take({ at: 3 * hour, time: 3 * hour });
    expect(await b.openCount()).toBe(1);
    const usage = await allUsage(b.store, b.anna);
    expect(usage.map(({ sessionId, readings }) => [sessionId, readings.time])).toEqual([
      [1, 600n],
      [1, BigInt(3 * hour - 600)],
    ]);
    expect((await billLines(b.partition, b.anna)).total).toBe('3.60');
  });

  it('but has spoken in the log already stays open', async () => {
    const b = await bench({ status: 'start', at: 0 });
    await appendEach(b.log, [usageOf(b.anna, { at: hour, time: hour })]);
    expect(await b.look(hour)).toBe(1);
    await foldAll(b.partition);
    expect(await b.openCount()).toBe(1);
    expect(b.partition.progress).toMatchObject({ position: 3, rated: 1, withoutUse: 1, duplicate: 1 });
  });

  it('while nobody listened is given time to speak', async () => {
    const b = await bench({ status: 'start', at: 0 });
    await b.look(9 * hour, { look: async () => undefined } as unknown as StaleSessions);
    const restarted = b.stale();
    expect(await b.look(9 * hour + hour - 1, restarted)).toBe(0);
    expect(await b.look(10 * hour, restarted)).toBe(1);
  });

  it('is found among thousands, some at each look', async () => {
    const b = await bench();
    const starts = Array.from({ length: 2_500 }, (_, n): Report => ({ status: 'start', at: n, session: `s${n}` }));
    await b.log.append(
      starts.map((fields) => usageOf(b.anna, fields)),
      [],
      0,
    );
    await foldAll(b.partition);
    const found = [await b.look(hour + 2_400), await b.look(hour + 2_400), await b.look(hour + 2_400)];
    expect(found).toEqual([1_000, 1_000, 401]);
    await foldAll(b.partition);
    expect(await b.openCount()).toBe(99);
  });
});

describe('an entry of silence', () => {
  it('logged twice, or of a session there never was, does nothing', async () => {
    const b = await bench({ status: 'start', at: 0 });
    await appendEach(b.log, [silence('s1', 0, hour), silence('s1', 0, hour), silence('never', 0, hour)]);
    await foldAll(b.partition);
    expect(b.partition.progress).toMatchObject({ position: 4, withoutUse: 2, duplicate: 2 });
  });

  it('of which the commit failed is done again, with the same result', async () => {
    const reports: Report[] = [
      { status: 'start', at: 0 },
      { at: 600, time: 600 },
    ];
    const b = await bench(...reports);
    await appendEach(b.log, [silence('s1', 600, hour), usageOf(b.anna, { at: 2 * hour, time: 2 * hour })]);
    let faults = 2;
    const failing = storeWith(b.store, {
      commit: async (commit) => {
        if (faults-- > 0) throw new Error('the disk');
        await b.store.commit(commit);
      },
    });
    const partition = await startPartition(failing, b.log);
    await expect(partition.step()).rejects.toThrow('the disk');
    await expect(partition.step()).rejects.toThrow('the disk');
    await foldAll(partition);
    const once = await bench(...reports);
    await appendEach(once.log, [silence('s1', 600, hour), usageOf(once.anna, { at: 2 * hour, time: 2 * hour })]);
    await foldAll(once.partition);
    expect(await contents(b.store, [b.anna])).toEqual(await contents(once.store, [once.anna]));
    const [row] = (await b.store.openSessionsOfAccount(b.anna, 9)).items;
    expect(row?.state).toMatchObject<Partial<SessionState>>({ open: true, closedBy: null, incarnation: 1 });
  });
});

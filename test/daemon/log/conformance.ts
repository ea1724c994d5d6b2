/**
 * What every usage log must hold (daemon/log/usage-log.ts), run on each implementation through a factory: `place`
 * makes an empty log, and `open` opens the same one again, as after a restart or from another thread.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Subject } from '../../../collectors/index.ts';
import type { LogBatch, LogEntry, LogReader, UsageLog } from '../../../daemon/log/usage-log.ts';
import { subjectKey, subjectOfKey } from '../../../daemon/mediation/guide.ts';
import { report } from '../../fixtures/session-reports.ts';
import { chargeEvent, recordOf, usageEvent } from '../../fixtures/usage-events.ts';

export interface LogPlace {
  /** One at a time. Batches that were appended by themselves may be dropped by themselves. */
  open(): UsageLog;
  /** Reads beside the one that is open. */
  read(): LogReader;
}

const usage = (account: number, at = account): Extract<LogEntry, { kind: 'usage' }> => ({
  kind: 'usage',
  account,
  record: report({ at, time: at, in: BigInt(at) }),
});
const tick = (account: number): LogEntry => ({ kind: 'tick', account, atMs: 1_000 + account });
const suspended = (at: number, login = 'bert') => ({
  reason: 'unknown-subject',
  record: report({ at, login, session: login }),
});
const bertKey = subjectKey({ kind: 'login', value: 'bert' });

/** All entries after a position with their positions. */
async function entriesAfter(log: Pick<UsageLog, 'readAfter'>, position: number): Promise<[number, LogEntry][]> {
  const list: [number, LogEntry][] = [];
  let at = position;
  for (;;) {
    const batches = await log.readAfter(at, 1);
    if (batches.length === 0) return list;
    for (const { firstPosition, entries } of batches) {
      for (const [index, entry] of entries.entries()) list.push([firstPosition + index, entry]);
      at = firstPosition + entries.length - 1;
    }
  }
}

const accountsOf = (batches: readonly LogBatch[]) => batches.map(({ entries }) => entries.map((e) => e.account));

export function usageLogConformance(makePlace: () => LogPlace): void {
  const opened: UsageLog[] = [];
  afterEach(async () => {
    for (const log of opened.splice(0)) await log.close();
  });
  const keep = (log: UsageLog): UsageLog => {
    opened.push(log);
    return log;
  };
  const fresh = () => keep(makePlace().open());
  const reopen = async (place: LogPlace, log: UsageLog): Promise<UsageLog> => {
    opened.splice(opened.indexOf(log), 1);
    await log.close();
    return keep(place.open());
  };

  describe('positions', () => {
    it('count the entries from 1', async () => {
      const log = fresh();
      expect(await log.lastPosition()).toBe(0);
      expect(await log.append([usage(1), usage(2)], [], 0)).toBe(2);
      expect(await log.append([usage(3)], [], 0)).toBe(3);
      expect(await log.lastPosition()).toBe(3);
      expect((await entriesAfter(log, 0)).map(([at, entry]) => [at, entry.account])).toEqual([
        [1, 1],
        [2, 2],
        [3, 3],
      ]);
    });

    it('go on after a restart', async () => {
      const place = makePlace();
      const log = keep(place.open());
      await log.append([usage(1)], [], 0);
      const again = await reopen(place, log);
      expect(await again.append([usage(2)], [], 0)).toBe(2);
    });

    it('are never used again, though all entries were dropped and the log was opened anew', async () => {
      const place = makePlace();
      const log = keep(place.open());
      await log.append([usage(1), usage(2)], [], 0);
      await log.append([], [suspended(3)], 0);
      expect(await log.prune(2, 1)).toBe(1);
      expect(await log.readAfter(2, 10)).toEqual([]);
      const again = await reopen(place, log);
      expect(await again.lastPosition()).toBe(2);
      expect(await again.append([usage(3)], [], 0)).toBe(3);
    });

    it('are not used up by an append of nothing', async () => {
      const log = fresh();
      expect(await log.append([], [], 0)).toBe(0);
      expect(await log.append([], [suspended(1)], 0)).toBe(0);
      expect(await log.append([usage(1)], [], 0)).toBe(1);
    });

    it('are not used up by an append that failed', async () => {
      const log = fresh();
      await log.append([usage(1)], [], 0);
      await expect(log.append([usage(2), unwritable()], [], 0)).rejects.toThrow();
      expect(await log.lastPosition()).toBe(1);
      expect(await log.append([usage(3)], [], 0)).toBe(2);
      expect(accountsOf(await log.readAfter(0, 10))).toEqual([[1], [3]]);
    });
  });

  describe('append', () => {
    it('gives back what it was given', async () => {
      const log = fresh();
      const record = report({
        status: 'stop',
        at: 5,
        time: 4,
        in: 2n ** 63n + 1n,
        out: 0,
        wide: true,
        login: "a'\0ü€\n",
      });
      const entries: LogEntry[] = [
        { kind: 'usage', account: 7, record: { ...record, attributes: { framedAddress: '192.0.2.1' } } },
        { kind: 'usage', account: 0, record: { ...report({ status: 'accounting-on', at: 1, session: null }) } },
        { kind: 'tick', account: 8, atMs: 1_772_323_200_000 },
        { kind: 'close', account: 9, periodFromMs: -62_135_596_800_000 },
        { kind: 'silence', account: 7, session: '4:nas1s\n1', lastHeardMs: 1_772_323_200_000, atMs: 1_772_326_800_000 },
      ];
      await log.append(entries, [], 0);
      expect((await entriesAfter(log, 0)).map(([, entry]) => comparable(entry))).toEqual(entries.map(comparable));
    });

    it('writes entries and suspended records together, or neither', async () => {
      const log = fresh();
      await expect(log.append([usage(1)], [suspended(1), unwritable()], 0)).rejects.toThrow();
      await expect(log.append([unwritable()], [suspended(1)], 0)).rejects.toThrow();
      expect(await log.lastPosition()).toBe(0);
      expect(await log.suspense(0, 10)).toEqual([]);
      expect(await log.suspenseOfSubject(bertKey, 0, 10)).toEqual([]);
      expect(await log.suspenseCounts()).toEqual({ waiting: 0, suspended: 0, released: 0 });
    });
  });

  describe('readAfter', () => {
    it('gives whole batches, as many as fit, at least one', async () => {
      const log = fresh();
      await log.append([usage(1), usage(2), usage(3)], [], 0);
      await log.append([usage(4)], [], 0);
      await log.append([usage(5), usage(6)], [], 0);
      expect(accountsOf(await log.readAfter(0, 1))).toEqual([[1, 2, 3]]);
      expect(accountsOf(await log.readAfter(0, 4))).toEqual([[1, 2, 3], [4]]);
      expect(accountsOf(await log.readAfter(0, 100))).toEqual([[1, 2, 3], [4], [5, 6]]);
      expect(accountsOf(await log.readAfter(3, 3))).toEqual([[4], [5, 6]]);
      expect((await log.readAfter(3, 3)).map((batch) => batch.firstPosition)).toEqual([4, 5]);
      expect(await log.readAfter(6, 10)).toEqual([]);
    });
  });

  describe('a reader beside the writer', () => {
    it('sees what was appended and released, at once', async () => {
      const place = makePlace();
      const log = keep(place.open());
      const reader = place.read();
      expect(reader.instanceId).toBe(log.instanceId);
      expect(await reader.readAfter(0, 10)).toEqual([]);
      await log.append([usage(1)], [suspended(1)], 0);
      expect(await reader.lastPosition()).toBe(1);
      expect(accountsOf(await reader.readAfter(0, 10))).toEqual([[1]]);
      const [item] = await log.suspense(0, 10);
      await log.release([{ id: item!.id, account: 2, record: item!.record }], 0);
      expect(accountsOf(await reader.readAfter(1, 10))).toEqual([[2]]);
      expect(await reader.readAfter(2, 10)).toEqual([]);
      await reader.close();
    });

    it('may begin anywhere, and begin again', async () => {
      const place = makePlace();
      const log = keep(place.open());
      for (let n = 1; n <= 9; n += 2) await log.append([usage(n), usage(n + 1)], [], 0);
      const reader = place.read();
      for (const position of [8, 2, 4, 0, 10, 6]) {
        expect((await entriesAfter(reader, position)).map(([at]) => at)).toEqual(
          Array.from({ length: 10 - position }, (_, n) => position + 1 + n),
        );
      }
      await reader.close();
    });
  });

  describe('suspense', () => {
    it('keeps records with reason and time, oldest first, in pages', async () => {
      const log = fresh();
      await log.append([], [suspended(1), suspended(2)], 500);
      await log.append([], [suspended(3, 'carl')], 600);
      const all = await log.suspense(0, 10);
      expect(
        all.map(({ reason, suspendedAtMs, record }) => [reason, suspendedAtMs, record.subjects[0]?.value]),
      ).toEqual([
        ['unknown-subject', 500, 'bert'],
        ['unknown-subject', 500, 'bert'],
        ['unknown-subject', 600, 'carl'],
      ]);
      expect(await log.suspense(0, 2)).toEqual(all.slice(0, 2));
      expect(await log.suspense(all[1]!.id, 10)).toEqual(all.slice(2));
      expect(await log.suspenseOfSubject(bertKey, 0, 10)).toEqual(all.slice(0, 2));
      expect(await log.suspenseOfSubject(bertKey, all[0]!.id, 10)).toEqual(all.slice(1, 2));
      expect(await log.suspenseOfSubject(bertKey, 0, 1)).toEqual(all.slice(0, 1));
    });

    it('survives a restart', async () => {
      const place = makePlace();
      const log = keep(place.open());
      await log.append([], [suspended(1)], 500);
      const before = await log.suspense(0, 10);
      expect(await (await reopen(place, log)).suspense(0, 10)).toEqual(before);
    });

    it('keeps records without any subject, and those of two subjects once', async () => {
      const log = fresh();
      const two = report({
        at: 1,
        subjects: [
          { kind: 'login', value: 'bert' },
          { kind: 'station', value: '001b44113ab7' },
        ],
      });
      await log.append([], [{ reason: 'no-subject', record: report({ at: 0, subjects: [] }) }], 0);
      await log.append([], [{ reason: 'unknown-subject', record: two }], 0);
      expect(await log.suspenseCounts()).toEqual({ waiting: 2, suspended: 2, released: 0 });
      expect(await log.suspenseOfSubject(bertKey, 0, 10)).toHaveLength(1);
    });

    it('lists each record once, with what else it names, and under its device where it names nobody', async () => {
      const log = fresh();
      const bert = { kind: 'login', value: 'bert' } as const;
      const station = { kind: 'station', value: '001b44113ab7' } as const;
      const wait = (reason: string, at: number, subjects: Subject[], session: string | null = `s${at}`) =>
        log.append([], [{ reason, record: report({ at, subjects, session }) }], 0);
      const device = subjectKey({ kind: 'device', value: 'access/nas-1' });
      await wait('session-suspended', 1, []);
      await wait('no-subject', 2, []);
      await wait('no-subject', 3, [], 'a session');
      await wait('no-session-id', 4, [], null);
      for (const at of [5, 6, 7, 8]) await wait('unknown-subject', at, at < 7 ? [bert, station] : [bert]);
      await wait('unknown-subject', 9, [station]);
      await wait('no-session-id', 10, [bert], null);
      const list = await log.suspenseSubjects(10);
      const also = [{ key: subjectKey(station), count: 3 }];
      expect(list.map((each) => [each.key, each.reason, each.count, each.also])).toEqual([
        [subjectKey(bert), 'unknown-subject', 4, also],
        [device, 'no-subject', 3, []],
        [device, 'no-session-id', 1, []],
        [subjectKey(bert), 'no-session-id', 1, []],
        [subjectKey(station), 'unknown-subject', 1, []],
      ]);
      expect(list.reduce((sum, { count }) => sum + count, 0)).toBe((await log.suspenseCounts()).waiting);
    });

    it('lists logins that differ by a line feed and what follows apart', async () => {
      const log = fresh();
      await log.append([], [suspended(1, 'bert'), suspended(2, 'bert\nzzz'), suspended(3, 'bert\n')], 0);
      const keys = (await log.suspenseSubjects(10)).map(({ key }) => subjectOfKey(key).value);
      expect(keys).toEqual(['bert', 'bert\n', 'bert\nzzz']);
      expect(await log.suspenseOfSubject(bertKey, 0, 10)).toHaveLength(1);
    });

    it('counts by subject, most first', async () => {
      const log = fresh();
      await log.append([], [suspended(1, 'carl'), suspended(2), suspended(3)], 0);
      expect(await log.suspenseSubjects(10)).toMatchObject([
        { key: bertKey, reason: 'unknown-subject', count: 2 },
        { key: subjectKey({ kind: 'login', value: 'carl' }), reason: 'unknown-subject', count: 1 },
      ]);
      expect(await log.suspenseSubjects(1)).toHaveLength(1);
    });
  });

  describe('release', () => {
    it('moves records into the log, in the order given, with their accounts', async () => {
      const log = fresh();
      await log.append([usage(1)], [suspended(1), suspended(2), suspended(3, 'carl')], 0);
      const [first, second] = await log.suspense(0, 2);
      const items = [second!, first!].map(({ id, record }, n) => ({ id, account: 40 + n, record }));
      expect(await log.release(items, 0)).toBe(3);
      const released = (await entriesAfter(log, 1)).map(([at, entry]) => [at, entry.account, comparable(entry).record]);
      expect(released).toEqual([
        [2, 40, comparable({ kind: 'usage', account: 40, record: second!.record }).record],
        [3, 41, comparable({ kind: 'usage', account: 41, record: first!.record }).record],
      ]);
      expect((await log.suspense(0, 10)).map(({ record }) => record.subjects[0]?.value)).toEqual(['carl']);
      expect(await log.suspenseOfSubject(bertKey, 0, 10)).toEqual([]);
      expect(await log.suspenseCounts()).toEqual({ waiting: 1, suspended: 3, released: 2 });
    });

    it('of a record that was released before moves none of them', async () => {
      const log = fresh();
      await log.append([], [suspended(1), suspended(2)], 0);
      const [first, second] = (await log.suspense(0, 2)).map(({ id, record }) => ({ id, account: 4, record }));
      await log.release([first!], 0);
      await expect(log.release([second!, first!], 0)).rejects.toThrow();
      expect(await log.lastPosition()).toBe(1);
      expect(await log.suspenseCounts()).toEqual({ waiting: 1, suspended: 2, released: 1 });
      expect(await log.release([second!], 0)).toBe(2);
    });

    it('never gives an id again', async () => {
      const place = makePlace();
      const log = keep(place.open());
      await log.append([], [suspended(1)], 0);
      const [first] = await log.suspense(0, 1);
      await log.release([{ id: first!.id, account: 1, record: first!.record }], 0);
      const again = await reopen(place, log);
      await again.append([], [suspended(2)], 0);
      expect((await again.suspense(0, 1))[0]!.id).toBeGreaterThan(first!.id);
    });

    it('writes entries as old as the release, not as the use', async () => {
      const log = fresh();
      await log.append([], [suspended(1)], 1_000);
      const [item] = await log.suspense(0, 1);
      await log.release([{ id: item!.id, account: 1, record: item!.record }], 9_000);
      await log.append([usage(2)], [], 10_000);
      // The suspended record's own append went before.
      expect(await log.prune(1, 1_001)).toBe(1);
      expect(await log.prune(1, 9_000)).toBe(0);
      expect(await log.prune(1, 9_001)).toBe(1);
    });
  });

  describe('prune', () => {
    it('drops whole batches that are both behind the position and old, never the last', async () => {
      const log = fresh();
      await log.append([usage(1), usage(2)], [], 100);
      await log.append([usage(3), usage(4)], [], 200);
      await log.append([usage(5)], [], 300);
      expect(await log.prune(3, 1_000)).toBe(1);
      expect(await log.prune(3, 1_000)).toBe(0);
      expect(accountsOf(await log.readAfter(0, 10))).toEqual([[3, 4], [5]]);
      expect(await log.prune(5, 200)).toBe(0);
      expect(await log.prune(5, 201)).toBe(1);
      expect(await log.prune(5, 1_000)).toBe(0);
      expect(accountsOf(await log.readAfter(0, 10))).toEqual([[5]]);
    });

    it('drops a part at a time where there is much, so that others get their turn', async () => {
      const log = fresh();
      for (let n = 1; n <= 20; n++) await log.append([usage(n)], [], 100);
      const dropped: number[] = [];
      for (;;) {
        const count = await log.prune(20, 200);
        if (count === 0) break;
        dropped.push(count);
      }
      expect(dropped.reduce((sum, count) => sum + count)).toBe(19);
      expect(dropped.length).toBeGreaterThan(1);
      expect(accountsOf(await log.readAfter(0, 10))).toEqual([[20]]);
    });
  });

  describe('events', () => {
    const event = (id: string, login = 'anna') => recordOf(usageEvent({ id, subject: login }));
    const entry = (id: string): LogEntry => ({ kind: 'usage', account: 1, record: event(id) });
    const waiting = (id: string) => ({ reason: 'unknown-subject', record: event(id, 'bert') });
    const keyOf = (id: string) => event(id).key;
    /** Which of some ids are known, in their order. */
    const known = async (log: UsageLog, ...ids: string[]) => {
      const keys = await log.knownEvents(ids.map(keyOf));
      return ids.filter((id) => keys.has(keyOf(id)));
    };

    it('come back as they were, also with their price', async () => {
      const log = fresh();
      const credit = recordOf(chargeEvent({ data: { charge: '-99999999.999', units: '0' } }));
      const entries: LogEntry[] = [entry('a'), { kind: 'usage', account: 2, record: credit }];
      await log.append(entries, [{ reason: 'unknown-subject', record: recordOf(chargeEvent({ id: 'b' })) }], 0);
      expect((await entriesAfter(log, 0)).map(([, one]) => comparable(one))).toEqual(entries.map(comparable));
      expect((await log.suspense(0, 1))[0]!.record).toEqual(recordOf(chargeEvent({ id: 'b' })));
    });

    it('are known once logged or suspended, by their whole key, and after a restart', async () => {
      const place = makePlace();
      const log = keep(place.open());
      expect(await log.knownEvents([])).toEqual(new Set());
      await log.append([entry('a')], [waiting('b')], 0);
      expect(await known(log, 'a', 'b', 'c', 'A')).toEqual(['a', 'b']);
      const other = recordOf(usageEvent({ id: 'a' }), { provider: 'voip-2' });
      expect(await log.knownEvents([other.key])).toEqual(new Set());
      expect(await known(await reopen(place, log), 'a', 'b', 'c')).toEqual(['a', 'b']);
    });

    it('alone have keys: sessions may report the same twice', async () => {
      const log = fresh();
      await log.append([usage(1), usage(1)], [suspended(1), suspended(1)], 0);
      expect(await log.knownEvents([usage(1).record.key, suspended(1).record.key])).toEqual(new Set());
    });

    it('are known together with what was appended, or not at all', async () => {
      const log = fresh();
      await expect(log.append([entry('a'), unwritable()], [waiting('b')], 0)).rejects.toThrow();
      await expect(log.append([entry('a')], [waiting('b'), unwritable()], 0)).rejects.toThrow();
      expect(await known(log, 'a', 'b')).toEqual([]);
      await log.append([entry('a')], [waiting('b')], 0);
      expect(await known(log, 'a', 'b')).toEqual(['a', 'b']);
    });

    it('cannot be appended twice: then nothing of the batch is', async () => {
      const log = fresh();
      await log.append([entry('a')], [waiting('b')], 0);
      await expect(log.append([usage(1), entry('a')], [], 0)).rejects.toThrow();
      await expect(log.append([usage(1)], [waiting('b')], 0)).rejects.toThrow();
      await expect(log.append([entry('c')], [waiting('c')], 0)).rejects.toThrow();
      expect([await log.lastPosition(), (await log.suspenseCounts()).waiting]).toEqual([1, 1]);
      expect(await known(log, 'c')).toEqual([]);
    });

    it('stay known when they are released, and when their entries are dropped', async () => {
      const log = fresh();
      await log.append([], [waiting('b')], 0);
      const [item] = await log.suspense(0, 1);
      expect(await log.release([{ id: item!.id, account: 4, record: item!.record }], 0)).toBe(1);
      expect(await known(log, 'b')).toEqual(['b']);
      expect([await log.prune(1, 1), await log.prune(1, 1)]).toEqual([1, 0]);
      expect(await known(log, 'b')).toEqual(['b']);
    });

    it('are forgotten by age, oldest first, so many at once', async () => {
      const log = fresh();
      await log.append([entry('a'), entry('b')], [waiting('c')], 100);
      await log.append([entry('d')], [], 200);
      await log.append([entry('e')], [], 300);
      expect(await log.forgetEvents(100, 10)).toBe(0);
      expect(await log.forgetEvents(101, 2)).toBe(2);
      expect(await known(log, 'a', 'b', 'c', 'd', 'e')).toEqual(['c', 'd', 'e']);
      expect(await log.forgetEvents(201, 10)).toBe(2);
      expect(await log.forgetEvents(201, 10)).toBe(0);
      expect(await known(log, 'c', 'd', 'e')).toEqual(['e']);
      // What was forgotten is new, and is known again.
      await log.append([entry('a')], [], 400);
      expect(await known(log, 'a', 'b', 'e')).toEqual(['a', 'e']);
    });
  });

  describe('identity and notes', () => {
    it('keeps its instance id, and no other log has it', async () => {
      const place = makePlace();
      const log = keep(place.open());
      const { instanceId } = log;
      expect((await reopen(place, log)).instanceId).toBe(instanceId);
      expect(fresh().instanceId).not.toBe(instanceId);
    });

    it('keeps notes, and knows none that was not made', async () => {
      const place = makePlace();
      const log = keep(place.open());
      expect(await log.note('position')).toBeNull();
      await log.setNote('ticked', '1');
      await log.setNote('ticked', '2');
      await log.setNote('position', '77');
      const again = await reopen(place, log);
      expect([await again.note('ticked'), await again.note('position'), await again.lastPosition()]).toEqual([
        '2',
        '77',
        0,
      ]);
    });
  });

  it('holds after any sequence of appends, failures, releases, prunings and restarts', async () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('append'), entries: fc.nat(3), suspended: fc.nat(2) }),
      fc.record({ do: fc.constantFrom('fail', 'release', 'prune', 'reopen') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 20 }), async (actions) => {
        const place = makePlace();
        let log = keep(place.open());
        /** Account of each position, and of what waits; each account is used once. */
        const logged: number[] = [];
        const waiting: number[] = [];
        let next = 0;
        let pruned = 0;
        for (const step of actions) {
          if ('entries' in step) {
            const entries = Array.from({ length: step.entries }, () => ++next);
            const left = Array.from({ length: step.suspended }, () => ++next);
            const items = left.map((at) => suspended(at));
            expect(
              await log.append(
                entries.map((n) => tick(n)),
                items,
                0,
              ),
            ).toBe(logged.push(...entries));
            waiting.push(...left);
          } else if (step.do === 'fail') {
            await expect(log.append([tick(0), unwritable()], [suspended(0)], 0)).rejects.toThrow();
          } else if (step.do === 'release') {
            const items = (await log.suspense(0, 2)).map(({ id, record }) => ({
              id,
              account: waiting.shift()!,
              record,
            }));
            logged.push(...items.map(({ account }) => account));
            if (items.length > 0) expect(await log.release(items, 0)).toBe(logged.length);
          } else if (step.do === 'prune') {
            while ((await log.prune(logged.length, 1)) > 0);
            pruned = logged.length;
          } else log = await reopen(place, log);
        }
        expect(await log.lastPosition()).toBe(logged.length);
        expect((await log.suspenseCounts()).waiting).toBe(waiting.length);
        const expected = logged.map((account, n) => [n + 1, account]).slice(pruned);
        expect((await entriesAfter(log, pruned)).map(([at, entry]) => [at, entry.account])).toEqual(expected);
        await reopen(place, log);
      }),
      { numRuns: 15 },
    );
  });
}

/** A record that no log can write: reading one of its fields fails, late in the work. */
function unwritable(): Extract<LogEntry, { kind: 'usage' }> & { readonly reason: string } {
  const record = Object.defineProperty({ ...report({ at: 1 }) }, 'attributes', {
    get: () => {
      throw new Error('this record cannot be written');
    },
  });
  return { kind: 'usage', account: 1, record, reason: 'unwritable' };
}

/** `wide: false` and no `wide` mean the same. */
function comparable(entry: LogEntry) {
  if (entry.kind !== 'usage') return { ...entry, record: null };
  const { wide = false, ...source } = entry.record.source;
  return { ...entry, record: { ...entry.record, source: { ...source, wide } } };
}

import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CollectorCounters } from '../../../daemon/counters.ts';
import { decodeEntries } from '../../../daemon/log/entry-codec.ts';
import { openLogReader } from '../../../daemon/log/file-log.ts';
import type { LogEntry } from '../../../daemon/log/usage-log.ts';
import { Guide, subjectKey } from '../../../daemon/mediation/guide.ts';
import { Pipeline } from '../../../daemon/pipeline.ts';
import { PlanRegistry } from '../../../daemon/plans/registry.ts';
import { openSqliteStore } from '../../../daemon/store/sqlite/sqlite-store.ts';
import type { Store } from '../../../daemon/store/store.ts';
import {
  accountOn,
  allCharges,
  allUsage,
  appendEach,
  billLines,
  contents,
  fillStore,
  foldAll,
  logged,
  makeWorld,
  startPartition,
  storeWith,
  sumOf,
  usageOf,
  type World,
} from '../../fixtures/partition-world.ts';
import { epochMs, type Report, report } from '../../fixtures/session-reports.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const hour = 3600;
const GB = 1_000_000_000;
const aprilMs = Date.UTC(2026, 3, 1);

async function close({ log, store }: World): Promise<void> {
  await log.close();
  await store.close();
}

/** `{ anna: 'hourly' }` and entries of hers, folded. */
async function hourlyWorld(...reports: Report[]) {
  const world = await makeWorld({ anna: 'hourly' });
  const anna = world.accounts.anna!;
  await appendEach(
    world.log,
    reports.map((fields) => usageOf(fields.status?.startsWith('accounting') ? 0 : anna, fields)),
  );
  const partition = await startPartition(world.store, world.log);
  await foldAll(partition);
  return { ...world, anna, partition };
}

/** A plan that doubles its use again and again: each layer has two filters, fed by both of the one before. */
function doublingPlan(layers: number): string {
  const allDay = '<property name="from" value="00:00"/><property name="to" value="24:00"/>';
  const parts = Array.from({ length: layers }, (_, layer) =>
    [0, 1].map((side) => {
      const id = `f${layer}-${side}`;
      const sources = layer === 0 ? ['usage'] : [`f${layer - 1}-0`, `f${layer - 1}-1`];
      const connections = sources.map((from) => `<connection from="${from}" to="${id}"/>`).join('');
      return `<primitive id="${id}" type="DailyTimeFilter">${allDay}</primitive>${connections}`;
    }),
  );
  return `<plan xmlns="urn:meterd:plan:1" id="doubling" name="n" currency="USD">${parts.flat().join('')}
    <primitive id="time" type="StepRater"><property name="unit" value="hour"/><step multiplier="1"/></primitive>
    <primitive id="post" type="AccountFinalizer"/>
    <connection from="f${layers - 1}-0" to="time"/><connection from="time" to="post"/></plan>`;
}

describe('the worked example of the plan language, through log and store', () => {
  /** REQUIREMENTS P-I: day, hours and minutes of 2001. */
  const sessions: [string, string][] = [
    ['2001-01-02T00:00', '2001-01-04T00:00'],
    ['2001-01-05T10:00', '2001-01-07T10:00'],
    ['2001-01-08T17:00', '2001-01-08T23:00'],
    ['2001-01-09T22:00', '2001-01-10T03:00'],
    ['2001-01-11T00:00', '2001-01-16T00:00'],
    ['2001-01-17T09:00', '2001-01-17T15:00'],
    ['2001-01-20T18:30', '2001-01-20T19:30'],
    ['2001-02-01T00:00', '2001-02-05T04:00'],
    ['2001-02-10T20:00', '2001-02-10T21:30'],
  ];
  const secondsAt = (text: string) => (Date.parse(`${text}Z`) - epochMs) / 1000;

  it.each([100_000, 1_800])('bills 110.63, 21.50 and 20.00 with an Interim every %i s', async (interim) => {
    const world = await makeWorld({ anna: 'evening' });
    const anna = world.accounts.anna!;
    const entries = sessions.flatMap(([from, to], n) => {
      const [start, end] = [secondsAt(from), secondsAt(to)];
      const session = `s${n}`;
      const reports: Report[] = [{ status: 'start', at: start, session }];
      for (let at = start + interim; at < end; at += interim) reports.push({ at, time: at - start, session });
      reports.push({ status: 'stop', at: end, time: end - start, session });
      return reports.map((fields) => usageOf(anna, fields));
    });
    const ticks = [1, 2, 3].map((month): LogEntry => ({ kind: 'tick', account: anna, atMs: Date.UTC(2001, month, 1) }));
    await world.log.append([...entries, ...ticks], [], 0);
    const partition = await startPartition(world.store, world.log);
    await foldAll(partition);
    const totals = [0, 1, 2].map(async (month) => (await billLines(partition, anna, Date.UTC(2001, month, 5))).total);
    expect(await Promise.all(totals)).toEqual(['110.63', '21.50', '20.00']);
    await close(world);
  });
});

describe('what is committed', () => {
  it('is use, charges, session and position, and the laws hold', async () => {
    const world = await hourlyWorld(
      { status: 'start', at: 0 },
      { at: hour, time: hour, in: 5, out: 6 },
      { at: hour, time: hour, in: 5, out: 6 },
      { status: 'stop', at: 1.5 * hour, time: 1.5 * hour, in: 50, out: 60 },
    );
    const { store, anna, partition } = world;
    expect((await allUsage(store, anna)).map(({ position, readings }) => [position, readings])).toEqual([
      [2, { time: 3600n, 'octets-in': 5n, 'octets-out': 6n }],
      [4, { time: 1800n, 'octets-in': 45n, 'octets-out': 54n }],
    ]);
    const charges = await allCharges(store, anna);
    expect(charges.map(({ seq, position, amount }) => [seq, position, amount])).toEqual([
      [1, 2, '1.200000'],
      [2, 4, '0.600000'],
    ]);
    const expected = { position: 4, rated: 2, withoutUse: 1, duplicate: 1, quarantined: 0 };
    expect(await store.progress()).toMatchObject(expected);
    expect(partition.progress).toMatchObject({ posted: { USD: '1.800000' }, onBills: { USD: '1.800000' } });
    expect(await billLines(partition, anna)).toEqual({ total: '1.80', lines: { 'Hours online': '1.80' } });
    expect((await store.openSessionsOfAccount(anna, 9)).count).toBe(0);
    await close(world);
  });

  it('tells what a step did, and null when there is nothing to do', async () => {
    const world = await makeWorld({ anna: 'hourly', bert: 'hourly' });
    const { anna, bert } = world.accounts;
    const partition = await startPartition(world.store, world.log);
    expect(await partition.step()).toBeNull();
    await world.log.append([usageOf(anna!, { at: hour, time: hour })], [], 0);
    await world.log.append([usageOf(bert!, { at: 0, time: 0, session: 's2' })], [], 0);
    const step = await partition.step();
    expect([step?.entries, step?.charges.length, [...(step?.accounts ?? [])]]).toEqual([2, 1, [anna]]);
    expect(await partition.step()).toBeNull();
    await close(world);
  });

  it('bills ticks once, and closings with their rounding', async () => {
    const world = await makeWorld({ anna: 'per-gigabyte', bert: 'flat' });
    const { anna, bert } = world.accounts;
    const tick = (account: number): LogEntry => ({ kind: 'tick', account, atMs: aprilMs });
    const closing = (account: number): LogEntry => ({ kind: 'close', account, periodFromMs: epochMs });
    await world.log.append([usageOf(anna!, { at: hour, time: hour, in: 5 * GB + 1_234_567 })], [], 0);
    const clock = [anna!, bert!].flatMap((account) => [tick(account), closing(account)]);
    await world.log.append([...clock, ...clock], [], 0);
    const partition = await startPartition(world.store, world.log);
    await foldAll(partition);
    expect(await billLines(partition, anna!)).toMatchObject({ total: '9.90', lines: { 'Monthly fee': '9.90' } });
    const charges = await allCharges(world.store, anna!);
    const kinds = charges.map(({ line, amount, fromUsage }) => [line.kind, amount, fromUsage]);
    expect(kinds).toEqual([
      ['usage', '0.000988', true],
      ['recurring', '9.900000', false],
      ['rounding', '-0.000988', false],
    ]);
    const posted = sumOf([...charges, ...(await allCharges(world.store, bert!))].map(({ amount }) => amount));
    expect(partition.progress).toMatchObject({ posted: { USD: posted }, onBills: { USD: posted }, position: 9 });
    expect(await conserved(world.store)).toBe(true);
    await close(world);
  });
});

async function conserved(store: Store): Promise<boolean> {
  const { position, rated, withoutUse, duplicate, quarantined, posted, onBills } = await store.progress();
  for (const currency of ['USD', 'EUR'])
    expect(sumOf([onBills[currency] ?? '0'])).toBe(sumOf([posted[currency] ?? '0']));
  return rated + withoutUse + duplicate + quarantined === position;
}

describe('Accounting-On', () => {
  it('closes the sessions of its device alone, also of a partition that was just started', async () => {
    const world = await makeWorld({ anna: 'hourly' });
    const anna = world.accounts.anna!;
    const open = (session: string, device: string) => usageOf(anna, { status: 'start', at: 0, session, device });
    await appendEach(world.log, [open('s1', 'access/nas-1'), open('s2', 'access/nas-1'), open('s1', 'access/nas-2')]);
    await foldAll(await startPartition(world.store, world.log));

    const on = { status: 'accounting-on', at: 100, session: null, device: 'access/nas-1' } as const;
    await appendEach(world.log, [usageOf(0, on), usageOf(anna, { status: 'start', at: 0, session: 's1' })]);
    const partition = await startPartition(world.store, world.log);
    await foldAll(partition);
    const openNow = (await world.store.openSessionsOfAccount(anna, 9)).items.map(({ state }) => state.device);
    expect(openNow).toEqual(['access/nas-2']);

    // The same id afterwards is a new session, and both are billed.
    await appendEach(world.log, [
      usageOf(anna, { status: 'start', at: 130, session: 's1' }),
      usageOf(anna, { at: 130 + hour, time: hour, session: 's1' }),
      usageOf(anna, { at: 95, time: 95, session: 's2' }),
    ]);
    await foldAll(partition);
    const usage = await allUsage(world.store, anna);
    expect(usage.map(({ sessionId, readings }) => [sessionId, readings.time])).toEqual([
      [4, 3600n],
      [2, 95n],
    ]);
    expect(await conserved(world.store)).toBe(true);
    await close(world);
  });
});

describe('Accounting-On in one step with reports that are not committed yet', () => {
  it('closes the session as those reports left it', async () => {
    const world = await makeWorld({ anna: 'hourly' });
    const anna = world.accounts.anna!;
    const partition = await startPartition(world.store, world.log);
    await world.log.append([usageOf(anna, { at: 60, time: 60 })], [], 0);
    await foldAll(partition);
    const newest = { at: hour, time: hour };
    await world.log.append(
      [
        usageOf(anna, newest),
        usageOf(0, { status: 'accounting-on', at: 2 * hour, session: null }),
        usageOf(anna, { ...newest, status: 'stop' }),
      ],
      [],
      0,
    );
    await foldAll(partition);
    expect((await allUsage(world.store, anna)).map(({ readings }) => readings.time)).toEqual([60n, 3540n]);
    expect((await billLines(partition, anna)).total).toBe('1.20');
    await close(world);
  });
});

describe('a session', () => {
  it('keeps the account it was opened with', async () => {
    const world = await makeWorld({ anna: 'hourly', bert: 'hourly' });
    const { anna, bert } = world.accounts;
    await appendEach(world.log, [usageOf(anna!, { status: 'start', at: 0 }), usageOf(bert!, { at: hour, time: hour })]);
    const partition = await startPartition(world.store, world.log);
    await foldAll(partition);
    expect((await billLines(partition, anna!)).total).toBe('1.20');
    expect((await billLines(partition, bert!)).total).toBe('0.00');
    await close(world);
  });

  it('that begins on an id still open closes the one before', async () => {
    const world = await hourlyWorld({ status: 'start', at: 0 }, { status: 'start', at: 9_000 });
    const { items: open } = await world.store.openSessionsOfAccount(world.anna, 9);
    expect(open.map(({ id, state }) => [id, state.incarnation])).toEqual([[2, 2]]);
    await close(world);
  });

  it('that is over is rated on when its late Stop comes after the id’s next session, for its own account', async () => {
    const world = await makeWorld({ anna: 'hourly', bert: 'hourly' });
    const { anna, bert } = world.accounts;
    const partition = await startPartition(world.store, world.log);
    const late = usageOf(anna!, { status: 'stop', at: hour, time: hour });
    await appendEach(world.log, [
      usageOf(anna!, { status: 'start', at: 0 }),
      usageOf(bert!, { status: 'start', at: 2 * hour }),
      usageOf(bert!, { at: 3 * hour, time: hour }),
    ]);
    await foldAll(partition);
    // What is kept in memory is gone.
    const again = await startPartition(world.store, world.log);
    await appendEach(world.log, [late, late, usageOf(anna!, { status: 'start', at: 0 })]);
    await foldAll(again);
    await appendEach(world.log, [late]);
    await foldAll(again);
    expect(again.progress).toMatchObject({ rated: 2, duplicate: 3, quarantined: 0 });
    const totals = [anna!, bert!].map(async (account) => (await billLines(again, account)).total);
    expect(await Promise.all(totals)).toEqual(['1.20', '1.20']);
    const { items: open } = await world.store.openSessionsOfAccount(bert!, 9);
    expect(open.map(({ state }) => state.incarnation)).toEqual([2]);
    expect((await world.store.openSessionsOfAccount(anna!, 9)).count).toBe(0);
    await close(world);
  });

  it('of which nothing is known, between two sessions of its id, is kept for people to look at', async () => {
    const world = await hourlyWorld(
      { status: 'stop', at: hour, time: hour },
      { status: 'start', at: 9 * hour },
      { status: 'stop', at: 5 * hour, time: hour },
    );
    expect((await world.store.quarantined(10)).map(({ reason }) => reason)).toEqual(['session-unknown']);
    expect((await billLines(world.partition, world.anna)).total).toBe('1.20');
    await close(world);
  });

  it('of another account on the same id is billed to that one, though no account is in memory', async () => {
    const world = await makeWorld({ anna: 'hourly', bert: 'hourly' });
    const { anna, bert } = world.accounts;
    const partition = await startPartition(world.store, world.log);
    await world.log.append([usageOf(anna!, { status: 'stop', at: hour, time: hour })], [], 0);
    await foldAll(partition);
    partition.forgetAccounts();
    await world.log.append([usageOf(bert!, { status: 'stop', at: 3 * hour, time: hour })], [], 0);
    await foldAll(partition);
    expect(await world.store.quarantined(10)).toEqual([]);
    expect((await billLines(partition, bert!)).total).toBe('1.20');
    await close(world);
  });
});

describe('quarantine', () => {
  it('takes use of an account without a plan, and others go on', async () => {
    const world = await makeWorld({ anna: 'hourly', bert: 'none' });
    const { anna, bert } = world.accounts;
    const entries = [
      usageOf(bert!, { at: hour, time: hour, session: 's2' }),
      usageOf(999, { at: hour, time: hour, session: 's3' }),
      { kind: 'tick', account: 998, atMs: aprilMs } as const,
      usageOf(anna!, { at: hour, time: hour }),
    ];
    await world.log.append(entries, [], 0);
    const partition = await startPartition(world.store, world.log);
    await foldAll(partition);
    const quarantined = await world.store.quarantined(10);
    expect(quarantined.map(({ position, account, reason }) => [position, account, reason])).toEqual([
      [3, 998, 'account-unknown'],
      [2, 999, 'account-unknown'],
      [1, bert, 'no-plan'],
    ]);
    for (const { entry } of quarantined) expect(decodeEntries(entry)).toHaveLength(1);
    expect((await billLines(partition, anna!)).total).toBe('1.20');
    expect(await world.store.progress()).toMatchObject({ quarantined: 3, rated: 1 });
    expect(await conserved(world.store)).toBe(true);
    await close(world);
  });

  it('takes an assignment to a plan that does not exist', async () => {
    const world = await makeWorld({ anna: 'none' });
    await world.store.assignPlan(world.accounts.anna!, { planId: 'gone', validFromMs: null });
    await world.log.append([usageOf(world.accounts.anna!, { at: hour, time: hour })], [], 0);
    await foldAll(await startPartition(world.store, world.log));
    expect((await world.store.quarantined(1))[0]?.reason).toBe('no-plan');
    await close(world);
  });

  it('takes use under a stored plan that cannot be read, and others go on', async () => {
    const world = await makeWorld({ anna: 'hourly', bert: 'none' });
    const { anna, bert } = world.accounts;
    const broken = { planId: 'broken', name: 'b', currency: 'USD', xml: '<plan', validFromMs: null, createdMs: 0 };
    await world.store.addPlanVersion(broken);
    await world.store.assignPlan(bert!, { planId: 'broken', validFromMs: null });
    const use: Report = { at: hour, time: hour };
    await world.log.append([usageOf(bert!, { ...use, session: 's2' }), usageOf(anna!, use)], [], 0);
    const partition = await startPartition(world.store, world.log);
    await foldRetrying(partition);
    expect((await billLines(partition, anna!)).total).toBe('1.20');
    expect((await world.store.quarantined(10)).map(({ account }) => account)).toEqual([bert]);
    expect(await conserved(world.store)).toBe(true);
    await close(world);
  });

  it('takes an entry whose rating throws, and that one alone', async () => {
    const world = await makeWorld({ anna: 'hourly', bert: 'hourly' });
    const { anna, bert } = world.accounts;
    const sound = new PlanRegistry(world.store);
    const plans = new PlanRegistry(world.store);
    plans.terms = async (account) => {
      const terms = await sound.terms(account);
      const segments = terms.segments.map((segment) => ({
        ...segment,
        rater: {
          ...segment.rater,
          rate: (...args: Parameters<typeof segment.rater.rate>) => {
            if (Number(args[2]) === 13) throw new Error('thirteen');
            segment.rater.rate(...args);
          },
        },
      }));
      return { ...terms, segments };
    };
    const entries = [
      usageOf(anna!, { at: hour, time: hour }),
      usageOf(bert!, { at: 13, time: 13, session: 's2' }),
      usageOf(anna!, { at: hour + 13, time: hour + 13 }),
      usageOf(bert!, { at: 13 + hour, time: 13 + hour, session: 's2' }),
      usageOf(anna!, { at: 2 * hour, time: 2 * hour }),
    ];
    await world.log.append(entries, [], 0);
    const partition = await startPartition(world.store, world.log, plans);
    await foldRetrying(partition);
    const quarantined = await world.store.quarantined(10);
    expect(quarantined.map(({ position, reason }) => [position, reason])).toEqual([
      [3, 'rating-fault'],
      [2, 'rating-fault'],
    ]);
    expect(quarantined[0]!.detail).toContain('thirteen');
    // What a quarantined report told is still to come: the next report of the session has it.
    expect((await billLines(partition, anna!)).total).toBe('2.40');
    expect((await allUsage(world.store, bert!)).map(({ readings }) => readings.time)).toEqual([3613n]);
    expect(await conserved(world.store)).toBe(true);
    await close(world);
  });

  it('takes counters that no row can hold (2^63 octets and more), and others go on', async () => {
    const world = await makeWorld({ anna: 'per-gigabyte', bert: 'hourly' });
    const { anna, bert } = world.accounts;
    const absurd: Report[] = [
      { at: 60, time: 60, in: 2n ** 64n - 1n, out: 5, wide: true, session: 's2' },
      { at: 60, time: 60, in: 2n ** 63n - 1n, out: 2n ** 63n - 1n, wide: true, session: 's3' },
    ];
    await world.log.append(
      absurd.map((fields) => usageOf(anna!, fields)),
      [],
      0,
    );
    await world.log.append([usageOf(bert!, { at: hour, time: hour })], [], 0);
    const partition = await startPartition(world.store, world.log);
    await foldRetrying(partition);
    expect((await world.store.quarantined(10)).map(({ reason }) => reason)).toEqual(['out-of-range', 'out-of-range']);
    expect((await billLines(partition, bert!)).total).toBe('1.20');
    expect(await conserved(world.store)).toBe(true);
    await close(world);
  });

  it('takes a session time of more than ten years, and what the session tells next is counted in full', async () => {
    const world = await hourlyWorld(
      { status: 'start', at: 0 },
      { at: 60, time: 2 ** 32 - 1, in: 5 },
      { status: 'stop', at: hour, time: hour, in: 9 },
    );
    expect((await world.store.quarantined(10)).map(({ reason }) => reason)).toEqual(['out-of-range']);
    expect(await billLines(world.partition, world.anna)).toEqual({ total: '1.20', lines: { 'Hours online': '1.20' } });
    await close(world);
  });

  it('takes use that a plan multiplies beyond what a row can hold, and others go on', async () => {
    const world = await makeWorld({ anna: 'none', bert: 'hourly' });
    const { anna, bert } = world.accounts;
    const plan = { planId: 'doubling', name: 'n', currency: 'USD', validFromMs: null, createdMs: epochMs };
    await world.store.addPlanVersion({ ...plan, xml: doublingPlan(60) });
    await world.store.assignPlan(anna!, { planId: 'doubling', validFromMs: null });
    await world.log.append(
      [usageOf(anna!, { at: hour, time: hour }), usageOf(bert!, { at: hour, time: hour, session: 's2' })],
      [],
      0,
    );
    const partition = await startPartition(world.store, world.log);
    await foldRetrying(partition);
    expect(await world.store.quarantined(10)).toMatchObject([{ position: 1, reason: 'rating-fault' }]);
    expect((await billLines(partition, anna!)).total).toBe('0.00');
    expect((await billLines(partition, bert!)).total).toBe('1.20');
    expect(await conserved(world.store)).toBe(true);
    await close(world);
  });

  it('takes one report with absurd counters, and the true ones after it still count in full', async () => {
    const world = await makeWorld({ anna: 'per-gigabyte' });
    const { anna } = world.accounts;
    const reports: Report[] = [
      { at: 10, time: 10, in: 1_000, out: 1_000 },
      { at: 20, time: 20, in: 2n ** 64n - 1n, out: 2_000, wide: true },
      { status: 'stop', at: 30, time: 30, in: 5_000_000, out: 3_000 },
    ];
    await appendEach(
      world.log,
      reports.map((fields) => usageOf(anna!, fields)),
    );
    await foldAll(await startPartition(world.store, world.log));
    expect((await world.store.quarantined(10)).map(({ position }) => position)).toEqual([2]);
    expect((await allUsage(world.store, anna!)).map(({ readings }) => readings)).toEqual([
      { time: 10n, 'octets-in': 1_000n, 'octets-out': 1_000n },
      { time: 20n, 'octets-in': 4_999_000n, 'octets-out': 2_000n },
    ]);
    await close(world);
  });

  it('takes a session report without session id', async () => {
    const world = await makeWorld({ anna: 'hourly' });
    const entry = usageOf(world.accounts.anna!, { at: hour, time: hour, session: null });
    await world.log.append([entry, usageOf(0, { status: 'other', at: 0, session: null })], [], 0);
    await foldAll(await startPartition(world.store, world.log));
    expect((await world.store.quarantined(10)).map(({ reason }) => reason)).toEqual(['no-session-id']);
    expect(await world.store.progress()).toMatchObject({ quarantined: 1, withoutUse: 1 });
    await close(world);
  });
});

/** Folds like the rating thread: an error means another try, but not for ever. */
async function foldRetrying(partition: Awaited<ReturnType<typeof startPartition>>): Promise<void> {
  for (let triesLeft = 50; ; ) {
    try {
      if ((await partition.step()) === null) return;
    } catch (cause) {
      if (--triesLeft === 0) throw cause;
    }
  }
}

describe('store and log', () => {
  it('of different instances are refused', async () => {
    const one = await hourlyWorld({ at: hour, time: hour });
    const other = await makeWorld({ anna: 'hourly' });
    await expect(startPartition(one.store, other.log)).rejects.toMatchObject({ code: 'store-mismatch' });
    await close(one);
    await close(other);
  });

  it('are refused where the store is beyond the end of the log', async () => {
    const world = await hourlyWorld({ at: hour, time: hour }, { at: 2 * hour, time: 2 * hour });
    const shorter = Object.assign(Object.create(world.log), { lastPosition: async () => 1 });
    await expect(startPartition(world.store, shorter)).rejects.toMatchObject({ code: 'store-mismatch' });
    await close(world);
  });

  it('are refused where entries in between were dropped', async () => {
    const world = await makeWorld({ anna: 'hourly' }, 1);
    await appendEach(world.log, [usageOf(1, { at: hour, time: hour }), usageOf(1, { at: 2 * hour, time: 2 * hour })]);
    expect(await world.log.prune(1, 1)).toBe(1);
    const partition = await startPartition(world.store, world.log);
    await expect(partition.step()).rejects.toMatchObject({ code: 'store-mismatch' });
    expect((await world.store.progress()).position).toBe(0);
    await close(world);
  });
});

// --- exactly once, whatever fails -------------------------------------------------------------------------------

const plansOf = { anna: 'per-gigabyte', bert: 'hourly', carl: 'evening', dora: 'none' };
const accountCount = Object.keys(plansOf).length;

/** Some lives of sessions on two devices, with repetitions, late reports, restarts of devices, ticks and closings. */
const history = fc
  .array(
    fc.record({
      kind: fc.constantFrom('report', 'report', 'report', 'report', 'again', 'restart', 'tick', 'close'),
      account: fc.integer({ min: 1, max: accountCount }),
      session: fc.constantFrom('s1', 's2', 's3'),
      device: fc.constantFrom('g/nas-1', 'g/nas-2'),
      seconds: fc.integer({ min: 1, max: 40_000 }),
      octets: fc.integer({ min: 0, max: 4 * GB }),
      status: fc.constantFrom('interim', 'interim', 'stop'),
      back: fc.nat(5),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((steps) => {
    const entries: LogEntry[] = [];
    const started = new Map<string, number>();
    let at = 0;
    let octets = 0n;
    for (const { kind, account, session, device, seconds, octets: more, status, back } of steps) {
      at += seconds;
      octets += BigInt(more);
      const key = `${session} ${device}`;
      if (kind === 'tick') entries.push({ kind, account, atMs: epochMs + at * 1000 });
      else if (kind === 'close') entries.push({ kind, account, periodFromMs: epochMs });
      else if (kind === 'again') entries.push(...entries.slice(-1 - back, -back || undefined).slice(0, 1));
      else if (kind === 'restart') {
        entries.push(usageOf(0, { status: 'accounting-on', at, session: null, device }));
        for (const name of started.keys()) if (name.endsWith(device)) started.delete(name);
      } else {
        const start = started.get(key);
        started.set(key, start ?? at);
        const fields = { session, device, at };
        if (start === undefined) entries.push(usageOf(account, { ...fields, status: 'start' }));
        else {
          const time = at - start;
          entries.push(usageOf(account, { ...fields, status, time, in: octets, out: BigInt(more), wide: true }));
        }
        if (start !== undefined && status === 'stop') started.delete(key);
      }
    }
    return entries;
  });

/** How many entries each append takes. */
const batching = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 20 });
const nos = Array.from({ length: accountCount }, (_, n) => n + 1);

/** What an undisturbed fold of the same log makes of it, into a store of its own. */
async function undisturbed(world: World) {
  const store = openSqliteStore(join(tempFolder(), 'store.db'));
  await fillStore(store, plansOf);
  await foldAll(await startPartition(store, world.log));
  const result = await contents(store, nos);
  await store.close();
  return result;
}

describe('the fold of the log', () => {
  it('is the same each time, in one step or in many, and keeps both laws', async () => {
    await fc.assert(
      fc.asyncProperty(history, batching, async (entries, sizes) => {
        const world = await makeWorld(plansOf);
        const partition = await startPartition(world.store, world.log);
        const rest = [...entries];
        for (let n = 0; rest.length > 0; n++) {
          await world.log.append(rest.splice(0, sizes[n] ?? 5), [], 0);
          await foldAll(partition);
        }
        const stepwise = await contents(world.store, nos);
        expect(stepwise).toEqual(await undisturbed(world));
        expect(await conserved(world.store)).toBe(true);
        const amounts = stepwise.accounts.flatMap(({ charges }) => charges.map(({ amount }) => amount));
        expect(sumOf([stepwise.progress.posted.USD ?? '0'])).toBe(sumOf(amounts));
        for (const { charges } of stepwise.accounts) {
          expect(charges.map(({ seq }) => seq)).toEqual(charges.map((_, n) => n + 1));
        }
        await close(world);
      }),
      { numRuns: 25 },
    );
  });

  it('is not changed by commits that fail, before or after they are durable, and are tried again', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        batching,
        fc.array(fc.constantFrom('well', 'before', 'after'), { maxLength: 12 }),
        async (entries, sizes, fates) => {
          const world = await makeWorld(plansOf);
          let commits = 0;
          const failing = storeWith(world.store, {
            commit: async (batch) => {
              const fate = fates[commits++] ?? 'well';
              if (fate === 'before') throw new Error('the disk is full');
              await world.store.commit(batch);
              if (fate === 'after') throw new Error('the answer was lost');
            },
          });
          const partition = await startPartition(failing, world.log);
          const rest = [...entries];
          for (let n = 0; rest.length > 0; n++) {
            await world.log.append(rest.splice(0, sizes[n] ?? 5), [], 0);
            await foldRetrying(partition);
          }
          expect(await contents(world.store, nos)).toEqual(await undisturbed(world));
          await close(world);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('goes on exactly once in another partition after a crash at any point', async () => {
    await fc.assert(
      fc.asyncProperty(history, batching, async (entries, sizes) => {
        const world = await makeWorld(plansOf);
        const rest = [...entries];
        const abandoned: { close(): Promise<void> }[] = [];
        for (let n = 0; rest.length > 0; n++) {
          await world.log.append(rest.splice(0, sizes[n] ?? 5), [], 0);
          // Connections of the one that crashed stay open, as the kernel keeps a dead process's files for a while.
          const store = openSqliteStore(join(world.folder, 'store.db'));
          const log = openLogReader(world.log.reading);
          abandoned.push(store, log);
          const dying = storeWith(store, {
            commit: async (batch) => {
              if (n % 2 === 0) throw new Error('crash before the commit');
              await store.commit(batch);
            },
          });
          const partition = await startPartition(dying, log);
          await partition.step().catch(() => undefined);
        }
        await foldAll(await startPartition(world.store, world.log));
        expect(await contents(world.store, nos)).toEqual(await undisturbed(world));
        for (const connection of abandoned) await connection.close();
        await close(world);
      }),
      { numRuns: 15 },
    );
  });
});

// --- suspended use ----------------------------------------------------------------------------------------------

describe('use that was suspended', () => {
  it('ends on the bill in order, once its subject has an account', async () => {
    const world = await makeWorld({ anna: 'hourly' });
    const guide = new Guide();
    const faults: unknown[] = [];
    const pipeline = new Pipeline({
      log: world.log,
      guide,
      sessionAccount: async () => null,
      clock: () => epochMs,
      onAppended: () => undefined,
      onFault: (cause) => faults.push(cause),
    });
    await pipeline.start();
    const partition = await startPartition(world.store, world.log);
    const counters = new CollectorCounters('radius');
    const submit = (fields: Report) => pipeline.submit(report({ login: 'bert', ...fields }), counters, () => undefined);
    submit({ status: 'start', at: 0 });
    submit({ at: hour, time: hour });
    await pipeline.drain();
    submit({ at: hour + 60, time: hour + 60 });
    submit({ status: 'stop', at: 2 * hour, time: 2 * hour });
    await pipeline.drain();
    await foldAll(partition);
    expect(partition.progress.position).toBe(0);

    const bert = (await world.store.createAccount(accountOn('bert'))).no;
    await world.store.assignPlan(bert, { planId: 'hourly', validFromMs: null });
    const identity = { kind: 'login', value: 'bert', provider: '' } as const;
    guide.learn('login', 'bert', '', [{ account: bert, ...identity, validFromMs: null, validUntilMs: null }]);
    expect(await pipeline.release(subjectKey(identity))).toBe(4);
    await foldAll(partition);
    const use = (await allUsage(world.store, bert)).map(({ startMs, endMs }) =>
      [startMs, endMs].map((ms) => ms - epochMs),
    );
    expect(use).toEqual([
      [0, 3_600_000],
      [3_600_000, 3_660_000],
      [3_660_000, 7_200_000],
    ]);
    expect((await billLines(partition, bert)).total).toBe('2.40');
    expect(faults).toEqual([]);
    await close(world);
  });

  it('was guided once and for all: replaying the log asks nobody', async () => {
    const world = await makeWorld({ anna: 'hourly', bert: 'hourly' });
    const entry = logged(world.accounts.bert!, report({ at: hour, time: hour, login: 'anna' }));
    await world.log.append([entry], [], 0);
    const partition = await startPartition(world.store, world.log);
    await foldAll(partition);
    expect((await billLines(partition, world.accounts.bert!)).total).toBe('1.20');
    await close(world);
  });
});

/** Usage events in the fold: rated by the plan, or posted as they were priced; see partition.test.ts for sessions. */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type UsageRecord, useQuantityMax } from '../../../collectors/index.ts';
import type { LogEntry } from '../../../daemon/log/usage-log.ts';
import type { Partition } from '../../../daemon/partitions/partition.ts';
import { decodeShares, otherNames, type Shares, sharesOf } from '../../../daemon/partitions/shares.ts';
import { openSqliteStore } from '../../../daemon/store/sqlite/sqlite-store.ts';
import { addDecimal } from '../../../rating/index.ts';
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
  startPartition,
  storeWith,
  sumOf,
  type World,
} from '../../fixtures/partition-world.ts';
import { epochMs, report } from '../../fixtures/session-reports.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { chargeEvent, meterEvent, recordOf } from '../../fixtures/usage-events.ts';
import { openTestLog } from '../../fixtures/usage-log.ts';

const marchMs = epochMs;
const worlds: World[] = [];
afterEach(async () => {
  for (const { log, store } of worlds.splice(0)) {
    await log.close();
    await store.close();
  }
});

/** 0.02 a message; calls at 0.10 a minute, each call rounded up to whole minutes. */
const mixedPlan = `<plan xmlns="urn:meterd:plan:1" id="mixed" name="Mixed" currency="USD">
  <primitive id="mail" type="UsageTypeSelector"><property name="types" value="messages"/></primitive>
  <primitive id="calls" type="UsageTypeSelector"><property name="types" value="voice"/></primitive>
  <primitive id="mailRate" type="StepRater" label="Messages"><property name="unit" value="1"/><step multiplier="0.02"/></primitive>
  <primitive id="callRate" type="StepRater" label="Calls"><property name="unit" value="minute"/><property name="per" value="event"/><property name="increment" value="60"/><step multiplier="0.10"/></primitive>
  <primitive id="sum" type="Adder"/>
  <primitive id="post" type="AccountFinalizer"/>
  <connection from="usage" to="mail"/> <connection from="usage" to="calls"/>
  <connection from="mail" to="mailRate"/> <connection from="calls" to="callRate"/>
  <connection from="mailRate" to="sum"/> <connection from="callRate" to="sum"/> <connection from="sum" to="post"/>
</plan>`;

/** anna and bert on the mixed plan, carl without any, and eva in euros. */
async function mixedWorld(): Promise<World> {
  const folder = tempFolder();
  const log = openTestLog(folder);
  const store = openSqliteStore(join(folder, 'store.db'));
  const plan = { planId: 'mixed', name: 'Mixed', currency: 'USD', xml: mixedPlan, validFromMs: null };
  await store.addPlanVersion({ ...plan, createdMs: epochMs });
  await fillStore(store, { anna: 'none', bert: 'none', carl: 'none' });
  await store.createAccount({ ...accountOn('eva'), currency: 'EUR' });
  const accounts = Object.fromEntries((await store.accounts(0, 10)).map(({ id, no }) => [id, no]));
  for (const id of ['anna', 'bert']) await store.assignPlan(accounts[id]!, { planId: 'mixed', validFromMs: null });
  const world = { folder, log, store, accounts };
  worlds.push(world);
  return world;
}

/** Appends records of an account, each as a batch, and folds them. */
async function folded(world: World, account: string, ...records: UsageRecord[]): Promise<Partition> {
  await appendEach(
    world.log,
    records.map((record) => logged(world.accounts[account]!, record)),
  );
  const partition = await startPartition(world.store, world.log);
  await foldAll(partition);
  return partition;
}

const call = (id: string, quantity: number, session?: string) =>
  recordOf(meterEvent('voice', { quantity, session }, { id }));
const mail = (id: string, quantity: number, attributes = {}) =>
  recordOf(meterEvent('messages', { quantity, attributes }, { id }));
const charge = (id: string, data = {}) => recordOf(chargeEvent({ id, data }));

describe('an event of use', () => {
  it('is rated by the plan and kept with its attributes, its charge with vendor and attribution', async () => {
    const world = await mixedWorld();
    const attributes = { sizeOctets: 9, vendor: 'Mailer', attribution: 'client 7', additional: 'bulk' };
    const partition = await folded(world, 'anna', mail('a', 3, attributes), mail('b', 2));
    const anna = world.accounts.anna!;
    expect(await billLines(partition, anna)).toEqual({ total: '0.10', lines: { Messages: '0.10' } });
    const usage = await allUsage(world.store, anna);
    expect(usage[0]).toMatchObject({
      position: 1,
      sessionId: 0,
      device: 'events/voip-1',
      session: '',
      attributes: { sizeOctets: '9', vendor: 'Mailer', attribution: 'client 7', additional: 'bulk' },
      readings: { messages: 3n },
      startMs: Date.UTC(2026, 2, 1, 11),
    });
    expect(usage[1]!.attributes).toEqual({});
    const charges = await allCharges(world.store, anna);
    expect(charges.map(({ amount, baseQuantity, detail }) => [amount, baseQuantity, detail])).toEqual([
      ['0.060000', 3n, { additional: 'bulk', vendor: 'Mailer', attribution: 'client 7' }],
      ['0.040000', 2n, null],
    ]);
    expect(partition.progress).toMatchObject({ position: 2, rated: 2, quarantined: 0, posted: { USD: '0.100000' } });
  });

  it('by itself is an occasion by itself; events of one session are one occasion', async () => {
    const apart = await mixedWorld();
    const two = await folded(apart, 'anna', call('a', 30), call('b', 20));
    expect((await billLines(two, apart.accounts.anna!)).total).toBe('0.20');
    const together = await mixedWorld();
    const one = await folded(
      together,
      'anna',
      call('a', 30, 'call-1'),
      call('b', 20, 'call-1'),
      call('c', 20, 'call-2'),
    );
    expect((await billLines(one, together.accounts.anna!)).total).toBe('0.20');
    expect((await allUsage(together.store, together.accounts.anna!)).map(({ session }) => session)).toEqual([
      'call-1',
      'call-1',
      'call-2',
    ]);
  });

  it('of nothing is without use, and of an account unknown or without plan in quarantine', async () => {
    const world = await mixedWorld();
    await world.log.append([logged(999, mail('x', 1))], [], 0);
    await world.log.append([logged(world.accounts.carl!, mail('y', 1))], [], 0);
    const partition = await folded(world, 'anna', mail('a', 0), mail('b', 1));
    expect(partition.progress).toMatchObject({ position: 4, withoutUse: 1, rated: 1, quarantined: 2 });
    expect((await world.store.quarantined(10)).map(({ reason }) => reason)).toEqual(['no-plan', 'account-unknown']);
    expect(await allUsage(world.store, world.accounts.anna!)).toHaveLength(1);
  });

  it('of more than a row can hold is in quarantine, and others go on', async () => {
    const world = await mixedWorld();
    const absurd = { ...mail('x', 1), readings: [{ meter: 'messages', quantity: useQuantityMax }] };
    const partition = await folded(world, 'anna', absurd, mail('a', 1));
    expect((await world.store.quarantined(10)).map(({ reason }) => reason)).toEqual(['out-of-range']);
    expect((await billLines(partition, world.accounts.anna!)).total).toBe('0.02');
  });

  it('opens no session, though a RADIUS session of that device and id is open', async () => {
    const world = await mixedWorld();
    const device = 'events/voip-1';
    const start = report({ status: 'start', at: 0, session: 'call-1', device });
    await folded(world, 'bert', start);
    await folded(world, 'anna', call('a', 30, 'call-1'));
    const open = (await world.store.openSessionsOfAccount(world.accounts.bert!, 9)).items;
    expect(open.map(({ state }) => [state.session, state.lastEventMs])).toEqual([['call-1', epochMs]]);
    expect((await world.store.openSessionsOfAccount(world.accounts.anna!, 9)).count).toBe(0);
    expect(await allCharges(world.store, world.accounts.anna!)).toHaveLength(1);
  });
});

describe('a priced charge', () => {
  it('is posted as it is, without plan, beside what the plan rated', async () => {
    const world = await mixedWorld();
    const records = [charge('c1'), mail('a', 1), charge('c2', { charge: '-1.250', units: '0.500' })];
    const partition = await folded(world, 'anna', ...records);
    const anna = world.accounts.anna!;
    expect(await billLines(partition, anna)).toEqual({ total: '2.27', lines: { Messages: '0.02', Movie: '2.25' } });
    const charges = await allCharges(world.store, anna);
    expect(charges.map(({ line, amount, baseQuantity, detail }) => [line.kind, amount, baseQuantity, detail])).toEqual([
      ['priced', '3.500', 1_000n, { additional: 'The Long Night', vendor: 'Cinema', attribution: 'kids' }],
      ['usage', '0.020000', 1n, null],
      ['priced', '-1.250', 500n, { additional: 'The Long Night', vendor: 'Cinema', attribution: 'kids' }],
    ]);
    const usage = await allUsage(world.store, anna);
    expect(usage[2]).toMatchObject({
      readings: {},
      attributes: { description: 'Movie', units: '0.5', unit: 'Each', vendor: 'Cinema', attribution: 'kids' },
    });
    expect(partition.progress).toMatchObject({ rated: 3, quarantined: 0 });
    expect(sumOf([partition.progress.posted.USD!])).toBe('2.270000');
    expect(sumOf([partition.progress.onBills.USD!])).toBe('2.270000');
  });

  it('needs no plan', async () => {
    const world = await mixedWorld();
    const partition = await folded(world, 'carl', charge('c1'));
    expect(await billLines(partition, world.accounts.carl!)).toEqual({ total: '3.50', lines: { Movie: '3.50' } });
  });

  it('in another currency than the account’s is in quarantine and counted, with nothing posted', async () => {
    const world = await mixedWorld();
    const partition = await folded(world, 'eva', charge('c1'), charge('c2', { currency: 'EUR' }));
    const quarantined = await world.store.quarantined(10);
    expect(quarantined.map(({ position, account, reason, detail }) => [position, account, reason, detail])).toEqual([
      [1, world.accounts.eva, 'currency', 'a charge in USD for an account in EUR'],
    ]);
    expect(quarantined[0]!.entry).toContain('The Long Night');
    expect(partition.progress).toMatchObject({ position: 2, rated: 1, quarantined: 1, posted: { EUR: '3.500' } });
    expect(partition.progress.posted).not.toHaveProperty('USD');
    expect(await allUsage(world.store, world.accounts.eva!)).toHaveLength(1);
  });
});

describe('a crash', () => {
  const entries = ({ accounts }: World): LogEntry[] => [
    logged(accounts.anna!, call('a', 30, 's')),
    logged(accounts.anna!, charge('c1')),
    logged(accounts.eva!, charge('c2')),
    logged(accounts.anna!, call('b', 40, 's')),
    logged(accounts.bert!, mail('d', 7, { vendor: '__proto__', attribution: 'x' })),
    logged(accounts.anna!, charge('c3', { vendor: 'Other', charge: '-0.001' })),
  ];

  it('between log and commit replays to the same, at every entry', async () => {
    const calm = await mixedWorld();
    await appendEach(calm.log, entries(calm));
    await foldAll(await startPartition(calm.store, calm.log));
    const all = Object.values(calm.accounts);
    const expected = await contents(calm.store, all);
    expect(expected.progress).toMatchObject({ position: 6, rated: 5, quarantined: 1 });

    const world = await mixedWorld();
    for (const entry of entries(world)) {
      await world.log.append([entry], [], 0);
      // Before the commit is durable, and again with one that was durable when the process died.
      for (const durable of [false, true]) {
        const store = storeWith(world.store, {
          commit: async (batch) => {
            if (durable) await world.store.commit(batch);
            throw new Error('crash');
          },
        });
        await expect((await startPartition(store, world.log)).step()).rejects.toThrow('crash');
      }
      expect(await (await startPartition(world.store, world.log)).step()).toBeNull();
    }
    expect(await contents(world.store, all)).toEqual(expected);
  });

  it('of a step that is tried again by the same partition neither loses nor doubles shares', async () => {
    const world = await mixedWorld();
    await appendEach(world.log, entries(world));
    let failures = 2;
    const store = storeWith(world.store, {
      commit: async (batch) => {
        if (failures-- > 0) throw new Error('busy');
        return world.store.commit(batch);
      },
    });
    const partition = await startPartition(store, world.log);
    for (const _ of [1, 2]) await expect(partition.step()).rejects.toThrow('busy');
    await foldAll(partition);
    const { shares } = (await partition.account(world.accounts.anna!))!;
    expect(sharesOf(shares, marchMs).vendors).toEqual([
      { name: 'Cinema', amount: '3.500' },
      { name: 'Other', amount: '-0.001' },
    ]);
  });
});

describe('shares', () => {
  /** Sums of charges by a member of their detail and period, as `sharesOf` tells them. */
  async function summed(world: World, account: number, by: 'vendor' | 'attribution', periodFromMs: number) {
    const sums = new Map<string, string>();
    for (const { detail, amount, periodFromMs: fromMs } of await allCharges(world.store, account)) {
      const name = detail?.[by] ?? '';
      if (name !== '' && fromMs === periodFromMs) sums.set(name, addDecimal(sums.get(name) ?? '0', amount));
    }
    return [...sums]
      .map(([name, amount]) => ({ name, amount: sumOf([amount]) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  const exact = (list: readonly { name: string; amount: string }[]) =>
    list.map(({ name, amount }) => ({ name, amount: sumOf([amount]) }));

  it('are the sums of the charges that name a vendor or an attribution, in each period', async () => {
    const name = fc.constantFrom('Cinema', '__proto__', 'constructor', 'Ünï', '(others)', '7');
    const event = fc.record({
      priced: fc.boolean(),
      vendor: name,
      attribution: fc.oneof(name, fc.constant('')),
      day: fc.integer({ min: 1, max: 28 }),
      month: fc.integer({ min: 1, max: 3 }),
      amount: fc.integer({ min: -5_000, max: 5_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
        const world = await mixedWorld();
        const anna = world.accounts.anna!;
        const records = events.map(({ priced, vendor, attribution, day, month, amount }, n) => {
          const date = `2026-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
          if (!priced) {
            const times = { start: `${date}T00:00:00Z`, end: `${date}T00:00:00Z` };
            const data = { ...times, quantity: Math.abs(amount), attributes: { vendor, attribution } };
            return recordOf(meterEvent('messages', data, { id: String(n) }), { nowMs: Date.UTC(2026, 3, 1) });
          }
          const thousandths = `${amount < 0 ? '-' : ''}${Math.abs(amount) / 1000}`;
          const data = { vendor, usageAttribution: attribution, charge: thousandths, dateTime: `${date} 00:00:00` };
          return recordOf(chargeEvent({ id: String(n), data }), { nowMs: Date.UTC(2026, 3, 1) });
        });
        const partition = await folded(world, 'anna', ...records);
        const inMemory = (await partition.account(anna))!.shares;
        const stored = decodeShares((await world.store.accountProgress(anna)).shares);
        expect(stored).toEqual(inMemory);
        for (const month of [0, 1, 2]) {
          const fromMs = Date.UTC(2026, month, 1);
          const { vendors, attributions } = sharesOf(stored, fromMs);
          expect(exact(vendors)).toEqual(await summed(world, anna, 'vendor', fromMs));
          expect(exact(attributions)).toEqual(await summed(world, anna, 'attribution', fromMs));
        }
      }),
      { numRuns: 25 },
    );
  });

  it('of more than 500 names are summed under one, so that the sum stays whole', async () => {
    const world = await mixedWorld();
    const records = Array.from({ length: 620 }, (_, n) => mail(String(n), 1, { vendor: `v${n % 610}` }));
    await world.log.append(
      records.map((record) => logged(world.accounts.anna!, record)),
      [],
      0,
    );
    const partition = await startPartition(world.store, world.log);
    await foldAll(partition);
    const shares: Shares = (await partition.account(world.accounts.anna!))!.shares;
    const { vendors } = sharesOf(shares, marchMs);
    expect(vendors).toHaveLength(501);
    expect(vendors.find(({ name }) => name === otherNames)).toEqual({ name: otherNames, amount: '2.200000' });
    expect(sumOf(vendors.map(({ amount }) => amount))).toBe('12.400000');
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import type { BillView, LiveMessage } from '../../../daemon/contract.ts';
import { LiveBills } from '../../../daemon/live/live-bills.ts';
import type { LogEntry } from '../../../daemon/log/usage-log.ts';
import type { Partition } from '../../../daemon/partitions/partition.ts';
import { appendEach, logged, makeWorld, startPartition, sumOf, type World } from '../../fixtures/partition-world.ts';
import { passingTime } from '../../fixtures/passing-time.ts';
import { chargeEvent, eventsNowMs, meterEvent, recordOf } from '../../fixtures/usage-events.ts';

const worlds: World[] = [];
afterEach(async () => {
  for (const { log, store } of worlds.splice(0)) {
    await log.close();
    await store.close();
  }
});

/** Anna on the hourly plan (1.20 an hour), watched. */
class Bench {
  readonly world: World;
  readonly partition: Partition;
  readonly live: LiveBills;
  readonly sent: LiveMessage[] = [];
  nowMs = eventsNowMs;

  constructor(world: World, partition: Partition) {
    this.world = world;
    this.partition = partition;
    this.live = new LiveBills({
      partition,
      store: world.store,
      clock: () => this.nowMs,
      send: ({ json }) => void this.sent.push(JSON.parse(String(json))),
      now: passingTime(),
    });
  }

  get anna(): number {
    return this.world.accounts.anna!;
  }

  async fold(...entries: LogEntry[]): Promise<void> {
    await appendEach(this.world.log, entries);
    for (let step = await this.partition.step(); step; step = await this.partition.step()) this.live.onStep(step);
  }

  charge(id: string, data: object = {}): LogEntry {
    return logged(this.anna, recordOf(chargeEvent({ id, data: { ...data } })));
  }

  hours(id: string, quantity: number, attributes = {}): LogEntry {
    const event = meterEvent('time', { quantity, unit: undefined, attributes }, { id });
    return logged(this.anna, recordOf(event));
  }

  async bill(): Promise<BillView> {
    return (await this.live.snapshot(this.anna))!;
  }
}

async function bench(): Promise<Bench> {
  const world = await makeWorld({ anna: 'hourly' });
  worlds.push(world);
  return new Bench(world, await startPartition(world.store, world.log));
}

describe('a snapshot', () => {
  it('tells totals by vendor and attribution, of the period it shows', async () => {
    const test = await bench();
    expect((await test.bill()).totals).toEqual({ vendors: [], attributions: [] });
    await test.fold(
      test.charge('c1'),
      test.hours('h1', 3_600, { vendor: 'Access', attribution: 'kids' }),
      test.hours('h2', 1_800),
      test.charge('c2', { vendor: 'Access', charge: '-0.200', usageAttribution: '' }),
      test.charge('c3', { dateTime: '2026-02-28 12:00:00', vendor: 'February' }),
    );
    const bill = await test.bill();
    expect(bill.total).toBe('5.10');
    expect(bill.totals).toEqual({
      vendors: [
        { name: 'Access', amount: '1.000000' },
        { name: 'Cinema', amount: '3.500' },
        { name: '', amount: '0.600000' },
      ],
      attributions: [
        { name: 'kids', amount: '4.700000' },
        { name: '', amount: '0.400000' },
      ],
    });
  });

  it('ends with the last 20 charges, each total its predecessor’s plus its charge, up to the bill’s', async () => {
    const test = await bench();
    await test.world.store.addPayment({ account: test.anna, amount: '100', note: '', atMs: eventsNowMs });
    expect((await test.bill()).recent).toEqual([]);
    const charges = Array.from({ length: 25 }, (_, n) =>
      test.charge(`c${n}`, { charge: `${n}.010`, vendor: `V${n}`, units: '1.5' }),
    );
    await test.fold(...charges);
    // The payment came while the account was watched, so it is told anew.
    await test.live.refresh(test.anna);
    const bill = await test.bill();
    const recent = bill.recent!;
    expect(recent.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 6));
    expect(recent.at(-1)).toEqual({
      seq: 25,
      at: '2026-03-01T11:00:00.000Z',
      usage: {
        description: 'Movie',
        additional: 'The Long Night',
        units: '1.5',
        unit: 'Each',
        vendor: 'V24',
        attribution: 'kids',
      },
      charge: '24.010',
      currency: 'USD',
      total: bill.total,
      balance: bill.balance,
    });
    expect([bill.total, bill.balance]).toEqual(['300.25', '-200.25']);
    for (let n = 1; n < recent.length; n++) {
      const [before, after] = [recent[n - 1]!, recent[n]!];
      expect(sumOf([after.total])).toBe(sumOf([before.total, after.charge]));
      expect(sumOf([after.balance, after.charge])).toBe(sumOf([before.balance]));
    }
  });

  it('takes from what was paid just what its bills show, before and after they close', async () => {
    const test = await bench();
    await test.world.store.addPayment({ account: test.anna, amount: '10.00', note: '', atMs: eventsNowMs });
    // Each rounds up on its own line: in all 0.036 is 0.04, and the bill says 0.06.
    const lines = (month: string) =>
      Array.from({ length: 6 }, (_, n) =>
        test.charge(`${month}${n}`, { charge: '0.006', vendor: `V${n}`, dateTime: `2026-${month}-01 10:00:00` }),
      );
    await test.fold(...lines('02'));
    await test.bill();
    await test.fold(...lines('03'));
    await test.live.flush();
    const [message] = test.sent;
    if (message?.type !== 'charges') throw new Error('these are no charges');
    expect([message.total, message.balance]).toEqual(['0.06', '9.88']);
    expect(message.charges.at(-1)).toMatchObject({ total: '0.06', balance: '9.88' });
    await test.live.refresh(test.anna);
    const open = await test.bill();
    expect([open.total, open.balance, open.recent!.at(-1)!.balance]).toEqual(['0.06', '9.88', '9.88']);
    const periodFromMs = Date.UTC(2026, 1, 15);
    await test.fold({ kind: 'close', account: test.anna, periodFromMs });
    const closed = await test.bill();
    expect([closed.total, closed.balance]).toEqual(['0.06', '9.88']);
  });

  it('of an account that does not exist is null', async () => {
    const test = await bench();
    expect(await test.live.snapshot(999)).toBeNull();
  });
});

describe('what is posted while somebody watches', () => {
  it('is told with the fields of its use, from the sequence number the snapshot had', async () => {
    const test = await bench();
    await test.fold(test.charge('c1'));
    const { seq } = await test.bill();
    await test.fold(test.charge('c2', { charge: '-1.000' }), test.hours('h1', 3_600, { vendor: 'Access' }));
    await test.live.flush();
    const [message] = test.sent;
    expect(test.sent).toHaveLength(1);
    if (message?.type !== 'charges') throw new Error('these are no charges');
    expect([message.fromSeq, message.seq, message.total]).toEqual([seq, 3, '3.70']);
    expect(message.charges.map(({ usage, charge, total }) => [usage.vendor, usage.units, charge, total])).toEqual([
      ['Cinema', '1', '-1.000', '2.50'],
      ['Access', '1', '1.200000', '3.70'],
    ]);
    await test.live.flush();
    expect(test.sent).toHaveLength(1);
  });

  it('more than can wait is told by a fresh bill with its totals', async () => {
    const test = await bench();
    await test.bill();
    await test.fold(...Array.from({ length: 101 }, (_, n) => test.charge(`c${n}`, { charge: '0.010' })));
    await test.live.flush();
    expect(test.sent).toMatchObject([
      { type: 'bill', bill: { seq: 101, total: '1.01', totals: { vendors: [{ name: 'Cinema', amount: '1.010' }] } } },
    ]);
  });

  it('is told to nobody who no longer watches', async () => {
    const test = await bench();
    await test.bill();
    test.live.unwatch(test.anna);
    await test.fold(test.charge('c1'));
    await test.live.flush();
    expect(test.sent).toEqual([]);
  });
});

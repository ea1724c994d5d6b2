import { describe, expect, test } from 'vitest';
import { AccountHistories, dayNumber, daysOf } from '../../../daemon/bills/account-history.ts';
import type { Account, ChargeRow, UsageRow } from '../../../daemon/store/store.ts';
import { addDecimal, billPeriodAt } from '../../../rating/index.ts';

const zone = 'America/New_York';
const account: Account = {
  no: 1,
  id: 'a',
  name: 'A',
  currency: 'USD',
  timezone: zone,
  cycleDay: 1,
  prepaid: false,
  creditLimit: null,
  createdMs: 0,
};
const nowMs = Date.UTC(2026, 2, 20, 12);

/** A chain of rows as the store keeps it, and how many were read. */
class Chain {
  readonly charges: ChargeRow[] = [];
  readonly usage: UsageRow[] = [];
  read = 0;

  charge(atMs: number, amount: string, changes: Partial<ChargeRow> = {}): void {
    const { fromMs, toMs } = billPeriodAt(zone, 1, atMs);
    const id = this.charges.length + 1;
    const line = { planId: 'p', version: 1, primitive: 'r', label: 'Hours', unit: 'hour', kind: 'usage' };
    const period = { periodFromMs: fromMs, periodToMs: toMs };
    const row = { id, previous: id - 1, account: 1, seq: id, position: id, fromUsage: true, line, ...period };
    this.charges.push({ ...row, amount, baseQuantity: 1n, atMs, detail: null, ...changes });
  }

  use(startMs: number, seconds: bigint): void {
    const position = this.usage.length + 1;
    const about = { sessionId: 1, device: 'nas', session: 's', attributes: {} };
    const row = { position, previous: position - 1, account: 1, startMs, endMs: startMs + 1000, ...about };
    this.usage.push({ ...row, readings: { time: seconds } });
  }

  async chargesPage(_: number, before: number | null, limit: number) {
    return this.#page(this.charges, before, limit);
  }

  async usagePage(_: number, before: number | null, limit: number) {
    return this.#page(this.usage, before, limit);
  }

  #page<T>(rows: readonly T[], before: number | null, limit: number) {
    const end = before ?? rows.length;
    const items = rows.slice(Math.max(0, end - limit), end).reverse();
    this.read += items.length;
    return { items, next: end - limit > 0 ? end - limit : null };
  }
}

const at = (month: number, day: number, hour = 12) => Date.UTC(2026, month - 1, day, hour);

describe('the history of an account', () => {
  test('sums charges and use by local day of their period and of the one before', async () => {
    const chain = new Chain();
    chain.charge(at(1, 31), '9.00');
    chain.charge(at(2, 10), '1.50');
    chain.charge(at(3, 2, 3), '0.25');
    chain.charge(at(3, 2), '0.75');
    chain.use(at(3, 2, 3), 60n);
    chain.use(at(3, 2), 40n);
    const { current, previous, whole } = await new AccountHistories(chain).of(account, nowMs);
    // Three in the morning UTC is the evening before in New York.
    expect(daysOf(current, dayNumber('2026-03-03'))).toEqual([
      { date: '2026-03-01', amount: '0.25', use: { time: '60' } },
      { date: '2026-03-02', amount: '0.75', use: { time: '40' } },
      { date: '2026-03-03', amount: '0', use: {} },
    ]);
    expect(previous.posted).toBe('1.50');
    expect(whole).toBe(true);
  });

  test('asks a second time for what is new only', async () => {
    const chain = new Chain();
    for (let i = 0; i < 1_200; i++) chain.charge(at(3, 1 + (i % 20)), '0.01');
    const histories = new AccountHistories(chain);
    expect((await histories.of(account, nowMs)).current.posted).toBe('12.00');
    const read = chain.read;
    chain.charge(at(3, 20), '1.00');
    expect((await histories.of(account, nowMs)).current.posted).toBe('13.00');
    expect(chain.read - read).toBeLessThanOrEqual(500);
  });

  test('two questions at once are answered alike and count nothing twice', async () => {
    const chain = new Chain();
    for (let i = 0; i < 600; i++) chain.charge(at(3, 5), '0.01');
    const histories = new AccountHistories(chain);
    const [first, second] = await Promise.all([histories.of(account, nowMs), histories.of(account, nowMs)]);
    expect([first.current.posted, second.current.posted]).toEqual(['6.00', '6.00']);
  });

  test('late use between newer charges is found, and what belongs to another period is left out', async () => {
    const chain = new Chain();
    chain.charge(at(2, 20), '1.00');
    for (let i = 0; i < 100; i++) chain.charge(at(1, 31), '5.00');
    chain.charge(at(3, 1), '2.00');
    const { current, previous } = await new AccountHistories(chain).of(account, nowMs);
    expect([previous.posted, current.posted]).toEqual(['1.00', '2.00']);
  });

  test('a charge whose time is outside of its period counts on the nearest day of it', async () => {
    const chain = new Chain();
    const { fromMs, toMs } = billPeriodAt(zone, 1, at(3, 10));
    chain.charge(at(2, 27), '0.40', { periodFromMs: fromMs, periodToMs: toMs });
    const { current } = await new AccountHistories(chain).of(account, nowMs);
    expect(daysOf(current, dayNumber('2026-03-01'))).toMatchObject([{ date: '2026-03-01', amount: '0.40' }]);
  });

  test('counts charges and records by line, two charges of one record as one', async () => {
    const chain = new Chain();
    chain.charge(at(3, 1), '1.00', { position: 7 });
    chain.charge(at(3, 1), '1.00', { position: 7 });
    chain.charge(at(3, 2), '1.00', { position: 9 });
    const { current } = await new AccountHistories(chain).of(account, nowMs);
    expect([...current.lines.values()]).toMatchObject([{ label: 'Hours', charges: 3, records: 2 }]);
  });

  test('a new period begins anew', async () => {
    const chain = new Chain();
    chain.charge(at(3, 20), '3.00');
    const histories = new AccountHistories(chain);
    await histories.of(account, nowMs);
    chain.charge(at(4, 2), '4.00');
    const { current, previous } = await histories.of(account, at(4, 3));
    expect([previous.posted, current.posted]).toEqual(['3.00', '4.00']);
    expect(addDecimal(previous.posted, current.posted)).toBe('7.00');
  });
});

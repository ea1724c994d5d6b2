/** Bills of long ago, put together from their charges, against the same bills as the account's state had them. */
import { expect, onTestFinished, test } from 'vitest';
import { billLineView } from '../../../daemon/bills/bill-view.ts';
import { correctionOf } from '../../../daemon/bills/corrections.ts';
import {
  billOfCharges,
  billPeriods,
  chargesOfPeriod,
  chargesPageOfPeriod,
  isArchived,
  isClosed,
} from '../../../daemon/bills/past-bills.ts';
import type { LogEntry } from '../../../daemon/log/usage-log.ts';
import type { ChargeRow, Cursor } from '../../../daemon/store/store.ts';
import { billOf } from '../../../rating/index.ts';
import {
  allCharges,
  appendEach,
  foldAll,
  logged,
  makeWorld,
  startPartition,
  sumOf,
} from '../../fixtures/partition-world.ts';
import { chargeEvent, meterEvent, recordOf } from '../../fixtures/usage-events.ts';

const monthMs = (month: number) => Date.UTC(2026, month, 1);
const hourMs = 3_600_000;
const inSeptember = { nowMs: Date.UTC(2026, 8, 15) };

test('a bill that the state has let go of is the same when it is put together from its charges', async () => {
  const { log, store, accounts } = await makeWorld({ anna: 'evening' });
  onTestFinished(async () => {
    await log.close();
    await store.close();
  });
  const anna = accounts.anna!;
  const partition = await startPartition(store, log);
  const fold = async (...entries: LogEntry[]) => {
    await appendEach(log, entries);
    await foldAll(partition);
  };
  const hours = (id: string, fromMs: number, seconds: number): LogEntry => {
    const times = { start: new Date(fromMs).toISOString(), end: new Date(fromMs + seconds * 1000).toISOString() };
    return logged(
      anna,
      recordOf(meterEvent('time', { quantity: seconds, unit: undefined, ...times }, { id }), inSeptember),
    );
  };
  const film = (id: string, month: number, charge: string, vendor: string): LogEntry => {
    const dateTime = `2026-0${month + 1}-10 12:00:00`;
    return logged(anna, recordOf(chargeEvent({ id, data: { charge, vendor, dateTime } }), inSeptember));
  };

  const before = new Map<number, unknown>();
  for (let month = 0; month < 8; month++) {
    const [fromMs, toMs] = [monthMs(month), monthMs(month + 1)];
    await fold(
      hours(`long-${month}`, fromMs + hourMs, 430_000 + month * 1_234),
      film(`film-a-${month}`, month, '1.005', 'Cinema'),
      film(`film-b-${month}`, month, '2.335', month % 2 ? 'Cinema' : 'Theatre'),
      hours(`more-${month}`, fromMs + 600 * hourMs, 7_777),
    );
    if (month === 3) {
      const charge = (await allCharges(store, anna)).findLast(({ line }) => line.kind === 'usage')!;
      const posting = correctionOf({ charge, amount: '-0.25', reason: 'Outage', currency: 'USD', atMs: toMs - hourMs });
      await fold({ kind: 'posting', account: anna, key: 'c', posting });
    }
    await fold({ kind: 'tick', account: anna, atMs: toMs }, { kind: 'close', account: anna, periodFromMs: fromMs });
    const { terms, state } = (await partition.account(anna))!;
    const bill = billOf(terms, state, fromMs);
    before.set(fromMs, { total: bill.total, lines: bill.lines.map(billLineView) });
  }
  // Use of a bill that is closed already goes to the open one, as an adjustment.
  await fold(hours('late', monthMs(7) + 700 * hourMs, 3_600), hours('now', monthMs(8) + hourMs, 3_600));

  const { account, terms, state } = (await partition.account(anna))!;
  const archived = [...before.keys()].filter((fromMs) => isArchived(state, fromMs));
  expect(archived).toHaveLength(5);
  for (const [fromMs, bill] of before) {
    const again = billOfCharges(await chargesOfPeriod(store, anna, fromMs), account);
    expect(byLabel(again)).toEqual(byLabel(bill as typeof again));
    expect(isClosed(state, fromMs)).toBe(true);
    for (const limit of [1, 4, 1_000]) {
      const paged = await allPages((cursor) =>
        chargesPageOfPeriod(store, anna, { periodFromMs: fromMs, cursor, limit }),
      );
      expect(paged.toReversed()).toEqual(await chargesOfPeriod(store, anna, fromMs));
    }
  }
  expect(isClosed(state, monthMs(8))).toBe(false);
  const periods = billPeriods(terms, state, monthMs(8) + hourMs);
  expect(periods.map(({ from, closed }) => [from, closed])).toEqual(
    [9, 8, 7, 6, 5, 4, 3, 2, 1].map((month) => [`2026-0${month}-01`, month !== 9]),
  );
});

async function allPages(page: (cursor: number | null) => Promise<Cursor<ChargeRow>>): Promise<ChargeRow[]> {
  const rows: ChargeRow[] = [];
  for (let cursor: number | null = null; ; ) {
    const { items, next } = await page(cursor);
    rows.push(...items);
    if (next === null) return rows;
    cursor = next;
  }
}

/** Lines stand in the order of the plan on one and in that of their first charge on the other. */
function byLabel({ total, lines }: ReturnType<typeof billOfCharges>) {
  const exactly = lines.map((line) => ({ ...line, exactAmount: sumOf([line.exactAmount]) }));
  return { total, lines: exactly.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) };
}

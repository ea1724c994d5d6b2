import { expect, onTestFinished, test } from 'vitest';
import type { UsageRecord } from '../../../collectors/index.ts';
import type { LiveMessage } from '../../../daemon/contract.ts';
import { LiveBills } from '../../../daemon/live/live-bills.ts';
import { appendEach, logged, makeWorld, startPartition } from '../../fixtures/partition-world.ts';
import { passingTime } from '../../fixtures/passing-time.ts';
import { epochMs } from '../../fixtures/session-reports.ts';

const dayMs = 86_400_000;

function priced(n: number, charge: bigint, atMs: number, attribution = 'Room 1'): UsageRecord {
  return {
    key: `p\n/s\n${n}`,
    status: 'event',
    subjects: [],
    readings: [],
    cumulative: false,
    startMs: atMs,
    endMs: atMs,
    startKnown: true,
    source: { collector: 'http', device: 'events/p' },
    attributes: {},
    priced: {
      description: 'Film',
      additional: `Film ${n}`,
      units: 1_000n,
      unit: 'FILM',
      vendor: 'Cinema',
      charge,
      currency: 'USD',
      attribution,
    },
  };
}

/** One account that somebody watches, on a clock of the test's. */
async function watchedAccount(nowMs = epochMs) {
  const { log, store, accounts } = await makeWorld({ anna: 'hourly' });
  onTestFinished(async () => {
    await log.close();
    await store.close();
  });
  const anna = accounts.anna!;
  const partition = await startPartition(store, log);
  const messages: LiveMessage[] = [];
  const clock = { nowMs };
  const wire = { isBroken: false };
  const live = new LiveBills({
    partition,
    store,
    clock: () => clock.nowMs,
    send: ({ json }) => {
      if (wire.isBroken) throw new Error('the wire is broken');
      messages.push(JSON.parse(String(json)));
    },
    now: passingTime(),
  });
  const use = async (...records: UsageRecord[]) => {
    await appendEach(
      log,
      records.map((record) => logged(anna, record)),
    );
    for (let step = await partition.step(); step !== null; step = await partition.step()) live.onStep(step);
  };
  return { anna, live, clock, wire, messages, use };
}

test('a snapshot has the last twenty charges with the totals as they ran, and what they came to by name', async () => {
  const { anna, live, use } = await watchedAccount();
  await use(...Array.from({ length: 25 }, (_, n) => priced(n, 1_000n, epochMs, n % 2 ? 'Room 1' : '')));
  const bill = await live.snapshot(anna);
  expect(bill!.recent!.map(({ seq, total, usage }) => [seq, total, usage.additional])).toEqual(
    Array.from({ length: 20 }, (_, n) => [n + 6, `${n + 6}.00`, `Film ${n + 5}`]),
  );
  expect(bill!.totals).toEqual({
    vendors: [{ name: 'Cinema', amount: '25.000' }],
    attributions: [
      { name: 'Room 1', amount: '12.000' },
      { name: '', amount: '13.000' },
    ],
  });
});

test('charges follow the snapshot, with vendor and attribution, each total its predecessor plus its charge', async () => {
  const { anna, live, messages, use } = await watchedAccount();
  await live.snapshot(anna);
  await use(priced(1, 1_500n, epochMs), priced(2, -500n, epochMs));
  await live.flush();
  expect(messages).toHaveLength(1);
  const [message] = messages;
  expect(message).toMatchObject({ type: 'charges', fromSeq: 0, seq: 2, total: '1.00' });
  const charges = message!.type === 'charges' ? message!.charges : [];
  expect(charges.map(({ charge, total, usage }) => [charge, total, usage.vendor, usage.attribution])).toEqual([
    ['1.500', '1.50', 'Cinema', 'Room 1'],
    ['-0.500', '1.00', 'Cinema', 'Room 1'],
  ]);
  await live.flush();
  expect(messages).toHaveLength(1);
});

test('a charge of another period brings a fresh bill, since no message adds to a bill that is not shown', async () => {
  const { anna, live, messages, use } = await watchedAccount();
  await live.snapshot(anna);
  await use(priced(1, 1_500n, epochMs - 40 * dayMs));
  await live.flush();
  expect(messages).toEqual([
    { type: 'bill', bill: expect.objectContaining({ seq: 1, total: '0.00', balance: '-1.50' }) },
  ]);
});

test('a new period brings a fresh bill by itself', async () => {
  const { anna, live, messages, clock } = await watchedAccount();
  await live.snapshot(anna);
  await live.flush();
  expect(messages).toEqual([]);
  clock.nowMs += 31 * dayMs;
  await live.flush();
  expect(messages.map((message) => message.type === 'bill' && message.bill.period)).toEqual([
    { from: '2026-04-01', to: '2026-05-01' },
  ]);
});

test('more charges at once than a message may hold come as a fresh bill', async () => {
  const { anna, live, messages, use } = await watchedAccount();
  await live.snapshot(anna);
  await use(...Array.from({ length: 101 }, (_, n) => priced(n, 10n, epochMs)));
  await live.flush();
  expect(messages).toEqual([{ type: 'bill', bill: expect.objectContaining({ seq: 101, total: '1.01' }) }]);
});

test('a fault while an account is told does not keep it from being told what comes next', async () => {
  const { anna, live, wire, messages, use } = await watchedAccount();
  await live.snapshot(anna);
  await use(priced(1, 1_000n, epochMs));
  wire.isBroken = true;
  await expect(live.flush()).rejects.toThrow('the wire is broken');
  wire.isBroken = false;
  await use(priced(2, 1_000n, epochMs));
  await live.flush();
  expect(messages).toMatchObject([{ type: 'charges', seq: 2, total: '2.00' }]);
});

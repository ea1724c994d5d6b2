/** How often live bills speak: at once after a quiet time, ten times a second at most, and an estimate in between. */
import { expect, onTestFinished, test } from 'vitest';
import type { LiveMessage } from '../../../daemon/contract.ts';
import { LiveBills, sendEveryMs, tickEveryMs } from '../../../daemon/live/live-bills.ts';
import { appendEach, makeWorld, startPartition, usageOf } from '../../fixtures/partition-world.ts';
import { epochMs, type Report } from '../../fixtures/session-reports.ts';

/** Anna's session, watched; the simulated clock and the real time go together. */
async function watchedSession() {
  const { log, store, accounts } = await makeWorld({ anna: 'hourly' });
  onTestFinished(async () => {
    await log.close();
    await store.close();
  });
  const anna = accounts.anna!;
  const partition = await startPartition(store, log);
  const sent: LiveMessage[] = [];
  const time = { ms: 0 };
  const live = new LiveBills({
    partition,
    store,
    clock: () => epochMs + time.ms,
    send: ({ json }) => void sent.push(JSON.parse(String(json))),
    now: () => time.ms,
  });
  const report = async (fields: Report) => {
    await appendEach(log, [usageOf(anna, fields)]);
    for (let step = await partition.step(); step !== null; step = await partition.step()) live.onStep(step);
  };
  /** As the rating thread does it after each step and now and then. */
  const look = async () => {
    await live.flush();
    await live.project();
  };
  const types = () => sent.splice(0).map(({ type }) => type);
  return { anna, live, time, report, look, sent, types };
}

test('what is posted after a quiet time is told at once', async () => {
  const { anna, live, time, report, look, types } = await watchedSession();
  await report({ status: 'start', at: 0 });
  await live.snapshot(anna);
  time.ms = 60_000;
  await report({ at: 60, time: 60 });
  await look();
  expect(types()).toEqual(['charges']);
});

test('under 200 reports a second ten messages a second are sent, and the last has everything', async () => {
  const { anna, live, time, report, look, sent } = await watchedSession();
  await report({ status: 'start', at: 0 });
  await live.snapshot(anna);
  for (let n = 1; n <= 200; n++) {
    time.ms = n * 5;
    await report({ at: n, time: n });
    await look();
  }
  time.ms += sendEveryMs;
  await look();
  expect(sent.length).toBeLessThanOrEqual((time.ms / 1000) * (1000 / sendEveryMs) + 1);
  const seqs = sent.map((message) => (message.type === 'charges' ? [message.fromSeq, message.seq] : []));
  for (let n = 1; n < seqs.length; n++) expect(seqs[n]![0]).toBe(seqs[n - 1]![1]);
  expect(sent.at(-1)).toMatchObject({ seq: 200, sessions: [{ seconds: '200' }] });
  expect(sent.flatMap((message) => (message.type === 'charges' ? message.charges : []))).toHaveLength(200);
});

test('a message tells when the first of what it tells was committed', async () => {
  const { anna, live, time, report, look, sent } = await watchedSession();
  await report({ status: 'start', at: 0 });
  await live.snapshot(anna);
  const times = () => sent.map((message) => message.type === 'charges' && [message.committedMs, message.asOfMs]);
  time.ms = 60_000;
  await report({ at: 60, time: 60 });
  time.ms += 40;
  await look();
  expect(times()).toEqual([[epochMs + 60_000, epochMs + 60_040]]);
  // Too early for another message: two reports are told by one.
  for (const ms of [60_050, 60_100]) {
    time.ms = ms;
    await report({ at: ms / 1000, time: Math.floor(ms / 1000) + 1 });
    await look();
  }
  time.ms += sendEveryMs;
  await look();
  expect(times()[1]).toEqual([epochMs + 60_050, epochMs + 60_100 + sendEveryMs]);
});

test('between two reports an estimate ticks once a second, and settles to the posted charge', async () => {
  const { anna, live, time, report, look, sent, types } = await watchedSession();
  await report({ status: 'start', at: 0 });
  await live.snapshot(anna);
  for (time.ms = 0; time.ms < 30_000; ) {
    time.ms += 200;
    await look();
  }
  const estimates = sent.splice(0).map((message) => (message.type === 'projection' ? message : null));
  expect(estimates.map((estimate) => estimate?.sessions[0]?.seconds)).toEqual(
    Array.from({ length: 30 }, (_, n) => String(n + 1)),
  );
  expect(estimates.at(-1)).toMatchObject({ amount: '0.01', total: '0.01' });
  await report({ at: 30, time: 30 });
  await look();
  const [settled] = sent;
  expect(settled).toMatchObject({ type: 'charges', total: '0.01', sessions: [{ seconds: '30' }] });
  types();
  // The session has just reported; only a second later is there something to estimate again.
  time.ms += tickEveryMs - 1;
  await look();
  expect(types()).toEqual([]);
  time.ms += 1;
  await look();
  expect(types()).toEqual(['projection']);
});

test('a session that reports every second needs no estimates, until it is late', async () => {
  const { anna, live, time, report, look, types } = await watchedSession();
  await report({ status: 'start', at: 0 });
  await live.snapshot(anna);
  for (let second = 1; second <= 5; second++) {
    await report({ at: second, time: second });
    time.ms = second * 1_000;
    await look();
    time.ms += tickEveryMs - 1;
    await look();
  }
  expect(types()).toEqual(Array(5).fill('charges'));
  time.ms = 9_000;
  await look();
  expect(types()).toEqual(['projection']);
});

test('a session that ends or falls silent is told once more without an estimate, then never again', async () => {
  const { anna, live, time, report, look, sent } = await watchedSession();
  await report({ status: 'start', at: 0 });
  await live.snapshot(anna);
  time.ms = tickEveryMs;
  await look();
  expect(sent.splice(0)).toMatchObject([{ type: 'projection', sessions: [{ seconds: '1' }] }]);
  time.ms = 3_600_000;
  for (let n = 0; n < 5; n++) {
    time.ms += tickEveryMs;
    await look();
  }
  expect(sent.splice(0)).toMatchObject([{ type: 'projection', amount: '0.00', sessions: [] }]);
  await report({ at: 3_700, time: 3_700 });
  await look();
  expect(sent.splice(0)).toMatchObject([{ type: 'charges' }]);
  time.ms = 3_700_000 + tickEveryMs;
  await look();
  expect(sent.splice(0)).toMatchObject([{ type: 'projection', sessions: [{ seconds: '3701' }] }]);
});

test('nothing is told of an account that nobody watches any more', async () => {
  const { anna, live, time, report, look, sent } = await watchedSession();
  await report({ status: 'start', at: 0 });
  await live.snapshot(anna);
  live.unwatch(anna);
  await report({ at: 60, time: 60 });
  time.ms = 61_000;
  await look();
  expect(sent).toEqual([]);
});

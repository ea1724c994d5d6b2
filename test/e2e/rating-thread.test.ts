/** The built rating thread, spoken to as the receiving thread speaks to it. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import type { FromRatingThread, RatingThreadData, ToRatingThread } from '../../daemon/partitions/messages.ts';
import { makeWorld } from '../fixtures/partition-world.ts';
import { epochMs } from '../fixtures/session-reports.ts';

it('forgets a viewer who left before the snapshot was made', async () => {
  const { folder, log, store, accounts } = await makeWorld({ anna: 'hourly', bert: 'hourly' });
  await log.close();
  await store.close();
  const workerData: RatingThreadData = {
    log: log.reading,
    storeFile: join(folder, 'store.db'),
    clock: { startMs: epochMs, speed: 1, originMs: Date.now() },
  };
  const thread = new Worker(new URL('../../dist/daemon/partitions/rating-thread.js', import.meta.url), { workerData });
  const tell = (message: ToRatingThread) => thread.postMessage(message);
  const liveOf: number[] = [];
  const heardOfBert = new Promise<void>((resolve) => {
    thread.on('message', (message: FromRatingThread) => {
      if (message.type !== 'live') return;
      liveOf.push(...message.frames.accounts);
      if (liveOf.includes(accounts.bert!)) resolve();
    });
  });
  const [anna, bert] = [accounts.anna!, accounts.bert!];
  tell({ type: 'call', id: 1, method: 'snapshot', args: [anna] });
  tell({ type: 'unwatch', account: anna });
  tell({ type: 'call', id: 2, method: 'snapshot', args: [bert] });
  // A payment makes a fresh bill for those who watch; all are sent in one go, in the order the watches began.
  for (const [id, account] of [anna, bert].entries()) {
    const payment = { account, amount: '1', note: '', atMs: epochMs };
    tell({ type: 'call', id: 3 + id, method: 'addPayment', args: [payment] });
  }
  await heardOfBert;
  expect(liveOf).toEqual([bert]);
  await thread.terminate();
});

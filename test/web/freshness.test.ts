import { expect, test } from 'vitest';
import { currentEstimate, freshnessOf } from '../../web/freshness.ts';
import { initialLive, type LiveState, reduceLive } from '../../web/live.ts';
import { sampleBill } from './sample-bill.ts';

const serverMs = Date.UTC(2026, 0, 15, 12);

test.each([
  ['live', 0, 0],
  ['live', 14_999, 14_999],
  ['delayed', 15_000, 15_000],
  ['delayed', 600_000, 600_000],
])('is %s when nothing has come for %i ms', (kind, waitMs, ageMs) => {
  expect(freshnessOf(heardAt(serverMs), serverMs + waitMs)).toEqual({ kind, ageMs });
});

test('a viewer whose clock is wrong by an hour sees the same age', () => {
  const behindMs = serverMs - 3_600_000;
  expect(freshnessOf(heardAt(behindMs), behindMs + 3_000)).toEqual({ kind: 'live', ageMs: 3_000 });
});

test('a viewer whose clock is wrong sees no jump when a connection opens, before its first word', () => {
  const aheadMs = serverMs + 3_600_000;
  const opened = reduceLive(heardAt(aheadMs), { kind: 'opened', atMs: aheadMs + 1_000 }).state;
  expect(freshnessOf(opened, aheadMs + 1_000)).toEqual({ kind: 'live', ageMs: 1_000 });
});

test('a clock that was put right while the connection was away counts from the first word on', () => {
  const aheadMs = serverMs + 3_600_000;
  const opened = reduceLive(heardAt(aheadMs), { kind: 'opened', atMs: serverMs + 5_000 }).state;
  const bill = sampleBill({ seq: 4, asOfMs: serverMs + 5_000 });
  const message = { type: 'bill', bill } as const;
  const heard = reduceLive(opened, { kind: 'message', message, atMs: serverMs + 5_000 }).state;
  expect(freshnessOf(heard, serverMs + 7_000)).toEqual({ kind: 'live', ageMs: 2_000 });
});

test('a lost connection is said at once, with the age of what is kept', () => {
  const lost = reduceLive(heardAt(serverMs), { kind: 'lost' }).state;
  expect(freshnessOf(lost, serverMs + 2_000)).toEqual({ kind: 'reconnecting', ageMs: 2_000 });
});

test('a server that lags behind is delayed although it speaks', () => {
  const lagging = reduceLive(heardAt(serverMs), {
    kind: 'message',
    message: { type: 'bill', bill: sampleBill({ seq: 4, asOfMs: serverMs + 1 }) },
    atMs: serverMs + 20_000,
  }).state;
  expect(freshnessOf(lagging, serverMs + 20_000).kind).toBe('delayed');
});

test('an estimate that is not renewed is no longer shown', () => {
  const { state } = reduceLive(heardAt(serverMs), {
    kind: 'message',
    message: {
      type: 'projection',
      account: 'A-1',
      seq: 3,
      asOfMs: serverMs,
      amount: '0.42',
      total: '36.10',
      sessions: [],
    },
    atMs: serverMs,
  });
  expect(currentEstimate(state, serverMs + 14_999)?.amount).toBe('0.42');
  expect(currentEstimate(state, serverMs + 15_000)).toBeNull();
});

function heardAt(atMs: number): LiveState {
  const { state } = reduceLive(initialLive('A-1'), { kind: 'opened', atMs });
  const bill = sampleBill({ asOfMs: serverMs });
  return reduceLive(state, { kind: 'message', message: { type: 'bill', bill }, atMs }).state;
}

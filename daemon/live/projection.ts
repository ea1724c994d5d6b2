/**
 * What open sessions have used since their last report, and what that would cost: an estimate, rated on a copy of the
 * account's state and never posted. Pure. Time goes on by the clock, octets at the session's average so far.
 */
import { addDecimal, billOf, billPeriodAt, copyState, negatedDecimal, rateUsage } from '../../rating/index.ts';
import { openSessionView, shownSessionsMax, usedBy } from '../bills/bill-view.ts';
import type { LiveMessage } from '../contract.ts';
import type { RatedAccount } from '../partitions/rated-account.ts';
import type { SessionRow } from '../store/store.ts';

/** A session that is silent for longer than this, or thrice its last interval, is no longer projected. */
const silenceMsMax = 600_000;

/** Its next report may still come. */
export function isExpected({ state }: SessionRow, intervalMs: number, nowMs: number): boolean {
  return nowMs - state.lastEventMs <= Math.max(silenceMsMax, 3 * intervalMs);
}

export function projectionOf(rated: RatedAccount, running: readonly SessionRow[], nowMs: number): LiveMessage {
  const { account, terms } = rated;
  const state = copyState(rated.state);
  const period = billPeriodAt(terms.zone, terms.cycleDay, nowMs);
  const before = billOf(terms, state, period.fromMs).total;
  const sessions = running.map((row) => {
    const estimated = estimate(row, nowMs);
    rateUsage(terms, state, {
      id: 'projection',
      readings: estimated.readings,
      startMs: row.state.lastEventMs,
      endMs: estimated.endMs,
      attributes: {},
      chargeable: `session ${row.id}`,
    });
    return openSessionView({ state: { ...row.state, counters: estimated.counters } });
  });
  const bill = billOf(terms, state, period.fromMs);
  return {
    type: 'projection',
    account: account.id,
    seq: rated.seq,
    asOfMs: nowMs,
    amount: addDecimal(bill.total, negatedDecimal(before)),
    total: bill.total,
    sessions: sessions.slice(0, shownSessionsMax),
  };
}

/** Only whole units are projected. */
function estimate({ state }: SessionRow, nowMs: number) {
  const seconds = Math.max(0, Math.floor((nowMs - state.lastEventMs) / 1000));
  const elapsedSeconds = BigInt(Math.max(1, Math.round((state.lastEventMs - state.startMs) / 1000)));
  const counters: Record<string, bigint> = {};
  const readings: { meter: string; quantity: bigint }[] = [];
  for (const [meter, counted] of Object.entries({ time: 0n, ...usedBy(state) })) {
    const quantity = meter === 'time' ? BigInt(seconds) : (counted * BigInt(seconds)) / elapsedSeconds;
    counters[meter] = counted + quantity;
    if (quantity > 0n) readings.push({ meter, quantity });
  }
  return { readings, counters, endMs: state.lastEventMs + seconds * 1000 };
}

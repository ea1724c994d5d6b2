/**
 * Live bills of the accounts that somebody watches (DESIGN §7), on the rating thread: a snapshot when asked, what was
 * posted at most four times a second, and once a second a projection of what open sessions have used since their last
 * report, rated on a copy of the state. Nothing here is ever posted.
 */
import {
  addDecimal,
  billOf,
  billPeriodAt,
  copyState,
  negatedDecimal,
  rateUsage,
  roundToMinor,
} from '../../rating/index.ts';
import { balanceOf, billView, openSessionView, shownSessionsMax, unitsOf, usedBy } from '../bills/bill-view.ts';
import type { BillView, LiveCharge, LiveMessage } from '../contract.ts';
import type { RatedAccount } from '../partitions/fold.ts';
import type { Partition, PartitionStep } from '../partitions/partition.ts';
import type { ChargeRow, SessionRow, StoreReader } from '../store/store.ts';

/** More waiting charges than this are replaced by a fresh bill. */
const pendingChargesMax = 100;
/** Last charges in a snapshot, for a display that has just begun. */
const recentCharges = 20;
/** A session that is silent for longer than this, or thrice its last interval, is no longer projected. */
const silenceMsMax = 600_000;
/** Sessions of an account, the newest, whose use is projected; of a reseller's thousands the others wait for a report. */
const projectedSessionsMax = 500;

interface Watched {
  readonly account: number;
  paid: string;
  /** Charges not sent yet, and the number of the charge before them. */
  pending: ChargeRow[];
  fromSeq: number;
  overflow: boolean;
  changed: boolean;
  projecting: boolean;
  /** Period of the bill last sent. */
  period: { readonly fromMs: number; readonly toMs: number };
  /** By session row id: the length of the last interval between reports, ms. */
  readonly intervals: Map<number, { lastEventMs: number; intervalMs: number }>;
}

export interface LiveBillsOptions {
  readonly partition: Partition;
  readonly store: StoreReader;
  readonly clock: () => number;
  readonly send: (account: number, message: LiveMessage) => void;
}

export class LiveBills {
  readonly #options: LiveBillsOptions;
  readonly #watched = new Map<number, Watched>();

  constructor(options: LiveBillsOptions) {
    this.#options = options;
  }

  /** Begins to watch an account, or goes on, and returns its bill as it is; later messages build on it. */
  async snapshot(account: number): Promise<BillView | null> {
    const rated = await this.#options.partition.account(account);
    if (rated === null) return null;
    const watched = this.#watched.get(account);
    if (watched) await this.#flushAccount(watched);
    else {
      this.#watched.set(account, {
        account,
        paid: await this.#options.store.paidTotal(account),
        pending: [],
        fromSeq: rated.seq,
        overflow: false,
        changed: false,
        projecting: false,
        period: { fromMs: 0, toMs: 0 },
        intervals: new Map(),
      });
    }
    const bill = await this.#bill(rated, this.#watched.get(account)!);
    const { items } = await this.#options.store.chargesPage(account, null, recentCharges);
    const { paid } = this.#watched.get(account)!;
    return { ...bill, recent: liveCharges(rated, items.toReversed(), bill, paid, this.#options.clock()) };
  }

  unwatch(account: number): void {
    this.#watched.delete(account);
  }

  /** A payment or another plan: the next message is a fresh bill. */
  async refresh(account: number): Promise<void> {
    const watched = this.#watched.get(account);
    if (!watched) return;
    watched.paid = await this.#options.store.paidTotal(account);
    watched.overflow = true;
    watched.changed = true;
  }

  isWatched(account: number): boolean {
    return this.#watched.has(account);
  }

  /** Takes what a step committed. */
  onStep(step: PartitionStep): void {
    for (const account of step.accounts) {
      const watched = this.#watched.get(account);
      if (watched) watched.changed = true;
    }
    for (const charge of step.charges) {
      const watched = this.#watched.get(charge.account);
      if (!watched) continue;
      // A message adds to the bill that is shown; what belongs to another changes more than a charge can tell.
      const elsewhere = charge.periodFromMs !== watched.period.fromMs;
      if (elsewhere || watched.pending.length >= pendingChargesMax) watched.overflow = true;
      else watched.pending.push(charge);
    }
  }

  /** Sends what changed; called at most four times a second. */
  async flush(): Promise<void> {
    for (const watched of this.#watched.values()) await this.#flushAccount(watched);
  }

  /** Sends the running estimates; called once a second, after a flush, since they build on the bill last sent. */
  async project(): Promise<void> {
    for (const watched of this.#watched.values()) {
      const rated = await this.#options.partition.account(watched.account);
      if (rated === null) continue;
      const { items: sessions } = await this.#options.store.openSessionsOfAccount(
        watched.account,
        projectedSessionsMax,
      );
      const nowMs = this.#options.clock();
      const running = sessions.filter((row) => isRunning(row, watched, nowMs));
      if (running.length === 0 && !watched.projecting) continue;
      // The last one says that there is nothing to project any more.
      watched.projecting = running.length > 0;
      this.#options.send(watched.account, projection(rated, running, nowMs));
    }
  }

  async #flushAccount(watched: Watched): Promise<void> {
    if (this.#options.clock() >= watched.period.toMs) watched.overflow = true;
    if (!watched.changed && !watched.overflow) return;
    const rated = await this.#options.partition.account(watched.account);
    if (rated === null) return;
    const { pending, fromSeq, overflow } = watched;
    watched.pending = [];
    watched.fromSeq = rated.seq;
    watched.overflow = false;
    watched.changed = false;
    const bill = await this.#bill(rated, watched);
    if (overflow) return this.#options.send(watched.account, { type: 'bill', bill });
    this.#options.send(watched.account, {
      type: 'charges',
      account: bill.account,
      fromSeq,
      seq: rated.seq,
      total: bill.total,
      balance: bill.balance,
      asOfMs: bill.asOfMs,
      lines: bill.lines,
      allowances: bill.allowances,
      sessions: bill.sessions,
      sessionCount: bill.sessionCount,
      charges: liveCharges(rated, pending, bill, watched.paid, this.#options.clock()),
    });
  }

  async #bill(rated: RatedAccount, watched: Watched): Promise<BillView> {
    const openSessions = await this.#options.store.openSessionsOfAccount(watched.account, projectedSessionsMax);
    noteIntervals(watched, openSessions.items);
    const nowMs = this.#options.clock();
    const { account, terms, state, seq, shares } = rated;
    const { paid } = watched;
    watched.period = billPeriodAt(terms.zone, terms.cycleDay, nowMs);
    return billView({ account, terms, state, seq, shares, paid, openSessions, nowMs, periodMs: nowMs });
  }
}

/** The Fig-11 fields of each charge; totals run back from the bill's, so that each is its predecessor plus its charge. */
function liveCharges(
  rated: RatedAccount,
  rows: readonly ChargeRow[],
  bill: BillView,
  paid: string,
  nowMs: number,
): LiveCharge[] {
  const { account, terms, state } = rated;
  const period = billPeriodAt(terms.zone, terms.cycleDay, nowMs);
  let total = bill.lines.reduce((sum, line) => addDecimal(sum, line.exactAmount), '0');
  let balance = balanceOf(paid, state, account.currency);
  const charges: LiveCharge[] = [];
  for (const row of rows.toReversed()) {
    charges.push({
      seq: row.seq,
      at: new Date(row.atMs).toISOString(),
      usage: {
        description: row.line.label,
        additional: row.detail?.additional ?? '',
        units: unitsOf(row),
        unit: row.line.unit,
        vendor: row.detail?.vendor ?? '',
        attribution: row.detail?.attribution ?? '',
      },
      charge: row.amount,
      currency: account.currency,
      total: roundToMinor(total, account.currency),
      balance: roundToMinor(balance, account.currency),
    });
    balance = addDecimal(balance, row.amount);
    if (row.periodFromMs === period.fromMs) total = addDecimal(total, negatedDecimal(row.amount));
  }
  return charges.reverse();
}

function noteIntervals(watched: Watched, sessions: readonly SessionRow[]): void {
  for (const { id, state } of sessions) {
    const known = watched.intervals.get(id);
    if (known === undefined) watched.intervals.set(id, { lastEventMs: state.lastEventMs, intervalMs: 0 });
    else if (state.lastEventMs > known.lastEventMs) {
      const intervalMs = state.lastEventMs - known.lastEventMs;
      watched.intervals.set(id, { lastEventMs: state.lastEventMs, intervalMs });
    }
  }
  const open = new Set(sessions.map(({ id }) => id));
  for (const id of watched.intervals.keys()) if (!open.has(id)) watched.intervals.delete(id);
}

function isRunning({ id, state }: SessionRow, watched: Watched, nowMs: number): boolean {
  const silentMs = nowMs - state.lastEventMs;
  const interval = watched.intervals.get(id)?.intervalMs ?? 0;
  return silentMs > 0 && silentMs <= Math.max(silenceMsMax, 3 * interval);
}

/** Time goes on by the clock, octets at the session's average so far; only whole units are projected. */
function projection(rated: RatedAccount, running: readonly SessionRow[], nowMs: number): LiveMessage {
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

/**
 * Live bills of the accounts that somebody watches (DESIGN §7), on the rating thread: a snapshot when asked, what was
 * posted as soon as it is committed but at most ten times a second, and once a second, where nothing else was said, a
 * projection of what open sessions have used since their last report. Nothing here is ever posted.
 *
 *   quiet ──a step touches the account──▶ changed ──sent, 100 ms after the last message or at once──▶ quiet
 */
import { type BillPeriod, billPeriodAt } from '../../rating/index.ts';
import { billView } from '../bills/bill-view.ts';
import type { BillView, LiveMessage } from '../contract.ts';
import type { Partition, PartitionStep, PostedCharge } from '../partitions/partition.ts';
import type { RatedAccount } from '../partitions/rated-account.ts';
import type { OpenSessions, SessionRow, StoreReader } from '../store/store.ts';
import { writeCharges } from './charges-json.ts';
import { JsonOctets } from './json-octets.ts';
import { KeptSessions } from './kept-sessions.ts';
import { LinesJson } from './lines-json.ts';
import { liveCharges } from './live-charges.ts';
import type { LiveJson } from './live-frames.ts';
import { isExpected, projectionOf } from './projection.ts';

/** Between two messages of posted charges to one account's viewers. */
export const sendEveryMs = 100;
/** Between two messages of any kind, while sessions run. */
export const tickEveryMs = 1_000;
/** More waiting charges than this are replaced by a fresh bill. */
const pendingChargesMax = 100;
/** So many are waited for by a list that is just as long. */
const fewCharges = 4;
/** Last charges in a snapshot, for a display that has just begun. */
const recentCharges = 20;
/** Accounts told in one turn, so that rating never waits for long. */
const toldInTurnMax = 500;

interface Watched {
  readonly account: number;
  readonly sessions: KeptSessions;
  readonly lines: LinesJson;
  paid: string;
  /** Charges not sent yet, and the number of the charge before them. */
  pending: PostedCharge[];
  fromSeq: number;
  /** When the first of what was not sent yet was committed, by `clock`; null where there is no such thing. */
  committedMs: number | null;
  /** A fresh bill is sent instead of them. */
  overflow: boolean;
  /** Waits among the changed. */
  isChanged: boolean;
  projecting: boolean;
  /** Period of the bill last sent; null before the first. */
  period: BillPeriod | null;
  /** When posted charges, and when anything, was last sent; by `now`. */
  sentAtMs: number;
  toldAtMs: number;
}

export interface LiveBillsOptions {
  readonly partition: Partition;
  readonly store: StoreReader;
  /** UTC epoch ms, maybe simulated. */
  readonly clock: () => number;
  readonly send: (message: LiveJson) => void;
  /** Real time, ms since any instant: the pace of messages goes by it. */
  readonly now?: () => number;
}

export class LiveBills {
  readonly #options: Required<LiveBillsOptions>;
  readonly #watched = new Map<number, Watched>();
  readonly #json = new JsonOctets();
  /** Those that wait for a message, and some that no longer do. */
  #changed: Watched[] = [];
  /** Those with open sessions, in the order in which they were last told anything. */
  readonly #ticking = new Set<Watched>();
  /** The earliest end of a bill that was sent, by `clock`. */
  #periodEndMs = Number.POSITIVE_INFINITY;

  constructor(options: LiveBillsOptions) {
    this.#options = { now: () => performance.now(), ...options };
  }

  /** Begins to watch an account, or goes on, and returns its bill as it is; later messages build on it. */
  async snapshot(account: number): Promise<BillView | null> {
    const { partition, store, clock } = this.#options;
    const rated = await partition.account(account);
    if (rated === null) return null;
    const known = this.#watched.get(account);
    const watched = known ?? (await this.#watch(rated));
    const openSessions = await watched.sessions.current();
    const nowMs = clock();
    const period = this.#show(periodOf(rated, nowMs), watched);
    const bill = billView({ ...rated, paid: watched.paid, openSessions, nowMs, periodMs: nowMs });
    this.#tickLater(watched, bill.sessionCount);
    const { items } = await store.chargesPage(account, null, recentCharges);
    const recent = liveCharges(rated, items.toReversed(), { paid: watched.paid, period });
    return { ...bill, recent };
  }

  unwatch(account: number): void {
    const watched = this.#watched.get(account);
    if (watched === undefined) return;
    this.#watched.delete(account);
    watched.isChanged = false;
    this.#ticking.delete(watched);
  }

  /** A payment or another plan: the next message is a fresh bill. */
  async refresh(account: number): Promise<void> {
    const watched = this.#watched.get(account);
    if (!watched) return;
    watched.paid = await this.#options.store.paidTotal(account);
    this.#renew(watched);
  }

  isWatched(account: number): boolean {
    return this.#watched.has(account);
  }

  get watchesAny(): boolean {
    return this.#watched.size > 0;
  }

  /** Takes what a step committed. */
  onStep(step: PartitionStep): void {
    const committedMs = this.#options.clock();
    for (const account of step.accounts) {
      const watched = this.#watched.get(account);
      if (watched) this.#change(watched, committedMs);
    }
    for (const row of step.sessions) {
      const watched = this.#watched.get(row.state.account);
      if (!watched) continue;
      watched.sessions.take(row);
      // A session that opens or ends without use is news too.
      this.#change(watched, committedMs);
    }
    for (const charge of step.charges) {
      const watched = this.#watched.get(charge.account);
      if (!watched) continue;
      // A message adds to the bill that is shown; what belongs to another changes more than a charge can tell.
      const elsewhere = charge.periodFromMs !== watched.period?.fromMs;
      if (elsewhere || watched.pending.length >= pendingChargesMax) watched.overflow = true;
      // Mostly the first or second: a list that grows by itself makes room for seventeen.
      else if (watched.pending.length < fewCharges) watched.pending = [...watched.pending, charge];
      else watched.pending.push(charge);
    }
  }

  /** After a step that failed: sessions may have been changed by what was not committed. */
  onFault(): void {
    for (const { sessions } of this.#watched.values()) sessions.forget();
  }

  /** Sends what changed and is due, some of it: true where more is left over, to be sent by the next call. */
  async flush(): Promise<boolean> {
    this.#beginPeriods();
    const nowMs = this.#options.now();
    const changed = this.#changed;
    this.#changed = [];
    let told = 0;
    let at = 0;
    try {
      while (at < changed.length && told < toldInTurnMax) {
        const watched = changed[at++]!;
        if (!watched.isChanged) continue;
        if (nowMs - watched.sentAtMs < sendEveryMs) {
          this.#changed.push(watched);
          continue;
        }
        told++;
        // Before, so that a fault doesn't keep it out for good.
        watched.isChanged = false;
        if (!this.#tellAtHand(watched)) await this.#tell(watched);
      }
    } finally {
      for (let n = at; n < changed.length; n++) this.#changed.push(changed[n]!);
    }
    return told === toldInTurnMax;
  }

  /** Sends the running estimates that are due, some of them; called after a flush, since they build on what was sent. */
  async project(): Promise<void> {
    const nowMs = this.#options.now();
    let told = 0;
    for (const watched of this.#ticking) {
      if (nowMs - watched.toldAtMs < tickEveryMs) return;
      await this.#tellEstimate(watched);
      if (++told === toldInTurnMax) return;
    }
  }

  async #watch({ account, seq }: RatedAccount): Promise<Watched> {
    const { store } = this.#options;
    const watched: Watched = {
      account: account.no,
      sessions: new KeptSessions(account.no, store),
      lines: new LinesJson(),
      paid: await store.paidTotal(account.no),
      pending: [],
      fromSeq: seq,
      committedMs: null,
      overflow: false,
      isChanged: false,
      projecting: false,
      period: null,
      sentAtMs: Number.NEGATIVE_INFINITY,
      toldAtMs: this.#options.now(),
    };
    this.#watched.set(account.no, watched);
    return watched;
  }

  /** Bills whose period is over are followed by those of the next. */
  #beginPeriods(): void {
    const nowMs = this.#options.clock();
    if (nowMs < this.#periodEndMs) return;
    this.#periodEndMs = Number.POSITIVE_INFINITY;
    for (const watched of this.#watched.values()) {
      const endMs = watched.period?.toMs ?? Number.POSITIVE_INFINITY;
      if (nowMs >= endMs) this.#renew(watched);
      else this.#periodEndMs = Math.min(this.#periodEndMs, endMs);
    }
  }

  #renew(watched: Watched): void {
    watched.overflow = true;
    watched.sentAtMs = Number.NEGATIVE_INFINITY;
    this.#change(watched, null);
  }

  #change(watched: Watched, committedMs: number | null): void {
    watched.committedMs ??= committedMs;
    if (watched.isChanged) return;
    watched.isChanged = true;
    this.#changed.push(watched);
  }

  /** Sends what has been posted to an account, where nothing has to be read for it: false where it must be. */
  #tellAtHand(watched: Watched): boolean {
    const rated = this.#options.partition.accountAtHand(watched.account);
    const openSessions = watched.sessions.atHand;
    if (rated === undefined || openSessions === null) return false;
    this.#tellOf(watched, rated, openSessions);
    return true;
  }

  async #tell(watched: Watched): Promise<void> {
    const rated = await this.#options.partition.account(watched.account);
    if (rated !== null) this.#tellOf(watched, rated, await watched.sessions.current());
  }

  #tellOf(watched: Watched, rated: RatedAccount, openSessions: OpenSessions): void {
    const { clock, now, send } = this.#options;
    const nowMs = clock();
    const period = this.#show(periodOf(rated, nowMs), watched);
    const { account, paid, pending, fromSeq, committedMs, overflow, lines, sessions } = watched;
    // If another period has just begun, this message is its bill.
    watched.isChanged = false;
    watched.pending = [];
    watched.fromSeq = rated.seq;
    watched.committedMs = null;
    watched.overflow = false;
    watched.sentAtMs = now();
    this.#tickLater(watched, openSessions.count);
    if (overflow) {
      const bill = billView({ ...rated, paid, openSessions, nowMs, periodMs: nowMs });
      return this.#send(account, { type: 'bill', bill });
    }
    const told = { pending, fromSeq, paid, lines, sessions, openSessions, period, committedMs, nowMs };
    writeCharges(this.#json, rated, told);
    send({ account, type: 'charges', json: this.#json.written });
  }

  #send(account: number, message: LiveMessage): void {
    this.#json.clear();
    this.#json.write(JSON.stringify(message));
    this.#options.send({ account, type: message.type, json: this.#json.written });
  }

  async #tellEstimate(watched: Watched): Promise<void> {
    const { partition, clock } = this.#options;
    this.#ticking.delete(watched);
    const rated = await partition.account(watched.account);
    if (rated === null) return;
    const { items } = await watched.sessions.current();
    const nowMs = clock();
    const expected = items.filter((row) => isExpected(row, watched.sessions.intervalMs(row), nowMs));
    this.#tickLater(watched, expected.length);
    const running = expected.filter(({ state }) => state.lastEventMs < nowMs);
    if (running.length > 0 && running.every((row) => ticksByItself(row, watched.sessions.intervalMs(row), nowMs)))
      return;
    if (running.length === 0 && !watched.projecting) return;
    // The last one says that there is nothing to project any more.
    watched.projecting = running.length > 0;
    this.#send(watched.account, projectionOf(rated, running, nowMs));
  }

  /** Puts an account behind all that wait for their next estimate. */
  #tickLater(watched: Watched, sessions: number): void {
    watched.toldAtMs = this.#options.now();
    this.#ticking.delete(watched);
    if (sessions > 0 || watched.projecting) this.#ticking.add(watched);
  }

  /** Notes the period that viewers are shown from now on. */
  #show(period: BillPeriod, watched: Watched): BillPeriod {
    const before = watched.period;
    watched.period = period;
    this.#periodEndMs = Math.min(this.#periodEndMs, period.toMs);
    // Whoever was shown the bill before this one needs all of this one.
    if (before !== null && before.fromMs !== period.fromMs) this.#renew(watched);
    return period;
  }
}

function periodOf({ terms }: RatedAccount, nowMs: number): BillPeriod {
  return billPeriodAt(terms.zone, terms.cycleDay, nowMs);
}

/** It reports as often as estimates would come, so its reports are the better ones. */
function ticksByItself({ state }: SessionRow, intervalMs: number, nowMs: number): boolean {
  return intervalMs > 0 && intervalMs <= 2 * tickEveryMs && nowMs - state.lastEventMs <= 2 * intervalMs;
}

/**
 * What the daemon does by itself, by the clock: ticks and closings, silent sessions, charges for other accounts, old keys
 * and batches. A chore that fails is told and done again; each is idempotent.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { LogEntry, UsageLog } from '../log/usage-log.ts';
import type { AddressHolders } from '../mediation/address-holders.ts';
import type { Guide } from '../mediation/guide.ts';
import type { Rater } from '../partitions/rater.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Account, StoreReader } from '../store/store.ts';
import { StaleSessions } from './stale-sessions.ts';
import { dueEntries } from './ticks.ts';

const tickSweepMs = 1_000;
const sweepMsMax = 366 * 24 * 3_600_000;
const catchingUpMs = 100;
const houseKeepingMs = 60_000;
/** Charges for other accounts are forwarded when the rating thread tells of them, and looked for this often beside. */
const outgoingSweepMs = 60_000;
const outgoingPageSize = 500;
/** Keys of events forgotten at once; datagrams wait meanwhile. */
const forgottenEventsMax = 5_000;
const accountsPageSize = 1_000;

export interface ChoreParts {
  readonly log: UsageLog;
  readonly reader: StoreReader;
  readonly rater: Rater;
  readonly pipeline: Pipeline;
  readonly guide: Guide;
  readonly holders: AddressHolders;
  /** UTC epoch ms, maybe simulated. */
  readonly clock: () => number;
  readonly logger: Logger;
  /** A bill closes this long after its period. */
  readonly graceHours: number;
  /** Sessions silent for so long are closed; 0: never. */
  readonly staleAfterMs: number;
  /** Rated batches of the log are kept this long. */
  readonly logKeptMs: number;
  readonly eventKeysKeptMs: number;
}

export class Chores {
  readonly #parts: ChoreParts;
  readonly #stale: StaleSessions;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Set<Promise<void>>();
  /** Accounts, with the time they were made, whose first tick is not in the log yet. */
  readonly #unticked = new Map<number, number>();
  #sweeping = false;
  #forwarding = false;
  #stopped = false;

  constructor(parts: ChoreParts) {
    this.#parts = parts;
    const { reader, pipeline, clock, staleAfterMs } = parts;
    this.#stale = new StaleSessions({ reader, append: (entries) => pipeline.append(entries), clock, staleAfterMs });
  }

  /** Does what has fallen due, and goes on by the clock. `lastPosition`: the log's end when the daemon started. */
  async start(lastPosition: number): Promise<void> {
    await this.forwardOutgoing();
    this.#run(() => this.#releaseWhenRated(lastPosition));
    await this.#findUnticked();
    await this.#sweepTicks();
    this.#timers.push(setInterval(() => void this.forwardOutgoing(), outgoingSweepMs));
    this.#timers.push(setInterval(() => this.#run(() => this.#sweepTicks()), tickSweepMs));
    this.#timers.push(setInterval(() => this.#run(() => this.#keepHouse()), houseKeepingMs));
  }

  /** Resolves when what was being done has ended, so that the files may be closed. May be called twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running);
  }

  /**
   * Logs the first tick of an account that was just made: it starts the recurring charges, so that an account that stays
   * idle is billed as well. Where the log can't take it now, a later sweep or the next start does it.
   */
  async tickFirst({ no, createdMs }: Pick<Account, 'no' | 'createdMs'>): Promise<void> {
    this.#unticked.set(no, createdMs);
    await this.#run(() => this.#tickUnticked()).catch((cause) => this.#tellOfTicks(cause));
  }

  /** Charges for other accounts, and corrections, wait in the store: puts them into the log, each once. */
  forwardOutgoing(): Promise<void> {
    return this.#run(() => this.#forwardAll());
  }

  /** Does a piece of work that a stop waits for; nothing begins after the stop. */
  async #run(work: () => Promise<void>): Promise<void> {
    if (this.#stopped) return;
    const running = work();
    this.#running.add(running);
    try {
      await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** What fails is done again by the next. */
  async #forwardAll(): Promise<void> {
    if (this.#forwarding) return;
    this.#forwarding = true;
    try {
      while (!this.#stopped) {
        const outgoing = await this.#parts.reader.outgoing(outgoingPageSize);
        if (outgoing.length === 0) break;
        const entries = outgoing.map(({ position, n, account, posting }): LogEntry => {
          const key = `posting ${position}.${n}`;
          return { kind: 'posting', account: this.#parts.guide.accountOf(account) ?? 0, key, posting };
        });
        await this.#parts.pipeline.append(entries);
        await this.#parts.rater.change('deleteOutgoing', outgoing);
      }
    } catch (cause) {
      this.#parts.logger.error(
        { err: cause },
        'charges for other accounts and corrections could not be logged; trying again',
      );
    } finally {
      this.#forwarding = false;
    }
  }

  /** What waits for its session may go on when the store knows all sessions of the log as it was at the start. */
  async #releaseWhenRated(position: number): Promise<void> {
    while (!this.#stopped && (this.#parts.rater.progress?.position ?? 0) < position) await pause(catchingUpMs);
    if (!this.#stopped)
      await this.#parts.pipeline.releaseAll().catch((cause) => this.#parts.logger.error({ err: cause }));
  }

  /** Appends the ticks that fell due since the last sweep, and what closes silent sessions. What fails is done again. */
  async #sweepTicks(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      await this.#parts.pipeline.probe();
      await this.#tickUnticked();
      const clockMs = this.#parts.clock();
      const fromMs = Number((await this.#parts.log.note('ticked-until-ms')) ?? clockMs);
      // A clock that jumped further is caught up with by later sweeps.
      const nowMs = Math.min(clockMs, fromMs + sweepMsMax);
      if (needsSweep(fromMs, nowMs)) await this.#appendTicks(fromMs, nowMs);
      await this.#parts.log.setNote('ticked-until-ms', String(Math.max(fromMs, nowMs)));
      await this.#stale.look();
    } catch (cause) {
      this.#tellOfTicks(cause);
    } finally {
      this.#sweeping = false;
    }
  }

  #tellOfTicks(cause: unknown): void {
    this.#parts.logger.error({ err: cause }, 'ticks or silent sessions could not be logged; trying again');
  }

  /** After a crash between the making of an account and its first tick, that tick is missing from the log. */
  async #findUnticked(): Promise<void> {
    for (let afterNo = 0; ; ) {
      const accounts = await this.#parts.reader.accountsWithoutTick(afterNo, accountsPageSize);
      if (accounts.length === 0) return;
      for (const { no, createdMs } of accounts) this.#unticked.set(no, createdMs);
      afterNo = accounts.at(-1)!.no;
    }
  }

  /** Rating a tick again changes nothing, so one may be logged twice. */
  async #tickUnticked(): Promise<void> {
    if (this.#unticked.size === 0) return;
    const entries = [...this.#unticked].map(([account, atMs]): LogEntry => ({ kind: 'tick', account, atMs }));
    await this.#parts.pipeline.append(entries);
    for (const { account } of entries) this.#unticked.delete(account);
  }

  async #appendTicks(fromMs: number, toMs: number): Promise<void> {
    const { reader, graceHours } = this.#parts;
    for (let afterNo = 0; ; ) {
      const accounts = await reader.accounts(afterNo, accountsPageSize);
      if (accounts.length === 0) return;
      const entries = accounts.flatMap((account) => dueEntries(account, fromMs, toMs, graceHours));
      if (entries.length > 0) await this.#parts.pipeline.append(entries);
      afterNo = accounts.at(-1)!.no;
    }
  }

  async #keepHouse(): Promise<void> {
    try {
      const position = this.#parts.rater.progress?.position ?? 0;
      const beforeMs = this.#parts.clock() - this.#parts.logKeptMs;
      // Datagrams come in between.
      while (!this.#stopped && (await this.#parts.log.prune(position, beforeMs)) > 0) await nextTurn();
      await this.#forgetEvents();
      this.#parts.holders.trim(this.#parts.clock());
      await this.#parts.rater.change('deleteExpiredWebSessions', Date.now());
    } catch (cause) {
      this.#parts.logger.error({ err: cause }, 'house-keeping failed; trying again');
    }
  }

  async #forgetEvents(): Promise<void> {
    const beforeMs = this.#parts.clock() - this.#parts.eventKeysKeptMs;
    for (let forgotten = forgottenEventsMax; forgotten === forgottenEventsMax; ) {
      forgotten = await this.#parts.log.forgetEvents(beforeMs, forgottenEventsMax);
      await nextTurn();
    }
  }
}

/** Boundaries of local days in any zone lie on quarter hours; without one between, no account can have a tick. */
function needsSweep(fromMs: number, toMs: number): boolean {
  const quarterHourMs = 900_000;
  return Math.floor(fromMs / quarterHourMs) !== Math.floor(toMs / quarterHourMs);
}

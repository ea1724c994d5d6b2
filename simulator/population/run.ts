/**
 * Sends a population's reports to a RADIUS server as its devices would, through a network that loses datagrams, and
 * notes what the server has answered: that, and nothing else, must be on the bills.
 *
 * One report is sent in *attempts*. Each has an Acct-Delay-Time of its own, therefore other octets and another Identifier
 * (RFC 2866 §5.2), and goes to the next server in turn. An attempt ends well with an answer, or ill: its request is lost
 * before it is sent, its answer is lost (it was taken, but the device does not know and tries again), or nothing comes
 * within the timeout, the same octets having been sent twice. The first answer, seen by the device or not, makes the
 * report *recorded*.
 *
 * Order: a subscriber's next report waits for the one before it, so that the order of recording is known here, which
 * free hours depend on (DESIGN §3.5). When a device restarts, all that is under way ends first: a restarted device no
 * longer knows what it had not sent.
 */
import { Exchange, type ExchangeCounts } from '../nas/exchange.ts';
import { chanceAt, happensAt } from '../nas/random.ts';
import type { Signing } from '../nas/request.ts';
import { encodeReport } from './packet.ts';
import type { Population } from './population.ts';
import type { Report } from './reports.ts';

export interface RunOptions {
  /** The first is the usual one, others are gone to when it does not answer. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly secret: string;
  readonly messageAuthenticator: boolean;
  readonly seed: number;
  /** Reports under way at most. */
  readonly window: number;
  readonly timeoutMs: number;
  /** Attempts before a report is given up. */
  readonly attempts: number;
  /** Share of datagrams lost, each way. */
  readonly loss: number;
  /** Shares of reports whose first answer is lost, and whose first request is sent twice. */
  readonly retransmit: number;
  readonly duplicate: number;
  /** Seconds of the population in a second; without it, as fast as answers come. */
  readonly pace?: number;
}

export interface RunCounts {
  /** Reports sent, and recorded by the server. */
  sent: number;
  recorded: number;
  /** Lost for good by their device, or by the network in all attempts: the server never saw them. */
  lost: number;
  /** Sent, maybe received, never answered: nobody knows. */
  unanswered: number;
  requestsLost: number;
  answersLost: number;
  /** Attempts beyond the first that were sent, and those of them to another server than the first. */
  sentAgain: number;
  failedOver: number;
}

/** Acct-Delay-Time grows by so much with each attempt, s. */
const retrySeconds = 5;
const slotsPerSocket = 256;
/** Reports that wait for their subscriber's earlier one, for each report of the window. */
const waitingPerWindow = 16;
const lingerMs = 50;

export class PopulationRun {
  readonly counts: RunCounts = {
    sent: 0,
    recorded: 0,
    lost: 0,
    unanswered: 0,
    requestsLost: 0,
    answersLost: 0,
    sentAgain: 0,
    failedOver: 0,
  };
  /** Indices of recorded reports, in the order of their first answers. */
  readonly recorded: number[] = [];
  readonly #reports: readonly Report[];
  readonly #options: RunOptions;
  readonly #exchanges: readonly Exchange[];
  readonly #attempt: Uint8Array;
  readonly #state: Uint8Array;
  readonly #signing: Signing;
  /** Reports that wait, by subscriber; an empty list: one is under way and none waits. */
  readonly #waiting = new Map<number, number[]>();
  #waitingCount = 0;
  #next = 0;
  #underWay = 0;
  #stopping = false;
  #issuing = false;
  #startedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #finish: () => void = () => {};

  constructor({ reports }: Population, options: RunOptions) {
    this.#reports = reports;
    this.#options = options;
    this.#attempt = new Uint8Array(reports.length);
    this.#state = new Uint8Array(reports.length);
    const signing: Signing = {
      secret: Buffer.from(options.secret),
      messageAuthenticator: options.messageAuthenticator,
    };
    const sockets = Math.ceil(options.window / 64);
    this.#exchanges = options.servers.map(
      ({ host, port }) =>
        new Exchange(
          { host, port, signing, sockets: Math.min(sockets, slotsPerSocket), timeoutMs: options.timeoutMs, retries: 1 },
          { answered: (n) => this.#answered(n), gaveUp: (n) => this.#attemptFailed(n) },
        ),
    );
    this.#signing = signing;
  }

  get total(): number {
    return this.#reports.length;
  }

  /** How far the population's own time has come, UTC epoch s. */
  get reachedSeconds(): number {
    return this.#reports[Math.min(this.#next, this.#reports.length - 1)]?.sendSeconds ?? 0;
  }

  /** Sends everything; settles when each report is recorded, lost or given up. */
  async run(): Promise<void> {
    try {
      for (const exchange of this.#exchanges) await exchange.start();
      this.#startedMs = performance.now();
      await new Promise<void>((resolve) => {
        this.#finish = resolve;
        this.#issue();
      });
      await new Promise((resolve) => setTimeout(resolve, lingerMs));
    } finally {
      clearTimeout(this.#timer);
      for (const exchange of this.#exchanges) exchange.stop();
    }
  }

  /** Sends no more reports; `run` settles when those under way are done. May be called twice. */
  stop(): void {
    this.#stopping = true;
    for (const list of this.#waiting.values()) list.length = 0;
    this.#waitingCount = 0;
    this.#issue();
  }

  /** Sums over all servers. */
  exchangeCounts(): ExchangeCounts {
    const sums = { ...this.#exchanges[0]!.counts };
    for (const { counts } of this.#exchanges.slice(1)) {
      for (const name of Object.keys(sums) as (keyof ExchangeCounts)[]) sums[name] += counts[name];
    }
    return sums;
  }

  #issue(): void {
    // A report whose requests are all lost is done before its sending returns.
    if (this.#issuing) return;
    this.#issuing = true;
    const { window } = this.#options;
    while (!this.#stopping && this.#next < this.#reports.length && this.#underWay < window) {
      if (this.#waitingCount >= window * waitingPerWindow) break;
      const report = this.#reports[this.#next]!;
      if (report.session === null && this.#underWay + this.#waitingCount > 0) break;
      if (!this.#isDue(report)) break;
      this.#take(this.#next++, report);
    }
    this.#issuing = false;
    const over = this.#stopping || this.#next >= this.#reports.length;
    if (over && this.#underWay === 0 && this.#waitingCount === 0) this.#finish();
  }

  #isDue({ sendSeconds }: Report): boolean {
    const { pace } = this.#options;
    if (pace === undefined) return true;
    const dueMs = this.#startedMs + ((sendSeconds - this.#reports[0]!.sendSeconds) * 1000) / pace;
    const waitMs = dueMs - performance.now();
    if (waitMs <= 0) return true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#issue(), waitMs);
    return false;
  }

  #take(n: number, { session, lost }: Report): void {
    if (lost) {
      this.counts.lost++;
      return;
    }
    const subscriber = session?.subscriber.number;
    if (subscriber === undefined) return this.#begin(n);
    const list = this.#waiting.get(subscriber);
    if (list) {
      list.push(n);
      this.#waitingCount++;
    } else {
      this.#waiting.set(subscriber, []);
      this.#begin(n);
    }
  }

  #begin(n: number): void {
    this.#underWay++;
    this.counts.sent++;
    this.#send(n);
  }

  /** Makes the next attempt whose request is not lost, if there is one left. */
  #send(n: number): void {
    const { attempts, loss, seed, duplicate } = this.#options;
    for (; this.#attempt[n]! < attempts; this.#attempt[n]!++) {
      const attempt = this.#attempt[n]!;
      if (!happensAt(seed ^ 0xe1, n * 64 + attempt, loss)) break;
      this.counts.requestsLost++;
    }
    const attempt = this.#attempt[n]!;
    if (attempt >= attempts) return this.#done(n);
    const server = attempt % this.#exchanges.length;
    if (attempt > 0) this.counts.sentAgain++;
    if (server > 0) this.counts.failedOver++;
    this.#state[n]! |= bit.sent;
    this.#exchanges[server]!.send(
      n,
      (cell, identifier) =>
        encodeReport(this.#reports[n]!, cell, {
          identifier,
          delaySeconds: attempt * retrySeconds,
          signing: this.#signing,
        }),
      { duplicate: attempt === 0 && happensAt(seed ^ 0xe2, n, duplicate), forge: 'no', dropAnswer: false },
    );
  }

  #answered(n: number): void {
    if (!(this.#state[n]! & bit.recorded)) {
      this.#state[n]! |= bit.recorded;
      this.counts.recorded++;
      this.recorded.push(n);
    }
    const attempt = this.#attempt[n]!;
    const { seed, loss, retransmit } = this.#options;
    const told = attempt === 0 && chanceAt(seed ^ 0xe3, n) < retransmit * 0x1_0000_0000;
    if (!told && !happensAt(seed ^ 0xe4, n * 64 + attempt, loss)) return this.#done(n);
    this.counts.answersLost++;
    this.#attemptFailed(n);
  }

  #attemptFailed(n: number): void {
    this.#attempt[n]!++;
    this.#send(n);
  }

  #done(n: number): void {
    const state = this.#state[n]!;
    if (!(state & bit.recorded)) {
      if (state & bit.sent) this.counts.unanswered++;
      else this.counts.lost++;
    }
    this.#underWay--;
    const subscriber = this.#reports[n]!.session?.subscriber.number;
    if (subscriber !== undefined) {
      const following = this.#waiting.get(subscriber)?.shift();
      if (following === undefined) this.#waiting.delete(subscriber);
      else {
        this.#waitingCount--;
        this.#begin(following);
      }
    }
    this.#issue();
  }
}

const bit = { sent: 1, recorded: 2 } as const;

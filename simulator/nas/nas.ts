/**
 * A simulated NAS under load: sends the reports of a population to a RADIUS server, with a window of requests in
 * flight (closed loop), at a paced rate (open loop), or both, and tells what was answered, how fast, and how often it
 * had to ask again. A session's next report is not sent before its previous one is answered or given up.
 */
import type { AckedRecord } from '../ack-log.ts';
import { ackedRecord } from './acked.ts';
import { Exchange, type ExchangeCounts, noTrouble, type Trouble } from './exchange.ts';
import type { OpenExchangeSocket } from './exchange-socket.ts';
import { createHistogram, type LatencySummary } from './histogram.ts';
import { createPopulation, type Population, type PopulationOptions } from './population.ts';
import { chanceAt, happensAt } from './random.ts';
import { emptyReport } from './report.ts';
import { encodeRequest, type Signing } from './request.ts';

export interface NasOptions extends PopulationOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** Requests in flight at most. */
  readonly window: number;
  /** Open loop: reports per second. Without it, as fast as the window allows. */
  readonly ratePerSecond?: number;
  /** Stop issuing reports after this many seconds. */
  readonly durationSeconds?: number;
  readonly timeoutMs?: number;
  readonly retries?: number;
  /** Default: one socket per 64 requests of the window, so that an Identifier rests long before its next use. */
  readonly sockets?: number;
  readonly messageAuthenticator?: boolean;
  /** Shares (0…1) of all reports that meet deliberate trouble. */
  readonly vary?: { readonly duplicate?: number; readonly dropAnswer?: number; readonly forge?: number };
  /** Default: a connected socket of Node's. */
  readonly openSocket?: OpenExchangeSocket;
  /** Called for each answered report, in order of the answers. */
  readonly onAnswered?: (record: AckedRecord) => void;
}

export interface NasSummary extends ExchangeCounts {
  readonly seed: number;
  /** Different reports issued, answered, given up after all retries. */
  readonly sent: number;
  readonly answered: number;
  readonly gaveUp: number;
  /** Times the next report had to wait for the same session's previous one. */
  readonly stalls: number;
  /** As many reports in a row as the window holds were given up: the run ended early. */
  readonly unreachable: boolean;
  /** UTC epoch ms of the first report; the rest follows from a steady clock. */
  readonly startedAtMs: number;
  readonly elapsedSeconds: number;
  readonly answeredPerSecond: number;
  /** First transmission to accepted answer, retransmissions included. */
  readonly latency: LatencySummary;
  /** Open loop only: from the moment the report was due, so that waiting for the window counts as well. */
  readonly latencyFromDue?: LatencySummary;
  readonly cpuSeconds: number;
  /** Everything sent was answered, every answer was genuine, every second answer was the first again. */
  readonly ok: boolean;
}

export interface NasSimulator {
  /** Settles when every report is answered or given up. */
  readonly done: Promise<NasSummary>;
  /** Issues no more reports and waits for those in flight. May be called twice. */
  stop(): Promise<NasSummary>;
  progress(): { readonly sent: number; readonly answered: number; readonly gaveUp: number; readonly total: number };
  /** Every answered report so far, in order of the population. */
  ackLog(): Iterable<AckedRecord>;
}

const paceMs = 1;
/** Second answers to requests sent twice are waited for this long after the last first answer, ms. */
const lingerMs = 50;

export function startNas(options: NasOptions): NasSimulator {
  const population = createPopulation(options);
  const run = new LoadRun(options, population);
  return {
    done: run.done,
    stop: () => run.stop(),
    progress: () => ({ ...run.progress, total: population.length }),
    ackLog: () => ackedOf(population, run.acked),
  };
}

function* ackedOf(population: Population, acked: Uint8Array): Generator<AckedRecord> {
  const report = emptyReport();
  for (let n = 0; n < population.length; n++) {
    if (acked[n] !== 1) continue;
    population.describe(n, report);
    yield ackedRecord(report);
  }
}

class LoadRun {
  readonly progress = { sent: 0, answered: 0, gaveUp: 0 };
  readonly acked: Uint8Array;
  readonly done: Promise<NasSummary>;
  private readonly options: NasOptions;
  private readonly population: Population;
  private readonly exchange: Exchange;
  private readonly signing: Signing;
  private readonly busy: Uint8Array;
  private readonly latency = createHistogram();
  private readonly latencyFromDue = createHistogram();
  private readonly report = emptyReport();
  private readonly encode: (cell: Buffer, identifier: number) => number;
  private finish: () => void = () => {};
  private limit: number;
  private stalls = 0;
  private gaveUpInRow = 0;
  private unreachable = false;
  private startedAtMs = 0;
  private startedMs = 0;
  private endedMs = 0;
  private stalledAt = -1;
  private pace: NodeJS.Timeout | undefined;

  constructor(options: NasOptions, population: Population) {
    this.options = options;
    this.population = population;
    this.limit = population.length;
    this.acked = new Uint8Array(population.length);
    this.busy = new Uint8Array(population.sessions);
    const secret = Buffer.from(options.secret);
    this.signing = { secret, messageAuthenticator: options.messageAuthenticator ?? false };
    this.encode = (cell, identifier) => encodeRequest(this.report, cell, identifier, this.signing);
    this.exchange = new Exchange(
      {
        host: options.host,
        port: options.port,
        signing: this.signing,
        sockets: options.sockets ?? Math.max(1, Math.ceil(options.window / 64)),
        timeoutMs: options.timeoutMs ?? 1000,
        retries: options.retries ?? 5,
        ...(options.openSocket === undefined ? {} : { openSocket: options.openSocket }),
      },
      { answered: (tag, latencyMs) => this.answered(tag, latencyMs), gaveUp: (tag) => this.gaveUp(tag) },
    );
    this.done = this.run();
  }

  stop(): Promise<NasSummary> {
    this.limit = Math.min(this.limit, this.progress.sent);
    this.issue();
    return this.done;
  }

  private async run(): Promise<NasSummary> {
    const cpuBefore = process.cpuUsage();
    await this.exchange.start();
    try {
      await new Promise<void>((resolve) => {
        this.finish = resolve;
        this.startedMs = performance.now();
        this.startedAtMs = Date.now();
        if (this.options.ratePerSecond !== undefined) this.pace = setInterval(() => this.issue(), paceMs);
        this.issue();
      });
      if (this.exchange.counts.transmitted > this.progress.sent) await new Promise((end) => setTimeout(end, lingerMs));
    } finally {
      clearInterval(this.pace);
      this.exchange.stop();
    }
    const cpu = process.cpuUsage(cpuBefore);
    return this.summary((cpu.user + cpu.system) / 1e6);
  }

  /** Sends as many reports as are due and have room; ends the run when none is left or in flight. */
  private issue(): void {
    const { window, ratePerSecond, durationSeconds } = this.options;
    const elapsedSeconds = (performance.now() - this.startedMs) / 1000;
    if (durationSeconds !== undefined && elapsedSeconds >= durationSeconds) this.limit = this.progress.sent;
    const due =
      ratePerSecond === undefined ? this.limit : Math.min(this.limit, Math.floor(elapsedSeconds * ratePerSecond));
    while (this.progress.sent < due && this.exchange.inFlightCount < window && this.exchange.hasRoom) {
      if (!this.sendNext()) break;
    }
    if (this.progress.sent >= this.limit && this.exchange.inFlightCount === 0) {
      this.endedMs ||= performance.now();
      this.finish();
    }
  }

  private sendNext(): boolean {
    const n = this.progress.sent;
    const session = this.population.sessionOf(n);
    if (this.busy[session] === 1) {
      if (this.stalledAt !== n) this.stalls++;
      this.stalledAt = n;
      return false;
    }
    this.busy[session] = 1;
    this.population.describe(n, this.report);
    this.progress.sent++;
    this.exchange.send(n, this.encode, this.troubleOf(n));
    return true;
  }

  private troubleOf(n: number): Trouble {
    const { vary, seed } = this.options;
    if (vary === undefined) return noTrouble;
    const forged = happensAt(seed ^ 0x33, n, vary.forge ?? 0);
    return {
      duplicate: happensAt(seed ^ 0x11, n, vary.duplicate ?? 0),
      dropAnswer: happensAt(seed ^ 0x22, n, vary.dropAnswer ?? 0),
      forge: forged ? (chanceAt(seed ^ 0x44, n) % 2 === 0 ? 'before' : 'after') : 'no',
    };
  }

  private answered(n: number, latencyMs: number): void {
    this.acked[n] = 1;
    this.gaveUpInRow = 0;
    this.busy[this.population.sessionOf(n)] = 0;
    this.progress.answered++;
    this.latency.add(latencyMs);
    const { ratePerSecond, onAnswered } = this.options;
    if (ratePerSecond !== undefined) {
      const dueMs = this.startedMs + (n * 1000) / ratePerSecond;
      this.latencyFromDue.add(Math.max(performance.now() - dueMs, latencyMs));
    }
    if (onAnswered) {
      this.population.describe(n, this.report);
      onAnswered(ackedRecord(this.report));
    }
    this.issue();
  }

  private gaveUp(n: number): void {
    this.busy[this.population.sessionOf(n)] = 0;
    this.progress.gaveUp++;
    if (++this.gaveUpInRow >= this.options.window) {
      this.unreachable = true;
      this.limit = Math.min(this.limit, this.progress.sent);
    }
    this.issue();
  }

  private summary(cpuSeconds: number): NasSummary {
    const { sent, answered, gaveUp } = this.progress;
    const { counts } = this.exchange;
    const elapsedSeconds = Math.max(this.endedMs - this.startedMs, 0.001) / 1000;
    return {
      seed: this.options.seed,
      sent,
      answered,
      gaveUp,
      ...counts,
      stalls: this.stalls,
      unreachable: this.unreachable,
      startedAtMs: this.startedAtMs,
      elapsedSeconds: Math.round(elapsedSeconds * 1000) / 1000,
      answeredPerSecond: Math.round(answered / elapsedSeconds),
      latency: this.latency.summary(),
      ...(this.options.ratePerSecond === undefined ? {} : { latencyFromDue: this.latencyFromDue.summary() }),
      cpuSeconds: Math.round(cpuSeconds * 1000) / 1000,
      ok: answered === sent && counts.unverifiedAnswers === 0 && counts.secondAnswersDifferent === 0,
    };
  }
}

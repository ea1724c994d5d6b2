/**
 * A live NAS: each user always has a session whose counters follow a clock, which may run faster than real time.
 * Every `interimMs` of real time it reports; now and then a session stops and a new one starts.
 *
 *   starting ──answered or given up──▶ open ──its length is over, or stop()──▶ stopping ──answered──▶ (new session)
 *
 * A session sends nothing while a report of its own is in flight, except the Stop of `stop()`. A report that is given
 * up is not lost: counters are cumulative, the next one covers it; a Stop is tried again at the next turn.
 */
import type { AckedRecord } from '../ack-log.ts';
import { ackedRecord } from './acked.ts';
import { Exchange } from './exchange.ts';
import { chanceAt, randomStream } from './random.ts';
import {
  type AccountingReport,
  emptyReport,
  type StatusType,
  statusInterim,
  statusStart,
  statusStop,
} from './report.ts';
import { encodeRequest } from './request.ts';

export interface DemoUser {
  readonly login: string;
  /** Calling-Station-Id. */
  readonly station?: string;
  /** Average rates as the subscriber sees them (in = download), B per second of the clock. */
  readonly octetsPerSecondIn: number;
  readonly octetsPerSecondOut: number;
}

export interface DemoNasOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly users: readonly DemoUser[];
  /** Real time between two reports of a session, ms. */
  readonly interimMs: number;
  /** What time it is, UTC epoch ms; Event-Timestamp and Session-Time follow it. */
  readonly clock: () => number;
  /** Interims of a session's life: from half of this to one and a half. Default 40. */
  readonly interimsPerSession?: number;
  readonly nasIdentifier?: string;
  /** Put before every Acct-Session-Id; default: the clock's time at the start. */
  readonly sessionPrefix?: string;
  readonly seed?: number;
  readonly timeoutMs?: number;
  readonly retries?: number;
  readonly onSent?: (record: AckedRecord) => void;
  readonly onAnswered?: (record: AckedRecord) => void;
}

export interface DemoNas {
  readonly counts: { readonly sent: number; readonly answered: number; readonly gaveUp: number };
  /** Sends a Stop for every open session, waits until each is answered or given up, closes. May be called twice. */
  stop(): Promise<void>;
}

interface Session {
  readonly id: string;
  readonly user: number;
  readonly startedMs: number;
  phase: 'starting' | 'open' | 'stopping' | 'closed';
  reportsInFlight: number;
  interimsLeft: number;
  lastMs: number;
  octetsIn: number;
  octetsOut: number;
  /** The Stop as first sent; tried again with the same counters. */
  stop: AccountingReport | undefined;
}

export async function startDemoNas(options: DemoNasOptions): Promise<DemoNas> {
  const nas = new LiveNas(options);
  await nas.start();
  return nas;
}

class LiveNas implements DemoNas {
  readonly counts = { sent: 0, answered: 0, gaveUp: 0 };
  private readonly options: DemoNasOptions;
  private readonly exchange: Exchange;
  private readonly secret: Buffer;
  private readonly random: () => number;
  private readonly prefix: string;
  private readonly sessions: (Session | undefined)[];
  private readonly inFlight = new Map<number, { session: Session; report: AccountingReport }>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private sessionCount = 0;
  private stopping: Promise<void> | undefined;
  private idle: () => void = () => {};

  constructor(options: DemoNasOptions) {
    this.options = options;
    this.secret = Buffer.from(options.secret);
    this.random = randomStream(options.seed ?? 1);
    this.prefix = options.sessionPrefix ?? `${Math.floor(options.clock() / 1000).toString(36)}-`;
    this.sessions = options.users.map(() => undefined);
    this.exchange = new Exchange(
      {
        host: options.host,
        port: options.port,
        signing: { secret: this.secret, messageAuthenticator: true },
        sockets: Math.max(1, Math.ceil(options.users.length / 64)),
        timeoutMs: options.timeoutMs ?? 1000,
        retries: options.retries ?? 3,
      },
      { answered: (tag) => this.settle(tag, true), gaveUp: (tag) => this.settle(tag, false) },
    );
  }

  async start(): Promise<void> {
    await this.exchange.start();
    const { users, interimMs } = this.options;
    // Turns are spread over the interval, so that reports come evenly.
    for (let user = 0; user < users.length; user++) {
      const first = setTimeout(
        () => {
          this.timers.delete(first);
          this.turn(user);
          this.timers.add(setInterval(() => this.turn(user), interimMs));
        },
        (user * interimMs) / users.length,
      );
      this.timers.add(first);
    }
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    for (const session of this.sessions) {
      const isAtIt = session?.phase === 'stopping' && session.reportsInFlight > 0;
      if (session && session.phase !== 'closed' && !isAtIt) this.sendStop(session);
    }
    if (this.inFlight.size > 0) {
      await new Promise<void>((resolve) => {
        this.idle = resolve;
      });
    }
    this.exchange.stop();
  }

  /** One user's turn: open, report or stop its session. */
  private turn(user: number): void {
    const session = this.sessions[user];
    if (session === undefined || session.phase === 'closed') {
      this.open(user);
    } else if (session.reportsInFlight > 0) {
      return;
    } else if (session.phase === 'stopping' || session.interimsLeft <= 0) {
      this.sendStop(session);
    } else {
      session.interimsLeft--;
      this.advance(session);
      this.send(session, this.reportOf(session, statusInterim));
    }
  }

  private open(user: number): void {
    const nowMs = this.options.clock();
    const life = this.options.interimsPerSession ?? 40;
    const session: Session = {
      id: `${this.prefix}${(this.sessionCount++).toString(16).toUpperCase().padStart(6, '0')}`,
      user,
      startedMs: nowMs,
      phase: 'starting',
      reportsInFlight: 0,
      interimsLeft: Math.max(1, Math.round(life * (0.5 + this.random()))),
      lastMs: nowMs,
      octetsIn: 0,
      octetsOut: 0,
      stop: undefined,
    };
    this.sessions[user] = session;
    this.send(session, this.reportOf(session, statusStart));
  }

  private sendStop(session: Session): void {
    if (session.stop === undefined) {
      this.advance(session);
      session.stop = this.reportOf(session, statusStop);
    }
    session.phase = 'stopping';
    this.send(session, session.stop);
  }

  /** Lets the counters follow the clock, at 0.4 to 1.6 times the user's average rate. */
  private advance(session: Session): void {
    const { octetsPerSecondIn, octetsPerSecondOut } = this.options.users[session.user]!;
    const nowMs = Math.max(this.options.clock(), session.lastMs);
    const busySeconds = ((nowMs - session.lastMs) / 1000) * (0.4 + 1.2 * this.random());
    session.octetsIn += Math.round(octetsPerSecondIn * busySeconds);
    session.octetsOut += Math.round(octetsPerSecondOut * busySeconds);
    session.lastMs = nowMs;
  }

  private reportOf(session: Session, status: StatusType): AccountingReport {
    const user = this.options.users[session.user]!;
    const startedSeconds = Math.floor(session.startedMs / 1000);
    const eventSeconds = Math.floor(session.lastMs / 1000);
    return {
      ...emptyReport(),
      status,
      userName: user.login,
      sessionId: session.id,
      nasIdentifier: this.options.nasIdentifier ?? 'demo-nas',
      nasAddress: 0x0a00_0001,
      framedAddress: 0x6440_0000 + session.user + 1,
      nasPort: session.user + 1,
      callingStationId: user.station ?? '',
      calledStationId: 'demo-access',
      sessionSeconds: eventSeconds - startedSeconds,
      eventSeconds,
      inputOctets: session.octetsOut,
      outputOctets: session.octetsIn,
      inputPackets: Math.floor(session.octetsOut / 700),
      outputPackets: Math.floor(session.octetsIn / 1100),
      gigawords: true,
      terminateCause: chanceAt(this.options.seed ?? 1, session.user) % 3 === 0 ? 4 : 1,
    };
  }

  private send(session: Session, report: AccountingReport): void {
    if (!this.exchange.hasRoom) return;
    const tag = this.counts.sent++;
    session.reportsInFlight++;
    this.inFlight.set(tag, { session, report });
    this.options.onSent?.(ackedRecord(report));
    this.exchange.send(tag, (cell, identifier) =>
      encodeRequest(report, cell, identifier, { secret: this.secret, messageAuthenticator: true }),
    );
  }

  private settle(tag: number, answered: boolean): void {
    const { session, report } = this.inFlight.get(tag)!;
    this.inFlight.delete(tag);
    session.reportsInFlight--;
    if (session.phase === 'starting') session.phase = 'open';
    if (answered) {
      this.counts.answered++;
      if (report.status === statusStop) session.phase = 'closed';
      this.options.onAnswered?.(ackedRecord(report));
    } else {
      this.counts.gaveUp++;
    }
    if (this.inFlight.size === 0) this.idle();
  }
}

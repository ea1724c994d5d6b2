/**
 * Sessions that have fallen silent: a Stop may be lost, and a device may be gone. Each look takes some of the open
 * sessions, in turn, and logs an entry for each that was silent for too long; what the entry does, the fold decides by
 * what the log says before it (mediation/session.ts), so that neither a store that lags behind nor an entry logged twice
 * does harm. Time while nobody listened is no silence.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LogEntry } from '../log/usage-log.ts';
import type { HeardSession, StoreReader } from '../store/store.ts';

export interface StaleSessionsOptions {
  readonly reader: Pick<StoreReader, 'openSessionsHeard'>;
  readonly append: (entries: readonly LogEntry[]) => Promise<void>;
  /** UTC epoch ms, maybe simulated. */
  readonly clock: () => number;
  /** 0: never. */
  readonly staleAfterMs: number;
}

/** Sessions of one turn, which holds up the sockets (a thousand: 2.5 to 5.5 ms), and turns of a look, apart by so much. */
const sessionsInTurn = 50;
const turnsInLook = 20;
const turnEveryMs = 10;
const loggedRememberedMax = 100_000;

export class StaleSessions {
  readonly #options: StaleSessionsOptions;
  readonly #listeningSinceMs: number;
  /** Of sessions whose silence was logged, when they were heard last: the store may not show it yet. */
  readonly #logged = new Map<string, number>();
  #after: { readonly account: number; readonly id: number } | null = null;

  constructor(options: StaleSessionsOptions) {
    this.#options = options;
    this.#listeningSinceMs = options.clock();
  }

  /** Looks at the next sessions. An error leaves them to a later look. */
  async look(): Promise<void> {
    if (this.#options.staleAfterMs === 0) return;
    for (let turn = 1; (await this.#lookOn()) && turn < turnsInLook; turn++) await pause(turnEveryMs);
  }

  /** False after the last of all. */
  async #lookOn(): Promise<boolean> {
    const { reader, append, clock } = this.#options;
    const sessions = await reader.openSessionsHeard(this.#after, sessionsInTurn);
    const nowMs = clock();
    const stale = sessions.filter((session) => this.#isStale(session, nowMs));
    const entries = stale.map((session) => silenceEntry(session, nowMs));
    if (entries.length > 0) await append(entries);
    for (const { key, lastHeardMs } of stale) this.#logged.set(key, lastHeardMs);
    if (this.#logged.size > loggedRememberedMax) this.#logged.clear();
    const more = sessions.length === sessionsInTurn;
    this.#after = more ? sessions.at(-1)! : null;
    return more;
  }

  #isStale({ key, lastHeardMs }: HeardSession, nowMs: number): boolean {
    const silentMs = nowMs - Math.max(lastHeardMs, this.#listeningSinceMs);
    return silentMs >= this.#options.staleAfterMs && this.#logged.get(key) !== lastHeardMs;
  }
}

function silenceEntry({ account, key, lastHeardMs }: HeardSession, atMs: number): LogEntry {
  return { kind: 'silence', account, session: key, lastHeardMs, atMs };
}

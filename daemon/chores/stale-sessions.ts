/**
 * Sessions that have fallen silent: a Stop may be lost, and a device may be gone. Each look takes some of the open
 * sessions, in turn, and logs an entry for each that was silent for too long; what the entry does, the fold decides by
 * what the log says before it (mediation/session.ts), so that neither a store that lags behind nor an entry logged twice
 * does harm. Time while nobody listened is no silence.
 */
import type { LogEntry } from '../log/usage-log.ts';
import type { SessionState } from '../mediation/session.ts';
import type { StoreReader } from '../store/store.ts';

export interface StaleSessionsOptions {
  readonly reader: Pick<StoreReader, 'openSessions'>;
  readonly append: (entries: readonly LogEntry[]) => Promise<void>;
  /** UTC epoch ms, maybe simulated. */
  readonly clock: () => number;
  /** 0: never. */
  readonly staleAfterMs: number;
}

/** Sessions of one look, which holds up the sockets. */
const sessionsInLook = 1_000;
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
    const { reader, append, clock, staleAfterMs } = this.#options;
    if (staleAfterMs === 0) return;
    const rows = await reader.openSessions(this.#after, sessionsInLook);
    const nowMs = clock();
    const stale = rows.map(({ state }) => state).filter((state) => this.#isStale(state, nowMs));
    const entries = stale.map((state) => silenceEntry(state, nowMs));
    if (entries.length > 0) await append(entries);
    for (const { key, lastHeardMs } of stale) this.#logged.set(key, lastHeardMs);
    if (this.#logged.size > loggedRememberedMax) this.#logged.clear();
    const last = rows.at(-1);
    const wasLast = last === undefined || rows.length < sessionsInLook;
    this.#after = wasLast ? null : { account: last.state.account, id: last.id };
  }

  #isStale({ key, lastHeardMs }: SessionState, nowMs: number): boolean {
    const silentMs = nowMs - Math.max(lastHeardMs, this.#listeningSinceMs);
    return silentMs >= this.#options.staleAfterMs && this.#logged.get(key) !== lastHeardMs;
  }
}

function silenceEntry({ account, key, lastHeardMs }: SessionState, atMs: number): LogEntry {
  return { kind: 'silence', account, session: key, lastHeardMs, atMs };
}

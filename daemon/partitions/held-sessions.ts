/**
 * Sessions as a partition holds them in memory, a part of those in the store. Those at hand are changed in place: a new
 * object for each report would live just long enough to be copied and marked by several collections, which cost the
 * rating thread more than rating did.
 */
import type { SessionState } from '../mediation/session.ts';
import type { SessionRow } from '../store/store.ts';
import { indexOpen, type OpenByDevice, unindexOpen } from './open-by-device.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A row whose state changes: whoever needs it as it is now copies it. */
interface HeldSession extends SessionRow {
  readonly id: number;
  readonly state: Mutable<SessionState>;
  /** Changed since it was last considered for forgetting. */
  isInUse: boolean;
}

export class HeldSessions {
  /** By key; null where the store has none of that key. */
  readonly #latest = new Map<string, HeldSession | null>();
  /** Of those keys where it was asked for or came to be since: the session before the latest. */
  readonly #earlier = new Map<string, SessionRow | null>();
  readonly #openByDevice: OpenByDevice = new Map();

  get size(): number {
    return this.#latest.size;
  }

  /** The latest session of a key; null where the store has none, undefined where it has not been asked. */
  find(key: string): SessionRow | null | undefined {
    return this.#latest.get(key);
  }

  /** The latest session of a key, or null where none is known. */
  get(key: string): SessionRow | null {
    return this.#latest.get(key) ?? null;
  }

  /** The session before the latest of a key; null where there is none, undefined where the store has not been asked. */
  earlier(key: string): SessionRow | null | undefined {
    return this.#earlier.get(key);
  }

  /** Takes what the store has of it, for a key that is held. */
  loadEarlier(key: string, row: SessionRow | null): void {
    this.#earlier.set(key, row);
  }

  /** Takes what the store has of a key. */
  load(key: string, row: SessionRow | null): void {
    this.#latest.set(key, row === null ? null : { id: row.id, state: row.state, isInUse: false });
    if (row?.state.open) indexOpen(this.#openByDevice, row.state);
  }

  /**
   * Takes over a session's new state, and tells its row: `known`, which is the one held of its key, if that is of the same
   * session.
   */
  keep(known: SessionRow | null, id: number, state: SessionState): SessionRow {
    if (known === null || known.id < id) {
      const row = { id, state, isInUse: true };
      this.#latest.set(state.key, row);
      if (known !== null) this.#earlier.set(state.key, known);
      indexOpen(this.#openByDevice, state);
      return row;
    }
    if (known.id > id) {
      const row = { id, state };
      this.#earlier.set(state.key, row);
      return row;
    }
    const held = known as HeldSession;
    const opensOrCloses = held.state.open !== state.open;
    change(held.state, state);
    held.isInUse = true;
    if (opensOrCloses) indexOpen(this.#openByDevice, state);
    return held;
  }

  /** Keys of a device's open sessions, as far as they are held. */
  openOf(device: string): string[] {
    return [...(this.#openByDevice.get(device) ?? [])];
  }

  /** Forgets until so many are held, those first that have not been in use lately. */
  trim(sizeMax: number): void {
    // Each is put off once at most, so this ends; what is put at the map's end comes again.
    for (const [key, row] of this.#latest) {
      if (this.#latest.size <= sizeMax) return;
      this.#latest.delete(key);
      if (row?.isInUse) {
        row.isInUse = false;
        this.#latest.set(key, row);
        continue;
      }
      this.#earlier.delete(key);
      if (row) unindexOpen(this.#openByDevice, row.state);
    }
  }

  clear(): void {
    this.#latest.clear();
    this.#earlier.clear();
    this.#openByDevice.clear();
  }
}

/** Field by field, into numbers that are there already; what of a session never changes is left as it is. */
function change(held: Mutable<SessionState>, state: SessionState): void {
  held.startMs = state.startMs;
  held.lastEventMs = state.lastEventMs;
  held.lastHeardMs = state.lastHeardMs;
  held.open = state.open;
  held.closedBy = state.closedBy;
  held.deviceRestartMs = state.deviceRestartMs;
  held.details = state.details;
  if (held.counters === state.counters) return;
  const counters = held.counters as Record<string, bigint>;
  for (const counter in state.counters) counters[counter] = state.counters[counter]!;
}

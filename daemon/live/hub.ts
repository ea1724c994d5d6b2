/**
 * Who watches which account, on the receiving thread: one feed from the rater for an account, however many watch it.
 * The rater's snapshot and later messages come over one port in order, so a viewer that got the snapshot misses nothing.
 */
import type { BillView, LiveMessage } from '../contract.ts';
import type { LiveFeed, SendFrame } from '../http/deps.ts';
import type { LiveFrames } from './live-frames.ts';
import { textFrame } from './text-frame.ts';

interface Viewer {
  readonly send: SendFrame;
  /** False until the viewer has a snapshot to build on. */
  synced: boolean;
}

export interface RaterFeed {
  snapshot(account: number): Promise<BillView | null>;
  unwatch(account: number): void;
}

export class LiveHub implements LiveFeed {
  readonly #rater: RaterFeed;
  readonly #viewers = new Map<number, Set<Viewer>>();

  constructor(rater: RaterFeed) {
    this.#rater = rater;
  }

  subscribe(account: number, since: number | null, send: SendFrame): () => void {
    const viewer: Viewer = { send, synced: false };
    const viewers = this.#viewers.get(account) ?? new Set();
    this.#viewers.set(account, viewers.add(viewer));
    void this.#synchronise(account, viewer, since);
    return () => {
      viewers.delete(viewer);
      if (viewers.size > 0 || this.#viewers.get(account) !== viewers) return;
      this.#viewers.delete(account);
      this.#rater.unwatch(account);
    };
  }

  /** Takes messages of the rater and passes each to its account's viewers. */
  publish({ octets, accounts, types, ends }: LiveFrames): void {
    const all = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
    for (let n = 0; n < accounts.length; n++) {
      const account = accounts[n]!;
      const viewers = this.#viewers.get(account);
      if (viewers === undefined) continue;
      const frame = all.subarray(n === 0 ? 0 : ends[n - 1], ends[n]);
      for (const viewer of viewers) {
        if (!viewer.synced) continue;
        // A projection is stale in a second, so losing one needs no snapshot.
        if (viewer.send(frame) || types[n] === 'projection') continue;
        this.#synchroniseLater(account, viewer);
      }
    }
  }

  /** Tells every viewer that the rater has begun again, and gives each a fresh snapshot. */
  resynchronise(): void {
    for (const [account, viewers] of this.#viewers) {
      for (const viewer of viewers) void this.#synchronise(account, viewer, null);
    }
  }

  #synchroniseLater(account: number, viewer: Viewer): void {
    viewer.synced = false;
    setTimeout(() => void this.#synchronise(account, viewer, null), slowViewerPauseMs).unref();
  }

  async #synchronise(account: number, viewer: Viewer, since: number | null): Promise<void> {
    // A snapshot makes the rater watch the account, so none may be asked for a viewer that has left.
    if (!this.#isWatching(account, viewer)) return;
    viewer.synced = false;
    let bill: BillView | null = null;
    try {
      bill = await this.#rater.snapshot(account);
    } catch {
      // The rater is starting again; `resynchronise` follows when it is there.
      const text = 'The rating engine is restarting; the bill will be back in a moment.';
      tell(viewer, { type: 'notice', level: 'warning', code: 'rater-restarting', text });
      return;
    }
    if (bill === null || !this.#isWatching(account, viewer)) return;
    viewer.synced = true;
    const sent = tell(viewer, since !== null && since === bill.seq ? upToDate(bill) : { type: 'bill', bill });
    if (!sent) this.#synchroniseLater(account, viewer);
  }

  #isWatching(account: number, viewer: Viewer): boolean {
    return this.#viewers.get(account)?.has(viewer) === true;
  }
}

const slowViewerPauseMs = 1_000;

function tell(viewer: Viewer, message: LiveMessage): boolean {
  return viewer.send(textFrame(JSON.stringify(message)));
}

/** For a viewer that missed nothing: no charges, only what else may have changed. */
function upToDate(bill: BillView): LiveMessage {
  const { account, seq, total, balance, asOfMs, lines, allowances, sessions, sessionCount } = bill;
  return {
    type: 'charges',
    account,
    fromSeq: seq,
    seq,
    total,
    balance,
    asOfMs,
    lines,
    allowances,
    sessions,
    sessionCount,
    charges: [],
  };
}

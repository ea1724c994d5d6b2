/**
 * The open sessions of a watched account: read once, then followed by what steps commit. A look into the store for each
 * of ten thousand accounts a second would cost more than all else that is done for their viewers.
 */
import { shownSessionsMax, shownUse } from '../bills/bill-view.ts';
import type { SessionState } from '../mediation/session.ts';
import type { OpenSessions, SessionRow, StoreReader } from '../store/store.ts';
import { isoTime } from './iso-time.ts';

/** Of a reseller's thousands the newest; the others are counted, and their use waits for a report. */
const keptMax = 500;

interface Kept {
  readonly row: SessionRow;
  /** Length of the last interval between reports, ms; 0 until a second one is seen. */
  readonly intervalMs: number;
  /** The session as a message shows it, once it was shown, and the part of it that seldom changes. */
  text: string | null;
  head: string | null;
}

export class KeptSessions {
  readonly #account: number;
  readonly #store: Pick<StoreReader, 'openSessionsOfAccount'>;
  #kept = new Map<number, Kept>();
  #count = 0;
  /** Null when it has to be made again. */
  #current: OpenSessions | null = null;
  /** What is kept is no longer what the store would tell. */
  #isStale = true;

  constructor(account: number, store: Pick<StoreReader, 'openSessionsOfAccount'>) {
    this.#account = account;
    this.#store = store;
  }

  /** Takes a session of the account as a step has committed it. */
  take(row: SessionRow): void {
    this.#current = null;
    // Where not all are kept, one that ends makes room for one that isn't known here.
    this.#isStale ||= this.#kept.size < this.#count;
    if (row.state.open) this.#kept.set(row.id, keptAfter(this.#kept.get(row.id), row));
    else this.#kept.delete(row.id);
    this.#isStale ||= this.#kept.size > keptMax;
    this.#count = this.#kept.size;
  }

  /** Newest first, and how many there are. */
  async current(): Promise<OpenSessions> {
    if (this.#isStale) {
      const { items, count } = await this.#store.openSessionsOfAccount(this.#account, keptMax);
      this.#kept = new Map(items.map((row) => [row.id, keptAfter(this.#kept.get(row.id), row)]));
      this.#count = count;
      this.#isStale = false;
      this.#current = null;
    }
    const rows = () => [...this.#kept.values()].map(({ row }) => row).sort((a, b) => b.id - a.id);
    this.#current ??= { items: rows(), count: this.#count };
    return this.#current;
  }

  /** What `current` told as the JSON of `shownSessions` without its braces; only what has reported is written anew. */
  textOf({ items, count }: OpenSessions): string {
    let list = '';
    for (let n = 0; n < items.length && n < shownSessionsMax; n++) {
      const kept = this.#kept.get(items[n]!.id)!;
      kept.text ??= textOf(kept);
      list += n === 0 ? kept.text : `,${kept.text}`;
    }
    return `"sessions":[${list}],"sessionCount":${count}`;
  }

  intervalMs({ id }: SessionRow): number {
    return this.#kept.get(id)?.intervalMs ?? 0;
  }
}

function keptAfter(known: Kept | undefined, row: SessionRow): Kept {
  const passedMs = known === undefined ? 0 : row.state.lastEventMs - known.row.state.lastEventMs;
  const head = known !== undefined && known.row.state.startMs === row.state.startMs ? known.head : null;
  return { row, intervalMs: passedMs > 0 ? passedMs : (known?.intervalMs ?? 0), text: null, head };
}

/** The JSON of `openSessionView`. */
function textOf(kept: Kept): string {
  const { state } = kept.row;
  kept.head ??= headOf(state);
  const { seconds, octetsIn, octetsOut } = shownUse(state);
  const at = isoTime(state.lastEventMs);
  // Joined, since a sum of strings would keep all its parts.
  return [kept.head, at, '","seconds":"', seconds, '","octetsIn":"', octetsIn, '","octetsOut":"', octetsOut, '"}'].join(
    '',
  );
}

function headOf({ session, device, startMs }: SessionState): string {
  const [id, name, startedAt] = [session, device, new Date(startMs).toISOString()].map((text) => JSON.stringify(text));
  return ['{"id":', id, ',"device":', name, ',"startedAt":', startedAt, ',"lastEventAt":"'].join('');
}

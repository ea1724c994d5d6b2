/**
 * The open sessions of a watched account: read once, then followed by what steps commit. A look into the store for each
 * of ten thousand accounts a second would cost more than all else that is done for their viewers.
 */
import type { OpenSessions, SessionRow, StoreReader } from '../store/store.ts';

/** Of a reseller's thousands the newest; the others are counted, and their use waits for a report. */
const keptMax = 500;

interface Kept {
  readonly row: SessionRow;
  /** Length of the last interval between reports, ms; 0 until a second one is seen. */
  readonly intervalMs: number;
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

  intervalMs({ id }: SessionRow): number {
    return this.#kept.get(id)?.intervalMs ?? 0;
  }
}

function keptAfter(known: Kept | undefined, row: SessionRow): Kept {
  const passedMs = known === undefined ? 0 : row.state.lastEventMs - known.row.state.lastEventMs;
  return { row, intervalMs: passedMs > 0 ? passedMs : (known?.intervalMs ?? 0) };
}

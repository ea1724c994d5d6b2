/**
 * The open sessions of a watched account: read once, then followed by what steps commit. A look into the store for each
 * of ten thousand accounts a second would cost more than all else that is done for their viewers.
 */
import { shownSessionsMax, shownUse } from '../bills/bill-view.ts';
import type { SessionState } from '../mediation/session.ts';
import type { OpenSessions, SessionRow, StoreReader } from '../store/store.ts';
import { isoTime } from './iso-time.ts';
import { type JsonOctets, octetsOf } from './json-octets.ts';

/** Of a reseller's thousands the newest; the others are counted, and their use waits for a report. */
const keptMax = 500;

/** Changed in place: an object anew for each report would live just long enough to cost several collections. */
interface Kept {
  row: SessionRow;
  lastEventMs: number;
  /** Length of the last interval between reports, ms; 0 until a second one is seen. */
  intervalMs: number;
  /** The part of its JSON that seldom changes, and since when it is so, once it was shown. */
  head: string | null;
  headStartMs: number;
  /** Shown as it is now; the JSON is kept where that has happened twice. */
  isShown: boolean;
  text: string | null;
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

  /** Takes a session of the account as a step has committed it. Its row may change, but is taken again when it does. */
  take(row: SessionRow): void {
    const known = this.#kept.get(row.id);
    if (known?.row !== row || !row.state.open) this.#current = null;
    // Where not all are kept, one that ends makes room for one that isn't known here.
    this.#isStale ||= this.#kept.size < this.#count;
    if (!row.state.open) this.#kept.delete(row.id);
    else if (known === undefined) this.#kept.set(row.id, keptOf(row));
    else change(known, row);
    this.#isStale ||= this.#kept.size > keptMax;
    this.#count = this.#kept.size;
  }

  /** What was taken may not have been committed. */
  forget(): void {
    this.#isStale = true;
  }

  /** Newest first, and how many there are; null where the store has to be asked. */
  get atHand(): OpenSessions | null {
    if (this.#isStale) return null;
    this.#current ??= { items: newestFirst(this.#kept), count: this.#count };
    return this.#current;
  }

  /** Newest first, and how many there are. */
  async current(): Promise<OpenSessions> {
    if (this.#isStale) {
      const { items, count } = await this.#store.openSessionsOfAccount(this.#account, keptMax);
      const known = this.#kept;
      this.#kept = new Map();
      for (const row of items) {
        const kept = known.get(row.id) ?? keptOf(row);
        change(kept, row);
        this.#kept.set(row.id, kept);
      }
      this.#count = count;
      this.#isStale = false;
      this.#current = null;
    }
    return this.atHand!;
  }

  /** What `current` told as the JSON of `shownSessions` without its braces, behind what stands before it. */
  write(json: JsonOctets, { items, count }: OpenSessions): void {
    json.put(part.sessions);
    for (let n = 0; n < items.length && n < shownSessionsMax; n++) {
      if (n > 0) json.write(',');
      writeSession(json, this.#kept.get(items[n]!.id)!);
    }
    json.add(part.sessionCount, String(count));
  }

  intervalMs({ id }: SessionRow): number {
    return this.#kept.get(id)?.intervalMs ?? 0;
  }
}

function keptOf(row: SessionRow): Kept {
  const { lastEventMs } = row.state;
  return { row, lastEventMs, intervalMs: 0, head: null, headStartMs: 0, isShown: false, text: null };
}

function change(kept: Kept, row: SessionRow): void {
  const passedMs = row.state.lastEventMs - kept.lastEventMs;
  if (passedMs > 0) kept.intervalMs = passedMs;
  kept.row = row;
  kept.lastEventMs = row.state.lastEventMs;
  kept.isShown = false;
  kept.text = null;
}

function newestFirst(kept: ReadonlyMap<number, Kept>): SessionRow[] {
  const rows = Array.from(kept.values(), ({ row }) => row);
  return rows.length > 1 ? rows.sort((a, b) => b.id - a.id) : rows;
}

const part = {
  sessions: octetsOf(',"sessions":['),
  seconds: octetsOf('","seconds":"'),
  octetsIn: octetsOf('","octetsIn":"'),
  octetsOut: octetsOf('","octetsOut":"'),
  sessionCount: octetsOf('],"sessionCount":'),
};

/** The JSON of `openSessionView`. */
function writeSession(json: JsonOctets, kept: Kept): void {
  if (kept.text !== null) return json.write(kept.text);
  const start = json.length;
  const { state } = kept.row;
  if (kept.head === null || kept.headStartMs !== state.startMs) {
    kept.head = headOf(state);
    kept.headStartMs = state.startMs;
  }
  const { seconds, octetsIn, octetsOut } = shownUse(state);
  json.write(kept.head);
  json.write(isoTime(state.lastEventMs));
  json.add(part.seconds, seconds);
  json.add(part.octetsIn, octetsIn);
  json.add(part.octetsOut, octetsOut);
  json.write('"}');
  if (kept.isShown) kept.text = json.textFrom(start);
  kept.isShown = true;
}

function headOf({ session, device, startMs }: SessionState): string {
  const [id, name, startedAt] = [session, device, new Date(startMs).toISOString()].map((text) => JSON.stringify(text));
  return ['{"id":', id, ',"device":', name, ',"startedAt":', startedAt, ',"lastEventAt":"'].join('');
}

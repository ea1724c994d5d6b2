/**
 * One browser's live socket: takes subscriptions in their order, each checked anew against the sign-in, and passes on
 * what the feed sends unless the browser can't keep up. Subscribing to an account again replaces the subscription.
 */
import type { Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { LiveMessage, LiveSubscribe } from '../contract.ts';
import { textFrame } from '../live/text-frame.ts';
import type { StoreReader } from '../store/store.ts';
import { access } from './access.ts';
import type { LiveFeed } from './deps.ts';
import type { Caller, WebSessions } from './web-sessions.ts';

export const liveLimits = {
  messageOctetsMax: 4 * 1024,
  accountsMax: 16,
  /** Waiting in the kernel's and ws's buffers before a viewer counts as too slow. */
  bufferedOctetsMax: 256 * 1024,
  /** Subscriptions that wait for the one before them. */
  waitingMax: 32,
} as const;

/** RFC 6455 §7.4; 4000 and up are the application's own. */
export const closeCodes = { stopping: 1001, unruly: 1008, tryLater: 1013, signedOut: 4401 } as const;

export interface LiveSocketDeps {
  readonly reader: Pick<StoreReader, 'account'>;
  readonly feed: LiveFeed;
  readonly sessions: Pick<WebSessions, 'current'>;
  /** A message was not sent because the viewer is too slow. */
  readonly onSkipped: () => void;
  readonly onFault: (error: unknown) => void;
}

export class LiveSocket {
  readonly #socket: WebSocket;
  readonly #stream: Writable;
  readonly #caller: Caller;
  readonly #deps: LiveSocketDeps;
  readonly #subscriptions = new Map<string, () => void>();
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #alive = true;

  /** `stream` is what the socket writes to: without compression it writes each frame whole, so that others may go between. */
  constructor(socket: WebSocket, stream: Writable, caller: Caller, deps: LiveSocketDeps) {
    this.#socket = socket;
    this.#stream = stream;
    this.#caller = caller;
    this.#deps = deps;
  }

  start(): void {
    this.#socket.on('pong', () => {
      this.#alive = true;
    });
    this.#socket.on('message', (data, isBinary) => this.#take(isBinary ? '' : String(data)));
  }

  /** Ends what it is subscribed to; the socket itself is closed already. */
  end(): void {
    for (const unsubscribe of this.#subscriptions.values()) unsubscribe();
    this.#subscriptions.clear();
  }

  close(code: number, reason: string): void {
    // At once, so that nothing more is sent while the closing handshake goes on.
    this.end();
    this.#socket.close(code, reason);
  }

  /** Called at every ping: a socket that didn't answer the last one is dead. */
  sweep(nowMs: number): void {
    if (nowMs >= this.#caller.expiresMs) {
      this.close(closeCodes.signedOut, 'the sign-in has expired');
    } else if (!this.#alive) {
      this.#socket.terminate();
    } else {
      this.#alive = false;
      this.#socket.ping();
      void this.#currentCaller().catch(this.#deps.onFault);
    }
  }

  #take(text: string): void {
    if (this.#waiting >= liveLimits.waitingMax) {
      this.close(closeCodes.unruly, 'too many messages at once');
      return;
    }
    this.#waiting++;
    this.#last = this.#last
      .then(() => this.#subscribe(text))
      .catch((error) => {
        this.#deps.onFault(error);
        this.#notice('error', 'internal-error', 'meterd could not subscribe you; try again.');
      })
      .finally(() => {
        this.#waiting--;
      });
  }

  async #subscribe(text: string): Promise<void> {
    if (!this.#isOpen()) return;
    const wanted = parse(text);
    if (wanted === null) {
      const form = '{"subscribe": "<account>", "since": <number>}';
      return this.#notice('error', 'request-invalid', `A message must be ${form}, since being optional.`);
    }
    const no = await this.#accountFor(wanted.subscribe);
    if (!this.#isOpen()) return;
    if (no === null) {
      return this.#notice('error', 'forbidden', 'There is no such account, or you may not see it.');
    }
    this.#subscriptions.get(wanted.subscribe)?.();
    this.#subscriptions.delete(wanted.subscribe);
    if (this.#subscriptions.size >= liveLimits.accountsMax) {
      const limit = `A socket shows at most ${liveLimits.accountsMax} accounts; open another.`;
      return this.#notice('error', 'too-many-subscriptions', limit);
    }
    const unsubscribe = this.#deps.feed.subscribe(no, wanted.since ?? null, (frame) => this.#send(frame));
    this.#subscriptions.set(wanted.subscribe, unsubscribe);
  }

  /** A new password or other rights end a sign-in, and with it this socket. */
  async #currentCaller(): Promise<Caller | null> {
    const caller = await this.#deps.sessions.current(this.#caller);
    if (caller === null) this.close(closeCodes.signedOut, 'signed out');
    return caller;
  }

  /** The account's number if the caller may watch it now; the sign-in is looked up again, it may have changed. */
  async #accountFor(id: string): Promise<number | null> {
    const caller = await this.#currentCaller();
    if (caller === null) return null;
    const { roles }: { readonly roles: readonly string[] } = access.watchBill;
    const allowed = roles.includes(caller.role) && (caller.role !== 'subscriber' || caller.account === id);
    return allowed ? ((await this.#deps.reader.account(id))?.no ?? null) : null;
  }

  #send(frame: Buffer): boolean {
    if (!this.#isOpen()) return false;
    const { bufferedAmount } = this.#socket;
    if (bufferedAmount > liveLimits.bufferedOctetsMax) {
      this.#deps.onSkipped();
      return false;
    }
    // One that waits behind others would keep alive all that came with it (live-frames.ts).
    this.#stream.write(bufferedAmount > 0 ? Buffer.from(frame) : frame);
    return true;
  }

  #notice(level: 'info' | 'warning' | 'error', code: string, text: string): void {
    const message: LiveMessage = { type: 'notice', level, code, text };
    this.#send(textFrame(JSON.stringify(message)));
  }

  #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }
}

function parse(text: string): LiveSubscribe | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof message !== 'object' || message === null) return null;
  const { subscribe, since } = message as Partial<Record<keyof LiveSubscribe, unknown>>;
  if (typeof subscribe !== 'string' || subscribe === '') return null;
  if (since === undefined || since === null) return { subscribe };
  return typeof since === 'number' && Number.isSafeInteger(since) && since >= 0 ? { subscribe, since } : null;
}

/**
 * The socket behind a live bill: connects, hands what arrives to the reducer in live.ts, sends what that asks for, and
 * connects again with growing, scattered pauses. It decides nothing about the bill.
 */
import type { BillView, LiveMessage } from '../daemon/contract.ts';
import { initialLive, type LiveInput, type LiveState, reduceLive } from './live.ts';
import { Repaint } from './repaint.ts';

export const reconnect = { firstMs: 500, maxMs: 30_000, tickMs: 1_000 } as const;

/** What is used of a browser's WebSocket. */
export type Socket = Pick<WebSocket, 'onopen' | 'onmessage' | 'onclose' | 'send' | 'close'>;

export interface LiveSocketOptions {
  readonly connect: () => Socket;
  readonly now?: () => number;
  readonly random?: () => number;
  /** A connection could not even be opened: perhaps the session has ended. */
  readonly onRefused?: () => void;
}

export class LiveSocket {
  readonly #options: Required<LiveSocketOptions>;
  readonly #listeners = new Set<() => void>();
  readonly #repaint = new Repaint(() => this.#show());
  #state: LiveState;
  #shown: LiveState;
  #socket: Socket | null = null;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(account: string, options: LiveSocketOptions) {
    this.#options = { now: Date.now, random: Math.random, onRefused: () => undefined, ...options };
    this.#state = initialLive(account);
    this.#shown = this.#state;
  }

  start(): void {
    if (this.#ticker !== undefined) return;
    this.#ticker = setInterval(() => this.#take({ kind: 'tick', atMs: this.#options.now() }), reconnect.tickMs);
    this.#connect();
  }

  stop(): void {
    clearInterval(this.#ticker);
    clearTimeout(this.#pause);
    this.#ticker = undefined;
    this.#pause = undefined;
    this.#repaint.stop();
    this.#drop();
  }

  /** Connects at once if it is waiting to: the network came back, or someone looks at the page again. */
  hurry(): void {
    if (this.#pause === undefined) return;
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#connect();
  }

  offer(bill: BillView): void {
    this.#take({ kind: 'fetched', bill, atMs: this.#options.now() });
  }

  dismiss(code: string): void {
    this.#take({ kind: 'dismissed', code });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** What was last painted: at most four different answers a second. */
  readonly snapshot = (): LiveState => this.#shown;

  #connect(): void {
    const socket = this.#options.connect();
    let opened = false;
    this.#socket = socket;
    socket.onopen = () => {
      opened = true;
      this.#take({ kind: 'opened', atMs: this.#options.now() });
    };
    socket.onmessage = ({ data }) => {
      const message = parse(data);
      if (message === null) return;
      this.#failures = 0;
      this.#take({ kind: 'message', message, atMs: this.#options.now() });
    };
    socket.onclose = () => {
      if (!opened) this.#options.onRefused();
      this.#lost();
    };
  }

  #lost(): void {
    this.#drop();
    if (this.#ticker === undefined) return;
    this.#take({ kind: 'lost' });
    const pauseMs = pauseBefore(this.#failures, this.#options.random());
    this.#failures += 1;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#connect();
    }, pauseMs);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #take(input: LiveInput): void {
    const { state, send, hangUp } = reduceLive(this.#state, input);
    if (state !== this.#state) {
      this.#state = state;
      this.#repaint.request();
    }
    if (send !== null) this.#socket?.send(JSON.stringify(send));
    if (hangUp) this.#lost();
  }

  #show(): void {
    this.#shown = this.#state;
    for (const listener of this.#listeners) listener();
  }
}

/** Half of a doubling pause is sure, half is chance, so that a thousand pages do not come back at one instant. */
export function pauseBefore(failures: number, chance: number): number {
  const fullMs = Math.min(reconnect.maxMs, reconnect.firstMs * 2 ** Math.min(failures, 10));
  return Math.round(fullMs / 2 + (fullMs / 2) * chance);
}

function parse(data: unknown): LiveMessage | null {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === 'object' && message !== null && 'type' in message ? (message as LiveMessage) : null;
  } catch {
    return null;
  }
}

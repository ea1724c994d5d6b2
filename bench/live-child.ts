/** What the live bench says to its child processes, and they to it: one order at a time, each answered when it is done. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LatencySummary } from '../simulator/index.ts';
import { onCore } from './on-core.ts';

/** Where the viewers connect, and what raises their totals. */
export interface Audience {
  readonly url: string;
  readonly viewers: number;
  readonly connectsPerSecond: number;
  /** Bearer tokens, each of as many viewers as a sign-in may have sockets; none where nobody asks. */
  readonly tokens: readonly string[];
  /** The NAS whose reports are to be seen; null where the server has updates of its own. */
  readonly nas: { readonly port: number; readonly secret: string; readonly logins: readonly string[] } | null;
}

export interface Seen extends LatencySummary {
  /** From the commit of the first that a message tells to the viewer; null where that isn't said. */
  readonly sinceCommit: LatencySummary | null;
  readonly updates: number;
  /** Updates that never arrived, alone or within a later one. */
  readonly missing: number;
  /** Of updates and of estimates, over all viewers, and their octets. */
  readonly updateMessages: number;
  readonly updateOctets: number;
  readonly otherMessages: number;
  /** Of the viewers' own process, s. */
  readonly cpuSeconds: number;
}

export interface PeerWanted {
  readonly viewers: number;
  readonly messageOctets: number;
}

export type Order =
  | { readonly order: 'sessions'; readonly audience: Audience }
  /** Counts the reports of some time, and ends the sessions. */
  | { readonly order: 'rehearse'; readonly seconds: number }
  | { readonly order: 'connect'; readonly audience: Audience }
  | { readonly order: 'measure'; readonly seconds: number }
  | { readonly order: 'settle' }
  | { readonly order: 'serve'; readonly peer: PeerWanted }
  | { readonly order: 'broadcast' };

export type Answer =
  | { readonly done: 'ready' }
  | { readonly done: 'rehearsed'; readonly reports: number }
  | { readonly done: 'seen'; readonly seen: Seen }
  | { readonly done: 'serving'; readonly port: number }
  | { readonly done: 'failed'; readonly text: string };

/** Updates an audience is told each second, per viewer. */
export const updateEveryMs = 1_000;

/** A child process that does orders. */
export class LiveChild {
  readonly #child: ChildProcess;
  readonly #name: string;

  constructor(name: 'live-viewers' | 'live-peer', core: number | undefined) {
    this.#name = name;
    const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
    const { command, args } = onCore(core, process.execPath, [file]);
    this.#child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  get processId(): number {
    return this.#child.pid ?? 0;
  }

  async do(order: Order): Promise<Answer> {
    const ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`${this.#name} ended with code ${code}`);
    });
    const answered = once(this.#child, 'message') as Promise<[Answer]>;
    ended.catch(() => undefined);
    this.#child.send(order);
    const [answer] = await Promise.race([answered, ended]);
    if (answer.done === 'failed') throw new Error(`${this.#name}: ${answer.text}`);
    return answer;
  }

  /** Ends it and waits. May be called twice. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** Of a child: does each order and answers it. */
export function doOrders(work: (order: Order) => Promise<Answer>): void {
  process.on('message', (order: Order) => {
    work(order).then(
      (answer) => process.send!(answer),
      (error: unknown) => process.send!({ done: 'failed', text: String((error as Error).stack ?? error) }),
    );
  });
  process.once('disconnect', () => process.exit());
}

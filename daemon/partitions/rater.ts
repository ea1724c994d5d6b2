/**
 * The receiving thread's hold on the rating thread: starts it, passes on calls, and starts it again from its last
 * commit should it end by itself (STYLE: an assertion stops the worker).
 */
import { Worker } from 'node:worker_threads';
import type { BillView } from '../contract.ts';
import { type ErrorCode, errorCatalogue, meterdError } from '../errors.ts';
import type { LiveFrames } from '../live/live-frames.ts';
import type { PartitionProgress, StoreWriter } from '../store/store.ts';
import { runWhereNoOtherWould } from '../thread-schedule.ts';
import type { CallMethod, FromRatingThread, RatingThreadData, ToRatingThread, WriterMethod } from './messages.ts';
import type { AccountFlag } from './rated-account.ts';
import { RatingPace } from './rating-pace.ts';

const restartMs = 1_000;
const paceMs = 100;
/**
 * Heap of the rating thread, MB. Accounts and sessions kept there take a tenth of it. Where V8 may have more, it lets
 * several times as much garbage gather before it looks for it.
 */
const heapMegabytesMax = 2_000;

export interface RaterOptions {
  readonly data: RatingThreadData;
  readonly onLive: (frames: LiveFrames) => void;
  readonly onFault: (text: string) => void;
  readonly onRestart: () => void;
  /** Charges for other accounts wait in the store. */
  readonly onOutgoing: () => void;
  readonly onFlagged: (flags: readonly AccountFlag[]) => void;
}

interface Call {
  /** By the clock of `performance`. */
  readonly askedMs: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (cause: Error) => void;
}

export class Rater {
  readonly #options: RaterOptions;
  readonly #calls = new Map<number, Call>();
  #worker: Worker | null = null;
  #nextCall = 1;
  #stopping = false;
  #logPosition = 0;
  /** The thread is at work, and reads on until it has told otherwise. */
  #awake = true;
  #progress: PartitionProgress | null = null;
  /** The kernel's number of the thread, and whether it has its share of the cores; null where neither can be told. */
  #scheduled: { readonly thread: number; hasShare: boolean } | null = null;
  readonly #pace = new RatingPace();
  #paceTimer: NodeJS.Timeout | null = null;
  /** True while the last step failed and is being tried again. */
  faulty = false;

  constructor(options: RaterOptions) {
    this.#options = options;
  }

  /** Resolves when the thread has opened the store; rejects with what it could not do. */
  start(): Promise<void> {
    this.#paceTimer ??= setInterval(() => this.#keepPace(), paceMs).unref();
    const worker = new Worker(new URL('./rating-thread.js', import.meta.url), {
      workerData: this.#options.data,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytesMax },
    });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromRatingThread) => {
        if (message.type === 'ready') resolve();
        this.#receive(message);
      });
      worker.on('error', (cause: Error & { code?: string }) => {
        const known = cause.code !== undefined && cause.code in errorCatalogue;
        reject(known ? meterdError(cause.code as ErrorCode, cause.message, { cause }) : cause);
        this.#options.onFault(`the rating thread ended: ${cause.stack ?? cause.message}`);
      });
      worker.on('exit', () => this.#ended());
    });
  }

  get progress(): PartitionProgress | null {
    return this.#progress;
  }

  /** Tells that the log has grown to `position`. A thread that is at work will find it by itself. */
  wake(position: number): void {
    this.#logPosition = position;
    if (this.#awake) return;
    this.#awake = true;
    this.#post({ type: 'wake' });
  }

  snapshot(account: number): Promise<BillView | null> {
    return this.#call('snapshot', [account]) as Promise<BillView | null>;
  }

  unwatch(account: number): void {
    this.#post({ type: 'unwatch', account });
  }

  /** A change of the store, done by the thread that owns it. */
  change<M extends WriterMethod>(method: M, ...args: Parameters<StoreWriter[M]>): ReturnType<StoreWriter[M]> {
    return this.#call(method, args) as ReturnType<StoreWriter[M]>;
  }

  /** Rates what the log still holds, then ends the thread. May be called twice. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#giveShare(true);
    if (this.#paceTimer !== null) clearInterval(this.#paceTimer);
    if (this.#worker) await this.#call('stop', []).catch(() => this.#worker?.terminate());
  }

  #receive(message: FromRatingThread): void {
    switch (message.type) {
      case 'ready':
        this.#scheduled = message.thread === null ? null : { thread: message.thread, hasShare: true };
        this.#progress = message.progress;
        this.faulty = false;
        return;
      case 'progress':
        this.#progress = message.progress;
        this.faulty = false;
        if (message.asleep) this.#fellAsleep(message.progress.position);
        return;
      case 'live':
        return this.#options.onLive(message.frames);
      case 'outgoing':
        return this.#options.onOutgoing();
      case 'flagged':
        return this.#options.onFlagged(message.flags);
      case 'fault':
        this.faulty = true;
        return this.#options.onFault(message.text);
      case 'reply':
        this.#take(message.id)?.resolve(message.value);
        return;
      case 'refusal': {
        const { code, details } = message;
        const known = code !== null && code in errorCatalogue;
        this.#take(message.id)?.reject(
          known ? meterdError(code as ErrorCode, message.message, { details }) : new Error(message.message),
        );
      }
    }
  }

  /** Done here, since a thread that gets no core at all could not do it. */
  #keepPace(): void {
    const rated = this.#progress?.position ?? 0;
    // The first is the oldest.
    const [oldest] = this.#calls.values();
    const busyMs = this.#worker?.performance.eventLoopUtilization().active ?? 0;
    const work = { logged: this.#logPosition, rated, askedMs: oldest?.askedMs ?? null, busyMs };
    this.#giveShare(this.#pace.isHurried(performance.now(), work));
  }

  #giveShare(hasShare: boolean): void {
    if (this.#scheduled === null || this.#scheduled.hasShare === hasShare) return;
    if (runWhereNoOtherWould(this.#scheduled.thread, !hasShare)) this.#scheduled.hasShare = hasShare;
    else this.#scheduled = null;
  }

  /** It may have looked at the log just before the last append. */
  #fellAsleep(position: number): void {
    this.#awake = false;
    if (this.#logPosition > position) this.wake(this.#logPosition);
  }

  #call(method: CallMethod, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#worker === null) return reject(new Error('the rating thread is not running'));
      const id = this.#nextCall++;
      this.#calls.set(id, { askedMs: performance.now(), resolve, reject });
      this.#post({ type: 'call', id, method, args });
    });
  }

  #post(message: ToRatingThread): void {
    this.#worker?.postMessage(message);
  }

  #take(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  #ended(): void {
    this.#worker = null;
    // The kernel may give its number to another thread.
    this.#scheduled = null;
    this.#awake = true;
    for (const { reject } of this.#calls.values()) reject(new Error('the rating thread ended'));
    this.#calls.clear();
    if (this.#stopping || this.#progress === null) return;
    this.faulty = true;
    setTimeout(() => {
      if (this.#stopping) return;
      this.start().then(
        () => this.#options.onRestart(),
        () => undefined,
      );
    }, restartMs).unref();
  }
}

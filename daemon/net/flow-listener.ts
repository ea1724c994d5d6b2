/**
 * Flow records as the rest of the daemon sees them: starts the flow thread (flows/flow-thread.ts), tells it whose
 * addresses are, takes its windows to the usage log (flows/window-logger.ts), and knows how all that stands.
 *
 * Where the flow thread ends by itself, another begins at the numbering of the last window in the log. What the first had
 * held or summed is lost, as nobody answers exporters; their numbering tells how much.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { TrafficClasses } from '../../collectors/index.ts';
import type { ClockSettings } from '../clock.ts';
import type { FlowHealthView } from '../contract/flows.ts';
import { meterdError } from '../errors.ts';
import type { AddressFeed } from '../flows/address-feed.ts';
import type { FlowConfig, NetflowConfig } from '../flows/flow-config.ts';
import { flowHealth } from '../flows/flow-health.ts';
import type { FlowStatus, FlowThreadData, FromFlowThread, ToFlowThread } from '../flows/flow-messages.ts';
import type { FlowWindow } from '../flows/flow-window.ts';
import { noWindows, type WindowCounts, WindowLogger } from '../flows/window-logger.ts';
import type { UsageLog } from '../log/usage-log.ts';
import type { Guide } from '../mediation/guide.ts';
import type { Pipeline } from '../pipeline.ts';
import { kernelDropsAt } from './udp-socket.ts';

/**
 * The next window waits until no more entries than this wait to be rated, and as long again: logging and rating then take
 * at most half of the time, and windows grow rather than take the processor from the thread that receives.
 */
const backlogMax = 1_000;
const restMsMax = 10_000;
const backlogLookMs = 20;
/** How long changes of holders are gathered before the thread hears of them. */
const addressesMs = 50;
const waitingLookMs = 5_000;
const restartMs = 1_000;

export interface FlowListenerOptions {
  readonly netflow: NetflowConfig;
  readonly flow: FlowConfig;
  readonly clock: ClockSettings;
  readonly memoryFile: string;
  /** Keeps a window until it is wholly logged. */
  readonly windowFile: string;
  readonly log: Pick<UsageLog, 'note' | 'suspenseSubjects'>;
  readonly pipeline: Pick<Pipeline, 'appendWindow' | 'release'>;
  readonly guide: Guide;
  readonly feed: AddressFeed;
  /** UTC epoch ms, maybe simulated. */
  readonly now: () => number;
  /** Logged entries that are not rated yet. */
  readonly backlog: () => number;
  readonly onFault: (text: string, cause?: unknown) => void;
}

export class FlowListener {
  port = 0;
  receiveBufferBytes: number | null = null;
  /** Times the thread ended by itself. */
  #threadRestarts = 0;
  #listening = false;
  #status: { readonly status: FlowStatus; readonly counts: WindowCounts } | null = null;
  #counts = noWindows();
  readonly #options: FlowListenerOptions;
  readonly #windows: WindowLogger;
  /** The window that is being logged, if any. */
  #logging: Promise<void> = Promise.resolve();
  #worker: Worker | null = null;
  #stopping = false;
  #addressTimer: NodeJS.Timeout | null = null;
  #waitingTimer: NodeJS.Timeout | null = null;
  #telling: Promise<void> | null = null;
  #holdersChanged = false;
  #stopped: () => void = () => {};

  constructor(options: FlowListenerOptions) {
    const { netflow, flow, log, pipeline, guide, windowFile, now, onFault } = options;
    this.#options = options;
    this.#windows = new WindowLogger({
      ...{ log, pipeline, guide, windowFile, now, onFault },
      classNames: new TrafficClasses(netflow.classes).names,
      suspendedMax: flow.suspendedMax,
    });
  }

  /** Without exporters nothing could be believed, and nothing listens. */
  get isOn(): boolean {
    return this.#options.netflow.exporters.length > 0;
  }

  /** Resolves when the sockets are bound; rejects with `port-in-use`. */
  async start(): Promise<void> {
    if (!this.isOn) return;
    await this.#windows.start();
    await this.#startThread();
    this.#waitingTimer = setInterval(() => this.#releaseWaiting(), waitingLookMs);
  }

  /** Entries were appended to the log: holders of addresses may be others. */
  addressesMayChange(): void {
    if (!this.isOn || this.#addressTimer !== null) return;
    this.#addressTimer = setTimeout(() => {
      this.#addressTimer = null;
      void this.#tellAddresses();
    }, addressesMs);
  }

  /** Null where nothing listens, or the thread has not spoken yet. */
  health(): FlowHealthView | null {
    if (this.#status === null || this.port === 0) return null;
    return flowHealth({
      port: this.port,
      receiveBufferBytes: this.receiveBufferBytes,
      receiveBufferAskedBytes: this.#options.netflow.receiveBufferBytes,
      kernelDrops: kernelDropsAt(this.port),
      listening: this.#listening,
      threadRestarts: this.#threadRestarts,
      ...this.#status,
    });
  }

  /** Stops receiving, and ends when all that was received is in the log. May be called twice. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#windows.stop();
    if (this.#addressTimer !== null) clearTimeout(this.#addressTimer);
    if (this.#waitingTimer !== null) clearInterval(this.#waitingTimer);
    if (this.#worker !== null) await this.#stopThread();
    await this.#logging;
  }

  async #stopThread(): Promise<void> {
    await this.#tellAddresses();
    await new Promise<void>((resolve) => {
      this.#stopped = resolve;
      this.#post({ type: 'stop' });
    });
  }

  async #startThread(): Promise<void> {
    const { netflow, flow, clock, memoryFile, feed } = this.#options;
    const { sequences } = this.#windows;
    // Where the system chose the port, exporters know it by now.
    const port = this.port || netflow.port;
    const workerData: FlowThreadData = { netflow: { ...netflow, port }, flow, clock, memoryFile, sequences };
    const worker = new Worker(new URL('../flows/flow-thread.js', import.meta.url), { workerData });
    this.#worker = worker;
    this.#counts = noWindows();
    worker.on('error', (cause) => this.#options.onFault('the flow thread ended', cause));
    worker.on('exit', () => void this.#ended());
    const listening = new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromFlowThread) => {
        if (message.type === 'listening') resolve();
        if (message.type === 'cannot-listen')
          reject(meterdError('port-in-use', `can't listen for flows on ${message.message}`));
        this.#receive(message, worker);
      });
      worker.once('error', reject);
    });
    // It may end while addresses are told, before anybody awaits it.
    listening.catch(() => undefined);
    feed.start();
    await this.#tellAddresses();
    this.#post({ type: 'listen' });
    await listening;
  }

  #receive(message: FromFlowThread, worker: Worker): void {
    switch (message.type) {
      case 'listening':
        this.port = message.port;
        this.#listening = true;
        this.receiveBufferBytes = message.receiveBufferBytes;
        return;
      case 'window':
        this.#logging = this.#take(message.window, worker);
        return;
      case 'status':
        this.#status = { status: message.status, counts: { ...this.#counts } };
        return;
      case 'fault':
        return this.#options.onFault(message.text);
      case 'stopped':
        return this.#stopped();
      case 'cannot-listen':
        return;
    }
  }

  /** Has a window logged, then lets the next one come. */
  async #take(window: FlowWindow, worker: Worker): Promise<void> {
    const beganMs = performance.now();
    await this.#windows.log(window, this.#counts);
    await this.#rest(beganMs);
    worker.postMessage({ type: 'logged' } satisfies ToFlowThread);
  }

  /** Lets rating catch up, and others have their turn. */
  async #rest(beganMs: number): Promise<void> {
    const tookMs = () => Math.min(restMsMax, performance.now() - beganMs);
    while (this.#options.backlog() > backlogMax && tookMs() < restMsMax && !this.#stopping) await pause(backlogLookMs);
    for (const untilMs = performance.now() + tookMs(); performance.now() < untilMs && !this.#stopping; )
      await pause(Math.min(backlogLookMs, untilMs - performance.now()));
  }

  #releaseWaiting(): void {
    if (!this.#holdersChanged) return;
    this.#holdersChanged = false;
    void this.#windows.releaseWaiting();
  }

  /** In slices, between which others have their turn: at a start there may be a million. */
  #tellAddresses(): Promise<void> {
    this.#telling ??= this.#tellSlices().finally(() => {
      this.#telling = null;
    });
    return this.#telling;
  }

  async #tellSlices(): Promise<void> {
    while (this.#worker !== null) {
      const packed = this.#options.feed.take();
      if (packed.length === 0) return;
      this.#holdersChanged = true;
      this.#worker.postMessage({ type: 'addresses', packed } satisfies ToFlowThread, [packed.buffer]);
      await nextTurn();
    }
  }

  #post(message: ToFlowThread): void {
    this.#worker?.postMessage(message);
  }

  /** Another thread begins, when what came of this one is logged. */
  async #ended(): Promise<void> {
    this.#worker = null;
    this.#listening = false;
    this.#stopped();
    if (this.#stopping || this.port === 0) return;
    this.#threadRestarts++;
    await this.#logging;
    await pause(restartMs);
    if (this.#stopping) return;
    await this.#startThread().catch((cause: unknown) => {
      this.#options.onFault('the flow thread could not start', cause);
      // One that has no socket would wait for ever.
      return this.#worker?.terminate();
    });
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

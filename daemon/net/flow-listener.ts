/**
 * Flow records as the rest of the daemon sees them: starts the flow thread (flows/flow-thread.ts), tells it whose
 * addresses are, puts its windows into the usage log, and knows how all that stands.
 *
 * A window is appended once, and again only where appending failed, so that none is logged twice. What is not logged when
 * the daemon dies is lost, as nobody answers exporters: the exporters' numbering, logged with each window, tells how much.
 */
import { Worker } from 'node:worker_threads';
import { TrafficClasses } from '../../collectors/index.ts';
import type { ClockSettings } from '../clock.ts';
import type { FlowHealthView } from '../contract/flows.ts';
import { meterdError } from '../errors.ts';
import type { AddressFeed } from '../flows/address-feed.ts';
import type { FlowConfig, NetflowConfig } from '../flows/flow-config.ts';
import { flowHealth } from '../flows/flow-health.ts';
import type { FlowStatus, FlowThreadData, FromFlowThread, ToFlowThread } from '../flows/flow-messages.ts';
import { collectorName, type FlowWindow, octetsOfWindow, recordOf, waitingAddress } from '../flows/flow-window.ts';
import type { LogEntry, SuspendedRecord, UsageLog } from '../log/usage-log.ts';
import { type Guide, subjectKey } from '../mediation/guide.ts';
import type { Pipeline } from '../pipeline.ts';
import { kernelDropsAt } from './udp-socket.ts';

/** Name of the note in the log that has the exporters' numbering. */
export const sequencesNote = 'flow sequences';
/** Sums in one transaction of the log: more would keep RADIUS waiting. */
const chunkMax = 2_000;
/**
 * The next window waits until no more entries than this wait to be rated, and as long again: logging and rating then take
 * at most half of the time, and windows grow rather than take the processor from the thread that receives.
 */
const backlogMax = 1_000;
const restMsMax = 10_000;
const retryMs = 1_000;
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

/** What became of windows since the thread's start, in octets. */
export interface WindowCounts {
  received: bigint;
  logged: bigint;
  suspended: bigint;
  /** There was no room for them in suspense. */
  refused: bigint;
  windows: number;
  entries: number;
}

export class FlowListener {
  port = 0;
  receiveBufferBytes: number | null = null;
  #status: { readonly status: FlowStatus; readonly counts: WindowCounts } | null = null;
  #counts = noWindows();
  readonly #options: FlowListenerOptions;
  readonly #classNames: readonly string[];
  readonly #startedAtMs: number;
  /** Addresses that wait in suspense, with how many sums each. */
  readonly #waiting = new Map<string, number>();
  #waitingSums = 0;
  #worker: Worker | null = null;
  #stopping = false;
  #window = 0;
  #sequences: string | null = null;
  #addressTimer: NodeJS.Timeout | null = null;
  #waitingTimer: NodeJS.Timeout | null = null;
  #holdersChanged = false;
  #stopped: () => void = () => {};

  constructor(options: FlowListenerOptions) {
    this.#options = options;
    this.#classNames = new TrafficClasses(options.netflow.classes).names;
    this.#startedAtMs = options.now();
  }

  /** Without exporters nothing could be believed, and nothing listens. */
  get isOn(): boolean {
    return this.#options.netflow.exporters.length > 0;
  }

  /** Resolves when the sockets are bound; rejects with `port-in-use`. */
  async start(): Promise<void> {
    if (!this.isOn) return;
    const { log, feed, flow } = this.#options;
    this.#sequences = await log.note(sequencesNote);
    for (const { key, count } of await log.suspenseSubjects(flow.suspendedMax)) this.#countWaiting(key, count);
    feed.start();
    await this.#startThread();
    this.#waitingTimer = setInterval(() => void this.#releaseWaiting(), waitingLookMs);
  }

  /** Entries were appended to the log: holders of addresses may be others. */
  addressesMayChange(): void {
    if (!this.isOn || this.#addressTimer !== null) return;
    this.#addressTimer = setTimeout(() => {
      this.#addressTimer = null;
      this.#tellAddresses();
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
      ...this.#status,
    });
  }

  /** Stops receiving, and ends when all that was received is in the log. May be called twice. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    if (this.#addressTimer !== null) clearTimeout(this.#addressTimer);
    if (this.#waitingTimer !== null) clearInterval(this.#waitingTimer);
    if (this.#worker === null) return;
    this.#tellAddresses();
    await new Promise<void>((resolve) => {
      this.#stopped = resolve;
      this.#post({ type: 'stop' });
    });
  }

  async #startThread(): Promise<void> {
    const { netflow, flow, clock, memoryFile } = this.#options;
    const workerData: FlowThreadData = { netflow, flow, clock, memoryFile, sequences: this.#sequences };
    const worker = new Worker(new URL('../flows/flow-thread.js', import.meta.url), { workerData });
    this.#worker = worker;
    this.#counts = noWindows();
    worker.on('error', (cause) => this.#options.onFault('the flow thread ended', cause));
    worker.on('exit', () => this.#ended());
    const listening = new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromFlowThread) => {
        if (message.type === 'listening') resolve();
        if (message.type === 'cannot-listen')
          reject(meterdError('port-in-use', `can't listen for flows on ${message.message}`));
        this.#receive(message);
      });
      worker.once('error', reject);
    });
    this.#tellAddresses();
    this.#post({ type: 'listen' });
    await listening;
  }

  #receive(message: FromFlowThread): void {
    switch (message.type) {
      case 'listening':
        this.port = message.port;
        this.receiveBufferBytes = message.receiveBufferBytes;
        return;
      case 'window':
        return void this.#take(message.window);
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

  /** Puts a window into the log, then lets the next one come. */
  async #take(window: FlowWindow): Promise<void> {
    const counts = this.#counts;
    const beganMs = performance.now();
    counts.received += octetsOfWindow(window);
    counts.windows++;
    const number = this.#window++;
    for (let from = 0; from === 0 || from < window.count; from += chunkMax) {
      const to = Math.min(window.count, from + chunkMax);
      const chunk = this.#chunkOf(window, number, from, to);
      // With the last of it: until then a crash has cost what the numbering before it says, or less.
      const sequences = to === window.count ? window.sequences : null;
      await this.#append(chunk, sequences);
      counts.logged += chunk.loggedOctets;
      counts.suspended += chunk.suspendedOctets;
      counts.refused += chunk.refusedOctets;
      counts.entries += chunk.entries.length;
    }
    this.#sequences = window.sequences;
    await this.#rest(beganMs);
    this.#post({ type: 'logged' });
  }

  /** Lets rating catch up, and others have their turn. */
  async #rest(beganMs: number): Promise<void> {
    const tookMs = () => Math.min(restMsMax, performance.now() - beganMs);
    while (this.#options.backlog() > backlogMax && tookMs() < restMsMax && !this.#stopping) await pause(backlogLookMs);
    for (const untilMs = performance.now() + tookMs(); performance.now() < untilMs && !this.#stopping; )
      await pause(Math.min(backlogLookMs, untilMs - performance.now()));
  }

  async #append({ entries, suspended }: Chunk, sequences: string | null): Promise<void> {
    const note = sequences === null ? null : { name: sequencesNote, value: sequences };
    for (;;) {
      try {
        return await this.#options.pipeline.appendWindow(entries, suspended, note);
      } catch (cause) {
        this.#options.onFault('the usage log cannot be written; flows are summed until it can', cause);
        await pause(retryMs);
      }
    }
  }

  #chunkOf(window: FlowWindow, number: number, from: number, to: number): Chunk {
    const entries: LogEntry[] = [];
    const suspended: SuspendedRecord[] = [];
    const chunk = { entries, suspended, loggedOctets: 0n, suspendedOctets: 0n, refusedOctets: 0n };
    for (let at = from; at < to; at++) {
      const octets = window.octetsIn[at]! + window.octetsOut[at]!;
      const key = `${collectorName} ${this.#startedAtMs} ${number} ${at}`;
      const record = recordOf(window, at, { key, classNames: this.#classNames });
      const address = waitingAddress(window, at);
      if (address === null) {
        entries.push({ kind: 'usage', account: window.subjects[at]!, record });
        chunk.loggedOctets += octets;
      } else if (this.#waitingSums < this.#options.flow.suspendedMax) {
        suspended.push({ reason: 'unknown-subject', record });
        this.#countWaiting(subjectKey({ kind: 'address', value: address }), 1);
        chunk.suspendedOctets += octets;
      } else chunk.refusedOctets += octets;
    }
    return chunk;
  }

  #countWaiting(key: string, count: number): void {
    const [kind, , address = ''] = key.split('\n');
    if (kind !== 'address') return;
    this.#waiting.set(address, (this.#waiting.get(address) ?? 0) + count);
    this.#waitingSums += count;
  }

  /** Lets go what waits for an address that has found a holder. */
  async #releaseWaiting(): Promise<void> {
    if (!this.#holdersChanged) return;
    this.#holdersChanged = false;
    const { guide, pipeline, now } = this.#options;
    for (const [address, count] of this.#waiting) {
      if (this.#stopping || guide.holderOf(address, now()) === null) continue;
      try {
        const released = await pipeline.release(subjectKey({ kind: 'address', value: address }));
        this.#waitingSums -= released;
        if (released < count) this.#waiting.set(address, count - released);
        else this.#waiting.delete(address);
      } catch (cause) {
        this.#options.onFault(`sums of ${address} wait on`, cause);
      }
    }
  }

  #tellAddresses(): void {
    if (this.#worker === null) return;
    for (;;) {
      const packed = this.#options.feed.take();
      if (packed.length === 0) return;
      this.#holdersChanged = true;
      this.#worker.postMessage({ type: 'addresses', packed } satisfies ToFlowThread, [packed.buffer]);
    }
  }

  #post(message: ToFlowThread): void {
    this.#worker?.postMessage(message);
  }

  /** An assertion stops the thread, which begins again from the last logged window. */
  #ended(): void {
    this.#worker = null;
    this.#status = null;
    this.#stopped();
    if (this.#stopping || this.port === 0) return;
    setTimeout(() => {
      if (this.#stopping) return;
      this.#options.feed.start();
      this.#startThread().catch((cause: unknown) => this.#options.onFault('the flow thread could not start', cause));
    }, restartMs).unref();
  }
}

interface Chunk {
  readonly entries: readonly LogEntry[];
  readonly suspended: readonly SuspendedRecord[];
  readonly loggedOctets: bigint;
  readonly suspendedOctets: bigint;
  readonly refusedOctets: bigint;
}

function noWindows(): WindowCounts {
  return { received: 0n, logged: 0n, suspended: 0n, refused: 0n, windows: 0, entries: 0 };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

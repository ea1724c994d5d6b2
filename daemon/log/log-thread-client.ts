/**
 * The usage log's writer on a thread of its own. Calls are done in the order in which they were made. Should the thread
 * end by itself, calls that wait for it fail, whose records are sent again, and the next call starts another: a
 * transaction is done or not, and the log knows by its keys and counters what it has already.
 */
import { Worker } from 'node:worker_threads';
import type { AppendWrite, LogWriter, ReleaseWrite } from './sqlite-log-writer.ts';

/** Heap for what is new in the thread, MB: it keeps nothing but the batch that it writes. */
const youngMegabytes = 6;

export interface LogThreadData {
  readonly file: string;
}

export interface ToLogThread {
  readonly id: number;
  readonly method: keyof LogWriter;
  readonly args: readonly unknown[];
}

export interface FromLogThread {
  readonly id: number;
  readonly value: unknown;
  readonly fault: { readonly message: string; readonly code: string | null } | null;
}

interface Call {
  readonly resolve: (value: unknown) => void;
  readonly reject: (cause: Error) => void;
}

export class LogThread implements LogWriter {
  readonly #file: string;
  readonly #calls = new Map<number, Call>();
  #worker: Worker | null = null;
  #nextId = 1;

  constructor(file: string) {
    this.#file = file;
    this.#worker = this.#start();
  }

  append(write: AppendWrite): Promise<number> {
    return this.#call('append', [write]) as Promise<number>;
  }

  release(write: ReleaseWrite): Promise<number> {
    return this.#call('release', [write]) as Promise<number>;
  }

  setNote(name: string, value: string): Promise<void> {
    return this.#call('setNote', [name, value]) as Promise<void>;
  }

  forgetEvents(beforeMs: number, limit: number): Promise<number> {
    return this.#call('forgetEvents', [beforeMs, limit]) as Promise<number>;
  }

  prune(position: number, beforeMs: number): Promise<number> {
    return this.#call('prune', [position, beforeMs]) as Promise<number>;
  }

  async close(): Promise<void> {
    if (this.#worker === null) return;
    const ended = new Promise((resolve) => this.#worker?.once('exit', resolve));
    await this.#call('close', []);
    await ended;
  }

  #start(): Worker {
    const data: LogThreadData = { file: this.#file };
    const worker = new Worker(new URL('./log-thread.js', import.meta.url), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
    });
    let why = new Error('the thread of the usage log ended');
    worker.on('message', ({ id, value, fault }: FromLogThread) => {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (fault === null) call?.resolve(value);
      else call?.reject(fault.code === null ? new Error(fault.message) : withCode(fault.message, fault.code));
    });
    worker.on('error', (cause: Error) => {
      why = cause;
    });
    worker.on('exit', () => {
      this.#worker = null;
      const calls = [...this.#calls.values()];
      this.#calls.clear();
      for (const { reject } of calls) reject(why);
    });
    return worker;
  }

  #call(method: keyof LogWriter, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#worker ??= this.#start();
      const id = this.#nextId++;
      this.#calls.set(id, { resolve, reject });
      const message: ToLogThread = { id, method, args };
      this.#worker.postMessage(message);
    });
  }
}

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

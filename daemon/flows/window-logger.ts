/**
 * Puts windows of flows into the usage log, each once: its sums in parts, so that RADIUS does not wait, and with the last
 * of them how far the exporters' numbering had come.
 *
 * A window of more than one part is kept in a file until it is logged (window-file.ts), and each part leaves a note in the
 * log, in its own transaction. So the next start knows what it has to log still, and whoever tries again after a failure
 * first asks whether it failed: a transaction may be durable though its writer was told otherwise.
 */
import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import type { LogEntry, LogNote, SuspendedRecord, UsageLog } from '../log/usage-log.ts';
import { type Guide, subjectKey } from '../mediation/guide.ts';
import type { Pipeline } from '../pipeline.ts';
import { collectorName, type FlowWindow, octetsOfWindow, recordOf, waitingAddress } from './flow-window.ts';
import { forgetWindow, type KeptWindow, keepWindow, keptWindow } from './window-file.ts';

/** Name of the note that has the last window's number and the exporters' numbering. */
export const sequencesNote = 'flow sequences';
/** Name of the note that has how many sums of a window are logged, where that takes more than one part. */
const partNote = 'flow window';
/** Sums in one transaction of the log: more would keep RADIUS waiting. */
const partMax = 2_000;
const retryMs = 1_000;

export interface WindowLoggerOptions {
  readonly log: Pick<UsageLog, 'note' | 'suspenseSubjects'>;
  readonly pipeline: Pick<Pipeline, 'appendWindow' | 'release'>;
  readonly guide: Pick<Guide, 'holderOf'>;
  readonly windowFile: string;
  readonly classNames: readonly string[];
  /** Sums that may wait in suspense. */
  readonly suspendedMax: number;
  /** UTC epoch ms, maybe simulated. */
  readonly now: () => number;
  readonly onFault: (text: string, cause?: unknown) => void;
}

/** What became of windows, in octets. */
export interface WindowCounts {
  received: bigint;
  logged: bigint;
  suspended: bigint;
  /** There was no room for them in suspense. */
  refused: bigint;
  windows: number;
  entries: number;
}

export function noWindows(): WindowCounts {
  return { received: 0n, logged: 0n, suspended: 0n, refused: 0n, windows: 0, entries: 0 };
}

export class WindowLogger {
  /** Numbering of the exporters as the log has it; null if it has none. */
  sequences: string | null = null;
  readonly #options: WindowLoggerOptions;
  readonly #run = randomBytes(9).toString('base64url');
  #number = 0;
  /** Addresses that wait in suspense, with how many sums each. */
  readonly #waiting = new Map<string, number>();
  #waitingSums = 0;
  #stopping = false;
  /** A window could not be logged before the end: a later one must not tell that its numbering is. */
  #gaveUp = false;

  constructor(options: WindowLoggerOptions) {
    this.#options = options;
  }

  /** Takes up what the log knows, and logs what the daemon died over. */
  async start(): Promise<void> {
    const { log, suspendedMax, windowFile } = this.#options;
    for (const { key, count } of await log.suspenseSubjects(suspendedMax)) this.#countWaiting(key, count);
    const noted = await this.#noted();
    this.sequences = noted.sequences;
    const kept = await keptWindow(windowFile).catch((cause: unknown) => this.#putAside(cause));
    if (kept === null) return;
    const { run, number } = kept.id;
    // The file is of the run before this one, which took away what it found; its windows have rising numbers.
    if (noted.run !== run || noted.number < number) {
      await this.#logFrom(kept, await this.#loggedOf(kept), noWindows());
      if (this.#gaveUp) return;
    }
    await forgetWindow(windowFile);
  }

  /** Gives up trying again what fails. */
  stop(): void {
    this.#stopping = true;
  }

  /** Resolves when the window is in the log. One at a time. */
  async log(window: FlowWindow, counts: WindowCounts): Promise<void> {
    const { windowFile, classNames } = this.#options;
    const kept = { id: { run: this.#run, number: ++this.#number }, window, classNames };
    counts.received += octetsOfWindow(window);
    counts.windows++;
    if (window.count > partMax) await this.#insist(() => keepWindow(windowFile, kept));
    await this.#logFrom(kept, 0, counts);
  }

  /** Lets go what waits for an address that has found a holder. */
  async releaseWaiting(): Promise<void> {
    const { guide, pipeline, now, onFault } = this.#options;
    for (const [address, count] of this.#waiting) {
      if (this.#stopping || guide.holderOf(address, now()) === null) continue;
      try {
        const released = await pipeline.release(subjectKey({ kind: 'address', value: address }));
        this.#waitingSums -= released;
        if (released < count) this.#waiting.set(address, count - released);
        else this.#waiting.delete(address);
      } catch (cause) {
        onFault(`sums of ${address} wait on`, cause);
      }
    }
  }

  async #logFrom(kept: KeptWindow, done: number, counts: WindowCounts): Promise<void> {
    const { window } = kept;
    for (let from = done; from === 0 || from < window.count; from += partMax) {
      const to = Math.min(window.count, from + partMax);
      const part = this.#partOf(kept, from, to);
      const note = noteOf(kept, to);
      if (!(await this.#insist(() => this.#options.pipeline.appendWindow(part.entries, part.suspended, note), note))) {
        for (const { record } of part.suspended) this.#countWaiting(subjectKey(record.subjects[0]!), -1);
        return;
      }
      counts.logged += part.loggedOctets;
      counts.suspended += part.suspendedOctets;
      counts.refused += part.refusedOctets;
      counts.entries += part.entries.length;
    }
    this.sequences = window.sequences;
  }

  /** Does it until it is done, which the note may tell as well; false where it is given up. */
  async #insist(work: () => Promise<void>, note: LogNote | null = null): Promise<boolean> {
    while (!this.#gaveUp) {
      try {
        await work();
        return true;
      } catch (cause) {
        this.#options.onFault('the usage log cannot be written; flows are summed until it can', cause);
        if (note !== null && (await this.#isDurable(note))) return true;
        // The numbering stays that of the last window in the log, so that the next start tells what this cost.
        if (this.#stopping) this.#gaveUp = true;
        else await pause(retryMs);
      }
    }
    return false;
  }

  async #isDurable({ name, value }: LogNote): Promise<boolean> {
    try {
      return (await this.#options.log.note(name)) === value;
    } catch {
      return false;
    }
  }

  #partOf({ window, id, classNames }: KeptWindow, from: number, to: number): Part {
    const entries: LogEntry[] = [];
    const suspended: SuspendedRecord[] = [];
    const part = { entries, suspended, loggedOctets: 0n, suspendedOctets: 0n, refusedOctets: 0n };
    for (let at = from; at < to; at++) {
      const octets = window.octetsIn[at]! + window.octetsOut[at]!;
      const key = `${collectorName} ${id.run} ${id.number} ${at}`;
      const record = recordOf(window, at, { key, classNames });
      const address = waitingAddress(window, at);
      if (address === null) {
        entries.push({ kind: 'usage', account: window.subjects[at]!, record });
        part.loggedOctets += octets;
      } else if (this.#waitingSums < this.#options.suspendedMax) {
        suspended.push({ reason: 'unknown-subject', record });
        this.#countWaiting(subjectKey({ kind: 'address', value: address }), 1);
        part.suspendedOctets += octets;
      } else part.refusedOctets += octets;
    }
    return part;
  }

  #countWaiting(key: string, count: number): void {
    const [kind, , address = ''] = key.split('\n');
    if (kind !== 'address') return;
    this.#waiting.set(address, (this.#waiting.get(address) ?? 0) + count);
    this.#waitingSums += count;
  }

  /** The last window that is wholly in the log, and the numbering it came with. */
  async #noted(): Promise<{ run: string; number: number; sequences: string | null }> {
    const text = await this.#options.log.note(sequencesNote);
    // Once, the numbering stood alone.
    if (text === null || text.startsWith('[')) return { run: '', number: 0, sequences: text };
    const end = text.indexOf('\n');
    const [run = '', number = '0'] = text.slice(0, end).split(' ');
    return { run, number: Number(number), sequences: text.slice(end + 1) };
  }

  /** What can't be read now must not be taken for the latest at a later start. */
  async #putAside(cause: unknown): Promise<null> {
    const { windowFile, onFault } = this.#options;
    await rename(windowFile, `${windowFile}.damaged`);
    onFault('the rest of a window of flows is lost: its file was put aside', cause);
    return null;
  }

  /** How many sums of a window are logged that is not wholly so. */
  async #loggedOf({ id }: KeptWindow): Promise<number> {
    const [run, number, logged] = ((await this.#options.log.note(partNote)) ?? '').split(' ');
    return run === id.run && Number(number) === id.number ? Number(logged) : 0;
  }
}

interface Part {
  readonly entries: readonly LogEntry[];
  readonly suspended: readonly SuspendedRecord[];
  readonly loggedOctets: bigint;
  readonly suspendedOctets: bigint;
  readonly refusedOctets: bigint;
}

/** What the log remembers with the part that ends there; the numbering with the last. */
function noteOf({ id, window }: KeptWindow, to: number): LogNote {
  const name = `${id.run} ${id.number}`;
  if (to < window.count) return { name: partNote, value: `${name} ${to}` };
  return { name: sequencesNote, value: `${name}\n${window.sequences}` };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

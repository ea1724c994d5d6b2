/**
 * What the kernel is told of a thread, so that devices get their answers within milliseconds while bills are rated on the
 * same cores. Where the kernel can't be told, all threads are alike, and only the answers' delay is larger.
 */
import { readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { systemCalls } from './net/system-calls.ts';

/** The least that Linux takes, ns. */
const shortSliceNs = 100_000n;
/** Added to the nice value of the process for threads that can wait: bills are due within a second. */
const nicenessOfPatience = 5;
const nicenessMax = 19;
/** sched/types.h, struct sched_attr */
const attributesOctets = 48;
const at = { size: 0, flags: 8, nice: 16, runtime: 24 };
/** SCHED_FLAG_KEEP_POLICY: a class that the operator chose (`chrt`) stays; if it knows no niceness, nothing changes. */
const keepPolicy = 0x08n;

/**
 * For a thread that devices wait for. It works in short turns, so that the kernel (Linux 6.12 on) lets it have a core as
 * soon as it wakes, rather than when the turn of another thread ends, up to 4 ms later. Its share of the core is the same.
 * Threads that it begins afterwards are like it (the pool's, that of flows), until they say otherwise.
 */
export function workPromptly(): void {
  schedule(getPriority(), shortSliceNs);
}

/** For a thread that makes way for the others where cores are short. */
export function workPatiently(): void {
  // A thread's own on Linux; elsewhere it would be the whole process's.
  if (process.platform !== 'linux') return;
  const niceness = Math.min(getPriority() + nicenessOfPatience, nicenessMax);
  if (!schedule(niceness, 0n)) setPriority(niceness);
}

/** What of /proc is read: proc(5). */
const procfs = { process: '/proc/self/stat', thread: '/proc/thread-self/status' } as const;
/** Fields of `stat` after the name, which may have spaces in it: the core that the process's first thread ran on last. */
const coreField = 36;

/**
 * Keeps a thread's work off the core of the process's first thread, which receives: while that is busy for a moment, the
 * kernel may give this one the same core though another is idle, for up to 4 ms (docs/decisions/0019-a-core-apart.md).
 */
export class CoreApart {
  readonly #cores: readonly number[];
  #avoided: number | null = null;

  /** For the calling thread. */
  constructor() {
    this.#cores = systemCalls() === null ? [] : coresAllowed();
  }

  /** Before each piece of work: the first thread may have moved. With one core there is nowhere to go. */
  takeAnother(): void {
    if (this.#cores.length < 2) return;
    const core = firstThreadsCore();
    if (core === this.#avoided) return;
    const others = this.#cores.filter((each) => each !== core);
    if (this.#use(others)) this.#avoided = core;
  }

  /** For work that is behind and needs whatever core is free. */
  takeAny(): void {
    if (this.#avoided !== null && this.#use(this.#cores)) this.#avoided = null;
  }

  #use(cores: readonly number[]): boolean {
    const mask = Buffer.alloc(Math.ceil((Math.max(...cores) + 1) / 64) * 8);
    for (const core of cores) mask[core >> 3] = mask[core >> 3]! | (1 << (core & 7));
    return systemCalls()?.schedSetaffinity(mask) === 0;
  }
}

function firstThreadsCore(): number | null {
  const stat = textAt(procfs.process);
  const core = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[coreField]);
  return Number.isInteger(core) ? core : null;
}

/** Of the calling thread: `Cpus_allowed_list: 0-3,8`. */
function coresAllowed(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(textAt(procfs.thread))?.[1];
  return (list?.split(',') ?? []).flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, index) => first! + index);
  });
}

function textAt(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // Not Linux, or hidden.
    return '';
  }
}

/** A slice of 0 is the kernel's own. False where it could not be told. */
function schedule(niceness: number, sliceNs: bigint): boolean {
  const attributes = Buffer.alloc(attributesOctets);
  attributes.writeUInt32LE(attributesOctets, at.size);
  attributes.writeBigUInt64LE(keepPolicy, at.flags);
  attributes.writeInt32LE(niceness, at.nice);
  attributes.writeBigUInt64LE(sliceNs, at.runtime);
  return systemCalls()?.schedSetattr(attributes) === 0;
}

/**
 * What the kernel and V8 are told of threads, so that devices get their answers within milliseconds while bills are rated on the
 * same cores. Where the kernel can't be told, all threads are alike, and only the answers' delay is larger.
 */
import { readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { setFlagsFromString } from 'node:v8';
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
 * For the process's first thread, which devices wait for. It works in short turns, so that the kernel (Linux 6.12 on) lets
 * it have a core as soon as it wakes, rather than when the turn of another thread ends, up to 4 ms later. Its share of the
 * core is the same. Threads that it begins afterwards are like it (that of flows), until they say otherwise. Those that
 * Node began before, above all V8's, which mark and compile for all heaps, make way.
 */
export function workPromptly(): void {
  // With helpers a collection of new objects is no shorter, and they take cores that this thread waits for.
  setFlagsFromString('--no-parallel-scavenge');
  const niceness = getPriority();
  for (const thread of otherThreads()) schedule(patient(niceness), 0n, thread);
  schedule(niceness, shortSliceNs);
}

/** For a thread that makes way for the others where cores are short. */
export function workPatiently(): void {
  // A thread's own on Linux; elsewhere it would be the whole process's.
  if (process.platform !== 'linux') return;
  const niceness = patient(getPriority());
  if (!schedule(niceness, 0n)) setPriority(niceness);
}

function patient(niceness: number): number {
  return Math.min(niceness + nicenessOfPatience, nicenessMax);
}

/** All but the first; none where the system does not tell. */
function otherThreads(): number[] {
  try {
    return readdirSync('/proc/self/task')
      .map(Number)
      .filter((thread) => thread !== process.pid);
  } catch {
    return [];
  }
}

/** A slice of 0 is the kernel's own, a thread of 0 the calling one. False where it could not be told. */
function schedule(niceness: number, sliceNs: bigint, thread = 0): boolean {
  const attributes = Buffer.alloc(attributesOctets);
  attributes.writeUInt32LE(attributesOctets, at.size);
  attributes.writeBigUInt64LE(keepPolicy, at.flags);
  attributes.writeInt32LE(niceness, at.nice);
  attributes.writeBigUInt64LE(sliceNs, at.runtime);
  return systemCalls()?.schedSetattr(thread, attributes) === 0;
}

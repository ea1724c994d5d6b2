/**
 * What the kernel and V8 are told of threads, so that devices get their answers within milliseconds while bills are rated on the
 * same cores. Where the kernel can't be told, all threads are alike, and only the answers' delay is larger.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
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
const at = { size: 0, policy: 4, flags: 8, nice: 16, runtime: 24 };
/** SCHED_FLAG_KEEP_POLICY: a class that the operator chose (`chrt`) stays; if it knows no niceness, nothing changes. */
const keepPolicy = 0x08n;
/** sched.h: the usual class, and that of threads which run where no other would. */
const usualClass = 0;
const idleClass = 5;
/** linux/capability.h: CAP_SYS_NICE. */
const mayBeLessNice = 23n;
/** Columns of /proc/self/task/N/stat after the name in brackets. */
const classColumn = 38;

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

/** The kernel's number of the calling thread; null where it tells none. */
export function threadNumber(): number | null {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return null;
  }
}

/**
 * Lets a thread of this process that works patiently run where no other thread of the machine would, or in its share again.
 * Woken threads then need not wait until its turn ends. False, and nothing has changed, where the kernel would not let it
 * come back, or the operator chose a class for it.
 */
export function runWhereNoOtherWould(thread: number, alone: boolean): boolean {
  const niceness = patient(getPriority());
  if (classOf(thread) !== (alone ? usualClass : idleClass)) return false;
  if (alone && !mayComeBack(niceness)) return false;
  return schedule(niceness, 0n, thread, alone ? idleClass : usualClass);
}

/** Null where the kernel does not tell. */
function classOf(thread: number): number | null {
  try {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[classColumn]);
  } catch {
    return null;
  }
}

/** Whether a thread may leave the idle class for the usual one with such niceness (sched_setscheduler(2), RLIMIT_NICE). */
function mayComeBack(niceness: number): boolean {
  try {
    const limit = /^Max nice priority\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    if (limit === 'unlimited' || Number(limit) >= 20 - niceness) return true;
    // What a process may in a user namespace of its own is not what the kernel asks for here.
    if (!/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'))) return false;
    const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return capabilities !== undefined && ((BigInt(`0x${capabilities}`) >> mayBeLessNice) & 1n) === 1n;
  } catch {
    return false;
  }
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
function schedule(niceness: number, sliceNs: bigint, thread = 0, policy: number | null = null): boolean {
  const attributes = Buffer.alloc(attributesOctets);
  attributes.writeUInt32LE(attributesOctets, at.size);
  if (policy === null) attributes.writeBigUInt64LE(keepPolicy, at.flags);
  else attributes.writeUInt32LE(policy, at.policy);
  attributes.writeInt32LE(niceness, at.nice);
  attributes.writeBigUInt64LE(sliceNs, at.runtime);
  return systemCalls()?.schedSetattr(thread, attributes) === 0;
}

/**
 * recvmmsg(2), sendmmsg(2), setsockopt(2), sched_setattr(2) and mallopt(3), which Node does not offer, called in the C
 * library that it runs on. Linux on x64 and arm64 only, whose structures are alike (socket.h, uio.h, sched/types.h); elsewhere, and
 * where the package is not installed, null.
 */
import { createRequire } from 'node:module';

export interface SystemCalls {
  /** Number of datagrams taken or sent, −1 where there was none: see `errno`. */
  recvmmsg(descriptor: number, headers: Buffer, count: number, flags: number, timeout: null): number;
  sendmmsg(descriptor: number, headers: Buffer, count: number, flags: number): number;
  /** 0 where it was set. */
  setsockopt(descriptor: number, level: number, option: number, value: Buffer, length: number): number;
  /** Of a thread, 0 for the calling one: `attributes` is a struct sched_attr. 0 where it was set. */
  schedSetattr(thread: number, attributes: Buffer): number;
  /** Parts of the memory that the C library hands out, each with a lock of its own; nothing where it knows none. */
  setMallocArenas(count: number): void;
  /** Of this thread's last call that failed. */
  errno(): number;
  /** Where the octets of a buffer lie; they stay there as long as the buffer lives. */
  addressOf(buffer: Buffer): bigint;
}

/** What is used of the package, in our own words: it is optional, for the compiler as well. */
interface ForeignFunctions {
  load(library: null): { func(prototype: string): (...args: unknown[]) => number };
  errno(): number;
  address(buffer: Buffer): number | bigint;
}

/** socket.h */
export const dontWait = 0x40;
/** udp.h: a message is cut into datagrams of so many octets; Linux 4.18 on. */
export const udpLevel = 17;
export const udpSegment = 103;
/** errno.h */
export const againLater = 11;

/** malloc.h */
const arenaMax = -8;
/** unistd.h: the C libraries of some systems in use lack a function for it. */
const schedSetattrNumber = process.arch === 'arm64' ? 274 : 314;

let known: SystemCalls | null | undefined;

export function systemCalls(): SystemCalls | null {
  if (known === undefined) known = isKnownPlatform() ? load() : null;
  return known;
}

function isKnownPlatform(): boolean {
  return process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');
}

function load(): SystemCalls | null {
  let koffi: ForeignFunctions;
  try {
    koffi = createRequire(import.meta.url)('koffi');
  } catch {
    // An optional dependency: not installed, or not built for this machine's C library.
    return null;
  }
  const library = koffi.load(null);
  const mallopt = optional(() => library.func('int mallopt(int parameter, int value)'));
  const schedSetattr = library.func('long syscall(long number, long thread, void *attributes, long flags)');
  return {
    recvmmsg: library.func('int recvmmsg(int fd, void *headers, unsigned int count, int flags, void *timeout)'),
    sendmmsg: library.func('int sendmmsg(int fd, void *headers, unsigned int count, int flags)'),
    setsockopt: library.func('int setsockopt(int fd, int level, int option, void *value, unsigned int length)'),
    schedSetattr: (thread, attributes) => Number(schedSetattr(schedSetattrNumber, thread, attributes, 0)),
    setMallocArenas: (count) => void mallopt?.(arenaMax, count),
    errno: () => koffi.errno(),
    addressOf: (buffer) => BigInt(koffi.address(buffer)),
  };
}

/** What not every C library has. */
function optional<T>(find: () => T): T | null {
  try {
    return find();
  } catch {
    return null;
  }
}

/** How much memory the process takes for what it holds. To be told before the threads begin. */
import { setFlagsFromString } from 'node:v8';
import { systemCalls } from './net/system-calls.ts';

/** Of the C library, which has one for each of our dozen threads otherwise, each with room to spare. */
const mallocArenas = 1;

export function holdLittleMemory(): void {
  // V8 would make new records among its old objects, where much must pass before they are collected, for ever after
  // some of them were kept for a while: they pass through here by the thousand, and are kept until they are durable.
  setFlagsFromString('--no-allocation-site-pretenuring');
  systemCalls()?.setMallocArenas(mallocArenas);
}

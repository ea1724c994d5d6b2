/** How much memory the process takes for what it holds. To be told before the threads begin. */
import { setFlagsFromString } from 'node:v8';
import { systemCalls } from './net/system-calls.ts';

/** Of the C library, which has one for each of our dozen threads otherwise, each with room to spare. */
const mallocArenas = 1;

export function holdLittleMemory(): void {
  // Where records once waited long, V8 makes new ones among its old objects ever after, which few collections look at.
  setFlagsFromString('--no-allocation-site-pretenuring');
  systemCalls()?.setMallocArenas(mallocArenas);
}

/** How much memory the process takes for what it holds. To be told before the threads begin. */
import { systemCalls } from './net/system-calls.ts';

/** Of the C library, which has one for each of our dozen threads otherwise, each with room to spare. */
const mallocArenas = 1;

export function holdLittleMemory(): void {
  systemCalls()?.setMallocArenas(mallocArenas);
}

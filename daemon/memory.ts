/**
 * How much memory the process takes for what it holds. Both must be told before the threads begin. A hundred thousand
 * open sessions take a quarter less by it, for some percent of CPU time (README, "Speed").
 */
import { setFlagsFromString } from 'node:v8';
import { systemCalls } from './net/system-calls.ts';

/** A heap is collected in full when it has grown by so much. V8 lets it double first, or more. */
const heapGrowingPercent = 20;
/** Of the C library, which has one for each of our dozen threads otherwise, each with room to spare. */
const mallocArenas = 1;

export function holdLittleMemory(): void {
  setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`);
  systemCalls()?.setMallocArenas(mallocArenas);
}

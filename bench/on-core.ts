/** Holds a process to one core of the machine, where `taskset` (util-linux) is there to do it. */
import { availableParallelism } from 'node:os';
import { findProgram } from './installed.ts';

/** Two cores at least, so that what measures has one of its own. */
export function canPin(): boolean {
  return findProgram('taskset') !== null && availableParallelism() > 1;
}

/** The command line that runs `command` on `core` only; on any where it is undefined. */
export function onCore(
  core: number | undefined,
  command: string,
  args: readonly string[],
): { readonly command: string; readonly args: readonly string[] } {
  if (core === undefined) return { command, args };
  return { command: 'taskset', args: ['--cpu-list', String(core), command, ...args] };
}

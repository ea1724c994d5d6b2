/** Holds a process to one core of the machine, where `taskset` (util-linux) is there to do it. */
import { spawnSync } from 'node:child_process';
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

/** Lets a process that was held to a core run on all of them, every thread of it. */
export function onAllCores(processId: number): void {
  const all = `0-${availableParallelism() - 1}`;
  const { status } = spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', all, String(processId)]);
  if (status !== 0) throw new Error(`taskset could not let process ${processId} go`);
}

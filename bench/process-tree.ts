/** CPU time and memory of processes and their children, from /proc; 0 where there is none. */
import { readdir, readFile } from 'node:fs/promises';

/** Linux counts CPU time in ticks of 10 ms for every user-space reader. */
const ticksPerSecond = 100;

interface ProcessStat {
  readonly processId: number;
  readonly parentId: number;
  readonly cpuTicks: number;
}

/** User and system time, s, of the living processes. */
export async function cpuSeconds(rootIds: readonly number[]): Promise<number> {
  const tree = await treeOf(rootIds);
  return tree.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0) / ticksPerSecond;
}

/** Proportional set size, B: memory shared between the processes counts once. Resident size where it can't be read. */
export async function memoryBytes(rootIds: readonly number[]): Promise<number> {
  let bytes = 0;
  for (const { processId } of await treeOf(rootIds)) {
    const rollup = await readFile(`/proc/${processId}/smaps_rollup`, 'utf8').catch(() => '');
    const status = rollup === '' ? await readFile(`/proc/${processId}/status`, 'utf8').catch(() => '') : '';
    const found = /^Pss:\s+(\d+) kB/m.exec(rollup) ?? /^VmRSS:\s+(\d+) kB/m.exec(status);
    bytes += Number(found?.[1] ?? 0) * 1024;
  }
  return bytes;
}

async function treeOf(rootIds: readonly number[]): Promise<ProcessStat[]> {
  const names = await readdir('/proc').catch(() => []);
  const all = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readStat));
  const stats = all.filter((stat): stat is ProcessStat => stat !== null);
  const wanted = new Set(rootIds);
  let before = 0;
  while (wanted.size > before) {
    before = wanted.size;
    for (const stat of stats) if (wanted.has(stat.parentId)) wanted.add(stat.processId);
  }
  return stats.filter((stat) => wanted.has(stat.processId));
}

async function readStat(name: string): Promise<ProcessStat | null> {
  const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
  // The command, in parentheses, may hold anything; fields are counted from behind it (proc(5)).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 13) return null;
  return {
    processId: Number(name),
    parentId: Number(fields[1]),
    cpuTicks: Number(fields[11]) + Number(fields[12]),
  };
}

/** What the kernel is told of threads, in a process of its own, since it can't be taken back. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const schedule = new URL('../../dist/daemon/thread-schedule.js', import.meta.url).href;

/** Of the calling thread; null where the kernel does not tell. */
const told = `
  const { getPriority } = await import('node:os');
  const { existsSync, readFileSync } = await import('node:fs');
  const file = '/proc/thread-self/sched';
  const slice = existsSync(file) ? /se.slice\\s*:\\s*(\\d+)/.exec(readFileSync(file, 'utf8')) : null;
  const told = { nice: getPriority(), slice: slice && Number(slice[1]) };
`;

const worker = `
  const { workPatiently } = await import('${schedule}');
  workPatiently();
  ${told}
  (await import('node:worker_threads')).parentPort.postMessage(told);
`;

const program = `
  import { readdirSync } from 'node:fs';
  import { getPriority as priorityOf } from 'node:os';
  import { Worker } from 'node:worker_threads';
  const others = readdirSync('/proc/self/task').map(Number).filter((thread) => thread !== process.pid);
  const { workPromptly } = await import('${schedule}');
  workPromptly();
  ${told}
  const other = new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(worker)}`)}));
  other.on('message', (patient) => {
    console.log(JSON.stringify({ prompt: told, patient, others: others.map((thread) => priorityOf(thread)) }));
  });
`;

interface Told {
  readonly nice: number;
  readonly slice: number | null;
}

interface ToldOfAll {
  readonly prompt: Told;
  readonly patient: Told;
  /** Niceness of the threads that Node began before. */
  readonly others: readonly number[];
}

function run(niceness: number): ToldOfAll {
  const node = [process.execPath, '--input-type=module', '--eval', program];
  return JSON.parse(execFileSync('nice', ['-n', String(niceness), ...node], { encoding: 'utf8' }));
}

test.runIf(process.platform === 'linux').each([0, 3, 17])(
  'of a process of niceness %i all threads are nicer but the one that answers, which takes short turns',
  (niceness) => {
    const before = run(0).prompt.nice;
    const { prompt, patient, others } = run(niceness);
    expect(prompt.nice).toBe(before + niceness);
    expect(patient.nice).toBe(Math.min(before + niceness + 5, 19));
    expect(others.length).toBeGreaterThanOrEqual(4);
    expect(new Set(others)).toEqual(new Set([patient.nice]));
    // Linux before 6.12 knows one length of turn for all, and some tell none.
    if (prompt.slice !== null && prompt.slice < 500_000) expect(patient.slice).toBeGreaterThan(prompt.slice);
    else expect(patient.slice).toBe(prompt.slice);
  },
);

/** What the kernel is told of threads, in a process of its own, since it can't be taken back. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { Api } from './api.ts';
import { adminPassword, freeUdpPort, makeFolder, startProcess } from './daemon-process.ts';

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

/** CAP_SYS_NICE, in no user namespace of its own: what lets a thread come back from the idle class. */
const mayComeBack =
  process.platform === 'linux' &&
  /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8')) &&
  (Number.parseInt(/^CapEff:\s*[0-9a-f]*([0-9a-f]{8})$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]!, 16) &
    (1 << 23)) !==
    0;

/** Threads of the class SCHED_IDLE; a thread that ends meanwhile is none. */
function idleThreads(processId: number): number {
  const classOf = (thread: string) => {
    try {
      const stat = readFileSync(`/proc/${processId}/task/${thread}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38];
    } catch {
      return null;
    }
  };
  return readdirSync(`/proc/${processId}/task`).filter((thread) => classOf(thread) === '5').length;
}

test.runIf(mayComeBack)('the rating thread leaves the cores to all others until it falls behind', async () => {
  const folder = makeFolder(await freeUdpPort());
  const daemon = await startProcess(folder.configFile);
  const idle = () => idleThreads(daemon.child.pid!);
  await expect.poll(idle, { timeout: 10_000 }).toBe(1);
  const api = await Api.signedIn(daemon.url, 'admin', adminPassword);
  const store = new Database(join(folder.path, 'data', 'store.db'));
  store.exec('BEGIN IMMEDIATE');
  const made = api.send('POST', '/api/tokens', { name: 'late', role: 'csr' });
  await expect.poll(idle, { timeout: 4_000 }).toBe(0);
  store.exec('ROLLBACK');
  store.close();
  expect((await made).status).toBe(201);
  expect(idle()).toBe(0);
  expect(await daemon.stop()).toBe(0);
  folder.remove();
});

test.runIf(mayComeBack).each(['--idle', '--batch'])('a class that the operator chose (chrt %s) stays', (chosen) => {
  const asked = `
    const { runWhereNoOtherWould, threadNumber } = await import('${schedule}');
    console.log(runWhereNoOtherWould(threadNumber(), true));
  `;
  const ask = [process.execPath, '--input-type=module', '--eval', asked];
  expect(execFileSync(ask[0]!, ask.slice(1), { encoding: 'utf8' }).trim()).toBe('true');
  expect(execFileSync('chrt', [chosen, '0', ...ask], { encoding: 'utf8' }).trim()).toBe('false');
});

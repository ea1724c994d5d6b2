/** Runs the simulated NAS as a process of its own, so that server and generator each have a core. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type AckedRecord, type NasSummary, readAckLogFile } from '../simulator/index.ts';

export interface Load {
  readonly window: number;
  readonly durationSeconds: number;
  /** Seconds of the same load before it, which are not measured: programs are compiled and buffers grow. */
  readonly warmUpSeconds: number;
  readonly ratePerSecond?: number;
  readonly users: number;
  readonly activeSessions: number;
}

export interface GeneratorRun {
  readonly summary: NasSummary;
  /** All that was answered, the warm-up included, once the generator has written it down; read from its files anew. */
  acked(): AsyncIterable<AckedRecord>;
}

/** More sessions than any server answers in the time; the duration ends the run. */
const sessionsPerSecondMax = 30_000;

interface Target {
  readonly port: number;
  readonly secret: string;
  /** For the ack logs. */
  readonly folder: string;
}

/** The load after its warm-up. `onWarm` is called between the two. */
export async function runGenerator(load: Load, to: Target, onWarm: () => Promise<void>): Promise<GeneratorRun> {
  const { warmUpSeconds } = load;
  const warmUp =
    warmUpSeconds === 0 ? null : await run({ ...load, durationSeconds: warmUpSeconds }, to, 'acks-of-warm-up.csv.gz');
  await warmUp?.closed;
  await onWarm();
  const measured = await run(load, to, 'acks.csv.gz');
  return {
    summary: measured.summary,
    async *acked() {
      await measured.closed;
      if (warmUp !== null) yield* readAckLogFile(warmUp.ackLogFile);
      yield* readAckLogFile(measured.ackLogFile);
    },
  };
}

interface EndedLoad {
  readonly summary: NasSummary;
  readonly ackLogFile: string;
  /** The process has ended, and with it the ack log. */
  readonly closed: Promise<unknown>;
}

async function run(load: Load, to: Target, ackLogName: string): Promise<EndedLoad> {
  const ackLogFile = join(to.folder, ackLogName);
  const args: string[] = [fileURLToPath(new URL('./generate.js', import.meta.url)), '--quiet'];
  const option = (name: string, value: string | number) => args.push(`--${name}`, String(value));
  option('server', `127.0.0.1:${to.port}`);
  option('secret', to.secret);
  option('users', load.users);
  option('sessions', Math.ceil(load.durationSeconds * sessionsPerSecondMax));
  option('active', load.activeSessions);
  option('window', load.window);
  option('duration', load.durationSeconds);
  option('ack-log', ackLogFile);
  if (load.ratePerSecond !== undefined) option('rate', load.ratePerSecond);
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const summary = await summaryOf(child.stdout, closed);
  return { summary, ackLogFile, closed };
}

/** The summary comes before the ack log is written, so that the backlog can be watched from the load's end. */
async function summaryOf(stdout: Readable, closed: Promise<[number | null]>): Promise<NasSummary> {
  let printed = '';
  stdout.setEncoding('utf8');
  const complete = new Promise<void>((resolve) => {
    stdout.on('data', (text: string) => {
      printed += text;
      if (printed.endsWith('\n}\n')) resolve();
    });
  });
  const ended = closed.then(([code]) => code);
  const code = await Promise.race([complete, ended]);
  if (!printed.endsWith('\n}\n')) throw new Error(`the generator ended with code ${code} before its summary`);
  return JSON.parse(printed) as NasSummary;
}

/**
 * RADIUS accounting: meterd beside FreeRADIUS with a null handler, a detail file and PostgreSQL, all driven by the same
 * simulated NAS in a process of its own. Prints one table; asserts no time. meterd's loss is checked account by account
 * against the auditor, and any loss is exit code 1.
 */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { NasSummary } from '../simulator/index.ts';
import { meterdServer } from './daemon.ts';
import { freeradiusServers } from './freeradius.ts';
import { type Load, runGenerator } from './generator.ts';
import { machineFacts } from './machine.ts';
import { cpuSeconds, memoryBytes } from './process-tree.ts';
import type { Measurement, ServerUnderTest } from './server-under-test.ts';
import { measurementTable } from './table.ts';

const help = `Usage: npm run bench -- radius [OPTION]...

Measures RADIUS accounting from the answer's side: records answered per second, latency, memory, loss.

  --window W      requests in flight                                              (default 256)
  --duration S    seconds of load for each server                                 (default 8)
  --warm-up S     seconds of the same load before them, not measured              (default 3)
  --rate R        paced: R records per second               (default: as fast as the window allows)
  --users N       accounts and logins                                             (default 2000)
  --active N      sessions open at once                                           (default 2000)
  --rounds N      measure all servers N times in turn; the median round counts    (default 1)
  --only A,B      only these: freeradius-null, freeradius-detail, freeradius-postgresql, meterd
  --folder DIR    make the temporary folder here (its disk is what is measured)   (default: the system's)
  --keep          leave the temporary folder, with all logs and ack logs
  --json          print the measurements as JSON instead of the table
`;

export async function benchRadius(args: string[]): Promise<number> {
  let load: Load;
  let roundCount: number;
  let values: ReturnType<typeof readArguments>;
  try {
    values = readArguments(args);
    if (values.help) {
      process.stdout.write(help);
      return 0;
    }
    load = loadFrom(values);
    roundCount = positive(values.rounds, 'rounds');
    const known = [...freeradiusServers(), meterdServer()].map(({ name }) => name);
    const unknown = values.only?.split(',').find((name) => !known.includes(name));
    if (unknown !== undefined) throw new Error(`--only ${unknown}: known are ${known.join(', ')}`);
  } catch (error) {
    process.stderr.write(`bench radius: ${(error as Error).message}\n\n${help}`);
    return 2;
  }
  const folder = await mkdtemp(join(values.folder ?? tmpdir(), 'meterd-bench-'));
  await chmod(folder, 0o711); // PostgreSQL runs as a user of its own and must get through.
  try {
    const facts = await machineFacts(folder);
    process.stderr.write(`${facts.join('\n')}\n\n`);
    const only = values.only?.split(',');
    const servers = [...freeradiusServers(), meterdServer()].filter(({ name }) => !only || only.includes(name));
    const rounds: Measurement[][] = [];
    for (let round = 1; round <= roundCount; round++) {
      const measured: Measurement[] = [];
      for (const server of servers) measured.push(await measure(server, load, join(folder, `${server.name}-${round}`)));
      rounds.push(measured);
    }
    const measurements = servers.map((_, index) => median(rounds.map((round) => round[index]!)));
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ machine: facts, load, measurements }, null, 2)}\n`
        : `${measurementTable(measurements, load)}\n`,
    );
    return rounds.flat().some(isTrouble) ? 1 : 0;
  } finally {
    if (values.keep) process.stderr.write(`kept: ${folder}\n`);
    else await rm(folder, { recursive: true, force: true });
  }
}

/** The round in the middle by records answered; rounds without figures count as none answered. */
function median(rounds: readonly Measurement[]): Measurement {
  const answered = (each: Measurement) => (each.kind === 'measured' ? each.answeredPerSecond : 0);
  const sorted = [...rounds].sort((left, right) => answered(left) - answered(right));
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** A server that did not run, or an answered record that meterd has not billed. What peers lose is theirs. */
function isTrouble(measurement: Measurement): boolean {
  if (measurement.kind !== 'measured') return measurement.kind === 'failed';
  return measurement.name === 'meterd' && (measurement.lost !== '0' || measurement.unanswered > 0);
}

function readArguments(args: string[]) {
  return parseArgs({
    args,
    options: {
      window: { type: 'string', default: '256' },
      duration: { type: 'string', default: '8' },
      'warm-up': { type: 'string', default: '3' },
      rate: { type: 'string' },
      users: { type: 'string', default: '2000' },
      active: { type: 'string', default: '2000' },
      rounds: { type: 'string', default: '1' },
      only: { type: 'string' },
      folder: { type: 'string' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

function positive(text: string, name: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} ${text}: a number above 0 is wanted`);
  return value;
}

function loadFrom(values: ReturnType<typeof readArguments>): Load {
  const load: Load = {
    window: positive(values.window, 'window'),
    durationSeconds: positive(values.duration, 'duration'),
    warmUpSeconds: values['warm-up'] === '0' ? 0 : positive(values['warm-up'], 'warm-up'),
    users: positive(values.users, 'users'),
    activeSessions: positive(values.active, 'active'),
  };
  return values.rate === undefined ? load : { ...load, ratePerSecond: positive(values.rate, 'rate') };
}

/** Of a paced load, whose table counts from the moment a report was due: what of that is the server's. */
function lateness({ latency, latencyFromDue }: NasSummary): string[] {
  if (latencyFromDue === undefined) return [];
  const [sent, due] = [latency, latencyFromDue].map(({ p50Ms, p99Ms }) => `p50 ${p50Ms}, p99 ${p99Ms} ms`);
  return [`answered ${sent} after the sending, ${due} after a report was due`];
}

/** Starts a server, loads it, waits until it has done its work, and stops it. */
async function measure(server: ServerUnderTest, load: Load, folder: string): Promise<Measurement> {
  const { name, does } = server;
  const missing = await server.missing();
  if (missing !== null) {
    process.stderr.write(`SKIPPED ${name}: ${missing}\n`);
    return { kind: 'skipped', name, does, reason: missing };
  }
  process.stderr.write(`${name}: starting\n`);
  await mkdir(folder);
  await chmod(folder, 0o711);
  try {
    const running = await server.start(folder, load);
    try {
      let cpuBefore = 0;
      const { port, secret } = running;
      const run = await runGenerator(load, { port, secret, folder }, async () => {
        cpuBefore = await cpuSeconds(running.processIds);
        process.stderr.write(`${name}: ${load.durationSeconds} s of load\n`);
      });
      const settled = await running.settle(run);
      const busySeconds = (await cpuSeconds(running.processIds)) - cpuBefore;
      const memory = await memoryBytes(running.processIds);
      const problems = (await running.audit?.(run)) ?? [];
      if (!run.summary.ok) process.stderr.write(`${name}: not all was answered: ${JSON.stringify(run.summary)}\n`);
      const notes = [...settled.notes, ...lateness(run.summary), ...problems];
      for (const note of notes) process.stderr.write(`${name}: ${note}\n`);
      const { summary } = run;
      return {
        kind: 'measured',
        name,
        does,
        answered: summary.answered,
        answeredPerSecond: summary.answeredPerSecond,
        ratedPerSecond: settled.ratedPerSecond,
        p50Ms: (summary.latencyFromDue ?? summary.latency).p50Ms,
        p99Ms: (summary.latencyFromDue ?? summary.latency).p99Ms,
        retransmitted: summary.retransmitted,
        unanswered: summary.sent - summary.answered,
        lost: problems[0] ?? settled.lost,
        memoryBytes: memory,
        cpuMicrosecondsPerRecord: (busySeconds * 1e6) / Math.max(summary.answered, 1),
        generatorCpuShare: summary.cpuSeconds / summary.elapsedSeconds,
        notes,
      };
    } finally {
      await running.stop();
    }
  } catch (error) {
    const reason = (error as Error).message;
    process.stderr.write(`FAILED ${name}: ${(error as Error).stack}\n`);
    return { kind: 'failed', name, does, reason };
  }
}

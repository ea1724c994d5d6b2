/**
 * Live bills: viewers on real sockets of the real daemon, each with a session that a NAS reports once a second; beside
 * `ws` alone telling the same number of sockets as many octets. Asserts no time; an update that never arrives is exit
 * code 1. The daemon is held to one core where that can be done, NAS and viewers share another.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startDaemon, userNames } from './daemon.ts';
import { type Audience, LiveChild, type Seen } from './live-child.ts';
import { machineFacts } from './machine.ts';
import { canPin, onAllCores } from './on-core.ts';
import { cpuSeconds, memoryBytes } from './process-tree.ts';

const help = `Usage: npm run bench -- live [OPTION]...

Measures live bills: one RADIUS report a second for each viewer, from its sending to the viewer's message. The sessions
report for a while before anyone watches, so that the cost of watching is told apart.

  --viewers N     connected viewers, each of an account of its own     (default 10000)
  --duration S    seconds measured                                     (default 10)
  --connects N    connections begun a second                           (default 1000)
  --only NAME     meterd or ws
  --json          print the measurements as JSON instead of the table
`;

interface LiveMeasurement extends Seen {
  readonly name: string;
  readonly does: string;
  readonly viewers: number;
  /** Of one core, while measured. */
  readonly cpuShare: number;
  /** CPU time of an update, µs, and of one that nobody watches; null where there is none such. */
  readonly cpuMicroseconds: number;
  readonly cpuMicrosecondsUnwatched: number | null;
  readonly memoryPerViewerBytes: number;
  readonly seconds: number;
}

interface Load {
  readonly viewers: number;
  readonly seconds: number;
  readonly connectsPerSecond: number;
}

const rehearsalSeconds = 5;
/** Before measuring, since ten thousand sessions have just begun. */
const warmingSeconds = 3;
/** As a message of the bench's plan with one open session is. */
const usualMessageOctets = 1_000;
const socketsPerToken = 32;

export async function benchLive(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      viewers: { type: 'string', default: '10000' },
      duration: { type: 'string', default: '10' },
      connects: { type: 'string', default: '1000' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const load: Load = {
    viewers: Number(values.viewers),
    seconds: Number(values.duration),
    connectsPerSecond: Number(values.connects),
  };
  const isKnown = values.only === undefined || ['meterd', 'ws'].includes(values.only);
  if (values.help || !isKnown || !Object.values(load).every((value) => Number.isInteger(value) && value > 0)) {
    (values.help ? process.stdout : process.stderr).write(help);
    return values.help ? 0 : 2;
  }
  const folder = await mkdtemp(join(tmpdir(), 'meterd-bench-live-'));
  try {
    const facts = await machineFacts(folder);
    process.stderr.write(`${facts.join('\n')}\n\n`);
    const measurements: LiveMeasurement[] = [];
    if (values.only !== 'ws') measurements.push(...(await measureDaemon(load, folder)));
    if (values.only !== 'meterd') {
      const ours = measurements[0];
      const octets = ours === undefined ? usualMessageOctets : Math.round(ours.updateOctets / ours.updateMessages);
      measurements.push(await measurePeer(load, octets));
    }
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ machine: facts, load, measurements }, null, 2)}\n`
        : `${tableOf(measurements, load)}\n`,
    );
    return measurements.some(({ missing }) => missing > 0) ? 1 : 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [servedOn, watchedOn] = canPin() ? [0, 1] : [undefined, undefined];

async function measureDaemon(load: Load, folder: string): Promise<LiveMeasurement[]> {
  const logins = userNames(load.viewers);
  process.stderr.write(`meterd: making ${load.viewers} accounts\n`);
  const daemon = await startDaemon({ folder, logins, ...(servedOn === undefined ? {} : { core: servedOn }) });
  const viewers = new LiveChild('live-viewers', watchedOn);
  try {
    const tokens: string[] = [];
    for (let n = 0; n * socketsPerToken < load.viewers; n++) {
      const issued = await daemon.api.post<{ token: string }>('/api/tokens', { name: `viewers ${n}`, role: 'csr' });
      tokens.push(issued.token);
    }
    const audience: Audience = {
      url: `${daemon.url.replace('http', 'ws')}/api/live`,
      viewers: load.viewers,
      connectsPerSecond: load.connectsPerSecond,
      tokens,
      nas: { port: daemon.port, secret: daemon.secret, logins },
    };
    const processId = daemon.server.processId;
    const unwatched = await rehearse(load, processId, viewers, audience);
    const memoryPerViewerBytes = await connect(load, { processId, viewers, audience });
    await viewers.do({ order: 'sessions', audience });
    const does = 'received, logged, synced, rated, committed, sent';
    const same = { does, memoryPerViewerBytes, cpuMicrosecondsUnwatched: unwatched * 1e6 };
    const measurements = [{ name: 'meterd', ...same, ...(await measure(load, processId, viewers)) }];
    if (servedOn === undefined) return measurements;
    for (const id of [processId, viewers.processId]) onAllCores(id);
    measurements.push({ name: 'meterd, not held', ...same, ...(await measure(load, processId, viewers)) });
    return measurements;
  } catch (error) {
    await daemon.server.assertAlive();
    throw error;
  } finally {
    await viewers.stop();
    await daemon.server.stop();
  }
}

async function measurePeer(load: Load, messageOctets: number): Promise<LiveMeasurement> {
  const peer = new LiveChild('live-peer', servedOn);
  const viewers = new LiveChild('live-viewers', watchedOn);
  try {
    const serving = await peer.do({ order: 'serve', peer: { viewers: load.viewers, messageOctets } });
    if (serving.done !== 'serving') throw new Error('the peer does not serve');
    const { connectsPerSecond } = load;
    const url = `ws://127.0.0.1:${serving.port}`;
    const audience: Audience = { url, viewers: load.viewers, connectsPerSecond, tokens: [], nas: null };
    const { processId } = peer;
    const memoryPerViewerBytes = await connect(load, { processId, viewers, audience });
    await peer.do({ order: 'broadcast' });
    const does = `sent: ${messageOctets} octets to each`;
    const same = { does, memoryPerViewerBytes, cpuMicrosecondsUnwatched: null };
    return { name: 'ws', ...same, ...(await measure(load, processId, viewers)) };
  } finally {
    await viewers.stop();
    await peer.stop();
  }
}

/** CPU time of the daemon for a report that nobody watches, s. */
async function rehearse(load: Load, processId: number, viewers: LiveChild, audience: Audience): Promise<number> {
  await viewers.do({ order: 'sessions', audience });
  process.stderr.write(`${load.viewers} sessions report, nobody watches yet\n`);
  const before = await cpuSeconds([processId]);
  const answer = await viewers.do({ order: 'rehearse', seconds: rehearsalSeconds });
  if (answer.done !== 'rehearsed') throw new Error('nothing was reported');
  return ((await cpuSeconds([processId])) - before) / answer.reports;
}

interface Connecting {
  readonly processId: number;
  readonly viewers: LiveChild;
  readonly audience: Audience;
}

/** Memory that each viewer's connection took, B. */
async function connect(load: Load, { processId, viewers, audience }: Connecting): Promise<number> {
  const before = await memoryBytes([processId]);
  process.stderr.write(`connecting ${load.viewers} viewers\n`);
  await viewers.do({ order: 'connect', audience });
  return ((await memoryBytes([processId])) - before) / load.viewers;
}

async function measure(load: Load, processId: number, viewers: LiveChild) {
  await new Promise((resolve) => setTimeout(resolve, warmingSeconds * 1000));
  process.stderr.write(`measuring for ${load.seconds} s\n`);
  const cpuBefore = await cpuSeconds([processId]);
  const startedMs = performance.now();
  await viewers.do({ order: 'measure', seconds: load.seconds });
  const elapsedSeconds = (performance.now() - startedMs) / 1000;
  const cpuShare = ((await cpuSeconds([processId])) - cpuBefore) / elapsedSeconds;
  const answer = await viewers.do({ order: 'settle' });
  if (answer.done !== 'seen') throw new Error('the viewers saw nothing');
  const cpuMicroseconds = (cpuShare * elapsedSeconds * 1e6) / answer.seen.updates;
  return { ...answer.seen, cpuShare, cpuMicroseconds, viewers: load.viewers, seconds: load.seconds };
}

function tableOf(measurements: readonly LiveMeasurement[], load: Load): string {
  const heads = ['server', 'behind the message', 'updates/s', 'p50 ms', 'p99 ms', 'max ms', 'p99 commit', 'octets'];
  const rows = [
    [...heads, 'kB/viewer', 'cores', 'µs/update', 'unwatched', 'viewers’ cores', 'missing'],
    ...measurements.map((each) => [
      each.name,
      each.does,
      String(Math.round(each.updates / each.seconds)),
      each.p50Ms.toFixed(1),
      each.p99Ms.toFixed(1),
      each.maxMs.toFixed(1),
      each.sinceCommit?.p99Ms.toFixed(1) ?? '-',
      String(Math.round(each.updateOctets / Math.max(1, each.updateMessages))),
      (each.memoryPerViewerBytes / 1000).toFixed(1),
      each.cpuShare.toFixed(2),
      each.cpuMicroseconds.toFixed(0),
      each.cpuMicrosecondsUnwatched?.toFixed(0) ?? '-',
      (each.cpuSeconds / each.seconds).toFixed(2),
      String(each.missing),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const held = servedOn === undefined ? '' : ', the server held to one core unless said otherwise';
  return [
    `Live bills, ${load.viewers} viewers, one update a second each, ${load.seconds} s${held}`,
    '',
    ...rows.map((row) =>
      row
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  '),
    ),
    '',
    'p50, p99: of meterd from the sending of the RADIUS report, which is before its commit, to the viewer’s message; of',
    'ws from its send. p99 commit: from the commit of the first that a message tells, in whole ms. kB/viewer: of the',
    'server’s memory, grown by connecting. cores: CPU time of the server per second; µs: of an update, and of a report',
    'that nobody watches: the difference is what it costs to watch.',
  ].join('\n');
}

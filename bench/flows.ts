/**
 * Flow records end to end: meterd beside nfcapd and nfacctd, fed by the same sender in a process of its own, at rising
 * rates. A rate counts as taken where every octet has come; meterd's are on the bills by then. Prints one table; asserts
 * no time, but an octet unaccounted for is exit code 1.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultSizes, type GrowthMeasurement, growthTable, measureGrowth } from './flow-growth.ts';
import { linesOf, sendFlows } from './flow-sending.ts';
import { type FlowServer, flowServers, type RunningFlowServer } from './flow-servers.ts';
import { machineFacts } from './machine.ts';
import { cpuSeconds } from './process-tree.ts';

const help = `Usage: npm run bench -- flows [OPTION]...

Measures which rate of flow records is taken without loss, from the socket to the bill.

  --formats A,B     of v5, v9, ipfix                             (default v9,ipfix)
  --rates A,B       records per second, rising                   (default 1000000,1500000)
  --seconds S       of each rate                                 (default 3)
  --subscribers N   accounts with an address each                (default 10000)
  --addresses A,B   known addresses, of 1,000 accounts, rising, for the table of growth;
                    0 leaves it out                              (default 1000,10000,100000,1000000)
  --only A,B        only these: nfcapd, nfacctd, meterd
  --json            print the measurements as JSON instead of the table
`;

interface FlowMeasurement {
  readonly server: string;
  readonly format: string;
  /** Asked for and reached by the sender. */
  readonly rate: number;
  readonly sentPerSecond: number;
  readonly lostOctets: string;
  readonly lostShare: number;
  /** CPU of the server, µs for a record. */
  readonly cpuMicroseconds: number;
  readonly notes: string;
}

export async function benchFlows(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      formats: { type: 'string', default: 'v9,ipfix' },
      rates: { type: 'string', default: '1000000,1500000' },
      seconds: { type: 'string', default: '3' },
      subscribers: { type: 'string', default: '10000' },
      addresses: { type: 'string', default: defaultSizes.join() },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const rates = values.rates.split(',').map(Number);
  const [seconds, subscribers] = [Number(values.seconds), Number(values.subscribers)];
  const formats = values.formats.split(',');
  const sizes = values.addresses === '0' ? [] : values.addresses.split(',').map(Number);
  const isSound = [...rates, ...sizes, seconds, subscribers].every((value) => value > 0);
  if (values.help || !isSound || formats.some((format) => !['v5', 'v9', 'ipfix'].includes(format))) {
    process[values.help ? 'stdout' : 'stderr'].write(help);
    return values.help ? 0 : 2;
  }
  const folder = await mkdtemp(join(tmpdir(), 'meterd-bench-'));
  const measurements: FlowMeasurement[] = [];
  const problems: string[] = [];
  try {
    const facts = await machineFacts(folder);
    process.stderr.write(`${facts.join('\n')}\n\n`);
    const only = values.only?.split(',');
    for (const server of flowServers.filter(({ name }) => !only || only.includes(name))) {
      const missing = server.missing();
      if (missing !== null) {
        process.stderr.write(`${server.name}: not measured: ${missing}\n`);
        continue;
      }
      const load = { formats, rates, seconds, subscribers };
      problems.push(...(await measureServer(server, load, join(folder, server.name), measurements)));
    }
    const growth: GrowthMeasurement[] = [];
    if (!only || only.includes('meterd')) {
      for await (const measured of measureGrowth(sizes, join(folder, 'growth'))) {
        growth.push(measured);
        problems.push(...measured.problems);
        process.stderr.write(`${JSON.stringify(measured)}\n`);
      }
    }
    const json = { machine: facts, seconds, subscribers, measurements, growth, problems };
    process.stdout.write(
      values.json
        ? `${JSON.stringify(json, null, 2)}\n`
        : `${tableOf(measurements)}\n${growthTable(growth)}${problems.join('\n')}\n`,
    );
    return problems.length === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface FlowLoad {
  readonly formats: readonly string[];
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly subscribers: number;
}

/** All formats and rates; peers begin anew for each, meterd goes on, as its accounts take a while to make. */
async function measureServer(
  server: FlowServer,
  load: FlowLoad,
  folder: string,
  into: FlowMeasurement[],
): Promise<readonly string[]> {
  let running: RunningFlowServer | null = null;
  let domain = 0;
  try {
    for (const format of load.formats) {
      for (const rate of load.rates) {
        domain++;
        if (running === null || server.name !== 'meterd') {
          const own = join(folder, String(domain));
          await mkdir(own, { recursive: true });
          running = await server.start(own, load.subscribers);
        }
        into.push(await measure(server, running, { format, rate, domain, ...load }));
        process.stderr.write(`${JSON.stringify(into.at(-1))}\n`);
      }
    }
    return (await running?.audit()) ?? [];
  } finally {
    await running?.stop();
  }
}

async function measure(
  server: FlowServer,
  running: RunningFlowServer,
  step: { format: string; rate: number; domain: number; seconds: number; subscribers: number },
): Promise<FlowMeasurement> {
  const cpuBefore = await cpuSeconds([running.processId]);
  const sent = await sendFlows(running.port, step);
  // Peers end to tell their sums, and so does what is known of their CPU time.
  let cpu = (await cpuSeconds([running.processId])) - cpuBefore;
  const octets = await running.octets();
  if (server.name === 'meterd') cpu = (await cpuSeconds([running.processId])) - cpuBefore;
  const lost = BigInt(sent.octets) - octets;
  return {
    server: server.name,
    format: step.format,
    rate: step.rate,
    sentPerSecond: Math.round(sent.records / sent.elapsedSeconds),
    lostOctets: String(lost),
    lostShare: Number(lost) / Number(sent.octets),
    cpuMicroseconds: (cpu * 1e6) / sent.records,
    notes: await running.notes(),
  };
}

function tableOf(measurements: readonly FlowMeasurement[]): string {
  const rows = [
    ['server', 'format', 'asked/s', 'sent/s', 'lost', 'CPU µs each', ''],
    ...measurements.map((each) => [
      each.server,
      each.format,
      String(each.rate),
      String(each.sentPerSecond),
      each.lostOctets === '0' ? 'none' : `${(100 * each.lostShare).toFixed(3)} %`,
      each.cpuMicroseconds.toFixed(2),
      each.notes,
    ]),
  ];
  const lines = linesOf(rows, [0, 1, 6]);
  const does = flowServers.map(({ name, does }) => `${name}: ${does}`).join('; ');
  return [
    `Flow records end to end. ${does}.`,
    '',
    ...lines,
    '',
    'lost: share of the octets sent. CPU µs each: of the server, user and system, for a record.',
  ].join('\n');
}

/** Who takes flows under the bench: meterd, which bills them, beside nfcapd, which stores, and nfacctd, which sums. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BillView, HealthView } from '../daemon/contract.ts';
import { subscriberAddress } from '../simulator/index.ts';
import { ApiClient } from './api-client.ts';
import { inParallel } from './daemon.ts';
import { findProgram } from './installed.ts';
import { freePort, type ServerProcess, startServerProcess, untilReady } from './server-process.ts';

export interface FlowServer {
  readonly name: string;
  readonly does: string;
  /** What it lacks to be measured, or null. */
  missing(): string | null;
  start(folder: string, subscribers: number): Promise<RunningFlowServer>;
}

export interface RunningFlowServer {
  readonly port: number;
  readonly processId: number;
  /** Octets it has taken since the last time, once nothing more is under way. */
  octets(): Promise<bigint>;
  /** What must hold at the end; each line is a fault. */
  audit(): Promise<readonly string[]>;
  notes(): Promise<string>;
  stop(): Promise<void>;
}

export const receiveBufferOctets = 8 * 1024 * 1024;
const command = fileURLToPath(new URL('../../daemon/meterd.js', import.meta.url));
const program = fileURLToPath(new URL('../daemon/main.js', import.meta.url));
const plan = `<plan xmlns="urn:meterd:plan:1" id="bench" name="Bench" currency="EUR" scale="6">
  <primitive id="traffic" type="StepRater" label="Traffic"><property name="unit" value="GB"/><step upTo="5" multiplier="1"/><step multiplier="0.2"/></primitive>
  <primitive id="post" type="AccountFinalizer"/>
  <connection from="usage" to="traffic"/> <connection from="traffic" to="post"/>
</plan>
`;
const password = randomBytes(16).toString('hex');
const lookMs = 100;
const requestsAtOnce = 16;

export const flowServers: readonly FlowServer[] = [
  {
    name: 'nfcapd',
    does: 'stored in a file',
    missing: () => lacking('nfcapd', 'nfdump'),
    start: startNfcapd,
  },
  { name: 'nfacctd', does: 'summed by host', missing: () => lacking('nfacctd'), start: startNfacctd },
  {
    name: 'meterd',
    does: 'guided, summed, logged, rated, on bills',
    missing: () => (existsSync(program) ? null : 'dist/daemon/main.js is missing: run "npm run build:daemon"'),
    start: startMeterd,
  },
];

function lacking(...programs: string[]): string | null {
  const missing = programs.find((name) => findProgram(name) === null);
  return missing === undefined ? null : `${missing} is not installed`;
}

export interface MeterdOfFlows {
  readonly port: number;
  readonly server: ServerProcess;
  readonly api: ApiClient;
}

/** Starts meterd on a folder, which may have been its own before, with the bench's plan. */
export async function launchMeterd(folder: string): Promise<MeterdOfFlows> {
  const port = await freePort();
  const httpPort = await freePort();
  const configFile = join(folder, 'meterd.yaml');
  const config = {
    data: join(folder, 'data'),
    http: { host: '127.0.0.1', port: httpPort },
    radius: { host: '127.0.0.1', port: 0 },
    netflow: {
      ...{ host: '127.0.0.1', port, receiveBufferBytes: receiveBufferOctets },
      exporters: [{ cidr: '127.0.0.0/8', sampling: { rate: 1 } }],
    },
    admin: { login: 'admin', password },
  };
  await writeFile(configFile, JSON.stringify(config), { mode: 0o600 });
  const outputFile = join(folder, 'meterd.log');
  const args = [command, 'start', '--config', configFile];
  const server = await startServerProcess({ command: process.execPath, args, outputFile });
  const api = new ApiClient(`http://127.0.0.1:${httpPort}`);
  try {
    await untilReady(server, () => api.isReady());
    await api.signIn('admin', password);
    await api.put('/api/plans/bench', plan, 'application/xml');
    return { port, server, api };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Accounts s0, s1, … on the bench's plan. */
export async function createAccounts(
  api: ApiClient,
  count: number,
  identitiesOf: (n: number) => readonly { readonly kind: 'address'; readonly value: string }[],
): Promise<void> {
  const names = Array.from({ length: count }, (_, n) => String(n));
  await inParallel(names, requestsAtOnce, (_, n) =>
    api.post('/api/accounts', {
      ...{ id: `s${n}`, name: `s${n}`, currency: 'EUR', timezone: 'UTC', cycleDay: 1, plan: 'bench' },
      identities: identitiesOf(n),
    }),
  );
}

async function startMeterd(folder: string, subscribers: number): Promise<RunningFlowServer> {
  const { port, server, api } = await launchMeterd(folder);
  try {
    await createAccounts(api, subscribers, (n) => [{ kind: 'address', value: subscriberAddress(n, 4) }]);
  } catch (error) {
    await server.stop();
    throw error;
  }
  let before = 0n;
  let health = await settledHealth(api, server);
  return {
    port,
    processId: server.processId,
    async octets() {
      health = await settledHealth(api, server);
      const billed = BigInt(health.flows!.octets.billed);
      const taken = billed - before;
      before = billed;
      return taken;
    },
    audit: () => auditMeterd(api, health, subscribers),
    async notes() {
      const { flows, process: view } = health;
      return `windows ${flows!.windows}, sums ${flows!.entries}, kernel drops ${flows!.kernelDrops}, missing ${flows!.exporters.reduce((sum, { missing }) => sum + missing, 0)}, hurried ${flows!.hurried}, RSS ${Math.round(view.rssBytes / 1e6)} MB`;
    },
    stop: () => server.stop(),
  };
}

/** Waits until no flow waits anywhere on its way. */
export async function settledHealth(api: ApiClient, server: ServerProcess): Promise<HealthView> {
  for (let calm = 0, records = -1; ; ) {
    await server.assertAlive();
    const health = await api.get<HealthView>('/api/health');
    const { flows, partition } = health;
    const isQuiet = flows !== null && flows.held === 0 && flows.octets.waiting === '0' && partition.waiting === 0;
    calm = isQuiet && flows.records === records ? calm + 1 : 0;
    records = flows?.records ?? -1;
    // The thread tells how it stands once a second.
    if (calm * lookMs > 1_500) return health;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

/** Each octet that was billed is on a bill, and no other. */
async function auditMeterd(api: ApiClient, health: HealthView, subscribers: number): Promise<string[]> {
  const problems = faultsOf(health);
  const { billed } = health.flows!.octets;
  const onBills = await octetsOnBills(api, subscribers);
  if (String(onBills) !== billed) problems.push(`${onBills} octets on bills, ${billed} billed`);
  return problems;
}

/** What is unaccounted for, by the daemon's own books. */
export function faultsOf({ flows, partition, money }: HealthView): string[] {
  const problems: string[] = [];
  if (flows!.octets.difference !== '0') problems.push(`${flows!.octets.difference} octets are unaccounted for`);
  if (partition.quarantined > 0) problems.push(`${partition.quarantined} records in quarantine`);
  problems.push(
    ...money.filter(({ difference }) => Number(difference) !== 0).map(({ difference }) => `money: ${difference}`),
  );
  return problems;
}

/** Of accounts s0, s1, …, this month's and the one before it. */
export async function octetsOnBills(api: ApiClient, accounts: number): Promise<bigint> {
  const months = [...new Set([Date.now() - 120_000, Date.now()].map((ms) => new Date(ms).toISOString().slice(0, 7)))];
  const names = Array.from({ length: accounts }, (_, n) => `s${n}`);
  let octets = 0n;
  await inParallel(names, requestsAtOnce, async (name) => {
    for (const month of months) {
      const bill = await api.get<BillView>(`/api/accounts/${name}/bill?period=${month}`);
      for (const line of bill.lines) octets += BigInt(line.baseQuantity);
    }
  });
  return octets;
}

async function startNfcapd(folder: string): Promise<RunningFlowServer> {
  const port = await freePort();
  const stored = join(folder, 'stored');
  await mkdir(stored);
  const args = ['-l', stored, '-p', String(port), '-b', '127.0.0.1', '-B', String(receiveBufferOctets), '-t', '3600'];
  const server = await startServerProcess({
    command: findProgram('nfcapd')!,
    args,
    outputFile: join(folder, 'nfcapd.log'),
  });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return {
    port,
    processId: server.processId,
    // It tells only when it ends, so it is measured once and started anew.
    async octets() {
      await untilIdle(server);
      await server.stop();
      const files = (await readdir(stored)).filter((name) => /^nfcapd\.\d/.test(name));
      let octets = 0n;
      for (const file of files) {
        const told = execFileSync(findProgram('nfdump')!, ['-r', join(stored, file), '-I'], { encoding: 'utf8' });
        octets += BigInt(/^Bytes:\s*(\d+)/m.exec(told)?.[1] ?? '0');
      }
      return octets;
    },
    audit: async () => [],
    notes: async () => '',
    stop: () => server.stop(),
  };
}

async function startNfacctd(folder: string): Promise<RunningFlowServer> {
  const port = await freePort();
  const table = join(folder, 'hosts.csv');
  const configFile = join(folder, 'nfacctd.conf');
  const lines = [
    ...['daemonize: false', 'nfacctd_ip: 127.0.0.1', `nfacctd_port: ${port}`, 'plugins: print', 'aggregate: src_host'],
    ...[`nfacctd_pipe_size: ${receiveBufferOctets}`, 'plugin_pipe_size: 67108864', 'plugin_buffer_size: 65536'],
    ...['print_output: csv', `print_output_file: ${table}`, 'print_refresh_time: 3600', 'print_cache_entries: 262144'],
  ];
  await writeFile(configFile, `${lines.join('\n')}\n`);
  const server = await startServerProcess({
    command: findProgram('nfacctd')!,
    args: ['-f', configFile],
    outputFile: join(folder, 'nfacctd.log'),
  });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return {
    port,
    processId: server.processId,
    async octets() {
      await untilIdle(server);
      await server.stop('SIGINT');
      const rows = (await readFile(table, 'utf8').catch(() => '')).trim().split('\n');
      const column = rows[0]!.split(',').indexOf('BYTES');
      return rows.slice(1).reduce((sum, row) => sum + BigInt(row.split(',')[column] ?? '0'), 0n);
    },
    audit: async () => [],
    notes: async () => '',
    stop: () => server.stop(),
  };
}

/** Time for what is in its buffers; nothing tells when it is done. */
async function untilIdle(server: ServerProcess): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await server.assertAlive();
}

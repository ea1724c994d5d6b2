/** meterd itself under the bench: a fresh store, accounts and a plan made over its API, its bills audited at the end. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BillView, HealthView } from '../daemon/contract.ts';
import {
  compareAmounts,
  flatCharge,
  graduatedCharge,
  rounded,
  UseAuditor,
  type UseTotals,
} from '../simulator/index.ts';
import { ApiClient } from './api-client.ts';
import type { GeneratorRun, Load } from './generator.ts';
import { onCore } from './on-core.ts';
import { freePort, type ServerProcess, startServerProcess, untilReady } from './server-process.ts';
import type { RunningServer, ServerUnderTest, Settled } from './server-under-test.ts';

const command = fileURLToPath(new URL('../../daemon/meterd.js', import.meta.url));
const program = fileURLToPath(new URL('../daemon/main.js', import.meta.url));
const healthEveryMs = 50;
const backlogSecondsMax = 120;
const requestsAtOnce = 16;

const hourPrice = '0.12';
const trafficSteps = [{ upTo: '5', multiplier: '1' }, { multiplier: '0.2' }];
const plan = `<plan xmlns="urn:meterd:plan:1" id="bench" name="Bench" currency="EUR" scale="6">
  <primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="${hourPrice}"/></primitive>
  <primitive id="traffic" type="StepRater" label="Traffic"><property name="unit" value="GB"/><step upTo="5" multiplier="1"/><step multiplier="0.2"/></primitive>
  <primitive id="sum" type="Adder"/>
  <primitive id="post" type="AccountFinalizer"/>
  <connection from="usage" to="hours"/> <connection from="usage" to="traffic"/>
  <connection from="hours" to="sum"/> <connection from="traffic" to="sum"/> <connection from="sum" to="post"/>
</plan>
`;

export function meterdServer(): ServerUnderTest {
  return {
    name: 'meterd',
    does: 'logged, fsync; then rated',
    missing: async () => (existsSync(program) ? null : 'dist/daemon/main.js is missing: run "npm run build:daemon"'),
    start,
  };
}

export function userNames(users: number): string[] {
  return Array.from({ length: users }, (_, user) => `user${String(user + 1).padStart(6, '0')}@example.net`);
}

async function start(folder: string, load: Load): Promise<RunningServer> {
  const { api, server, port, secret } = await startDaemon({ folder, logins: userNames(load.users) });
  return {
    port,
    secret,
    processIds: [server.processId],
    settle: (run) => settle(run, api, server),
    audit: (run) => audit(run, api),
    stop: () => server.stop(),
  };
}

export interface RunningDaemon {
  readonly api: ApiClient;
  readonly server: ServerProcess;
  readonly url: string;
  /** Of RADIUS accounting. */
  readonly port: number;
  readonly secret: string;
}

export interface DaemonWanted {
  readonly folder: string;
  /** Each the login of an account, `bench-1`, `bench-2`, …, with the bench's plan. */
  readonly logins: readonly string[];
  /** The only core it may run on, where it is held to one. */
  readonly core?: number;
}

/** A daemon on a fresh store, with its accounts. */
export async function startDaemon({ folder, logins, core }: DaemonWanted): Promise<RunningDaemon> {
  const port = await freePort();
  const httpPort = await freePort();
  const secret = randomBytes(16).toString('hex');
  const password = randomBytes(16).toString('hex');
  const data = join(folder, 'data');
  await mkdir(data);
  const configFile = join(folder, 'meterd.yaml');
  // JSON is YAML.
  const config = {
    data,
    http: { host: '127.0.0.1', port: httpPort },
    radius: { host: '127.0.0.1', port, clients: [{ cidr: '127.0.0.0/8', secret, name: 'bench' }] },
    admin: { login: 'admin', password },
  };
  await writeFile(configFile, JSON.stringify(config, null, 2), { mode: 0o600 });
  const server = await startServerProcess({
    ...onCore(core, command, ['start', '--config', configFile]),
    outputFile: join(folder, 'meterd.log'),
  });
  try {
    const url = `http://127.0.0.1:${httpPort}`;
    const api = new ApiClient(url);
    await untilReady(server, () => api.isReady());
    await api.signIn('admin', password);
    await api.put('/api/plans/bench', plan, 'application/xml');
    await inParallel(logins, requestsAtOnce, (login, index) => api.post('/api/accounts', accountOf(login, index)));
    return { api, server, url, port, secret };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function accountOf(login: string, index: number) {
  return {
    ...{ id: `bench-${index + 1}`, name: login, currency: 'EUR', timezone: 'UTC', cycleDay: 1, plan: 'bench' },
    identities: [{ kind: 'login', value: login }],
  };
}

/** Waits for the backlog. */
async function settle(run: GeneratorRun, api: ApiClient, server: ServerProcess): Promise<Settled> {
  const { summary } = run;
  const loadEndMs = summary.startedAtMs + summary.elapsedSeconds * 1000;
  let health = await api.get<HealthView>('/api/health');
  const waitingAtEnd = health.partition.waiting;
  let ratedAtMs = Date.now();
  while (health.partition.waiting > 0) {
    if (ratedAtMs - loadEndMs > backlogSecondsMax * 1000)
      throw new Error(`${health.partition.waiting} records still wait`);
    await new Promise((resolve) => setTimeout(resolve, healthEveryMs));
    await server.assertAlive();
    health = await api.get<HealthView>('/api/health');
    ratedAtMs = Date.now();
  }
  const ratedSeconds = (ratedAtMs - summary.startedAtMs) / 1000;
  const { partition, money, suspense, process: processView } = health;
  const notes = [
    `logged ${partition.logged}, rated ${partition.rated}, without use ${partition.withoutUse}, duplicate ${partition.duplicate}, quarantined ${partition.quarantined}, difference ${partition.difference}`,
    `backlog at the load's end: ${waitingAtEnd} records, gone after ${Math.round(ratedAtMs - loadEndMs)} ms; receive buffer ${processView.receiveBufferBytes} B, kernel drops ${processView.kernelDrops}`,
    ...money.map(
      (each) =>
        `money ${each.currency}: posted ${each.posted}, on bills ${each.onBills}, difference ${each.difference}`,
    ),
  ];
  if (suspense.waiting > 0) notes.push(`${suspense.waiting} records in suspense`);
  return {
    ratedPerSecond: Math.round(summary.answered / ratedSeconds),
    lost: '0',
    notes,
  };
}

/** Seconds, octets and, where the run lies in one month, money of every account against the ack log. */
async function audit(run: GeneratorRun, api: ApiClient): Promise<string[]> {
  const auditor = new UseAuditor();
  let fromSeconds = Number.POSITIVE_INFINITY;
  let untilSeconds = 0;
  for await (const record of run.acked()) {
    auditor.add(record);
    fromSeconds = Math.min(fromSeconds, record.eventSeconds - record.sessionSeconds);
    untilSeconds = Math.max(untilSeconds, record.eventSeconds);
  }
  const { totals } = auditor;
  const months = monthsBetween(fromSeconds, untilSeconds);
  const logins = [...totals.keys()];
  const expected = new Map(logins.flatMap((login) => linesOf(login, totals.get(login)!, months.length === 1)));
  const actual = new Map<string, string>();
  await inParallel(logins, requestsAtOnce, async (login) => {
    const id = `bench-${Number(/\d+/.exec(login)![0])}`;
    for (const month of months) {
      const bill = await api.get<BillView>(`/api/accounts/${id}/bill?period=${month}`);
      for (const line of bill.lines) {
        const name = `${login} ${line.label}`;
        actual.set(name, String(BigInt(actual.get(name) ?? '0') + BigInt(line.baseQuantity)));
        if (months.length === 1) actual.set(`${name} amount`, line.exactAmount);
      }
    }
  });
  const differences = compareAmounts(expected, actual);
  if (differences.length === 0) return [];
  const first = differences.slice(0, 5).map((each) => `${each.name}: expected ${each.expected}, billed ${each.actual}`);
  return [`${differences.length} amounts differ`, ...first];
}

/** Calendar months of UTC, `YYYY-MM`, from one instant to another, both included; epoch s. */
function monthsBetween(fromSeconds: number, untilSeconds: number): string[] {
  const months: string[] = [];
  const month = new Date(Math.min(fromSeconds, untilSeconds) * 1000);
  month.setUTCDate(1);
  month.setUTCHours(0, 0, 0, 0);
  for (; month.getTime() <= untilSeconds * 1000; month.setUTCMonth(month.getUTCMonth() + 1)) {
    months.push(month.toISOString().slice(0, 7));
  }
  return months;
}

function linesOf(login: string, use: UseTotals, withMoney: boolean): [string, string][] {
  const octets = use.octetsIn + use.octetsOut;
  const quantities: [string, string][] = [
    [`${login} Hours`, String(use.seconds)],
    [`${login} Traffic`, String(octets)],
  ];
  if (!withMoney) return quantities;
  return [
    ...quantities,
    [`${login} Hours amount`, rounded(flatCharge(use.seconds, hourPrice, 3600n), 6)],
    [`${login} Traffic amount`, rounded(graduatedCharge(octets, trafficSteps, 1_000_000_000n), 6)],
  ];
}

export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

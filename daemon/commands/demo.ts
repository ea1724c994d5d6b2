/**
 * `meterd demo`: the daemon on an embedded store in a temporary folder, a few accounts on different plans, a simulated
 * NAS that sends them real RADIUS over loopback, and another provider that posts charges it has priced itself. Time runs faster than real, so that money moves.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { readPlan } from '../../rating/index.ts';
import { type DemoFeed, type DemoNas, type DemoUser, startDemoFeed, startDemoNas } from '../../simulator/index.ts';
import { type Config, readConfig } from '../config.ts';
import { type Daemon, startDaemon } from '../daemon.ts';
import { MeterdError } from '../errors.ts';
import { hashPassword } from '../http/password.ts';
import { newApiToken } from '../http/web-sessions.ts';
import { packageVersion, untilSignal } from './start.ts';

const help = `meterd demo [--port N] [--speed N]

Runs meterd on a temporary store with demo accounts and a simulated NAS, and prints where to look.
  --port N    HTTP port (default 8080, or a free one if that is taken; 0 chooses a free one)
  --speed N   simulated seconds in a real second (default 60)
Ctrl-C ends it and removes the temporary folder.`;

interface DemoAccount {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  readonly currency: string;
  readonly timezone: string;
  readonly payment: string | null;
  readonly user: DemoUser;
  /** Charged as well for what another provider has priced. */
  readonly isFed?: true;
}

const megabyte = 1_000_000;
const accounts: readonly DemoAccount[] = [
  {
    id: 'alice',
    name: 'Alice Evening',
    plan: 'evening',
    currency: 'USD',
    timezone: 'America/Detroit',
    payment: '100',
    user: { login: 'alice@example.net', octetsPerSecondIn: 400_000, octetsPerSecondOut: 40_000 },
  },
  {
    id: 'bob',
    name: 'Bob Gigabyte',
    plan: 'per-gigabyte',
    currency: 'USD',
    timezone: 'America/Detroit',
    payment: null,
    user: { login: 'bob@example.net', octetsPerSecondIn: 6 * megabyte, octetsPerSecondOut: megabyte },
  },
  {
    id: 'carol',
    name: 'Carol Hourly',
    plan: 'hourly',
    currency: 'USD',
    timezone: 'America/New_York',
    payment: '25',
    user: {
      login: 'carol@example.net',
      station: '00-1B-63-84-45-E6',
      octetsPerSecondIn: 90_000,
      octetsPerSecondOut: 9_000,
    },
  },
  {
    id: 'dave',
    name: 'Dave Flat',
    plan: 'flat',
    currency: 'USD',
    timezone: 'America/New_York',
    payment: null,
    user: { login: 'dave@example.net', octetsPerSecondIn: 2 * megabyte, octetsPerSecondOut: 100_000 },
  },
  {
    id: 'lawfirm',
    name: 'Erin’s law firm',
    plan: 'flat',
    currency: 'USD',
    timezone: 'America/Detroit',
    payment: '1000',
    user: { login: 'erin@example.net', octetsPerSecondIn: 50_000, octetsPerSecondOut: 5_000 },
    isFed: true,
  },
];
/** Nobody's login: its use waits in suspense, where the health page shows it. */
const stranger: DemoUser = { login: 'mallory@example.net', octetsPerSecondIn: 1_000, octetsPerSecondOut: 1_000 };

const hourMs = 3_600_000;
const interimMs = 2_000;
const secret = randomBytes(16).toString('base64url');

export async function demoCommand(args: string[]): Promise<number> {
  let port: string | undefined;
  let speed: number;
  try {
    const { values } = parseArgs({
      args,
      options: { port: { type: 'string' }, speed: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      console.log(help);
      return 0;
    }
    port = values.port;
    speed = Number(values.speed ?? '60');
    if (!(speed >= 1 && speed <= 10_000)) throw new Error('--speed must be a number from 1 to 10000');
    if (port !== undefined && !/^\d{1,5}$/.test(port)) throw new Error('--port must be a port number');
  } catch (cause) {
    console.error(`meterd demo: ${(cause as Error).message}\n\n${help}`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'meterd-demo-'));
  try {
    const { daemon, passwords } = await startDemoDaemon(folder, port, speed);
    const nas = await startNas(daemon);
    const feed = await startFeed(daemon);
    printWelcome(daemon, passwords, speed);
    await untilSignal({
      stop: async () => {
        await feed.stop();
        await nas.stop();
        await daemon.stop();
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log('The demo has ended; its temporary folder is removed.');
  return 0;
}

async function startDemoDaemon(folder: string, port: string | undefined, speed: number) {
  const passwords = new Map<string, string>([['admin', newPassword()]]);
  let daemon: Daemon;
  try {
    daemon = await start(demoConfig(folder, port ?? '8080', speed, passwords));
  } catch (cause) {
    // The port was not asked for, so another will do.
    const taken = cause instanceof MeterdError && cause.code === 'port-in-use' && port === undefined;
    if (!taken) throw cause;
    daemon = await start(demoConfig(folder, '0', speed, passwords));
  }
  for (const plan of new Set(accounts.map((account) => account.plan))) await addPlan(daemon, plan);
  for (const account of accounts) passwords.set(account.user.login, await addAccount(daemon, account));
  return { daemon, passwords };
}

function start(config: Config): Promise<Daemon> {
  const logger = pino({ level: 'warn' }, pino.destination(2));
  return startDaemon({ config, logger, version: packageVersion() });
}

function demoConfig(folder: string, port: string, speed: number, passwords: ReadonlyMap<string, string>): Config {
  return readConfig(
    JSON.stringify({
      data: folder,
      http: { port: Number(port) },
      radius: { host: '127.0.0.1', port: 0, clients: [{ cidr: '127.0.0.1/32', name: 'demo NAS', secret }] },
      clock: { start: demoStart(Date.now()), speed },
      admin: { password: passwords.get('admin') },
    }),
    'demo',
    {},
  ).config;
}

/** The 15th of this month at seven in the evening in Detroit (UTC−4 or −5): half a month of history, peak hours begin. */
function demoStart(nowMs: number): string {
  const now = new Date(nowMs);
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 16, 0, 5)).toISOString();
}

async function addPlan(daemon: Daemon, name: string): Promise<void> {
  const xml = readFileSync(new URL(`../../../examples/plans/${name}.xml`, import.meta.url), 'utf8');
  const { plan, problems } = readPlan(xml);
  if (plan === null) throw new Error(`examples/plans/${name}.xml: ${problems[0]?.message}`);
  await daemon.book.addPlanVersion({
    planId: plan.id,
    name: plan.name,
    currency: plan.currency,
    xml,
    validFromMs: null,
    createdMs: daemon.clock(),
  });
}

async function addAccount(daemon: Daemon, demo: DemoAccount): Promise<string> {
  const { no } = await daemon.book.createAccount(
    {
      id: demo.id,
      name: demo.name,
      currency: demo.currency,
      timezone: demo.timezone,
      cycleDay: 1,
      prepaid: demo.payment !== null,
      creditLimit: null,
      createdMs: daemon.clock(),
    },
    { assignment: { planId: demo.plan, validFromMs: null } },
  );
  const { login } = demo.user;
  await daemon.book.addIdentity({ account: no, kind: 'login', value: login, provider: '', validFromMs: undefined });
  if (demo.payment !== null) {
    await daemon.book.addPayment({ account: no, amount: demo.payment, note: 'Prepaid', atMs: daemon.clock() });
  }
  const password = newPassword();
  await daemon.book.putUser({
    login,
    passwordHash: await hashPassword(password),
    role: 'subscriber',
    accountId: demo.id,
  });
  return password;
}

/** First a fortnight's history (past Alice's hundred free hours), then live sessions. */
async function startNas(daemon: Daemon): Promise<DemoNas> {
  const target = { host: '127.0.0.1', port: daemon.radiusPort, secret, nasIdentifier: 'demo-nas' };
  const users = accounts.map((account) => ({
    ...account.user,
    octetsPerSecondIn: account.user.octetsPerSecondIn / 50,
  }));
  let historyMs = daemon.clock() - 13 * 24 * hourMs;
  const history = await startDemoNas({
    ...target,
    users,
    interimMs: 100,
    clock: () => historyMs,
    sessionPrefix: 'history-',
  });
  for (let turn = 0; turn < 100 && history.counts.answered < users.length; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  historyMs += 101 * hourMs;
  await history.stop();
  return startDemoNas({
    ...target,
    users: [...accounts.map((account) => account.user), stranger],
    interimMs,
    clock: daemon.clock,
  });
}

/** Replays the law firm's sample file, over and over, by a token of its own as another provider's system would. */
async function startFeed(daemon: Daemon): Promise<DemoFeed> {
  const { token, tokenHash } = newApiToken();
  await daemon.book.addApiToken({
    id: randomUUID(),
    tokenHash,
    name: 'demo provider',
    role: 'provider',
    provider: 'demo-services',
    rights: ['charges', 'credits', 'accounts'],
    createdMs: Date.now(),
  });
  return startDemoFeed({
    url: daemon.url,
    token,
    account: accounts.find(({ isFed }) => isFed)!.id,
    file: new URL('../../../examples/instant-ip/law-firm.csv', import.meta.url),
    clock: daemon.clock,
    onFault: (cause) => console.error(`the demo's other provider has stopped: ${(cause as Error).message}`),
  });
}

function printWelcome(daemon: Daemon, passwords: ReadonlyMap<string, string>, speed: number): void {
  const rows = [...passwords].map(([login, password]) => {
    const account = accounts.find(({ user }) => user.login === login);
    const what = account ? `${account.name}, plan "${account.plan}"` : `operator: health at ${daemon.url}/health`;
    return `  ${login.padEnd(20)} ${password.padEnd(14)} ${what}`;
  });
  console.log(`
meterd demo: time runs ${speed} times as fast as real, a simulated NAS reports every ${interimMs / 1000} s.

  Watch money move:  ${daemon.url}/
  Instant-IP display: ${daemon.url}/instant-ip, and its band at ${daemon.url}/band (try Erin, whose services come priced)

  login                password       who
${rows.join('\n')}

  RADIUS accounting on 127.0.0.1:${daemon.radiusPort} (UDP), secret ${secret}
  Ctrl-C ends the demo.`);
}

function newPassword(): string {
  return randomBytes(9).toString('base64url');
}

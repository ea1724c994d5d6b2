/**
 * A population with every fault at once against a real daemon, killed by SIGKILL in the middle, and audited by the
 * simulator's own formulas: difference 0, first with open bills and again when time has closed them. And the audit can
 * fail: whatever is lost, doubled or priced wrongly is told, by account.
 */
import { afterEach, expect, test } from 'vitest';
import { Api } from '../../simulator/audit/api.ts';
import { audit } from '../../simulator/audit/audit.ts';
import { randomStream } from '../../simulator/nas/random.ts';
import { type PopulationOptions, populationOf } from '../../simulator/population/population.ts';
import { provision } from '../../simulator/population/provision.ts';
import { PopulationRun, type RunOptions } from '../../simulator/population/run.ts';
import { auditedAccounts } from '../../simulator/population/scenario.ts';
import type { Subscriber } from '../../simulator/population/subscribers.ts';
import { vendorNames } from '../../simulator/population/vendors.ts';
import {
  adminPassword,
  freeUdpPort,
  makeFolder,
  type RunningProcess,
  radiusSecret,
  startProcess,
  type TestFolder,
} from './daemon-process.ts';

const seed = Number(process.env.METERD_POPULATION_SEED ?? Date.now() % 1_000_000);
/** Small populations with faults and dates by chance, one after the other on one daemon. */
const populations = Number(process.env.METERD_POPULATIONS ?? '3');
const signal = new AbortController().signal;

let folder: TestFolder | null = null;
let daemon: RunningProcess | null = null;

afterEach(async () => {
  daemon?.child.kill('SIGKILL');
  await daemon?.ended;
  folder?.remove();
});

/** Ten days over a month's end; the clocks of Paris and Detroit are put back on the way. */
const population: PopulationOptions = {
  subscribers: 20,
  devices: 6,
  seed,
  name: 'town',
  fromSeconds: Date.parse('2026-10-23T00:00:00Z') / 1000,
  toSeconds: Date.parse('2026-11-02T00:00:00Z') / 1000,
  interimSeconds: 3_600,
  vendors: vendorNames,
  plans: ['flat', 'hourly', 'graduated', 'fig-6b'],
  zones: ['UTC', 'Europe/Paris', 'America/Detroit', 'Asia/Kolkata', 'Australia/Lord_Howe'],
  reboots: 2,
  skewSeconds: 90,
  lost: 0.05,
  overtaken: 0.05,
};

function runOptions(port: number, faults: Partial<RunOptions> = {}): RunOptions {
  return {
    servers: [
      { host: '127.0.0.1', port },
      { host: '127.0.0.2', port },
    ],
    secret: radiusSecret,
    messageAuthenticator: false,
    seed,
    window: 64,
    timeoutMs: 250,
    attempts: 250,
    loss: 0.05,
    retransmit: 0.05,
    duplicate: 0.05,
    ...faults,
  };
}

/** Every start on the same folder and port is at another time. */
async function start(clock: string): Promise<Api> {
  daemon = await startProcess(folder!.configFile, { METERD_CLOCK_START: clock });
  const api = new Api(new URL(daemon.url), signal);
  await api.signIn({ login: 'admin', password: adminPassword });
  return api;
}

async function makeDaemonFolder(): Promise<number> {
  const port = await freeUdpPort();
  folder = makeFolder(port, {
    radius: {
      host: ['127.0.0.1', '127.0.0.2'],
      port,
      clients: [{ cidr: '127.0.0.0/8', name: 'test', secret: radiusSecret }],
      clockPastHours: 8_784,
    },
    billing: { graceHours: 744 },
  });
  return port;
}

test(`a population with all faults at once and kill -9 twice (seed ${seed}): every bill is what the auditor expects`, async () => {
  const port = await makeDaemonFolder();
  const people = populationOf(population);
  const first = await start('2026-10-22T00:00:00Z');
  expect(await provision(first, people.subscribers, population)).toBe(people.subscribers.length);
  const knownSinceSeconds = await first.clockSeconds();
  await daemon!.stop();

  await start('2026-11-02T01:00:00Z');
  const run = new PopulationRun(people, runOptions(port));
  const finished = run.run();
  for (const share of [0.3, 0.6]) {
    while (run.recorded.length < people.reports.length * share) await new Promise((resolve) => setTimeout(resolve, 5));
    daemon!.child.kill('SIGKILL');
    expect(await daemon!.ended).toBe('SIGKILL');
    await start('2026-11-02T01:00:00Z');
  }
  await finished;
  expect(run.counts.unanswered).toBe(0);
  expect(run.counts.recorded).toBeGreaterThan(people.reports.length * 0.9);
  expect(run.exchangeCounts()).toMatchObject({ unverifiedAnswers: 0, secondAnswersDifferent: 0 });

  const accounts = auditedAccounts({ population: people, run, options: population, knownSinceSeconds });
  const api = new Api(new URL(daemon!.url), signal);
  await api.signIn({ login: 'admin', password: adminPassword });
  const open = await audit(api, accounts, { signal });
  expect(open.differences).toEqual([]);
  expect(Number(open.total)).toBeGreaterThan(0);
  await daemon!.stop();

  // A month later all fees are due and both bills of everyone are closed.
  const closed = await audit(await start('2026-12-05T12:00:00Z'), accounts, { signal });
  expect(closed.differences).toEqual([]);
  expect(closed.bills).toBeGreaterThan(open.bills);
}, 300_000);

test(`${populations} populations of a year, by chance (seed ${seed}): no difference on any bill`, async () => {
  const port = await makeDaemonFolder();
  const api = await start('2026-12-31T12:00:00Z');
  for (let n = 0; n < populations; n++) {
    const { options, faults } = anyPopulation(seed + n);
    const people = populationOf(options);
    // Where no session id is used again, every other account is made only when its use waits in suspense.
    const isLate = ({ number }: Subscriber) => options.reboots === 0 && number % 2 === 1;
    await provision(
      api,
      people.subscribers.filter((each) => !isLate(each)),
      options,
    );
    const knownSinceSeconds = await api.clockSeconds();
    const run = new PopulationRun(people, runOptions(port, faults));
    await run.run();
    expect(run.counts.unanswered).toBe(0);
    await provision(api, people.subscribers.filter(isLate), options);
    const accounts = auditedAccounts({ population: people, run, options, knownSinceSeconds });
    const { differences } = await audit(api, accounts, { signal });
    expect(differences, JSON.stringify({ options, faults })).toEqual([]);
  }
}, 7_200_000);

/** A few subscribers for one to twelve days of 2026, with faults from none to many. */
function anyPopulation(of: number): { options: PopulationOptions; faults: Partial<RunOptions> } {
  const random = randomStream(of);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const share = () => pick([0, 0, 0.02, 0.1, 0.3]);
  const daySeconds = 86_400;
  const fromSeconds = Date.parse('2026-01-20T00:00:00Z') / 1000 + Math.floor(random() * 330 * 24) * 3_600;
  const days = 1 + Math.floor(random() * 12);
  const interimSeconds = Math.max(pick([61, 300, 900, 3_600, 7_200, 20_000]), days * 900);
  const options: PopulationOptions = {
    ...population,
    subscribers: 4 + Math.floor(random() * 4),
    devices: 1 + Math.floor(random() * 6),
    seed: of,
    name: `s${of}`,
    fromSeconds,
    toSeconds: fromSeconds + days * daySeconds,
    interimSeconds,
    zones: [pick(anyZones), pick(anyZones), pick(anyZones)],
    vendors: random() < 0.3 ? [pick(vendorNames)] : vendorNames,
    reboots: random() < 0.3 ? 0 : Math.floor(random() * 3 * days),
    skewSeconds: pick([0, 1, 30, 120]),
    lost: share(),
    overtaken: share(),
  };
  return { options, faults: { seed: of, loss: share(), retransmit: share(), duplicate: share() } };
}

const anyZones = [
  'UTC',
  'Europe/Paris',
  'Europe/London',
  'America/Detroit',
  'America/St_Johns',
  'America/Santiago',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Apia',
];

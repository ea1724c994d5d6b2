/** A population from its making to its audit: make accounts, send reports, compare; what `simulate nas --population` does. */
import { setTimeout as pause } from 'node:timers/promises';
import type { AuditedAccount } from '../audit/account.ts';
import { Api, type Credentials } from '../audit/api.ts';
import { type AuditResult, audit, differenceTable } from '../audit/audit.ts';
import { piecesBySubscriber } from '../audit/use.ts';
import type { ExchangeCounts } from '../nas/exchange.ts';
import { happensAt } from '../nas/random.ts';
import { UsageError } from '../options.ts';
import { downSecondsMin, downSecondsMore } from './devices.ts';
import { type Population, type PopulationOptions, populationOf } from './population.ts';
import { joinedSeconds, provision } from './provision.ts';
import type { ReportKind } from './reports.ts';
import { PopulationRun, type RunCounts, type RunOptions } from './run.ts';
import type { Subscriber } from './subscribers.ts';

export interface Scenario {
  readonly population: PopulationOptions;
  readonly run: RunOptions;
  /** Null: nobody is asked, nothing is audited. */
  readonly daemon: {
    readonly url: URL;
    readonly credentials: Credentials;
    readonly provision: boolean;
    /** Share (0…1) of the accounts that are made only when everything was sent: their use waits in suspense. */
    readonly lateAccounts: number;
  } | null;
}

export interface ScenarioSummary {
  readonly seed: number;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly subscribers: number;
  readonly devices: number;
  readonly restarts: number;
  readonly sessions: number;
  readonly reports: Readonly<Record<ReportKind, number>>;
  /** Reports that arrived after their session's next. */
  readonly overtaken: number;
  readonly counts: RunCounts;
  readonly network: ExchangeCounts;
  readonly elapsedSeconds: number;
  readonly interrupted: boolean;
  readonly accountsMade: number;
  /** Null where none was asked for, or it would be a guess: reports are unanswered. */
  readonly audit: (Omit<AuditResult, 'differences'> & { readonly differences: number }) | null;
  readonly ok: boolean;
}

export interface ScenarioResult {
  readonly summary: ScenarioSummary;
  /** Differences for people; '' where there are none. */
  readonly table: string;
}

export interface ScenarioContext {
  /** Ends it early: what was done is told, and not audited. */
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

const clockFutureSecondsMax = 300;
const progressMs = 250;
const clockLookMs = 100;

export async function runScenario(scenario: Scenario, context: ScenarioContext): Promise<ScenarioResult> {
  const { signal, onProgress } = context;
  checkRestarts(scenario.population);
  const population = populationOf(scenario.population);
  const api = scenario.daemon === null ? null : await reach(scenario, signal);
  const making = (done: number, of: number) => onProgress(`${done} of ${of} accounts`);
  const { soon, late } = groupsOf(population, scenario);
  let accountsMade = api ? await provision(api, soon, scenario.population, making) : 0;
  const knownSinceSeconds = api ? await api.clockSeconds() : 0;
  if (api && scenario.run.pace !== undefined) await untilItBegins(api, scenario.population.fromSeconds, context);

  const { run, elapsedSeconds } = await send(population, scenario.run, context);
  const isSure = !signal.aborted && run.counts.unanswered === 0;
  const options = scenario.population;
  if (api && isSure) accountsMade += await provision(api, late, options, making);
  const result = api && isSure ? await auditRun(api, { population, run, options, knownSinceSeconds }, context) : null;
  const { differences = [], ...audited } = result ?? {};
  const summary: ScenarioSummary = {
    seed: scenario.population.seed,
    name: scenario.population.name,
    from: new Date(scenario.population.fromSeconds * 1000).toISOString(),
    to: new Date(scenario.population.toSeconds * 1000).toISOString(),
    subscribers: population.subscribers.length,
    devices: population.devices.length,
    restarts: population.devices.reduce((sum, { boots }) => sum + boots.length - 1, 0),
    sessions: population.sessions.length,
    reports: kindsOf(population),
    overtaken: population.reports.filter(({ overtaken }) => overtaken).length,
    counts: run.counts,
    network: run.exchangeCounts(),
    elapsedSeconds: Math.round(elapsedSeconds * 1000) / 1000,
    interrupted: signal.aborted,
    accountsMade,
    audit:
      result === null ? null : { ...(audited as Omit<AuditResult, 'differences'>), differences: differences.length },
    ok: isSure && run.exchangeCounts().unverifiedAnswers === 0 && differences.length === 0,
  };
  return { summary, table: differenceTable(differences) };
}

/** Who is provisioned before anything is sent, and who only afterwards. */
function groupsOf({ subscribers }: Population, { daemon, population }: Scenario) {
  if (!daemon?.provision) return { soon: [], late: [] };
  const isLate = ({ number }: Subscriber) => happensAt(population.seed ^ 0xf1, number, daemon.lateAccounts);
  return { soon: subscribers.filter((each) => !isLate(each)), late: subscribers.filter(isLate) };
}

/** A device must be up for longer than it is down, or nobody could tell its lives apart. */
function checkRestarts({ fromSeconds, toSeconds, reboots, skewSeconds }: PopulationOptions): void {
  const partSeconds = (toSeconds - fromSeconds) / (reboots + 1);
  if (partSeconds < 4 * (downSecondsMin(skewSeconds) + downSecondsMore)) {
    throw new UsageError(`--reboots ${reboots}: too many for so short a time`);
  }
}

async function reach({ daemon, population, run }: Scenario, signal: AbortSignal): Promise<Api> {
  const api = new Api(daemon!.url, signal);
  const nowSeconds = await api.clockSeconds();
  const latest = population.toSeconds + population.skewSeconds + 1;
  if (run.pace === undefined && latest > nowSeconds + clockFutureSecondsMax) {
    const now = new Date(nowSeconds * 1000).toISOString();
    throw new UsageError(`the population ends after the daemon's now, ${now}: give an earlier --from, or --pace`);
  }
  await api.signIn(daemon!.credentials);
  return api;
}

/** At a pace, the daemon's clock, which goes as fast, may still be before the population's time. */
async function untilItBegins(api: Api, fromSeconds: number, { signal, onProgress }: ScenarioContext): Promise<void> {
  for (;;) {
    const nowSeconds = await api.clockSeconds();
    if (nowSeconds >= fromSeconds) return;
    onProgress(`the daemon's clock is at ${new Date(nowSeconds * 1000).toISOString()}`);
    await pause(clockLookMs, undefined, { signal });
  }
}

async function send(population: Population, options: RunOptions, { signal, onProgress }: ScenarioContext) {
  const run = new PopulationRun(population, options);
  const startedMs = performance.now();
  const stop = () => run.stop();
  signal.addEventListener('abort', stop);
  const timer = setInterval(() => {
    const at = new Date(run.reachedSeconds * 1000).toISOString().slice(0, 16);
    const { recorded, lost, unanswered } = run.counts;
    onProgress(`${at}: ${recorded} of ${run.total} reports recorded, ${lost} lost for good, ${unanswered} unanswered`);
  }, progressMs);
  try {
    if (!signal.aborted) await run.run();
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
  }
  return { run, elapsedSeconds: (performance.now() - startedMs) / 1000 };
}

interface Played {
  readonly population: Population;
  readonly run: Pick<PopulationRun, 'recorded'>;
  readonly options: PopulationOptions;
  readonly knownSinceSeconds: number;
}

/** Null where it was interrupted. */
async function auditRun(
  api: Api,
  played: Played,
  { signal, onProgress }: ScenarioContext,
): Promise<AuditResult | null> {
  try {
    return await audit(api, auditedAccounts(played), {
      signal,
      onProgress: (done, of, charges) => onProgress(`${done} of ${of} accounts audited, ${charges} charges read`),
    });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

/** Every account with the use that the answered reports told. */
export function auditedAccounts(played: Played): AuditedAccount[] {
  const { population, run, options, knownSinceSeconds } = played;
  const pieces = piecesBySubscriber(run.recorded.map((n) => population.reports[n]!));
  return population.subscribers.map((subscriber) => ({
    subscriber,
    joinedSeconds: joinedSeconds(subscriber, options),
    knownSinceSeconds,
    pieces: pieces.get(subscriber.number) ?? [],
  }));
}

function kindsOf({ reports }: Population): Record<ReportKind, number> {
  const kinds = { start: 0, interim: 0, stop: 0, 'accounting-on': 0, 'accounting-off': 0 };
  for (const { kind } of reports) kinds[kind]++;
  return kinds;
}

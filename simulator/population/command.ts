/**
 * `meterd simulate nas --population N`: a provider's subscribers over days, their devices' troubles, and the audit of what
 * the daemon made of it. Its options, its progress line and its JSON summary; the work is done by the files beside it.
 */
import { parseArgs } from 'node:util';
import type { Credentials } from '../audit/api.ts';
import { count, given, instant, listOf, required, serverFrom, share, UsageError } from '../options.ts';
import { planNames } from './plans.ts';
import type { PopulationOptions } from './population.ts';
import type { RunOptions } from './run.ts';
import { runScenario, type Scenario } from './scenario.ts';
import { vendorNames } from './vendors.ts';

const zonesByDefault = 'UTC,Europe/Paris,America/Detroit,Asia/Kolkata,Australia/Lord_Howe';
const daySeconds = 86_400;

export const populationHelp = `
A population: meterd simulate nas --population N --server HOST:PORT --secret S [OPTION]...

Plays N subscribers over days, as their devices would report them: evenings and nights by each one's own clock, lines that
are always on, restarts, lost packets. Then asks the daemon for every account's bills, stored charges and use, and compares
them with what they must be by formulas of the simulator's own. The same seed plays the same days. Exit code: 0 all was
recorded and every figure agrees, 1 not, 2 wrong usage. Differences are listed by account.

  --population N           subscribers                                                     (required)
  --days N                 how long, to the day (UTC)                                      (default 3)
  --from TIME              where it begins: a day, or a time with its offset   (default: so that it ends with yesterday)
                           The daemon moves events older than radius.clockPastHours (31 days).
  --seed N                 the same seed plays the same population                         (default 1)
  --name NAME              begins the ids of accounts and devices             (default: pop, the seed and the first day)
  --plan LIST              plans, subscribers in turn: ${planNames.join(', ')}    (default all)
  --zones LIST             time zones of the accounts, by chance
                           (default ${zonesByDefault})
  --interim S              session time between two reports, seconds                       (default 900)
  --vendors LIST           devices in turn: ${vendorNames.join(', ')}
                           (default all)
  --nas N                  devices                                        (default one per 100 subscribers, 6 at least)

What goes wrong
  --loss P                 share (0…1) of datagrams lost, each way: sent again with another Acct-Delay-Time (default 0)
  --retransmit P           share of reports whose first answer is lost for certain         (default 0)
  --duplicate P            share of reports that arrive twice                              (default 0)
  --failover HOST:PORT     second server (radius.host may list two addresses); reports go there when the first is silent
  --lost P                 share of reports that their device loses for good               (default 0)
  --overtaken P            share of reports that arrive after their session's next         (default 0)
  --reboots N              restarts of each device, with Acct-Session-Ids used again       (default 0)
  --skew S                 device clocks are wrong by up to S seconds, at most 120         (default 0)

How it is sent
  --window W               reports under way at most                                       (default 256)
  --pace N                 seconds of the population in a second, from when the daemon's clock has come to --from; let
                           the daemon's clock.speed be as fast               (default: as fast as answers come)
  --timeout MS             send again after this long without an answer                    (default 1000)
  --attempts N             give a report up after so many attempts                         (default 20)
  --message-authenticator  sign with Message-Authenticator too

The audit
  --audit URL              of the daemon, such as http://127.0.0.1:8080
  --token T                API token of the role csr; or METERD_TOKEN
  --login L, --password P  instead: sign in (default login admin; or METERD_ADMIN_PASSWORD)
  --provision              make the population's plans and accounts first (plans need an administrator)
  --late-accounts P        with --provision: a share of the accounts is made only when everything was sent, so that their
                           use waits in suspense; not with --reboots                       (default 0)
  --quiet                  no progress line
`;

const optionTypes = {
  population: { type: 'string' },
  server: { type: 'string' },
  secret: { type: 'string' },
  days: { type: 'string', default: '3' },
  from: { type: 'string' },
  seed: { type: 'string', default: '1' },
  name: { type: 'string' },
  plan: { type: 'string', default: planNames.join(',') },
  zones: { type: 'string', default: zonesByDefault },
  interim: { type: 'string', default: '900' },
  vendors: { type: 'string', default: vendorNames.join(',') },
  nas: { type: 'string' },
  loss: { type: 'string', default: '0' },
  retransmit: { type: 'string', default: '0' },
  duplicate: { type: 'string', default: '0' },
  failover: { type: 'string' },
  lost: { type: 'string', default: '0' },
  overtaken: { type: 'string', default: '0' },
  reboots: { type: 'string', default: '0' },
  skew: { type: 'string', default: '0' },
  window: { type: 'string', default: '256' },
  pace: { type: 'string' },
  timeout: { type: 'string', default: '1000' },
  attempts: { type: 'string', default: '20' },
  'message-authenticator': { type: 'boolean', default: false },
  audit: { type: 'string' },
  token: { type: 'string' },
  login: { type: 'string', default: 'admin' },
  password: { type: 'string' },
  provision: { type: 'boolean', default: false },
  'late-accounts': { type: 'string', default: '0' },
  quiet: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parse>;

function parse(args: string[]) {
  return parseArgs({ args, options: optionTypes, strict: true, allowPositionals: false }).values;
}

export async function simulatePopulationCommand(args: string[]): Promise<number> {
  let scenario: Scenario;
  let quiet: boolean;
  try {
    const values = parse(args);
    quiet = values.quiet;
    scenario = scenarioFrom(values, process.env);
  } catch (error) {
    process.stderr.write(`meterd simulate nas: ${(error as Error).message}\nTry "meterd simulate nas --help".\n`);
    return 2;
  }
  const abort = new AbortController();
  const interrupt = () => abort.abort();
  process.once('SIGINT', interrupt);
  const progress = new ProgressLine(quiet || !process.stderr.isTTY);
  try {
    const { summary, table } = await runScenario(scenario, {
      signal: abort.signal,
      onProgress: (text) => progress.show(text),
    });
    progress.end();
    process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    process.stderr.write(table);
    return summary.ok ? 0 : 1;
  } catch (error) {
    progress.end();
    const reason = abort.signal.aborted ? 'interrupted before anything was sent' : (error as Error).message;
    process.stderr.write(`meterd simulate nas: ${reason}\n`);
    return error instanceof UsageError ? 2 : 1;
  } finally {
    process.off('SIGINT', interrupt);
  }
}

function scenarioFrom(values: Values, environment: NodeJS.ProcessEnv): Scenario {
  const subscribers = count(required(values.population, 'population'), 'population', 1, 100_000);
  const server = serverFrom(required(values.server, 'server'));
  const seed = count(values.seed, 'seed', 0, 0xffff_ffff);
  const days = count(values.days, 'days', 1, 366);
  const today = Math.floor(Date.now() / 1000 / daySeconds) * daySeconds;
  const fromSeconds = given(values.from, (text) => instant(text, 'from')) ?? today - days * daySeconds;
  const vendors = listOf(values.vendors, 'vendors', vendorNames);
  const devices = given(values.nas, (text) => count(text, 'nas', 1, 250));
  const population: PopulationOptions = {
    subscribers,
    devices: devices ?? Math.min(Math.max(vendors.length, 6, Math.ceil(subscribers / 100)), 250),
    seed,
    name: nameFrom(values.name, seed, fromSeconds),
    fromSeconds,
    toSeconds: fromSeconds + days * daySeconds,
    interimSeconds: count(values.interim, 'interim', 60, daySeconds),
    vendors,
    plans: listOf(values.plan, 'plan', planNames),
    zones: values.zones.split(',').map((zone) => zoneFrom(zone.trim())),
    reboots: count(values.reboots, 'reboots', 0, days * 4),
    skewSeconds: count(values.skew, 'skew', 0, 120),
    lost: share(values.lost, '--lost'),
    overtaken: share(values.overtaken, '--overtaken'),
  };
  const failover = given(values.failover, (text) => serverFrom(text, 'failover'));
  const pace = given(values.pace, (text) => count(text, 'pace', 1, 1_000_000));
  const run: RunOptions = {
    servers: failover === undefined ? [server] : [server, failover],
    secret: required(values.secret, 'secret'),
    messageAuthenticator: values['message-authenticator'],
    seed,
    window: count(values.window, 'window', 1, 16_384),
    timeoutMs: count(values.timeout, 'timeout', 1, 600_000),
    attempts: count(values.attempts, 'attempts', 1, 250),
    loss: share(values.loss, '--loss'),
    retransmit: share(values.retransmit, '--retransmit'),
    duplicate: share(values.duplicate, '--duplicate'),
    ...(pace === undefined ? {} : { pace }),
  };
  return { population, run, daemon: daemonFrom(values, environment) };
}

function daemonFrom(values: Values, environment: NodeJS.ProcessEnv): Scenario['daemon'] {
  if (values.audit === undefined) {
    if (values.provision) throw new UsageError('--provision needs --audit URL');
    return null;
  }
  const lateAccounts = share(values['late-accounts'], '--late-accounts');
  if (lateAccounts > 0 && !values.provision) throw new UsageError('--late-accounts needs --provision');
  // A session id that another's suspended session still holds makes its user wait, in an order that nobody knows here.
  if (lateAccounts > 0 && values.reboots !== '0') throw new UsageError('--late-accounts can’t be with --reboots');
  if (!/^https?:\/\//.test(values.audit) || !URL.canParse(values.audit)) {
    throw new UsageError(`--audit ${values.audit}: a URL such as http://127.0.0.1:8080 is wanted`);
  }
  return {
    url: new URL(values.audit),
    credentials: credentialsFrom(values, environment),
    provision: values.provision,
    lateAccounts,
  };
}

function credentialsFrom(values: Values, environment: NodeJS.ProcessEnv): Credentials {
  if (values.token !== undefined && values.password !== undefined) throw new UsageError('either --token or --password');
  const password = values.password ?? (values.token === undefined ? environment.METERD_ADMIN_PASSWORD : undefined);
  const token = values.token ?? environment.METERD_TOKEN;
  if (values.password === undefined && token !== undefined) return { token };
  if (password === undefined) throw new UsageError('--audit needs --token, or --login and --password');
  return { login: values.login, password };
}

function nameFrom(name: string | undefined, seed: number, fromSeconds: number): string {
  if (name === undefined)
    return `pop${seed}-${new Date(fromSeconds * 1000).toISOString().slice(2, 10).replaceAll('-', '')}`;
  if (!/^[A-Za-z][A-Za-z0-9-]{0,31}$/.test(name)) {
    throw new UsageError(`--name ${name}: a letter, then at most 31 letters, digits and dashes`);
  }
  return name;
}

function zoneFrom(zone: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone;
  } catch {
    throw new UsageError(`--zones ${zone}: time zones such as Europe/Paris are wanted`);
  }
}

/** One line on a terminal, written over itself at most a few times a second. */
class ProgressLine {
  readonly #quiet: boolean;
  #shownMs = 0;
  #width = 0;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  show(text: string): void {
    const nowMs = performance.now();
    if (this.#quiet || nowMs - this.#shownMs < 250) return;
    this.#shownMs = nowMs;
    process.stderr.write(`\r${text.padEnd(this.#width)}`);
    this.#width = text.length;
  }

  end(): void {
    if (this.#width > 0) process.stderr.write('\n');
    this.#width = 0;
  }
}

/**
 * `meterd simulate nas`: its options, its progress line and its JSON summary. The work is `startNas`'s.
 */
import { parseArgs } from 'node:util';
import { writeAckLogFile } from '../ack-log-file.ts';
import { amount, count, given, required, serverFrom, share, UsageError } from '../options.ts';
import { populationHelp, simulatePopulationCommand } from '../population/command.ts';
import type { OpenExchangeSocket } from './exchange-socket.ts';
import { type NasOptions, type NasSimulator, startNas } from './nas.ts';
import { defaultUserPattern } from './population.ts';

const help = `Usage: meterd simulate nas --server HOST:PORT --secret S [OPTION]...

Sends RADIUS accounting (RFC 2866, 2869) for N sessions: Start, Interims, Stop. Verifies every answer, sends the same
octets again where none comes, and prints a JSON summary. Exit code: 0 all was answered, 1 not all (or an answer was
wrong), 2 wrong usage.

  --server HOST:PORT       where to send; [ADDRESS]:PORT for IPv6                          (required)
  --secret S               the shared secret                                               (required)

What is sent
  --users N                number of users                                                 (default 100)
  --sessions N             number of sessions; session s is user s mod N's                 (default 1000)
  --interims K             Interims between Start and Stop                                 (default 3)
  --interim S              session time between two reports, seconds                       (default 300)
  --active N               sessions open at once                                           (default all)
  --user-pattern P         %06d becomes the user's number      (default ${defaultUserPattern})
  --session-prefix P       put before every Acct-Session-Id         (default: one of this run's own)
  --nas N                  number of NAS identifiers                                       (default 1)
  --start SECONDS          UTC epoch of the first Start        (default: so that the last Stop is now)
  --seed N                 the same seed sends the same reports                            (default 1)
  --message-authenticator  sign with Message-Authenticator too

How it is sent
  --window W               requests in flight at most                                      (default 256)
  --rate R                 reports per second, paced       (default: as fast as the window allows)
  --duration S             issue no more reports after S seconds                           (default none)
  --sockets N              UDP sockets, 256 Identifiers each                 (default one per 64 of --window)
  --timeout MS             send again after this long without an answer                    (default 1000)
  --retries N              give a report up after so many                                  (default 5)
  --vary NAME=P,…          deliberate trouble for a share P (0…1) of the reports:
                             duplicate=P    send it twice
                             drop-answer=P  ignore the first answer, so that it is sent again
                             forge=P        send a copy with a damaged authenticator beside it
  --duplicate P, --drop-answer P, --forge P    the same, one by one

What is told
  --ack-log FILE           write a CSV line for every answered report, in order of the population;
                           compressed if FILE ends in .gz
  --quiet                  no progress line
${populationHelp}`;

const optionTypes = {
  server: { type: 'string' },
  secret: { type: 'string' },
  users: { type: 'string', default: '100' },
  sessions: { type: 'string', default: '1000' },
  interims: { type: 'string', default: '3' },
  interim: { type: 'string', default: '300' },
  active: { type: 'string' },
  'user-pattern': { type: 'string', default: defaultUserPattern },
  'session-prefix': { type: 'string' },
  nas: { type: 'string', default: '1' },
  start: { type: 'string' },
  seed: { type: 'string', default: '1' },
  'message-authenticator': { type: 'boolean', default: false },
  window: { type: 'string', default: '256' },
  rate: { type: 'string' },
  duration: { type: 'string' },
  sockets: { type: 'string' },
  timeout: { type: 'string', default: '1000' },
  retries: { type: 'string', default: '5' },
  vary: { type: 'string', multiple: true },
  duplicate: { type: 'string' },
  'drop-answer': { type: 'string' },
  forge: { type: 'string' },
  'ack-log': { type: 'string' },
  quiet: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = ReturnType<typeof parse>;

function parse(args: string[]) {
  return parseArgs({ args, options: optionTypes, strict: true, allowPositionals: false }).values;
}

/** `openSocket`: see NasOptions; a population has its own. */
export async function simulateNasCommand(args: string[], openSocket?: OpenExchangeSocket): Promise<number> {
  const isPopulation = args.some((arg) => /^--population(=|$)/.test(arg));
  if (isPopulation && (args.includes('--help') || args.includes('-h'))) {
    process.stdout.write(help);
    return 0;
  }
  if (isPopulation) return simulatePopulationCommand(args);
  let values: Values;
  let options: NasOptions;
  try {
    values = parse(args);
    if (values.help) {
      process.stdout.write(help);
      return 0;
    }
    options = optionsFrom(values, Math.floor(Date.now() / 1000));
  } catch (error) {
    process.stderr.write(`meterd simulate nas: ${(error as Error).message}\nTry "meterd simulate nas --help".\n`);
    return 2;
  }
  const nas = startNas(openSocket === undefined ? options : { ...options, openSocket });
  const interrupt = () => void nas.stop().catch(() => {});
  process.once('SIGINT', interrupt);
  const progress = values.quiet || !process.stderr.isTTY ? undefined : setInterval(() => showProgress(nas), 250);
  try {
    const summary = await nas.done;
    process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    if (values['ack-log'] !== undefined) await writeAckLogFile(values['ack-log'], nas.ackLog());
    return summary.ok ? 0 : 1;
  } catch (error) {
    process.stderr.write(`meterd simulate nas: ${(error as Error).message}\n`);
    return 1;
  } finally {
    clearInterval(progress);
    if (progress) process.stderr.write('\n');
    process.off('SIGINT', interrupt);
  }
}

function optionsFrom(values: Values, nowSeconds: number): NasOptions {
  const { host, port } = serverFrom(required(values.server, 'server'));
  const interims = count(values.interims, 'interims', 0, 10_000);
  const interimSeconds = count(values.interim, 'interim', 1, 86_400);
  const startSeconds =
    values.start === undefined
      ? nowSeconds - (interims + 2) * interimSeconds
      : count(values.start, 'start', 0, 0xffff_ffff);
  const optional = <K extends string>(name: K, value: number | undefined) =>
    (value === undefined ? {} : { [name]: value }) as { [P in K]?: number };
  return {
    host,
    port,
    secret: required(values.secret, 'secret'),
    users: count(values.users, 'users', 1, 10_000_000),
    sessions: count(values.sessions, 'sessions', 1, 50_000_000),
    interims,
    interimSeconds,
    startSeconds,
    seed: count(values.seed, 'seed', 0, 0xffff_ffff),
    ...optional(
      'activeSessions',
      given(values.active, (text) => count(text, 'active', 1, 50_000_000)),
    ),
    nasCount: count(values.nas, 'nas', 1, 100_000),
    sessionPrefix: values['session-prefix'] ?? `${nowSeconds.toString(36)}${process.pid.toString(36)}-`,
    userPattern: values['user-pattern'],
    window: count(values.window, 'window', 1, 65_536),
    ...optional(
      'ratePerSecond',
      given(values.rate, (text) => amount(text, 'rate', 10_000_000)),
    ),
    ...optional(
      'durationSeconds',
      given(values.duration, (text) => amount(text, 'duration', 1_000_000)),
    ),
    ...optional(
      'sockets',
      given(values.sockets, (text) => count(text, 'sockets', 1, 1024)),
    ),
    timeoutMs: count(values.timeout, 'timeout', 1, 600_000),
    retries: count(values.retries, 'retries', 0, 250),
    messageAuthenticator: values['message-authenticator'],
    vary: varyFrom(values),
  };
}

function varyFrom(values: Values): NonNullable<NasOptions['vary']> {
  const shares: Record<string, string | undefined> = {
    duplicate: values.duplicate,
    'drop-answer': values['drop-answer'],
    forge: values.forge,
  };
  for (const item of (values.vary ?? []).flatMap((list) => list.split(','))) {
    const [name = '', share] = item.split('=');
    if (!Object.hasOwn(shares, name))
      throw new UsageError(`--vary ${item}: known are ${Object.keys(shares).join(', ')}`);
    shares[name] = share ?? '';
  }
  return {
    duplicate: share(shares.duplicate ?? '0', 'duplicate'),
    dropAnswer: share(shares['drop-answer'] ?? '0', 'drop-answer'),
    forge: share(shares.forge ?? '0', 'forge'),
  };
}

function showProgress(nas: NasSimulator): void {
  const { sent, answered, gaveUp, total } = nas.progress();
  process.stderr.write(
    `\r${answered} of ${total} answered, ${sent - answered - gaveUp} in flight, ${gaveUp} given up  `,
  );
}

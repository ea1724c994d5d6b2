/** `meterd simulate instant-ip`: its options. The work is `runReplay`'s and `generateFile`'s. */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { isZone } from '../../collectors/index.ts';
import { type GenerateOptions, generateFile } from './generate.ts';
import { replaySpeed } from './replay.ts';
import { type ReplayOptions, type ReplayTarget, runReplay } from './run.ts';
import { runPattern } from './usage-event.ts';

const help = `Usage: meterd simulate instant-ip FILE [OPTION]...
       meterd simulate instant-ip FILE --generate N [--seed S] [--form csv|fixed]

Replays a file of Instant-IP usage records, delimited or of fixed width (docs/instant-ip.md): each record, then its
delay, then the next. Without --to or --serve the records are shown in the terminal. Exit code: 0 all was replayed,
1 the daemon refused some or did not answer, 2 wrong usage or a file that is not what it should be.

How it is read and played
  --speed N|max        file seconds per second, or wait for nothing                       (default 1)
  --lenient            shorten over-long text, with a warning, instead of refusing it
  --zone Area/City     zone of the times in a delimited file                            (default UTC)
  --on-error stop|skip at a line that is no record, or that the daemon refuses         (default stop)

Into a daemon, as already priced charges
  --to URL             of the daemon
  --token T            of a provider, rights charges, accounts, credits  (default: $METERD_TOKEN)
  --bill-token T       of another role, reads the bill to compare with            (default: --token's)
  --account A          whose charges they are
  --run ID             name of the run; the same one charges nothing twice        (default: a new one)
  --keep-time          keep the file's times             (default: shift them so that the first is now)

As an Instant-IP server by itself, for a display
  --serve PORT         on this machine; the page is http://127.0.0.1:PORT/instant-ip
  --host ADDRESS       listen elsewhere                                            (default 127.0.0.1)
  --start viewer|now   begin with the first viewer, or at once                      (default viewer)

A new file of random records that agree with each other
  --generate N         how many
  --seed S             the same seed makes the same records                               (default 1)
  --form csv|fixed                                                                      (default csv)

Keys: space pauses and resumes, s shows the next record and pauses, + and - double and halve the speed, q stops.
`;

const optionTypes = {
  speed: { type: 'string', default: '1' },
  lenient: { type: 'boolean', default: false },
  zone: { type: 'string', default: 'UTC' },
  'on-error': { type: 'string', default: 'stop' },
  to: { type: 'string' },
  token: { type: 'string' },
  'bill-token': { type: 'string' },
  account: { type: 'string' },
  run: { type: 'string' },
  'keep-time': { type: 'boolean', default: false },
  serve: { type: 'string' },
  host: { type: 'string' },
  start: { type: 'string' },
  generate: { type: 'string' },
  seed: { type: 'string' },
  form: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** What is wrong with the command line, in words for its user. */
class UsageError extends Error {}

type Values = ReturnType<typeof parse>['values'];

function parse(args: string[]) {
  return parseArgs({ args, options: optionTypes, strict: true, allowPositionals: true });
}

type Work =
  | { readonly kind: 'help' }
  | { readonly kind: 'generate'; readonly file: string; readonly options: GenerateOptions }
  | { readonly kind: 'replay'; readonly options: ReplayOptions };

export async function simulateInstantIpCommand(args: string[]): Promise<number> {
  let work: Work;
  try {
    work = workFrom(args, process.env.METERD_TOKEN);
  } catch (error) {
    const { message } = error as Error;
    process.stderr.write(`meterd simulate instant-ip: ${message}\nTry "meterd simulate instant-ip --help".\n`);
    return 2;
  }
  switch (work.kind) {
    case 'help':
      process.stdout.write(help);
      return 0;
    case 'generate':
      return generate(work.file, work.options);
    case 'replay':
      return runReplay(work.options);
  }
}

async function generate(file: string, options: GenerateOptions): Promise<number> {
  try {
    await generateFile(file, options);
    process.stderr.write(`${options.count} records of seed ${options.seed} are in ${file}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`meterd simulate instant-ip: ${(error as Error).message}\n`);
    return 1;
  }
}

function workFrom(args: string[], token: string | undefined): Work {
  const { values, positionals } = parse(args);
  if (values.help) return { kind: 'help' };
  const [file, ...more] = positionals;
  if (file === undefined) throw new UsageError('FILE is missing');
  if (more.length > 0) throw new UsageError(`one FILE only; ${more[0]} is one more`);
  if (values.generate !== undefined) {
    const count = whole(values.generate, 'generate', 1, 100_000_000);
    const seed = whole(values.seed ?? '1', 'seed', 0, 0xffff_ffff);
    return {
      kind: 'generate',
      file,
      options: { count, seed, form: oneOf(values.form ?? 'csv', 'form', ['csv', 'fixed']) },
    };
  }
  notWithout(values, ['seed', 'form'], 'generate');
  if (!isZone(values.zone)) throw new UsageError(`--zone ${values.zone}: a zone like Europe/Paris is wanted`);
  const options: ReplayOptions = {
    file,
    lenient: values.lenient,
    zone: values.zone,
    speed: speedFrom(values.speed),
    onError: oneOf(values['on-error'], 'on-error', ['stop', 'skip']),
    target: targetFrom(values, token),
  };
  return { kind: 'replay', options };
}

function targetFrom(values: Values, tokenOfEnvironment: string | undefined): ReplayTarget {
  if (values.to !== undefined && values.serve !== undefined) throw new UsageError('either --to or --serve');
  if (values.to === undefined) notWithout(values, ['token', 'bill-token', 'account', 'run', 'keep-time'], 'to');
  if (values.serve === undefined) notWithout(values, ['host', 'start'], 'serve');
  if (values.serve !== undefined) {
    const startNow = oneOf(values.start ?? 'viewer', 'start', ['viewer', 'now']) === 'now';
    const port = whole(values.serve, 'serve', 0, 65_535);
    return { kind: 'server', host: values.host ?? '127.0.0.1', port, startNow };
  }
  if (values.to === undefined) return { kind: 'terminal' };
  const url = urlFrom(values.to);
  const token = values.token ?? tokenOfEnvironment ?? '';
  const billToken = values['bill-token'] ?? token;
  if (!/^[\x21-\x7e]+$/.test(token)) throw new UsageError('--token is missing, or no token');
  if (!/^[\x21-\x7e]+$/.test(billToken)) throw new UsageError('--bill-token is no token');
  const { account = '' } = values;
  if (account === '') throw new UsageError('--account is missing');
  const run = values.run ?? randomUUID().slice(0, 8);
  if (!runPattern.test(run)) throw new UsageError(`--run ${run}: 1 to 64 letters, digits, dots, - and _ are wanted`);
  return { kind: 'daemon', url, token, billToken, account, run, keepTime: values['keep-time'] };
}

function urlFrom(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError(`--to ${text}: an address like http://127.0.0.1:8080 is wanted`);
  }
  return url;
}

function speedFrom(text: string): number {
  if (text === 'max') return replaySpeed.unlimited;
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (speed >= replaySpeed.min && speed <= replaySpeed.max) return speed;
  throw new UsageError(`--speed ${text}: a number from ${replaySpeed.min} to ${replaySpeed.max}, or max, is wanted`);
}

function whole(text: string, name: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${name} ${text}: a whole number from ${min} to ${max} is wanted`);
}

function oneOf<T extends string>(text: string, name: string, known: readonly T[]): T {
  const found = known.find((value) => value === text);
  if (found === undefined) throw new UsageError(`--${name} ${text}: ${known.join(' or ')} is wanted`);
  return found;
}

function notWithout(values: Values, names: readonly (keyof Values)[], needed: string): void {
  const given = names.find((name) => values[name] !== undefined && values[name] !== false);
  if (given !== undefined) throw new UsageError(`--${given} is for --${needed}`);
}

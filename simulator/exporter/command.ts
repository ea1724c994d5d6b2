/** `meterd simulate exporter`: its options, its JSON summary and its totals file. The work is `ExporterRun`'s. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { amount, count, oneOf, required, serverFrom, share, UsageError } from '../options.ts';
import type { ExporterOptions } from './exporter.ts';
import { ExporterRun, type ExporterRunOptions } from './run.ts';

const help = `Usage: meterd simulate exporter --server HOST:PORT --format v5|v9|ipfix [OPTION]...

Sends flow records as a router does and prints a JSON summary with the exact totals of what was sent. Exit code: 0 all
was sent, 1 not all, 2 wrong usage.

  --server HOST:PORT      where to send; [ADDRESS]:PORT for IPv6                           (required)
  --format F              v5, v9 or ipfix                                                  (required)

What is sent
  --records N             flow records, all exporters together                             (default 100000)
  --subscribers N         flow n is subscriber n mod N's: 10.0.0.0 + n, 2001:db8:H:L::1    (default 1000)
  --exporters N           observation domains 1…N, each with a socket                      (default 1)
  --family F              4, 6, or mix: datagrams in turn (v5: 4)                          (default 4)
  --seed N                the same seed sends the same flows                               (default 1)
  --start MS              export time of the first datagram, UTC epoch ms                  (default now)
  --records-per-datagram N                                                                 (default as many as fit)
  --sampling N            one of N packets is counted, told by header or options           (default 1)
  --biflow                both directions in one record (RFC 5103; IPFIX)
  --counters C            delta, or total: running totals of long flows                    (default delta)
  --times T               uptime, seconds, milliseconds, microseconds or nanoseconds
                                                          (default v9 uptime, IPFIX milliseconds)
  --reduced-size          counters in five and three octets
  --variable              fields of varying length, one of an unknown enterprise (IPFIX)
  --template-every N      templates in every Nth datagram of an exporter                   (default 1000)
  --late-template N       none before the Nth                                              (default 0)

How it is sent
  --rate R                records per second, paced                                        (default: as fast as it goes)
  --loss P, --duplicate P, --reorder P     shares of datagrams (0…1) not sent, sent twice, sent one too late
  --restart-at N          at the Nth datagram of an exporter sequence and uptime start anew
  --template-change N     the template is another one after every N datagrams

What is told
  --totals FILE           write a CSV line for every subscriber: address, records, octets and packets in and out
`;

const optionTypes = {
  server: { type: 'string' },
  format: { type: 'string' },
  records: { type: 'string', default: '100000' },
  subscribers: { type: 'string', default: '1000' },
  exporters: { type: 'string', default: '1' },
  family: { type: 'string', default: '4' },
  seed: { type: 'string', default: '1' },
  start: { type: 'string' },
  'records-per-datagram': { type: 'string', default: '1000' },
  sampling: { type: 'string', default: '1' },
  biflow: { type: 'boolean', default: false },
  counters: { type: 'string', default: 'delta' },
  times: { type: 'string' },
  'reduced-size': { type: 'boolean', default: false },
  variable: { type: 'boolean', default: false },
  'template-every': { type: 'string', default: '1000' },
  'late-template': { type: 'string', default: '0' },
  rate: { type: 'string' },
  loss: { type: 'string', default: '0' },
  duplicate: { type: 'string', default: '0' },
  reorder: { type: 'string', default: '0' },
  'restart-at': { type: 'string', default: '0' },
  'template-change': { type: 'string', default: '0' },
  totals: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = ReturnType<typeof parse>;

function parse(args: string[]) {
  return parseArgs({ args, options: optionTypes, strict: true, allowPositionals: false }).values;
}

export async function simulateExporterCommand(args: string[]): Promise<number> {
  let values: Values;
  let options: ExporterRunOptions;
  try {
    values = parse(args);
    if (values.help) {
      process.stdout.write(help);
      return 0;
    }
    options = optionsFrom(values, Date.now());
  } catch (error) {
    process.stderr.write(
      `meterd simulate exporter: ${(error as Error).message}\nTry "meterd simulate exporter --help".\n`,
    );
    return 2;
  }
  const run = new ExporterRun(options);
  const interrupt = () => run.stop();
  process.once('SIGINT', interrupt);
  try {
    const summary = await run.run();
    process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    if (values.totals !== undefined) await writeTotals(values.totals, run);
    return summary.ok ? 0 : 1;
  } catch (error) {
    process.stderr.write(`meterd simulate exporter: ${(error as Error).message}\n`);
    return 1;
  } finally {
    process.off('SIGINT', interrupt);
  }
}

function optionsFrom(values: Values, nowMs: number): ExporterRunOptions {
  const { host, port } = serverFrom(required(values.server, 'server'));
  const format = oneOf(required(values.format, 'format'), 'format', ['v5', 'v9', 'ipfix']);
  const family = { 4: 4, 6: 6, mix: 'mix' } as const;
  const familyName = oneOf(values.family, 'family', ['4', '6', 'mix']);
  if (format === 'v5' && familyName !== '4') throw new UsageError(`--family ${familyName}: v5 has IPv4 only`);
  const formOnly = [values.biflow, values.variable].some(Boolean);
  if (format !== 'ipfix' && formOnly) throw new UsageError('--biflow and --variable are of --format ipfix only');
  const timeForms = ['uptime', 'seconds', 'milliseconds', 'microseconds', 'nanoseconds'] as const;
  const times = oneOf(values.times ?? (format === 'ipfix' ? 'milliseconds' : 'uptime'), 'times', timeForms);
  if (format === 'ipfix' && times === 'uptime') throw new UsageError('--times uptime: IPFIX headers have no uptime');
  const records = count(values.records, 'records', 1, 10_000_000_000);
  const exporters = count(values.exporters, 'exporters', 1, 256);
  const ratePerSecond = values.rate === undefined ? undefined : amount(values.rate, 'rate', 100_000_000);
  const seed = count(values.seed, 'seed', 0, 0xffff_ffff);
  const template: Omit<ExporterOptions, 'seed' | 'domain' | 'records'> = {
    format,
    family: family[familyName],
    subscribers: count(values.subscribers, 'subscribers', 1, 16_000_000),
    recordsPerDatagram: count(values['records-per-datagram'], 'records-per-datagram', 1, 65_535),
    startMs: values.start === undefined ? nowMs : count(values.start, 'start', 1, 2 ** 42),
    recordsPerSecond: (ratePerSecond ?? 100_000) / exporters,
    counters: oneOf(values.counters, 'counters', ['delta', 'total']),
    times,
    reducedSize: values['reduced-size'],
    variable: values.variable,
    biflow: values.biflow,
    sampling: count(values.sampling, 'sampling', 1, 0x3fff),
    templateEvery: count(values['template-every'], 'template-every', 1, 1_000_000_000),
    lateTemplate: count(values['late-template'], 'late-template', 0, 1_000_000_000),
    templateChangeEvery: count(values['template-change'], 'template-change', 0, 1_000_000_000),
    loss: share(values.loss, '--loss'),
    duplicate: share(values.duplicate, '--duplicate'),
    reorder: share(values.reorder, '--reorder'),
    restartAt: count(values['restart-at'], 'restart-at', 0, 1_000_000_000),
  };
  const run = {
    host,
    port,
    exporters: Array.from({ length: exporters }, (_, index) => ({
      ...template,
      seed: (seed + index) >>> 0,
      domain: index + 1,
      records: Math.floor(records / exporters) + (index < records % exporters ? 1 : 0),
    })),
  };
  return ratePerSecond === undefined ? run : { ...run, ratePerSecond };
}

async function writeTotals(path: string, run: ExporterRun): Promise<void> {
  const file = createWriteStream(path);
  file.write('address,records,octetsIn,octetsOut,packetsIn,packetsOut\n');
  for (const [address, sums] of run.totals()) {
    const { records, octetsIn, octetsOut, packetsIn, packetsOut } = sums;
    const line = `${address},${records},${octetsIn},${octetsOut},${packetsIn},${packetsOut}\n`;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

/** The measurements as one table, with meterd's ratio to each peer. */
import type { Load } from './generator.ts';
import type { Measurement } from './server-under-test.ts';

const heads = [
  'server',
  'behind the answer',
  'answered/s',
  'rated/s',
  'p50 ms',
  'p99 ms',
  'MB',
  'µs CPU',
  'resent',
  'lost',
  'meterd ÷',
];

export function measurementTable(measurements: readonly Measurement[], load: Load): string {
  const ours = measurements.find((each) => each.name === 'meterd');
  const oursPerSecond = ours?.kind === 'measured' ? ours.answeredPerSecond : null;
  const rows = [heads, ...measurements.map((each) => cellsOf(each, oursPerSecond))];
  // A server that was not measured has a reason in place of figures, as wide as it is.
  const full = rows.filter((row) => row.length === heads.length);
  const widths = heads.map((_, column) => Math.max(...(column < 2 ? rows : full).map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column]!) : row.length === heads.length ? cell.padStart(widths[column]!) : cell,
      )
      .join('  '),
  );
  const pace = load.ratePerSecond === undefined ? 'as fast as answered' : `paced at ${load.ratePerSecond}/s`;
  return [
    `RADIUS accounting, ${load.durationSeconds} s after ${load.warmUpSeconds} s of warm-up, ${load.window} in flight, ${pace}, ${load.users} users, ${load.activeSessions} open sessions`,
    '',
    ...lines,
    '',
    'answered/s: records answered, each verified. rated/s: rated and committed, backlog waited for. µs CPU: of the',
    'server, per record. resent: retransmissions. meterd ÷: meterd’s answered/s divided by this server’s.',
    ...generatorWarning(measurements),
  ].join('\n');
}

function cellsOf(measurement: Measurement, oursPerSecond: number | null): string[] {
  const { name, does } = measurement;
  if (measurement.kind !== 'measured')
    return [name, does, `${measurement.kind.toUpperCase()}: ${measurement.reason.split('\n')[0]}`];
  const ratio = oursPerSecond === null ? null : oursPerSecond / measurement.answeredPerSecond;
  return [
    name,
    does,
    String(measurement.answeredPerSecond),
    measurement.ratedPerSecond === null ? '-' : String(measurement.ratedPerSecond),
    measurement.p50Ms.toFixed(1),
    measurement.p99Ms.toFixed(1),
    String(Math.round(measurement.memoryBytes / 1e6)),
    measurement.cpuMicrosecondsPerRecord.toFixed(1),
    String(measurement.retransmitted),
    measurement.unanswered > 0 ? `${measurement.unanswered} unanswered` : measurement.lost,
    name === 'meterd' || ratio === null ? '-' : `${ratio.toFixed(2)}×`,
  ];
}

/** A generator at the end of its core measures itself. */
function generatorWarning(measurements: readonly Measurement[]): string[] {
  const full = measurements.filter((each) => each.kind === 'measured' && each.generatorCpuShare > 0.95);
  return full.length === 0
    ? []
    : [`The generator used its whole core with ${full.map(({ name }) => name).join(', ')}.`];
}

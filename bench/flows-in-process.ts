/**
 * Flow records in process: the simulator's datagrams through the collector and the aggregator, per form, on one core. What
 * is measured is decoding, guiding by address and summing; no socket, no log. Asserts no time; a wrong total is exit code 1.
 */

import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import {
  addressToWords,
  ExporterTable,
  FlowAggregator,
  FlowCollector,
  type FlowSink,
  PrefixTable,
} from '../collectors/index.ts';
import { type ExporterOptions, SimulatedExporter, subscriberAddress } from '../simulator/index.ts';
import { machineFacts } from './machine.ts';

const help = `Usage: npm run bench -- flows-in-process [OPTION]...

Measures flow records decoded, and decoded, guided and aggregated, per second of one core.

  --records N       records per form and round                       (default 200000)
  --subscribers A,B known addresses; one table each                  (default 1000,10000,100000,1000000)
  --rounds N        the best of so many                              (default 3)
  --json            print the measurements as JSON instead of the table
`;

interface Form {
  readonly name: string;
  readonly options: Partial<ExporterOptions>;
}

const forms: readonly Form[] = [
  { name: 'v5', options: { format: 'v5' } },
  { name: 'v9', options: { format: 'v9' } },
  { name: 'v9, IPv6', options: { format: 'v9', family: 6 } },
  { name: 'IPFIX', options: { format: 'ipfix', times: 'milliseconds' } },
  { name: 'IPFIX, IPv6', options: { format: 'ipfix', times: 'milliseconds', family: 6 } },
  { name: 'IPFIX, varying lengths', options: { format: 'ipfix', times: 'milliseconds', variable: true } },
  { name: 'IPFIX, biflows', options: { format: 'ipfix', times: 'milliseconds', biflow: true } },
];

export interface FlowMeasurement {
  readonly form: string;
  readonly subscribers: number;
  /** Records per second of CPU time. Decoding looks at no address: it is measured with the first number of them only. */
  readonly decodedPerSecond: number | null;
  readonly aggregatedPerSecond: number;
  readonly exact: boolean;
}

const startMs = Date.UTC(2026, 0, 15, 12);
const exporterAddress = '127.0.0.1';

export async function benchFlowsInProcess(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      records: { type: 'string', default: '200000' },
      subscribers: { type: 'string', default: '1000,10000,100000,1000000' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const records = Number(values.records);
  const rounds = Number(values.rounds);
  const sizes = values.subscribers.split(',').map(Number);
  if (![records, rounds, ...sizes].every((value) => Number.isInteger(value) && value > 0)) {
    process.stderr.write(help);
    return 2;
  }
  const facts = await machineFacts(tmpdir());
  process.stderr.write(`${facts.join('\n')}\n\n`);
  const measurements: FlowMeasurement[] = [];
  for (const subscribers of sizes) {
    const isFirst = subscribers === sizes[0];
    for (const form of forms) measurements.push(measure(form, { records, rounds, subscribers, isFirst }));
  }
  process.stdout.write(
    values.json ? `${JSON.stringify({ machine: facts, measurements }, null, 2)}\n` : `${tableOf(measurements)}\n`,
  );
  return measurements.every(({ exact }) => exact) ? 0 : 1;
}

function measure(
  form: Form,
  load: { records: number; rounds: number; subscribers: number; isFirst: boolean },
): FlowMeasurement {
  const { records, rounds, subscribers } = load;
  process.stderr.write(`${form.name}, ${subscribers} addresses\n`);
  const exporter = new SimulatedExporter({
    ...{ format: 'v9', family: 4, seed: 1, subscribers, biflow: false, domain: 1, records },
    ...{ recordsPerDatagram: 1000, startMs, recordsPerSecond: 1_000_000, counters: 'delta', times: 'uptime' },
    ...{ reducedSize: false, variable: false, sampling: 1, templateEvery: 1000, lateTemplate: 0 },
    ...{ templateChangeEvery: 0, loss: 0, duplicate: 0, reorder: 0, restartAt: 0 },
    ...form.options,
  });
  const datagrams = Array.from(exporter.datagrams(), ({ bytes }) => bytes);
  const subjects = subscriberTable(subscribers, form.options.family === 6 ? 6 : 4);
  const ignore: FlowSink = { flow: () => {} };
  let octets = 0n;
  const aggregated = () => {
    octets = 0n;
    const aggregator = new FlowAggregator({
      subjects: { find: (addresses, at, family) => subjects.find(addresses, at, family) },
      handOver: (cells) => {
        for (let at = 0; at < cells.count; at++) octets += cells.octets(at, false) + cells.octets(at, true);
        return true;
      },
    });
    return { sink: aggregator, finish: () => aggregator.flush() };
  };
  const decodedPerSecond = load.isFirst ? best(rounds, datagrams, () => ({ sink: ignore, finish: () => {} })) : null;
  const aggregatedPerSecond = best(rounds, datagrams, aggregated);
  const exact = octets === exporter.totals.octets;
  if (!exact) process.stderr.write(`${form.name}: ${octets} octets aggregated, ${exporter.totals.octets} sent\n`);
  return { form: form.name, subscribers, decodedPerSecond, aggregatedPerSecond, exact };
}

/** The best of some rounds, in records handed on per second of CPU time: other work on the machine counts less. */
function best(
  rounds: number,
  datagrams: readonly Uint8Array[],
  begin: () => { sink: FlowSink; finish: () => void },
): number {
  let perSecond = 0;
  for (let round = 0; round < rounds; round++) {
    const collector = new FlowCollector(
      new ExporterTable([{ cidr: '127.0.0.0/8', name: 'bench', sampling: { rate: 1, unknown: 'flag' } }]),
    );
    const { sink, finish } = begin();
    const before = process.cpuUsage();
    for (const datagram of datagrams) collector.receive(datagram, exporterAddress, startMs, sink);
    finish();
    const used = process.cpuUsage(before);
    let records = 0;
    for (const { counts } of collector.streams()) records += counts.records;
    perSecond = Math.max(perSecond, records / ((used.user + used.system) / 1e6));
  }
  return perSecond;
}

function subscriberTable(subscribers: number, family: 4 | 6): PrefixTable {
  const table = new PrefixTable();
  const words = new Uint32Array(4);
  for (let subscriber = 0; subscriber < subscribers; subscriber++) {
    addressToWords(subscriberAddress(subscriber, family), words);
    table.add(words, { at: 0, family, bits: family === 4 ? 32 : 64 }, subscriber);
  }
  return table;
}

function tableOf(measurements: readonly FlowMeasurement[]): string {
  const millions = (perSecond: number | null) => (perSecond === null ? '' : (perSecond / 1e6).toFixed(2));
  const rows = [
    ['form', 'addresses', 'decoded M/s', 'aggregated M/s', 'totals'],
    ...measurements.map((each) => [
      each.form,
      String(each.subscribers),
      millions(each.decodedPerSecond),
      millions(each.aggregatedPerSecond),
      each.exact ? 'exact' : 'WRONG',
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  );
  return [
    'Flow records per second of CPU time, one core, in process: decoded; decoded, guided by address and summed.',
    '',
    ...lines,
  ].join('\n');
}

/**
 * A process that sends the flows of a simulated exporter: makes all datagrams beforehand, so that sending costs little
 * more than the system calls, then sends them paced. Prints what it sent as JSON.
 */
import { createSocket } from 'node:dgram';
import { parseArgs } from 'node:util';
import { SimulatedExporter } from '../simulator/index.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    format: { type: 'string' },
    domain: { type: 'string' },
    records: { type: 'string' },
    subscribers: { type: 'string' },
    rate: { type: 'string' },
  },
});
const format = values.format === 'v5' || values.format === 'v9' ? values.format : 'ipfix';
const ratePerSecond = Number(values.rate);
const exporter = new SimulatedExporter({
  ...{ format, family: 4, seed: Number(values.domain), subscribers: Number(values.subscribers), biflow: false },
  ...{ domain: Number(values.domain), records: Number(values.records), recordsPerDatagram: 1000, startMs: Date.now() },
  ...{ recordsPerSecond: ratePerSecond, counters: 'delta', times: format === 'ipfix' ? 'milliseconds' : 'uptime' },
  ...{ reducedSize: false, variable: false, sampling: 1, templateEvery: 500, lateTemplate: 0, templateChangeEvery: 0 },
  ...{ loss: 0, duplicate: 0, reorder: 0, restartAt: 0 },
});
const datagrams = Array.from(exporter.datagrams());
const socket = createSocket({ type: 'udp4', sendBufferSize: 4 * 1024 * 1024 });
await new Promise<void>((resolve) => socket.connect(Number(values.port), '127.0.0.1', resolve));

const startedMs = performance.now();
let sent = 0;
let next = 0;
let errors = 0;
const count = (error: Error | null) => {
  if (error) errors++;
};
await new Promise<void>((resolve) => {
  const send = () => {
    const due = ((performance.now() - startedMs) / 1000) * ratePerSecond;
    while (next < datagrams.length && sent < due) {
      const { bytes, records } = datagrams[next++]!;
      socket.send(bytes, count);
      sent += records;
    }
    if (next < datagrams.length) setImmediate(send);
    else resolve();
  };
  send();
});
const elapsedSeconds = (performance.now() - startedMs) / 1000;
socket.close();
const { octets } = exporter.totals;
process.stdout.write(
  `${JSON.stringify({ records: exporter.counts.records, octets: String(octets), elapsedSeconds, errors })}\n`,
);

/** Real exporters of Debian tell the collector of a capture whose octets are known: softflowd, pmacct's nfprobe, nfreplay. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ExporterTable, FlowCollector, type FlowRecord, type FlowSink } from '../../collectors/index.ts';
import { type ExporterOptions, ExporterRun } from '../../simulator/index.ts';
import { exporterDefaults, plainFlow, refusedBy } from '../fixtures/flows.ts';
import { type CapturedPacket, ipOctets, pcapFile } from '../fixtures/pcap.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';
import { findPeer } from './peers.ts';

const softflowd = findPeer('softflowd');
const pmacctd = findPeer('pmacctd');
const nfcapd = findPeer('nfcapd');
const nfreplay = findPeer('nfreplay');

const children: ChildProcess[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const socket of sockets.splice(0)) socket.close();
});

/** Sums octets and packets by "source > destination". */
class PairSink implements FlowSink {
  readonly pairs = new Map<string, { octets: number; packets: number }>();
  readonly ends: number[] = [];
  packets = 0;
  #waiting: { packets: number; resolve: () => void } | null = null;

  flow(record: FlowRecord): void {
    const { source, destination, octets, packets, endMs } = plainFlow(record);
    const pair = this.pairs.get(`${source} > ${destination}`) ?? { octets: 0, packets: 0 };
    this.pairs.set(`${source} > ${destination}`, { octets: pair.octets + octets, packets: pair.packets + packets });
    this.ends.push(endMs);
    this.packets += packets;
    if (this.#waiting !== null && this.packets >= this.#waiting.packets) this.#waiting.resolve();
  }

  /** Settles when so many packets were told of. */
  untilPackets(packets: number): Promise<void> {
    if (this.packets >= packets) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = { packets, resolve };
    });
  }
}

async function listen(): Promise<{ port: number; sink: PairSink; collector: FlowCollector }> {
  const collector = new FlowCollector(
    new ExporterTable([{ cidr: '127.0.0.0/8', name: 'real', sampling: { unknown: 'flag' } }]),
  );
  const sink = new PairSink();
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  sockets.push(socket);
  socket.on('message', (bytes, { address }) => collector.receive(bytes, address, Date.now(), sink));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { port: socket.address().port, sink, collector };
}

function start(program: string, args: readonly string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return { child, output: () => output };
}

const ended = (child: ChildProcess) => new Promise((resolve) => child.once('close', resolve));

function capture(count: number, withIpv6: boolean): { packets: CapturedPacket[]; file: string } {
  const fromMs = Date.now() - 120_000;
  const packets = Array.from({ length: count }, (_, index) => {
    const isIpv6 = withIpv6 && index % 3 === 0;
    const host = 1 + (index % 10);
    return {
      source: isIpv6 ? `2001:db8::${host}` : `10.0.0.${host}`,
      destination: isIpv6 ? '2001:db9::9' : '203.0.113.9',
      sourcePort: 5000 + host,
      destinationPort: 443,
      payloadOctets: 100 + index,
      atMs: fromMs + 100 * index,
    };
  });
  const file = join(tempFolder(), 'packets.pcap');
  writeFileSync(file, pcapFile(packets));
  return { packets, file };
}

const fullText = (address: string) => (address.includes('::') ? address.replace('::', ':0:0:0:0:0:') : address);

function pairsOf(packets: readonly CapturedPacket[]): Map<string, { octets: number; packets: number }> {
  const pairs = new Map<string, { octets: number; packets: number }>();
  for (const packet of packets) {
    const key = `${fullText(packet.source)} > ${fullText(packet.destination)}`;
    const pair = pairs.get(key) ?? { octets: 0, packets: 0 };
    pairs.set(key, { octets: pair.octets + ipOctets(packet), packets: pair.packets + 1 });
  }
  return pairs;
}

function expectSound(collector: FlowCollector): void {
  const streams = [...collector.streams()];
  expect(streams).toHaveLength(1);
  expect([refusedBy(collector), refusedBy(streams[0]!)]).toEqual([{}, {}]);
  const { restarts, late, missing } = streams[0]!.sequence.counts;
  expect({ restarts, late, missing }).toEqual({ restarts: 0, late: 0, missing: 0 });
}

describe.skipIf(softflowd === null)('softflowd', () => {
  it.each([
    ['NetFlow v5', ['-v', '5'], false],
    ['NetFlow v9', ['-v', '9'], true],
    ['IPFIX in milliseconds', ['-v', '10', '-A', 'milli'], true],
    ['IPFIX in seconds', ['-v', '10', '-A', 'sec'], true],
    ['IPFIX since its boot', ['-v', '10'], true],
    ['IPFIX with biflows', ['-v', '10', '-b'], true],
  ])('telling %s is understood to the octet', async (_, args, withIpv6) => {
    const { packets, file } = capture(300, withIpv6);
    const { port, sink, collector } = await listen();
    // With a control socket it waits for orders after the capture; without one, and in the foreground, it ends.
    start(softflowd!, ['-r', file, '-n', `127.0.0.1:${port}`, '-D', '-c', 'none', ...args]);
    await sink.untilPackets(packets.length);
    expect(sink.pairs).toEqual(pairsOf(packets));
    for (const endMs of sink.ends) expect(Math.abs(endMs - Date.now())).toBeLessThan(3_600_000);
    expect(refusedBy([...collector.streams()][0]!)).toEqual({});
  });

  it.each([
    ['v5', '5'],
    ['v9', '9'],
    ['IPFIX', '10'],
  ])('that samples says so in %s, and is believed', async (_, version) => {
    const { file } = capture(300, false);
    const { port, sink, collector } = await listen();
    start(softflowd!, ['-r', file, '-n', `127.0.0.1:${port}`, '-D', '-c', 'none', '-v', version, '-s', '10']);
    await sink.untilPackets(300);
    expect(sink.packets).toBe(300);
    expect([...collector.streams()].map(({ counts }) => counts.samplingUnknown)).toEqual([0]);
  });
});

describe.skipIf(pmacctd === null)('pmacct’s nfprobe', () => {
  it.each([5, 9, 10])('telling version %d is understood to the octet', async (version) => {
    const { packets, file } = capture(300, version !== 5);
    const { port, sink, collector } = await listen();
    const configuration = join(tempFolder(), 'pmacctd.conf');
    const lines = [
      ...['daemonize: false', `pcap_savefile: ${file}`, 'plugins: nfprobe', `nfprobe_receiver: 127.0.0.1:${port}`],
      `nfprobe_version: ${version}`,
      'nfprobe_timeouts: tcp=1:udp=1:general=1:maxlife=1:expint=1',
    ];
    writeFileSync(configuration, `${lines.join('\n')}\n`);
    start(pmacctd!, ['-f', configuration]);
    await sink.untilPackets(packets.length);
    expect(sink.pairs).toEqual(pairsOf(packets));
    expectSound(collector);
  });
});

describe.skipIf(nfcapd === null || nfreplay === null)('nfcapd and nfreplay', () => {
  it.each([
    ['v5', '5', { format: 'v5' }],
    ['v9', '9', { format: 'v9', family: 'mix' }],
    ['IPFIX, replayed as v9', '9', { format: 'ipfix', times: 'milliseconds' }],
  ] as [string, string, Partial<ExporterOptions>][])(
    'understand the simulator, and are understood: %s',
    async (_, version, options) => {
      const folder = tempFolder();
      const port = await freePort();
      const { child, output } = start(nfcapd!, ['-l', folder, '-p', String(port), '-b', '127.0.0.1', '-t', '60']);
      await until(() => /Startup/.test(output()));
      const exporters = [{ ...exporterDefaults, startMs: Date.now(), records: 500, ...options }];
      const run = new ExporterRun({ host: '127.0.0.1', port, exporters, ratePerSecond: 5_000 });
      const summary = await run.run();
      await until(() => octetsQueued(port) === 0);
      const closed = ended(child);
      child.kill('SIGTERM');
      await closed;
      const file = readdirSync(folder).find((name) => /^nfcapd\.\d/.test(name));
      const { port: own, sink, collector } = await listen();
      start(nfreplay!, ['-H', '127.0.0.1', '-p', String(own), '-v', version, '-r', join(folder, file!)]);
      await sink.untilPackets(Number(summary.packets));
      let octets = 0;
      for (const pair of sink.pairs.values()) octets += pair.octets;
      expect([String(octets), String(sink.packets)]).toEqual([summary.octets, summary.packets]);
      expect([...collector.streams()].map(refusedBy)).toEqual([{}]);
    },
  );
});

/** Octets that wait in the receive queue of the socket on that port (proc(5)). */
function octetsQueued(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of readFileSync('/proc/net/udp', 'utf8').split('\n').slice(1)) {
    const [, address = '', , , queues = ''] = line.trim().split(/\s+/);
    if (address.endsWith(local)) return Number.parseInt(queues.split(':')[1]!, 16);
  }
  throw new Error(`no socket on port ${port}`);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

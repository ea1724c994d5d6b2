/** Real exporters of Debian raise a real subscriber's bill by the octets of a capture: softflowd, nfprobe, nfreplay. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ExporterRun } from '../../simulator/index.ts';
import { exporterDefaults } from '../fixtures/flows.ts';
import { type CapturedPacket, ipOctets, pcapFile } from '../fixtures/pcap.ts';
import { Api } from './api.ts';
import { freeUdpPort, makeFolder, type RunningProcess, startProcess, type TestFolder } from './daemon-process.ts';
import { findPeer } from './peers.ts';

const softflowd = findPeer('softflowd');
const pmacctd = findPeer('pmacctd');
const nfcapd = findPeer('nfcapd');
const nfreplay = findPeer('nfreplay');
let folder: TestFolder;
let daemon: RunningProcess;
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  folder.remove();
});

/** A daemon with one subscriber, who has 10.0.0.0/8, and the port it takes flows at. */
async function begin(): Promise<{ api: Api; port: number }> {
  const port = await freeUdpPort();
  folder = makeFolder(await freeUdpPort(), {
    netflow: { host: '127.0.0.1', port, exporters: [{ cidr: '127.0.0.0/8', sampling: { rate: 1 } }] },
    flow: { windowMs: 100, holdMs: 100 },
  });
  daemon = await startProcess(folder.configFile);
  const api = await Api.signedIn(daemon.url);
  await api.putPlan('octets', new URL('./plans/octets.xml', import.meta.url));
  await api.createAccount({ id: 'house', plan: 'octets' });
  await api.json('POST', '/api/accounts/house/identities', { kind: 'prefix', value: '10.0.0.0/8' });
  return { api, port };
}

function run(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

function capture(): { up: number; file: string } {
  const packets = Array.from(
    { length: 300 },
    (_, index): CapturedPacket => ({
      source: `10.0.0.${1 + (index % 10)}`,
      destination: '203.0.113.9',
      sourcePort: 5000 + (index % 10),
      destinationPort: 443,
      payloadOctets: 100 + index,
      atMs: Date.now() - 120_000 + 100 * index,
    }),
  );
  const file = join(folder.path, 'packets.pcap');
  writeFileSync(file, pcapFile(packets));
  return { up: packets.reduce((sum, packet) => sum + ipOctets(packet), 0), file };
}

/** Waits until so many octets are on the bill, and answers what is on it then. */
async function billed(api: Api, octets: string): Promise<{ down: string; up: string }> {
  for (;;) {
    const { lines } = await api.bill('house');
    const quantity = (label: string) => lines.find((line) => line.label === label)?.quantity ?? '0';
    const [down, up] = [quantity('Down'), quantity('Up')];
    if (BigInt(down) + BigInt(up) >= BigInt(octets)) return { down, up };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test.skipIf(softflowd === null).each(['5', '9', '10'])('softflowd of version %s is billed', async (version) => {
  const { api, port } = await begin();
  const { up, file } = capture();
  run(softflowd!, ['-r', file, '-n', `127.0.0.1:${port}`, '-D', '-c', 'none', '-v', version]);
  expect(await billed(api, String(up))).toEqual({ down: '0', up: String(up) });
});

test.skipIf(pmacctd === null)('nfprobe of pmacct is billed', async () => {
  const { api, port } = await begin();
  const { up, file } = capture();
  const configuration = join(folder.path, 'pmacctd.conf');
  const lines = [
    'daemonize: false',
    `pcap_savefile: ${file}`,
    'plugins: nfprobe',
    `nfprobe_receiver: 127.0.0.1:${port}`,
  ];
  lines.push('nfprobe_version: 10', 'nfprobe_timeouts: tcp=1:udp=1:general=1:maxlife=1:expint=1');
  writeFileSync(configuration, `${lines.join('\n')}\n`);
  run(pmacctd!, ['-f', configuration]);
  expect(await billed(api, String(up))).toEqual({ down: '0', up: String(up) });
});

test.skipIf(nfcapd === null || nfreplay === null)('what nfcapd stored is billed when nfreplay sends it', async () => {
  const { api, port } = await begin();
  const other = await freeUdpPort();
  const child = run(nfcapd!, ['-l', folder.path, '-p', String(other), '-b', '127.0.0.1', '-t', '60']);
  await new Promise<void>((resolve) => {
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (text: Buffer) => {
        if (/Startup/.test(text.toString())) resolve();
      });
  });
  const exporters = [{ ...exporterDefaults, startMs: Date.now(), records: 500 }];
  const sent = await new ExporterRun({ host: '127.0.0.1', port: other, exporters, ratePerSecond: 2_000 }).run();
  // What it has not taken from its socket when it is stopped, it does not store.
  await expect.poll(() => octetsWaitingAt(other), { timeout: 10_000 }).toBe(0);
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await closed;
  // Two where a minute ended meanwhile: nfcapd begins another file by the wall clock.
  const files = readdirSync(folder.path).filter((name) => /^nfcapd\.\d/.test(name));
  for (const file of files.sort()) {
    const replay = run(nfreplay!, ['-H', '127.0.0.1', '-p', String(port), '-v', '9', '-r', join(folder.path, file)]);
    await new Promise((resolve) => replay.once('close', resolve));
  }
  expect(await billed(api, sent.octets)).toEqual({ down: sent.octetsIn, up: sent.octetsOut });
});

/** In the receive buffer of the UDP socket on that port: proc(5) has them after the colon of its fifth column, in hex. */
function octetsWaitingAt(port: number): number | null {
  const place = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/udp', 'utf8').split('\n');
  const row = rows.map((line) => line.trim().split(/\s+/)).find((columns) => columns[1]?.endsWith(place));
  return row === undefined ? null : Number.parseInt(row[4]!.split(':')[1]!, 16);
}

import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { simulateCommand } from '../../../daemon/commands/simulate.ts';
import { exporterAddress, flowCollector, SubscriberSink } from '../../fixtures/flows.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

afterEach(() => vi.restoreAllMocks());

function captured(): { out: () => string; err: () => string } {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const textOf = (spy: { mock: { calls: unknown[][] } }) => spy.mock.calls.map(([text]) => String(text)).join('');
  return { out: () => textOf(out), err: () => textOf(err) };
}

const to = ['--server', '127.0.0.1:2055'];

test.each([
  [[], '--server is missing'],
  [['--server', 'nowhere', '--format', 'v9'], '--server nowhere: HOST:PORT'],
  [to, '--format is missing'],
  [[...to, '--format', 'v8'], '--format v8: known are v5, v9, ipfix'],
  [[...to, '--format', 'v5', '--family', '6'], 'v5 has IPv4 only'],
  [[...to, '--format', 'v9', '--biflow'], 'ipfix only'],
  [[...to, '--format', 'ipfix', '--times', 'uptime'], 'no uptime'],
  [[...to, '--format', 'v9', '--loss', '2'], '--loss 2: a share from 0 to 1'],
  [[...to, '--format', 'v9', '--records', '1.5'], '--records 1.5: a whole number'],
  [['--bogus'], '--bogus'],
])('wrong usage %j is exit code 2 and says so', async (args, message) => {
  const said = captured();
  expect(await simulateCommand(['exporter', ...args])).toBe(2);
  expect(said.err()).toContain(message);
  expect(said.out()).toBe('');
});

test('--help tells every option', async () => {
  const said = captured();
  expect(await simulateCommand(['exporter', '--help'])).toBe(0);
  for (const option of ['--server', '--format', '--rate', '--records', '--loss', '--restart-at', '--totals']) {
    expect(said.out()).toContain(option);
  }
});

test('what it sends over UDP is what its summary and its totals file say', async () => {
  const collector = flowCollector();
  const sink = new SubscriberSink();
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  socket.on('message', (bytes) => collector.receive(bytes, exporterAddress, Date.now(), sink));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  try {
    const said = captured();
    const file = join(tempFolder(), 'totals.csv');
    const code = await simulateCommand([
      ...['exporter', '--server', `127.0.0.1:${socket.address().port}`, '--format', 'ipfix', '--records', '3000'],
      ...['--exporters', '2', '--rate', '20000', '--loss', '0.1', '--duplicate', '0.1', '--totals', file],
      ...['--records-per-datagram', '10', '--template-every', '1', '--family', 'mix'],
    ]);
    expect(code).toBe(0);
    const summary = JSON.parse(said.out());
    const received = () => [...collector.streams()].reduce((sum, { counts }) => sum + counts.datagrams, 0);
    await vi.waitUntil(() => received() === summary.datagrams + summary.duplicated);
    expect(summary).toMatchObject({ ok: true, format: 'ipfix', exporters: 2, sendErrors: 0 });
    expect(summary.records + summary.lost.records).toBe(3000);
    let octets = 0n;
    for (const { octetsIn, octetsOut } of sink.totals.values()) octets += octetsIn + octetsOut;
    expect(String(octets)).toBe(summary.octets);
    const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
    expect(head).toBe('address,records,octetsIn,octetsOut,packetsIn,packetsOut');
    expect(lines.sort()).toEqual(
      [...sink.totals]
        .map(([address, each]) =>
          [address, each.records, each.octetsIn, each.octetsOut, each.packetsIn, each.packetsOut].join(','),
        )
        .sort(),
    );
  } finally {
    socket.close();
  }
});

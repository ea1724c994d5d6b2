import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { simulateCommand } from '../../../daemon/commands/simulate.ts';
import { parseAckLog } from '../../../simulator/index.ts';
import { arrayOf } from '../array-of.ts';
import { startAnsweringServer } from './second-opinion.ts';

afterEach(() => vi.restoreAllMocks());

function captured(): { out: () => string; err: () => string } {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const textOf = (spy: { mock: { calls: unknown[][] } }) => spy.mock.calls.map(([text]) => String(text)).join('');
  return { out: () => textOf(out), err: () => textOf(err) };
}

test.each([
  [[], 'a kind is missing'],
  [['toaster'], 'unknown kind "toaster"'],
  [['constructor'], 'unknown kind "constructor"'],
  [['nas'], '--server is missing'],
  [['nas', '--server', 'nowhere', '--secret', 's'], '--server nowhere: HOST:PORT'],
  [['nas', '--server', '127.0.0.1:1813'], '--secret is missing'],
  [['nas', '--server', '127.0.0.1:1813', '--secret', 's', '--users', 'many'], '--users many: a whole number'],
  [['nas', '--server', '127.0.0.1:1813', '--secret', 's', '--rate', '0'], '--rate 0: a number above 0'],
  [['nas', '--server', '127.0.0.1:1813', '--secret', 's', '--vary', 'colour=1'], 'known are duplicate'],
  [['nas', '--server', '127.0.0.1:1813', '--secret', 's', '--forge', '2'], 'a share from 0 to 1'],
  [['nas', '--bogus'], '--bogus'],
])('wrong usage %j is exit code 2 and says so', async (args, message) => {
  const said = captured();
  expect(await simulateCommand(args)).toBe(2);
  expect(said.err()).toContain(message);
  expect(said.out()).toBe('');
});

test('--help tells every option', async () => {
  const said = captured();
  expect(await simulateCommand(['nas', '--help'])).toBe(0);
  for (const option of [
    '--server',
    '--secret',
    '--users',
    '--sessions',
    '--interim ',
    '--rate',
    '--ack-log',
    '--vary',
  ]) {
    expect(said.out()).toContain(option);
  }
});

test('a run prints its summary as JSON and writes the ack log', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meterd-simulate-'));
  const server = await startAnsweringServer('a secret');
  try {
    const said = captured();
    const file = join(folder, 'acks.csv');
    const args = [
      'nas',
      '--server',
      `127.0.0.1:${server.port}`,
      '--secret',
      'a secret',
      '--users',
      '3',
      '--sessions',
      '20',
    ];
    const code = await simulateCommand([
      ...args,
      '--interims',
      '1',
      '--vary',
      'duplicate=0.5,forge=0.1',
      '--ack-log',
      file,
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(said.out())).toMatchObject({ ok: true, sent: 60, answered: 60 });
    expect(await arrayOf(parseAckLog([await readFile(file, 'utf8')]))).toHaveLength(60);
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
});

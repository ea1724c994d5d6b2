import { afterEach, describe, expect, test, vi } from 'vitest';
import { simulateCommand } from '../../../daemon/commands/simulate.ts';
import { startAnsweringServer } from '../nas/second-opinion.ts';

afterEach(() => vi.restoreAllMocks());

function captured(): { out: () => string; err: () => string } {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const textOf = (spy: { mock: { calls: unknown[][] } }) => spy.mock.calls.map(([text]) => String(text)).join('');
  return { out: () => textOf(out), err: () => textOf(err) };
}

const server = ['--server', '127.0.0.1:1813', '--secret', 's'];
const audited = [...server, '--audit', 'http://127.0.0.1:1'];

describe('wrong usage is exit code 2 and says so', () => {
  test.each([
    [['--population', '10'], '--server is missing'],
    [['--population', 'many', ...server], '--population many: a whole number'],
    [['--population', '10', '--secret', 's', '--server', 'x'], '--server x: HOST:PORT'],
    [['--population', '10', ...server, '--failover', 'x'], '--failover x: HOST:PORT'],
    [['--population', '10', ...server, '--loss', '2'], '--loss 2: a share from 0 to 1'],
    [['--population', '10', ...server, '--vendors', 'cisco,acme'], '--vendors acme: known are mikrotik, cisco'],
    [['--population', '10', ...server, '--plan', 'hourly,hourly'], '--plan hourly,hourly: names one twice'],
    [['--population', '10', ...server, '--zones', 'Mars/Olympus'], '--zones Mars/Olympus'],
    [['--population', '10', ...server, '--from', 'yesterday'], '--from yesterday: a day such as'],
    [['--population', '10', ...server, '--skew', '3600'], '--skew 3600: a whole number from 0 to 120'],
    [['--population', '10', ...server, '--name', '1st'], '--name 1st'],
    [
      ['--population', '10', ...server, '--reboots', '4', '--days', '1', '--skew', '120', '--interim', 'x'],
      '--interim x',
    ],
    [['--population', '10', ...server, '--provision'], '--provision needs --audit'],
    [['--population', '10', ...server, '--audit', 'here'], '--audit here: a URL'],
    [['--population', '10', ...audited], '--audit needs --token, or --login and --password'],
    [['--population', '10', ...audited, '--token', 't', '--password', 'p'], 'either --token or --password'],
    [['--population', '10', ...audited, '--token', 't', '--late-accounts', '1'], '--late-accounts needs --provision'],
    [
      ['--population', '10', ...audited, '--token', 't', '--provision', '--late-accounts', '1', '--reboots', '1'],
      '--late-accounts can’t be with --reboots',
    ],
    [['--population', '10', '--users', '3'], '--users'],
  ])('%j', async (args, message) => {
    vi.stubEnv('METERD_TOKEN', undefined);
    vi.stubEnv('METERD_ADMIN_PASSWORD', undefined);
    const said = captured();
    expect(await simulateCommand(['nas', ...args])).toBe(2);
    expect(said.err()).toContain(message);
    expect(said.out()).toBe('');
    vi.unstubAllEnvs();
  });
});

test('--help tells every option of a population too', async () => {
  const said = captured();
  expect(await simulateCommand(['nas', '--population', '3', '--help'])).toBe(0);
  for (const option of [
    '--late-accounts',
    '--population',
    '--failover',
    '--reboots',
    '--skew',
    '--vendors',
    '--plan',
    '--audit',
    '--provision',
  ]) {
    expect(said.out()).toContain(`  ${option} `);
  }
});

test('a daemon that can’t be reached is exit code 1, before anything is sent', async () => {
  const said = captured();
  expect(await simulateCommand(['nas', '--population', '3', ...audited, '--token', 't'])).toBe(1);
  expect(said.err()).toMatch(/GET http:\/\/127\.0\.0\.1:1\/healthz: /);
});

describe('without an audit', () => {
  const args = (port: number, ...more: string[]) => [
    'nas',
    '--population',
    '3',
    '--days',
    '1',
    '--server',
    `127.0.0.1:${port}`,
    '--secret',
    'a secret',
    ...more,
  ];

  test('a run prints its summary as JSON and ends well when all was recorded', async () => {
    const answering = await startAnsweringServer('a secret');
    const said = captured();
    expect(await simulateCommand(args(answering.port, '--loss', '0.1', '--vendors', 'cisco'))).toBe(0);
    const summary = JSON.parse(said.out()) as { counts: { sent: number; recorded: number } };
    expect(summary).toMatchObject({ subscribers: 3, audit: null, interrupted: false, ok: true });
    expect(summary.counts.recorded).toBe(summary.counts.sent);
    expect(answering.received.length).toBeGreaterThanOrEqual(summary.counts.sent);
    await answering.close();
  });

  test('Ctrl-C ends it and tells what was done', async () => {
    const answering = await startAnsweringServer('a secret', (answer, n) => {
      if (n === 20) process.emit('SIGINT');
      return answer;
    });
    const said = captured();
    expect(await simulateCommand(args(answering.port))).toBe(1);
    const summary = JSON.parse(said.out()) as { counts: { sent: number; recorded: number } };
    expect(summary).toMatchObject({ interrupted: true, audit: null, ok: false });
    expect(summary.counts.recorded).toBeGreaterThan(20);
    expect(summary.counts.recorded).toBe(summary.counts.sent);
    await answering.close();
  });
});

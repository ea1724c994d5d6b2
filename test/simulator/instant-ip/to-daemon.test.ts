import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { simulateCommand } from '../../../daemon/commands/simulate.ts';
import { generateFile } from '../../../simulator/instant-ip/generate.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { captured } from './captured.ts';
import { billToken, type DaemonStub, startDaemonStub, token } from './daemon-stub.ts';

function replayTo(daemon: DaemonStub, file: string, ...options: string[]) {
  const to = ['--to', daemon.url, '--account', 'acme & co', '--speed', 'max'];
  // An option given twice has its last value.
  return simulateCommand(['instant-ip', file, ...to, '--token', token, '--bill-token', billToken, ...options]);
}

const sample = 'examples/instant-ip/document.csv';

describe('a replay into a daemon', () => {
  it('posts each record as a priced charge of its line, with all twelve fields', async () => {
    const daemon = await startDaemonStub();
    const said = captured();
    expect(await replayTo(daemon, sample, '--run', 'one', '--keep-time')).toBe(0);
    expect(said.err()).toContain('the charges are on the bills of their own times: not compared');
    expect(daemon.logged).toHaveLength(5);
    expect(daemon.logged[2]).toEqual({
      specversion: '1.0',
      type: 'meterd.charge',
      source: 'urn:meterd:instant-ip:one',
      id: '4',
      subject: 'acme & co',
      time: '2009-04-04T14:05:05.000Z',
      data: {
        usageDescription: 'Voice Transmission',
        additionalUsageDescription: 'Ann Arbor to Delhi',
        units: '12.500',
        unitOfMeasure: 'MINS',
        dateTime: '2009-04-04 14:05:05',
        vendor: 'TeleVoice',
        charge: '4.875',
        currency: 'USD',
        totalToDate: '6.063',
        balanceRemaining: '13.937',
        usageAttribution: 'Client 4712',
        timeDelaySecond: 1,
      },
    });
  });

  it('shifts the times so that the first is now, in whole seconds', async () => {
    const daemon = await startDaemonStub();
    captured();
    const beforeMs = Math.floor(Date.now() / 1000) * 1000;
    await replayTo(daemon, sample);
    const times = daemon.logged.map((event) => Date.parse(event.time));
    expect(times[0]).toBeGreaterThanOrEqual(beforeMs);
    expect(times[0]).toBeLessThanOrEqual(Date.now());
    expect(times.map((time) => time - times[0]!)).toEqual([0, 2000, 5000, 6000, 6000]);
    expect(daemon.logged[0]!.data.dateTime).toBe(new Date(times[0]!).toISOString().slice(0, 19).replace('T', ' '));
  });

  it('compares its charges with the growth of the bill, which had more decimals before', async () => {
    const daemon = await startDaemonStub();
    const said = captured();
    expect(await replayTo(daemon, sample)).toBe(0);
    expect(said.err()).toContain('the daemon logged 5 (charges 6.500), had 0 already, suspended 0, refused 0');
    expect(said.err()).toContain("the daemon's bill grew by 6.500, as was logged");
  });

  it('may be denied the bill, and then says so', async () => {
    const daemon = await startDaemonStub();
    const said = captured();
    expect(await replayTo(daemon, sample, '--bill-token', token)).toBe(0);
    expect(said.err()).toContain('the token may not read the bill: not compared');
  });

  it('charges nothing twice when it is run again', async () => {
    const daemon = await startDaemonStub();
    const said = captured();
    await replayTo(daemon, sample, '--run', 'again');
    expect(await replayTo(daemon, sample, '--run', 'again')).toBe(0);
    expect(daemon.logged).toHaveLength(5);
    expect(said.err()).toContain('the daemon logged 0 (charges 0.000), had 5 already');
    expect(said.err()).toContain("the daemon's bill grew by 0.000, as was logged");
  });

  it('tries again after failures and lost answers, and loses and doubles nothing', async () => {
    const daemon = await startDaemonStub();
    daemon.failures.push(503, 'answer-lost');
    const said = captured();
    expect(await replayTo(daemon, sample)).toBe(0);
    expect(daemon.requests).toHaveLength(3);
    expect(daemon.logged).toHaveLength(5);
    expect(said.err()).toContain('answers 503: as told; again in 250 ms');
    expect(said.err()).toContain('does not answer');
    expect(said.err()).toContain("the daemon's bill grew by 6.500, as was logged");
  });

  it.each([
    [400, 'answers 400: as told'],
    [403, 'answers 403: as told; the token needs the rights charges'],
  ])('ends when the daemon answers %i, without trying again', async (status, message) => {
    const daemon = await startDaemonStub();
    daemon.failures.push(status);
    const said = captured();
    expect(await replayTo(daemon, sample)).toBe(1);
    expect(said.err()).toContain(message);
    expect(daemon.requests).toHaveLength(1);
  });

  it('ends when the token is not known', async () => {
    const daemon = await startDaemonStub();
    const said = captured();
    expect(await replayTo(daemon, sample, '--token', 'wrong')).toBe(1);
    expect(said.err()).toContain('answers 401: the token is not known; is --token right, and not revoked?');
  });

  it('ends at a record that the daemon refuses, or goes on and counts it', async () => {
    const daemon = await startDaemonStub();
    daemon.refusedIds.add('3');
    const said = captured();
    expect(await replayTo(daemon, sample)).toBe(1);
    expect(said.err()).toContain('logged 4 (charges 5.375), had 0 already, suspended 0, refused 1');
    expect(said.err()).toContain('the daemon refused line 3: account-unknown: not today');
    expect(await replayTo(daemon, sample, '--on-error', 'skip')).toBe(1);
    expect(said.err()).toContain('logged 4 (charges 5.375), had 0 already, suspended 0, refused 1');
    expect(said.err()).toContain("the daemon's bill grew by 5.375, as was logged");
  });

  it('at speed max sends batches of bounded size, and every record once', async () => {
    const daemon = await startDaemonStub();
    const file = join(tempFolder(), 'many.txt');
    await generateFile(file, { count: 3456, seed: 5, form: 'fixed' });
    const said = captured();
    expect(await replayTo(daemon, file)).toBe(0);
    expect(daemon.logged.map((event) => event.id)).toEqual(Array.from({ length: 3456 }, (_, index) => `${index + 1}`));
    expect(Math.max(...daemon.requests.map(({ octets }) => octets))).toBeLessThanOrEqual(800_000);
    expect(daemon.requests.map(({ events }) => events)).toEqual([1000, 1000, 1000, 456]);
    expect(new Set(daemon.requests.map(({ type }) => type))).toEqual(new Set(['application/cloudevents-batch+json']));
    expect(said.err()).toContain('as was logged');
  });

  it('at other speeds posts each record before its delay begins', async () => {
    const daemon = await startDaemonStub();
    captured();
    const options = ['--to', daemon.url, '--account', 'acme & co', '--token', token, '--speed', '1024'];
    expect(await simulateCommand(['instant-ip', sample, ...options])).toBe(0);
    expect(daemon.requests.map(({ type, events }) => [type, events])).toEqual(
      Array(5).fill(['application/cloudevents+json', 1]),
    );
  });
});

it.each([
  [[], 'FILE is missing'],
  [['a', 'b'], 'one FILE only'],
  [['a', '--speed', '0'], '--speed 0: a number from'],
  [['a', '--speed', 'fast'], '--speed fast: a number from'],
  [['a', '--on-error', 'panic'], '--on-error panic: stop or skip is wanted'],
  [['a', '--zone', 'Mars/Olympus'], '--zone Mars/Olympus: a zone like'],
  [['a', '--to', 'localhost', '--token', 't', '--account', 'x'], '--to localhost: an address like'],
  [['a', '--to', 'http://h', '--account', 'x'], '--token is missing'],
  [['a', '--to', 'http://h', '--token', 't'], '--account is missing'],
  [['a', '--to', 'http://h', '--token', 't', '--account', 'x', '--run', 'a b'], '--run a b: 1 to 64'],
  [['a', '--to', 'http://h', '--serve', '1'], 'either --to or --serve'],
  [['a', '--account', 'x'], '--account is for --to'],
  [['a', '--start', 'now'], '--start is for --serve'],
  [['a', '--seed', '2'], '--seed is for --generate'],
  [['a', '--serve', '70000'], '--serve 70000: a whole number from 0 to 65535'],
  [['a', '--bogus'], '--bogus'],
  [['no-such-file.csv', '--speed', 'max'], 'no-such-file.csv'],
])('wrong usage %j is exit code 2 and says so', async (args, message) => {
  const said = captured();
  expect(await simulateCommand(['instant-ip', ...args])).toBe(2);
  expect(said.err()).toContain(message);
  expect(said.out()).toBe('');
});

it('--help tells every option', async () => {
  const said = captured();
  expect(await simulateCommand(['instant-ip', '--help'])).toBe(0);
  const options = [
    '--speed',
    '--lenient',
    '--zone',
    '--on-error',
    '--to',
    '--token',
    '--account',
    '--run',
    '--keep-time',
  ];
  for (const option of [...options, '--serve', '--host', '--start', '--generate', '--seed', '--form']) {
    expect(said.out()).toContain(`  ${option} `);
  }
});

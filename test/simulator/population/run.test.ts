import { afterEach, describe, expect, test } from 'vitest';
import { type PopulationOptions, populationOf } from '../../../simulator/population/population.ts';
import { PopulationRun, type RunOptions } from '../../../simulator/population/run.ts';
import { type AnsweringServer, startAnsweringServer } from '../nas/second-opinion.ts';

const secret = 'a secret of twenty-4 chars';
const options: PopulationOptions = {
  subscribers: 8,
  devices: 3,
  seed: 4,
  name: 'town',
  fromSeconds: Date.parse('2026-03-02T00:00:00Z') / 1000,
  toSeconds: Date.parse('2026-03-03T00:00:00Z') / 1000,
  interimSeconds: 3_600,
  vendors: ['mikrotik', 'cisco', 'huawei'],
  plans: ['hourly'],
  zones: ['UTC'],
  reboots: 0,
  skewSeconds: 0,
  lost: 0,
  overtaken: 0,
};
const population = populationOf(options);
const total = population.reports.length;

const servers: AnsweringServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function server(): Promise<AnsweringServer> {
  const started = await startAnsweringServer(secret);
  servers.push(started);
  return started;
}

function runOptions(ports: readonly number[], changes: Partial<RunOptions> = {}): RunOptions {
  return {
    servers: ports.map((port) => ({ host: '127.0.0.1', port })),
    secret,
    messageAuthenticator: false,
    seed: 4,
    window: 16,
    timeoutMs: 2_000,
    attempts: 20,
    loss: 0,
    retransmit: 0,
    duplicate: 0,
    ...changes,
  };
}

/** What tells one report from all others. */
const reportKey = ({ attributes }: AnsweringServer['received'][number]) =>
  [
    attributes['NAS-Identifier'],
    attributes['Acct-Session-Id'],
    attributes['Acct-Status-Type'],
    attributes['Acct-Session-Time'],
  ].join(' ');

describe('a population is sent', () => {
  test('once each, a subscriber’s reports in their order, when nothing goes wrong', async () => {
    const { port, received } = await server();
    const run = new PopulationRun(population, runOptions([port]));
    await run.run();
    expect(run.counts).toMatchObject({ sent: total, recorded: total, lost: 0, unanswered: 0, sentAgain: 0 });
    expect(received).toHaveLength(total);
    expect(received.every(({ attributes }) => attributes['Acct-Delay-Time'] === 0)).toBe(true);
    for (const { number } of population.subscribers) {
      const of = run.recorded.filter((n) => population.reports[n]!.session?.subscriber.number === number);
      expect(of).toEqual([...of].sort((a, b) => a - b));
    }
  });

  test('again after a lost answer, with another Acct-Delay-Time and Identifier, to the second server', async () => {
    const [first, second] = [await server(), await server()];
    const run = new PopulationRun(population, runOptions([first.port, second.port], { retransmit: 0.3 }));
    await run.run();
    const share = run.counts.answersLost / total;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
    expect(second.received).toHaveLength(run.counts.answersLost);
    expect(run.counts.failedOver).toBe(run.counts.answersLost);
    expect(second.received.every(({ attributes }) => attributes['Acct-Delay-Time'] === 5)).toBe(true);
    const firstKeys = new Set(first.received.map(reportKey));
    expect(second.received.every((request) => firstKeys.has(reportKey(request)))).toBe(true);
    expect(run.recorded).toHaveLength(total);
  });

  test('through a network that loses a third of everything, until it is recorded', async () => {
    const { port, received } = await server();
    const run = new PopulationRun(population, runOptions([port], { loss: 1 / 3 }));
    await run.run();
    expect(run.counts).toMatchObject({ recorded: total, lost: 0, unanswered: 0 });
    expect(run.counts.requestsLost).toBeGreaterThan(total / 4);
    expect(run.counts.answersLost).toBeGreaterThan(total / 6);
    expect(received.length).toBe(total + run.counts.answersLost);
  });

  test('twice where it is duplicated, octet for octet', async () => {
    const { port, received } = await server();
    const run = new PopulationRun(population, runOptions([port], { duplicate: 1 }));
    await run.run();
    expect(received).toHaveLength(2 * total);
    expect(run.exchangeCounts()).toMatchObject({
      duplicatesSent: total,
      unverifiedAnswers: 0,
      secondAnswersDifferent: 0,
    });
  });

  test('not at all where a device loses it, or where the network takes every attempt', async () => {
    const { port, received } = await server();
    const some = populationOf({ ...options, lost: 0.3 });
    const run = new PopulationRun(some, runOptions([port]));
    await run.run();
    const lost = some.reports.filter((report) => report.lost).length;
    expect(run.counts).toMatchObject({ lost, recorded: total - lost, unanswered: 0 });
    expect(received).toHaveLength(total - lost);
    const deaf = new PopulationRun(population, runOptions([port], { loss: 1, attempts: 3 }));
    await deaf.run();
    expect(deaf.counts).toMatchObject({ lost: total, recorded: 0, unanswered: 0, requestsLost: 3 * total });
  });
});

test('a server that says nothing leaves reports unanswered, which is told', async () => {
  const silent = await startAnsweringServer(secret, () => null);
  servers.push(silent);
  const run = new PopulationRun(population, runOptions([silent.port], { timeoutMs: 5, attempts: 2, window: 4 }));
  const finished = run.run();
  while (run.counts.unanswered < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  run.stop();
  await finished;
  expect(run.counts.recorded).toBe(0);
  expect(run.counts.sent).toBeLessThan(total);
});

test('a restart waits until all that is under way has ended, and nothing of the life before comes after it', async () => {
  const { port } = await server();
  const restarting = populationOf({ ...options, reboots: 2 });
  const run = new PopulationRun(restarting, runOptions([port], { loss: 0.2, window: 64 }));
  await run.run();
  const lives = new Map<number, number>();
  for (const n of run.recorded) {
    const { kind, device, session } = restarting.reports[n]!;
    if (kind === 'accounting-on') lives.set(device.number, (lives.get(device.number) ?? 0) + 1);
    if (session) expect(session.boot).toBe(lives.get(device.number) ?? 0);
  }
  expect([...lives.values()]).toEqual([2, 2, 2]);
});

test('at a pace of one, a day’s reports wait for their time', async () => {
  const { port } = await server();
  const run = new PopulationRun(population, runOptions([port], { pace: 1 }));
  const finished = run.run();
  while (run.recorded.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  run.stop();
  await finished;
  expect(run.counts).toMatchObject({ sent: run.recorded.length, unanswered: 0 });
  expect(run.counts.sent).toBeLessThan(total / 2);
});

import { afterEach, expect, test } from 'vitest';
import { type AckedRecord, expectedTotals, startDemoNas } from '../../../simulator/index.ts';
import { grouped } from '../grouped.ts';
import { type AnsweringServer, startAnsweringServer } from './second-opinion.ts';

const secret = 'a secret of this test';
const startMs = 1_767_225_600_000;
let server: AnsweringServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const users = [
  { login: 'ada', station: '02-00-00-00-00-01', octetsPerSecondIn: 1_000_000, octetsPerSecondOut: 100_000 },
  { login: 'bert', octetsPerSecondIn: 500, octetsPerSecondOut: 70 },
];

test('sessions follow the clock, change now and then, and all stop cleanly', async () => {
  server = await startAnsweringServer(secret);
  // A minute passes with every look at the clock.
  let nowMs = startMs;
  const log: AckedRecord[] = [];
  let enough: () => void = () => {};
  const reached = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const nas = await startDemoNas({
    host: '127.0.0.1',
    port: server.port,
    secret,
    users,
    interimMs: 2,
    interimsPerSession: 4,
    clock: () => {
      nowMs += 60_000;
      return nowMs;
    },
    onAnswered: (record) => log.push(record) === 60 && enough(),
  });
  await reached;
  await nas.stop();
  await nas.stop();
  expect(nas.counts.answered).toBe(log.length);
  expect(nas.counts.sent).toBe(nas.counts.answered + nas.counts.gaveUp);
  const sessions = grouped(log, (record) => record.session);
  expect(sessions.size).toBeGreaterThan(2);
  for (const session of sessions.values()) {
    expect(session.filter((record) => record.status === 'start').length).toBe(1);
    expect(session.filter((record) => record.status === 'stop').length).toBe(1);
    for (const record of session) {
      expect(record.eventSeconds - record.sessionSeconds).toBe(session[0]!.eventSeconds - session[0]!.sessionSeconds);
      expect(record.eventSeconds * 1000).toBeLessThanOrEqual(nowMs);
    }
  }
  const ada = expectedTotals(log).get('ada')!;
  expect(ada.seconds).toBeGreaterThan(0n);
  // The rate varies between 0.4 and 1.6 times the average.
  expect(ada.octetsIn).toBeGreaterThan(ada.seconds * 400_000n);
  expect(ada.octetsIn).toBeLessThan(ada.seconds * 1_600_000n);
});

test('a report given up is covered by the next, and a Stop is tried again', async () => {
  // Eight packets are four reports with one retransmission each: Start, Interims and a Stop among them.
  server = await startAnsweringServer(secret, (answer, n) => (n < 8 ? null : answer));
  let nowMs = startMs;
  let stopped: (record: AckedRecord) => void = () => {};
  const stopAnswered = new Promise<AckedRecord>((resolve) => {
    stopped = resolve;
  });
  const nas = await startDemoNas({
    host: '127.0.0.1',
    port: server.port,
    secret,
    users: users.slice(0, 1),
    interimMs: 5,
    timeoutMs: 5,
    retries: 1,
    interimsPerSession: 1,
    clock: () => {
      nowMs += 60_000;
      return nowMs;
    },
    onAnswered: (record) => {
      if (record.status === 'stop') stopped(record);
    },
  });
  const stop = await stopAnswered;
  await nas.stop();
  expect(nas.counts.gaveUp).toBeGreaterThanOrEqual(4);
  expect(stop.octetsIn).toBeGreaterThan(0n);
  const stops = server.received.filter(({ attributes }) => attributes['Acct-Session-Id'] === stop.session);
  expect(stops.filter(({ attributes }) => attributes['Acct-Status-Type'] === 'Stop').length).toBeGreaterThan(2);
});

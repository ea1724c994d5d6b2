import { afterEach, expect, test } from 'vitest';
import { ackLogLines, expectedTotals, type NasOptions, parseAckLog, startNas } from '../../../simulator/index.ts';
import { arrayOf } from '../array-of.ts';
import { grouped } from '../grouped.ts';
import { type AnsweringServer, startAnsweringServer } from './second-opinion.ts';

const secret = 'a secret of this test';
let server: AnsweringServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

function nasOptions(port: number, more: Partial<NasOptions> = {}): NasOptions {
  return {
    host: '127.0.0.1',
    port,
    secret,
    users: 5,
    sessions: 40,
    interims: 2,
    interimSeconds: 60,
    startSeconds: 1_767_225_600,
    seed: 7,
    window: 16,
    timeoutMs: 5000,
    ...more,
  };
}

test('all reports are answered, in order within their session, and the ack log holds each once', async () => {
  server = await startAnsweringServer(secret);
  const live: string[] = [];
  const nas = startNas(nasOptions(server.port, { onAnswered: (r) => live.push(`${r.session} ${r.status}`) }));
  const summary = await nas.done;
  expect(summary).toMatchObject({ ok: true, sent: 160, answered: 160, gaveUp: 0, unverifiedAnswers: 0 });
  const log = [...nas.ackLog()];
  expect(log.map((r) => `${r.session} ${r.status}`).sort()).toEqual([...live].sort());
  expect(await arrayOf(parseAckLog(ackLogLines(log)))).toEqual(log);
  for (const session of grouped(live, (line) => line.split(' ')[0]!).values()) {
    expect(session.map((line) => line.split(' ')[1])).toEqual(['start', 'interim', 'interim', 'stop']);
  }
});

test('what the server has received adds up to what the ack log expects', async () => {
  server = await startAnsweringServer(secret);
  const nas = startNas(nasOptions(server.port));
  await nas.done;
  const received = new Map<string, bigint>();
  for (const { attributes } of server.received) {
    if (attributes['Acct-Status-Type'] !== 'Stop') continue;
    const user = String(attributes['User-Name']);
    const gigawords = BigInt((attributes['Acct-Output-Gigawords'] as number | undefined) ?? 0);
    const octets = (gigawords << 32n) + BigInt(attributes['Acct-Output-Octets'] as number);
    received.set(user, (received.get(user) ?? 0n) + octets);
  }
  const expected = [...expectedTotals(nas.ackLog())].map(([user, totals]) => [user, totals.octetsIn] as const);
  expect(new Map(expected)).toEqual(received);
});

test('an answer that is lost or not taken notice of makes the same octets come again', async () => {
  server = await startAnsweringServer(secret, (answer, n) => (n < 10 ? null : answer));
  const summary = await startNas(nasOptions(server.port, { timeoutMs: 50, vary: { dropAnswer: 0.2 } })).done;
  expect(summary.ok).toBe(true);
  expect(summary.answersDropped).toBeGreaterThan(0);
  expect(summary.retransmitted).toBeGreaterThanOrEqual(10 + summary.answersDropped);
  expect(summary.secondAnswersIdentical).toBeGreaterThanOrEqual(summary.answersDropped);
  expect(summary.secondAnswersDifferent).toBe(0);
  expect(server.received.length).toBe(160 + summary.retransmitted);
});

test('forged copies go out beside the good ones and harm nothing', async () => {
  server = await startAnsweringServer(secret);
  const summary = await startNas(nasOptions(server.port, { vary: { forge: 0.3, duplicate: 0.3 } })).done;
  expect(summary).toMatchObject({ ok: true, answered: 160 });
  expect(summary.forgedSent).toBeGreaterThan(0);
  expect(server.refused).toBe(summary.forgedSent);
  expect(server.received.length).toBe(160 + summary.duplicatesSent);
});

test('answers with a wrong authenticator are no answers', async () => {
  server = await startAnsweringServer(secret, (answer) => {
    answer[4]! ^= 1;
    return answer;
  });
  const summary = await startNas(nasOptions(server.port, { sessions: 2, retries: 1, timeoutMs: 50 })).done;
  expect(summary).toMatchObject({ ok: false, answered: 0 });
  expect(summary.unverifiedAnswers).toBeGreaterThan(0);
});

test('a second answer that differs from the first is told', async () => {
  // Octets behind Length are padding, so the second answer is genuine, and yet not the same bytes.
  server = await startAnsweringServer(secret, (answer, n) =>
    n === 1 ? Buffer.concat([answer, Buffer.alloc(1)]) : answer,
  );
  const options = nasOptions(server.port, { sessions: 1, interims: 0, timeoutMs: 50, vary: { dropAnswer: 1 } });
  const summary = await startNas(options).done;
  expect(summary).toMatchObject({ ok: false, answered: 2, secondAnswersDifferent: 1, secondAnswersIdentical: 1 });
});

test('a server that never answers is given up after a window full of reports', async () => {
  server = await startAnsweringServer(secret, () => null);
  const summary = await startNas(nasOptions(server.port, { retries: 1, timeoutMs: 50, window: 8 })).done;
  expect(summary).toMatchObject({ ok: false, unreachable: true, answered: 0 });
  expect(summary.sent).toBeLessThan(160);
  expect(summary.gaveUp).toBe(summary.sent);
});

test('a paced run sends everything and tells the latency from the moment each report was due', async () => {
  server = await startAnsweringServer(secret);
  const summary = await startNas(nasOptions(server.port, { ratePerSecond: 2000 })).done;
  expect(summary).toMatchObject({ ok: true, answered: 160 });
  expect(summary.latencyFromDue).toBeDefined();
});

test('stop() issues no more and waits for what is in flight', async () => {
  server = await startAnsweringServer(secret);
  let answered = 0;
  const nas = startNas(
    nasOptions(server.port, { sessions: 1000, onAnswered: () => ++answered === 20 && void nas.stop() }),
  );
  const summary = await nas.done;
  expect(summary.ok).toBe(true);
  expect(summary.sent).toBeLessThan(4000);
  expect(await nas.stop()).toEqual(summary);
});

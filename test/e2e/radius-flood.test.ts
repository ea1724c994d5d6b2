/**
 * What an enemy may send to the accounting port, over a real socket to a real daemon: a flood of forgeries beside the
 * requests of an honest NAS, and datagrams damaged in every way. Each datagram that reached the socket is accounted for.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { signedAgain } from '../../simulator/fuzz/forge.ts';
import { mutated } from '../../simulator/fuzz/mutate.ts';
import { hostileRequests, simulatedRequests } from '../../simulator/fuzz/radius-material.ts';
import { type NasSummary, startNas } from '../../simulator/index.ts';
import { Api } from './api.ts';
import {
  freeUdpPort,
  makeFolder,
  type RunningProcess,
  radiusSecret,
  startProcess,
  type TestFolder,
} from './daemon-process.ts';
import { expectBillsAsAnswered, makeMeteredAccounts } from './metered.ts';

const clockStart = '2026-03-10T12:00:00Z';
const users = 5;
const seed = 20261121;
const forgedCount = Number(process.env.METERD_FORGED ?? '60000');
const damagedCount = Number(process.env.METERD_DAMAGED ?? '40000');
const goodPerSecond = 150;
/** Datagrams sent in one turn of the event loop. */
const burst = 20;

let folder: TestFolder;
let daemon: RunningProcess;

afterEach(async () => {
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  folder.remove();
});

async function begin(): Promise<Api> {
  folder = makeFolder(await freeUdpPort(), { clock: { start: clockStart } });
  daemon = await startProcess(folder.configFile);
  const api = await Api.signedIn(daemon.url);
  await makeMeteredAccounts(api, users);
  return api;
}

/** An honest NAS, which asks again where it gets no answer. */
function honestNas(ratePerSecond: number) {
  return startNas({
    ...{ host: '127.0.0.1', port: daemon.radiusPort, secret: radiusSecret, users, seed },
    ...{ sessions: 400_000, activeSessions: 500, interims: 3, interimSeconds: 600, sessionPrefix: 'good-' },
    ...{ startSeconds: Date.parse(clockStart) / 1000, window: 256, ratePerSecond, timeoutMs: 2_000, retries: 30 },
  });
}

/** Sends datagrams from a socket of its own, `perSecond` of them at most. */
async function send(datagrams: (number: number) => Uint8Array, count: number, perSecond: number): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', () => undefined);
  const startedMs = performance.now();
  for (let sent = 0; sent < count; sent += burst) {
    for (let number = sent; number < Math.min(count, sent + burst); number++) {
      socket.send(datagrams(number), daemon.radiusPort, '127.0.0.1');
    }
    const aheadMs = (sent / perSecond) * 1000 - (performance.now() - startedMs);
    await (aheadMs > 1 ? pause(aheadMs) : nextTurn());
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

/** What the daemon accounts for, and what the kernel dropped before it, when it has read all that waited for it. */
async function accounted(api: Api) {
  for (let before = -1; ; await pause(500)) {
    const health = await api.rated();
    const radius = health.collectors.find(({ collector }) => collector === 'radius')!;
    const text = await (await fetch(`${daemon.url}/metrics`)).text();
    const statusAnswers = Number(/^meterd_status_answers_total\{collector="radius"\} (\d+)$/m.exec(text)?.[1] ?? '0');
    const kernelDrops = health.process.kernelDrops ?? 0;
    const arrived = radius.received + statusAnswers;
    expect(radius.difference).toBe(0);
    if (arrived === before) return { radius, kernelDrops, arrived, rssBytes: health.process.rssBytes };
    before = arrived;
  }
}

const sentBy = ({ sent, retransmitted }: NasSummary): number => sent + retransmitted;

test(`${forgedCount} forged datagrams beside good ones, twenty for each, cost no good one`, async () => {
  const api = await begin();
  const genuine = simulatedRequests();
  // Signed with another secret: only the digest tells.
  const forged = genuine.map((request, number) => signedAgain(request, [Buffer.from('a guess')], seed, number * 8 + 1));
  const nas = honestNas(goodPerSecond);
  await send((number) => forged[number % forged.length]!, forgedCount, goodPerSecond * 25);
  const summary = await nas.stop();
  expect(summary).toMatchObject({ gaveUp: 0, ok: true });
  expect(forgedCount).toBeGreaterThanOrEqual(20 * summary.answered);
  const { radius, kernelDrops, arrived } = await accounted(api);
  expect(arrived + kernelDrops).toBe(sentBy(summary) + forgedCount);
  // No good one was lost but by the kernel, and none of those for good.
  expect(summary.retransmitted).toBeLessThanOrEqual(kernelDrops);
  expect(radius.refused['bad-authenticator'] ?? 0).toBeGreaterThanOrEqual(forgedCount - kernelDrops);
  await expectBillsAsAnswered(api, nas.ackLog(), { users, note: `seed ${seed}` });
  const { sent, retransmitted } = summary;
  console.log(JSON.stringify({ forged: forgedCount, good: sent, lost: summary.gaveUp, retransmitted, kernelDrops }));
}, 300_000);

test(`${damagedCount} damaged datagrams over a real socket end nothing, and each that arrived is accounted for`, async () => {
  const api = await begin();
  const real = readFileSync(new URL('../fixtures/radius-datagrams/radclient.hex', import.meta.url), 'utf8');
  const captured = real.trim().split('\n');
  const material = [
    ...captured.map((line) => Uint8Array.from(Buffer.from(line, 'hex'))),
    ...simulatedRequests(),
    ...hostileRequests(),
  ];
  const secrets = [Buffer.from(radiusSecret)];
  const nas = honestNas(20);
  const damaged = (number: number) => signedAgain(mutated(material, seed, number), secrets, seed, number);
  // Empty ones are datagrams as well; what is larger than a datagram may be is cut.
  await send((number) => damaged(number).subarray(0, 65_000), damagedCount, 1_500);
  const summary = await nas.stop();
  expect(summary).toMatchObject({ gaveUp: 0, ok: true });
  const { radius, kernelDrops, arrived, rssBytes } = await accounted(api);
  expect(arrived + kernelDrops).toBe(sentBy(summary) + damagedCount);
  expect(radius.logged + radius.suspended).toBeGreaterThan((damagedCount - kernelDrops) / 5);
  expect(daemon.output()).not.toMatch(/"level":[56]0/);
  console.log(JSON.stringify({ damaged: damagedCount, good: summary.sent, kernelDrops, rssBytes, cpu: cpuSeconds() }));
}, 600_000);

/** CPU time of the daemon's process so far, in ticks of 10 ms (proc(5)). */
function cpuSeconds(): number {
  const fields = readFileSync(`/proc/${daemon.child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

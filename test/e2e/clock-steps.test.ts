/**
 * The machine's clock is set forth and back by days while sessions go on whose device tells no times of its own: the
 * daemon, built as it is run, gets a machine's time that the test sets.
 */
import { createSocket, type Socket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import type { NetworkSessionView, Page } from '../../daemon/contract.ts';
import type { Daemon, DaemonOptions } from '../../daemon/daemon.ts';
import { type PeerAttribute, peerRequest } from '../fixtures/radius-peer.ts';
import { Api } from './api.ts';
import { makeFolder, radiusSecret, type TestFolder } from './daemon-process.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Two days before a month ends, so that a step may cross the end. */
const begin = Date.UTC(2026, 2, 29, 12);
const intervalMs = 600_000;

let folder: TestFolder;
let daemon: Daemon | null = null;
let socket: Socket | null = null;

afterEach(async () => {
  socket?.close();
  await daemon?.stop();
  folder.remove();
});

/** A machine whose time runs when the test says so; its wall clock is set apart. */
class Machine {
  passedMs = 0;
  setMs = 0;
  wallMs = () => begin + this.passedMs + this.setMs;
  monotonicMs = () => this.passedMs;
  sinceBootMs = () => this.passedMs;
}

async function start(machine: Machine): Promise<Daemon> {
  // Built, since the rating thread is a file of its own.
  const built = new URL('../../dist/daemon/', import.meta.url);
  const { startDaemon } = (await import(new URL('daemon.js', built).href)) as typeof import('../../daemon/daemon.ts');
  const { loadConfig } = (await import(new URL('config.js', built).href)) as typeof import('../../daemon/config.ts');
  const { pino } = await import('pino');
  const options: DaemonOptions = {
    config: loadConfig(folder.configFile, {}).config,
    logger: pino({ level: 'silent' }),
    version: 'test',
    machineTime: machine,
  };
  return startDaemon(options);
}

let identifier = 0;

/** Sends a report without Event-Timestamp, and waits for its answer. */
async function report(attributes: readonly PeerAttribute[]): Promise<void> {
  const sender = socket!;
  const request = peerRequest(radiusSecret, [['NAS-Identifier', 'old-nas'], ...attributes], identifier++ & 255);
  const answered = new Promise<void>((resolve) => sender.once('message', () => resolve()));
  sender.send(request, daemon!.radiusPort, '127.0.0.1');
  await answered;
}

const statusOf = { start: 'Start', interim: 'Interim-Update', stop: 'Stop' } as const;

function session(id: string, status: keyof typeof statusOf, seconds: number): PeerAttribute[] {
  return [
    ['Acct-Status-Type', statusOf[status]],
    ['Acct-Session-Id', id],
    ['User-Name', 'ann'],
    ...(status === 'start' ? [] : [['Acct-Session-Time', seconds] as PeerAttribute]),
    ...(status === 'start' ? [] : [['Acct-Output-Octets', seconds * 1_000] as PeerAttribute]),
  ];
}

test('the clock is set forth and back: totals are the sessions’ own, none becomes stale or another, no month begins early', async () => {
  folder = makeFolder(0, { radius: radiusConfig() });
  const machine = new Machine();
  daemon = await start(machine);
  const api = await Api.signedIn(daemon.url);
  await api.putPlan('metered', new URL('./plans/metered.xml', import.meta.url));
  await api.createAccount({ id: 'ann', plan: 'metered', logins: ['ann'] });
  socket = createSocket('udp4');
  const ids = ['s1', 's2', 's3'];
  for (const id of ids) await report(session(id, 'start', 0));
  const steps = [0, 40 * dayMs, -2 * dayMs, 3 * hourMs, -90 * dayMs, 366 * dayMs, 0, 11 * 60_000, -11 * 60_000, 0];
  let seconds = 0;
  for (const stepMs of steps) {
    machine.setMs = stepMs;
    // The interval passes in pieces, as it does for a daemon that looks at its clock all the time.
    for (let piece = 0; piece < 10; piece++) {
      machine.passedMs += intervalMs / 10;
      daemon.clock();
    }
    seconds += intervalMs / 1000;
    for (const id of ids) await report(session(id, 'interim', seconds));
    // The chores look by once a second, real time.
    await chores();
  }
  // The account's first tick and the reports: no tick of a month that has not begun, and nothing about silence.
  expect((await api.health()).partition.logged).toBe(1 + ids.length * (steps.length + 1));
  const sessions = await api.json<Page<NetworkSessionView>>('GET', '/api/sessions');
  expect(sessions.items.map(({ id, open }) => [id, open])).toEqual([
    ['s3', true],
    ['s2', true],
    ['s1', true],
  ]);
  for (const id of ids) await report(session(id, 'stop', seconds + 60));
  const health = await api.rated();
  expect(health.partition).toMatchObject({ quarantined: 0, duplicate: 0, difference: 0 });
  const bill = await api.bill('ann', '2026-03');
  const total = ids.length * (seconds + 60);
  expect(bill.lines.map(({ label, baseQuantity }) => [label, baseQuantity])).toEqual([
    ['Time', String(total)],
    ['Download', String(total * 1_000)],
  ]);
  expect((await api.bill('ann', '2026-04')).lines).toEqual([]);
}, 120_000);

function radiusConfig() {
  return {
    host: '127.0.0.1',
    port: 0,
    staleAfterMinutes: 30,
    clients: [{ cidr: '127.0.0.0/8', name: 'test', secret: radiusSecret }],
  };
}

const chores = () => new Promise((resolve) => setTimeout(resolve, 1_200));

/**
 * The audit can fail: a report that is answered and lost, use that is charged twice, a price that is not the plan's, a
 * stored charge that was changed. Each ends in exit code 1, or a list of differences, that names the account.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import type { HealthView } from '../../daemon/contract.ts';
import { Api } from '../../simulator/audit/api.ts';
import { type AuditResult, audit, differenceTable } from '../../simulator/audit/audit.ts';
import { planId, planXml } from '../../simulator/population/plans.ts';
import { type PopulationOptions, populationOf } from '../../simulator/population/population.ts';
import { provision } from '../../simulator/population/provision.ts';
import { PopulationRun } from '../../simulator/population/run.ts';
import { auditedAccounts } from '../../simulator/population/scenario.ts';
import { decodeRequest, radius } from '../simulator/nas/second-opinion.ts';
import {
  adminPassword,
  makeFolder,
  type RunningProcess,
  radiusSecret,
  runMeterd,
  startProcess,
  type TestFolder,
} from './daemon-process.ts';

let folder: TestFolder | null = null;
let daemon: RunningProcess | null = null;
let thiefSockets: Socket[] = [];

afterEach(async () => {
  for (const socket of thiefSockets) socket.close();
  thiefSockets = [];
  daemon?.child.kill('SIGKILL');
  await daemon?.ended;
  folder?.remove();
});

const population: PopulationOptions = {
  subscribers: 4,
  devices: 6,
  seed: 3,
  name: 'village',
  fromSeconds: Date.parse('2026-03-10T00:00:00Z') / 1000,
  toSeconds: Date.parse('2026-03-12T00:00:00Z') / 1000,
  interimSeconds: 7_200,
  vendors: ['mikrotik'],
  plans: ['hourly', 'fig-6b'],
  zones: ['Europe/Paris'],
  reboots: 0,
  skewSeconds: 0,
  lost: 0,
  overtaken: 0,
};

test('an hour that is charged twice is a difference of its account, and exit code 1', async () => {
  const { api, send, look } = await village();
  await send(daemon!.radiusPort);
  expect((await look()).differences).toEqual([]);

  await postHour(api);
  const doubled = await look();
  expect(doubled.differences).toContainEqual({
    account: 'village-00001',
    name: '2026-03 Hours online: posted',
    expected: expect.any(String) as string,
    actual: expect.any(String) as string,
    difference: '1.200000',
  });
  expect(accountsOf(doubled)).toEqual(['village-00001']);
  const table = differenceTable(doubled.differences);
  expect(table).toMatch(/^account +what +expected +daemon says +difference\nvillage-00001 /);

  // The command says the same; it sends everything again, which changes nothing.
  const given = ['--population', '4', '--seed', '3', '--name', 'village', '--from', '2026-03-10', '--days', '2'];
  const kind = ['--plan', 'hourly,fig-6b', '--zones', 'Europe/Paris', '--interim', '7200', '--vendors', 'mikrotik'];
  const server = ['--server', `127.0.0.1:${daemon!.radiusPort}`, '--secret', radiusSecret];
  const audited = ['--audit', daemon!.url, '--password', adminPassword, '--provision'];
  const { code, out, err } = await runMeterd(['simulate', 'nas', ...given, ...kind, ...server, ...audited]);
  expect(err).toBe(table);
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    accountsMade: 0,
    audit: { differences: doubled.differences.length },
  });
  expect(code).toBe(1);
});

test('a price that is not the plan’s is a difference of every account that has it', async () => {
  const { api, send, look } = await village();
  const dearer = planXml('hourly').replace('1.20', '1.21');
  const from = encodeURIComponent('2026-03-09T00:00:00Z');
  await api.putXml(`api/plans/${planId('hourly')}?validFrom=${from}`, dearer);
  await send(daemon!.radiusPort);
  expect(accountsOf(await look())).toEqual(['village-00001', 'village-00003']);
});

test('a report that is answered and then lost is a difference of its account', async () => {
  const { send, look } = await village();
  const lost = await startThief(daemon!.radiusPort, 'village-00002@example.net');
  await send(lost.port);
  const { differences } = await look();
  expect(lost.stolen()).toBe(1);
  expect(accountsOf({ differences })).toEqual(['village-00002']);
  expect(differences.find(({ name }) => name === 'use: seconds')?.difference).toMatch(/^-\d+$/);
});

test('a stored charge that was changed behind the daemon’s back is a difference of its account, though no bill shows it', async () => {
  const { send, look } = await village();
  await send(daemon!.radiusPort);
  expect((await look()).differences).toEqual([]);
  changeCharge(join(folder!.path, 'data', 'store.db'));
  const { differences } = await look();
  // Which account and month it is of is left to the order of rating.
  const [line, bill] = differences.map(({ name }) => name);
  expect(line).toMatch(/^2026-0[23] .+: charges$/);
  expect(bill).toBe(`${line!.slice(0, 7)} charges`);
  expect(differences.map(({ difference }) => Math.abs(Number(difference)))).toEqual([0.9, 0.9]);
  expect(new Set(differences.map(({ account }) => account)).size).toBe(1);
});

/** Puts another first decimal into an amount below one, in place: a row's text is as long as it was. */
function changeCharge(file: string): void {
  const db = new Database(file);
  db.pragma('busy_timeout = 10000');
  const blocks = db.prepare<[], { last_id: number; rows: Buffer }>('SELECT last_id, rows FROM charge_block').all();
  for (const { last_id: id, rows } of blocks) {
    const at = rows.indexOf('0.0', 0, 'latin1');
    if (at < 0) continue;
    rows[at + 2] = '9'.charCodeAt(0);
    db.prepare('UPDATE charge_block SET rows = ? WHERE last_id = ?').run(rows, id);
    db.close();
    return;
  }
  throw new Error('no charge below a tenth');
}

/** A daemon with the population's accounts; how to send the reports to a port, and how to audit what came of them. */
async function village() {
  folder = makeFolder(0, { clock: { start: '2026-03-12T01:00:00Z' } });
  daemon = await startProcess(folder.configFile);
  const { signal } = new AbortController();
  const api = new Api(new URL(daemon.url), signal);
  await api.signIn({ login: 'admin', password: adminPassword });
  const people = populationOf(population);
  await provision(api, people.subscribers, population);
  const knownSinceSeconds = await api.clockSeconds();
  let run: PopulationRun | null = null;
  const send = async (port: number) => {
    run = new PopulationRun(people, {
      servers: [{ host: '127.0.0.1', port }],
      secret: radiusSecret,
      messageAuthenticator: false,
      seed: 3,
      window: 32,
      timeoutMs: 1_000,
      attempts: 20,
      loss: 0,
      retransmit: 0,
      duplicate: 0,
    });
    await run.run();
    expect(run.counts.unanswered).toBe(0);
  };
  const look = () => {
    const accounts = auditedAccounts({ population: people, run: run!, options: population, knownSinceSeconds });
    return audit(api, accounts, { signal, againMs: 100 });
  };
  return { api, send, look };
}

function accountsOf({ differences }: Pick<AuditResult, 'differences'>): string[] {
  return [...new Set(differences.map(({ account }) => account))];
}

/** The same hour once more, as an event of its own; it is on the bill after this. */
async function postHour(api: Api): Promise<void> {
  await api.post('api/usage', {
    specversion: '1.0',
    id: '1',
    source: '/again',
    type: 'meterd.usage.time',
    subject: 'village-00001',
    data: { quantity: 3600, start: '2026-03-11T12:00:00Z', end: '2026-03-11T13:00:00Z' },
  });
  const waiting = async () => (await api.get<HealthView>('api/health')).partition.waiting;
  await expect.poll(waiting, { timeout: 30_000 }).toBe(0);
}

/** Stands before the daemon and passes everything on, but for the first Stop of a user, which it answers itself. */
async function startThief(daemonPort: number, user: string) {
  const front = createSocket('udp4');
  const behind = new Map<number, Socket>();
  let stolen = 0;
  thiefSockets.push(front);
  front.on('message', (packet, { port }) => {
    const request = decodeRequest(packet, radiusSecret);
    const { 'User-Name': name, 'Acct-Status-Type': status } = request.attributes;
    if (stolen === 0 && name === user && status === 'Stop') {
      stolen++;
      front.send(radius.encode_response({ packet: request, code: 'Accounting-Response', secret: radiusSecret }), port);
      return;
    }
    let socket = behind.get(port);
    if (!socket) {
      socket = createSocket('udp4').on('message', (answer) => front.send(answer, port));
      thiefSockets.push(socket);
      behind.set(port, socket);
    }
    socket.send(packet, daemonPort, '127.0.0.1');
  });
  await new Promise<void>((resolve) => front.bind(0, '127.0.0.1', resolve));
  return { port: (front.address() as AddressInfo).port, stolen: () => stolen };
}

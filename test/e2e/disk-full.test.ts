/**
 * The disk is full: a small file system (tmpfs) under the data folder, or under the store alone, is filled to its last
 * octet while devices send. Nothing is answered that is not durable, the alarm is plain, and when there is room again
 * everything goes on without a restart, with nothing lost and nothing twice.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type NasSimulator, startNas } from '../../simulator/index.ts';
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
const users = 6;
const seed = 20261121;
/** Room for several segments of the log, of which one is made ahead. */
const diskOctets = 64 * 1024 * 1024;
/** Refusals in a row, without an answer between them, after which the log counts as full. */
const refusalsInRow = 300;

let folder: TestFolder | null = null;
let daemon: RunningProcess | null = null;
let nas: NasSimulator | null = null;
let disk: string | null = null;

afterEach(async () => {
  daemon?.child.kill('SIGKILL');
  await daemon?.ended;
  // It would wait for answers that nobody gives any more.
  void nas?.stop();
  if (disk) execFileSync('umount', ['--lazy', disk]);
  folder?.remove();
  [folder, daemon, nas, disk] = [null, null, null, null];
});

/** Mounts the small disk on a folder; false where this user may not. */
function mountDisk(path: string): boolean {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskOctets}`, 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    return false;
  }
  disk = path;
  return true;
}

const filler = () => join(disk!, 'filler');

/** Writes until there is no room for another page. */
function fillDisk(): void {
  for (let octets = 1024 * 1024; octets >= 4096; ) {
    try {
      appendFileSync(filler(), Buffer.alloc(octets, 1));
    } catch (cause) {
      expect((cause as NodeJS.ErrnoException).code).toBe('ENOSPC');
      octets /= 2;
    }
  }
}

async function startUnderLoad(): Promise<Api> {
  const api = await restart();
  await makeMeteredAccounts(api, users);
  nas = startNas({
    ...{ host: '127.0.0.1', port: daemon!.radiusPort, secret: radiusSecret, users, seed },
    ...{ sessions: 400_000, activeSessions: 500, interims: 3, interimSeconds: 600 },
    ...{ startSeconds: Date.parse(clockStart) / 1000, window: 64, timeoutMs: 250, retries: 10_000 },
  });
  await answers(1_000);
  return api;
}

async function restart(): Promise<Api> {
  daemon = await startProcess(folder!.configFile);
  return Api.signedIn(daemon.url);
}

async function answers(more: number): Promise<void> {
  const target = nas!.progress().answered + more;
  await until(async () => nas!.progress().answered >= target);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const ready = async () => (await fetch(`${daemon!.url}/readyz`)).status;
const metric = async (line: string) =>
  Number((await (await fetch(`${daemon!.url}/metrics`)).text()).split(`\n${line} `)[1]?.split('\n')[0] ?? '0');
const refusals = () => metric('meterd_refused_total{collector="radius",reason="log-unavailable"}');

async function goesOnAfterRoomIsMade(api: Api): Promise<void> {
  rmSync(filler());
  await answers(2_000);
  await until(async () => (await ready()) === 200);
  const summary = await nas!.stop();
  expect(summary).toMatchObject({ gaveUp: 0, ok: true });
  await expectBillsAsAnswered(api, nas!.ackLog(), { users, note: 'after the disk was full' });
  expect((await api.health()).verdict).toBe('ok');
}

test('while the disk is full nothing is answered and the alarm is plain; then all goes on without a restart', async (context) => {
  folder = makeFolder(await freeUdpPort(), { clock: { start: clockStart } });
  if (!mountDisk(join(folder.path, 'data'))) return context.skip('this user may not mount a tmpfs');
  const api = await startUnderLoad();
  fillDisk();
  await until(async () => {
    const before = { refused: await refusals(), answered: nas!.progress().answered };
    await until(
      async () => nas!.progress().answered > before.answered || (await refusals()) > before.refused + refusalsInRow,
    );
    return nas!.progress().answered === before.answered;
  });

  const full = { answered: nas!.progress().answered, refused: await refusals() };
  // The chores come by meanwhile, whose notes are smaller than a batch.
  const seen: number[] = [];
  for (let look = 0; look < 40; look++) {
    seen.push(await ready());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(new Set(seen)).toEqual(new Set([503]));
  expect(await refusals()).toBeGreaterThan(full.refused);
  expect(nas!.progress().answered).toBe(full.answered);
  expect((await fetch(`${daemon!.url}/healthz`)).status).toBe(200);
  const health = await api.health();
  expect(health.verdict).toBe('critical');
  expect(health.summary).toMatch(/cannot be written, so devices get no answers: check the disk of the data folder/);
  expect(await metric('meterd_fault{where="log"}')).toBe(1);
  const told = daemon!.output().match(/the usage log cannot be written; devices get no answer/g) ?? [];
  expect(told.length).toBeGreaterThan(0);
  // A flood of lines would fill the next disk.
  expect(told.length).toBeLessThan(20);
  await goesOnAfterRoomIsMade(api);
}, 240_000);

test('while the store alone is full devices are answered and rating waits; then it goes on without a restart', async (context) => {
  folder = makeFolder(await freeUdpPort(), { clock: { start: clockStart } });
  if (!mountDisk(join(folder.path, 'store-disk'))) return context.skip('this user may not mount a tmpfs');
  mkdirSync(join(folder.path, 'data'));
  symlinkSync(join(disk!, 'store.db'), join(folder.path, 'data', 'store.db'));
  const api = await startUnderLoad();
  fillDisk();
  await until(async () => (await api.health()).verdict === 'critical');
  const before = await api.health();
  await answers(2_000);
  const after = await api.health();
  expect(after.summary).toMatch(/Rating has stopped and is being tried again/);
  expect(after.partition.rated).toBe(before.partition.rated);
  expect(after.partition.waiting).toBeGreaterThan(before.partition.waiting + 1_000);
  expect(await ready()).toBe(503);
  expect((await api.send('POST', '/api/accounts/a1/payments', { amount: '1' })).status).toBe(503);
  expect(await metric('meterd_fault{where="rating"}')).toBe(1);
  expect(daemon!.output()).toMatch(/rating stopped at position \d+: .*full/);
  await goesOnAfterRoomIsMade(api);
}, 240_000);

/**
 * Usage events over HTTP against a real daemon: once and only once through kill -9 and restarts, suspense, priced
 * charges from Instant-IP files, and the way back by `meterd export`.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { InstantIpReader, type InstantIpRecord, printThousandths } from '../../collectors/index.ts';
import type { IssuedApiToken, UsageAnswer, UsageVerdict } from '../../daemon/contract.ts';
import { addDecimal } from '../../rating/index.ts';
import { Api } from './api.ts';
import {
  freeUdpPort,
  makeFolder,
  type RunningProcess,
  runMeterd,
  startProcess,
  type TestFolder,
} from './daemon-process.ts';

const clockStart = '2026-03-10T12:00:00Z';
const downloadsPlan = new URL('./plans/downloads.xml', import.meta.url);
let folder: TestFolder;
let daemon: RunningProcess;

async function start(environment: Record<string, string> = {}): Promise<Api> {
  daemon = await startProcess(folder.configFile, environment);
  return Api.signedIn(daemon.url);
}

async function begin(extra: Record<string, unknown> = {}): Promise<Api> {
  folder = makeFolder(await freeUdpPort(), { clock: { start: clockStart }, ...extra });
  const api = await start();
  await api.putPlan('downloads', downloadsPlan);
  return api;
}

afterEach(async () => {
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  folder.remove();
});

async function providerToken(api: Api, rights: readonly string[]): Promise<string> {
  const token = { name: 'shop', role: 'provider', provider: 'shop-1', rights };
  return (await api.json<IssuedApiToken>('POST', '/api/tokens', token)).token;
}

function download(n: number, subject: string, quantity = 1): Record<string, unknown> {
  return {
    specversion: '1.0',
    id: `d-${n}`,
    source: '/shop/downloads',
    type: 'meterd.usage.downloads',
    subject,
    time: '2026-03-10T11:59:00Z',
    data: {
      quantity,
      attributes: { vendor: 'Film Shop', attribution: n % 2 ? 'child' : 'parent', title: `Film ${n}` },
    },
  };
}

async function post(token: string, events: readonly unknown[]): Promise<Response> {
  return fetch(`${daemon.url}/api/usage`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/cloudevents-batch+json',
      'content-encoding': 'gzip',
    },
    body: gzipSync(JSON.stringify(events)),
  });
}

async function verdicts(token: string, events: readonly unknown[]): Promise<Record<string, number>> {
  const response = await post(token, events);
  expect(response.status).toBe(200);
  const counts: Record<string, number> = {};
  for (const { verdict } of ((await response.json()) as UsageAnswer).results)
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

test('10,000 events in one request are billed once, also when they come again after a kill -9', async () => {
  let api = await begin();
  await api.createAccount({ id: 'ann', plan: 'downloads' });
  const token = await providerToken(api, ['usage', 'accounts']);
  const events = Array.from({ length: 10_000 }, (_, n) => download(n, 'ann'));
  expect(await verdicts(token, events)).toEqual({ logged: 10_000 });
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  api = await start();
  expect(await verdicts(token, events)).toEqual({ duplicate: 10_000 });
  const health = await api.rated();
  expect(health.partition).toMatchObject({ rated: 10_000, quarantined: 0, difference: 0 });
  const bill = await api.bill('ann');
  expect(bill.lines.map(({ label, quantity, amount }) => [label, quantity, amount])).toEqual([
    ['Downloads', '10000', '12500.00'],
  ]);
  expect(bill.totals).toEqual({
    attributions: [
      { name: 'child', amount: '6250.000000' },
      { name: 'parent', amount: '6250.000000' },
    ],
    vendors: [{ name: 'Film Shop', amount: '12500.000000' }],
  });
}, 120_000);

test('a sender that repeats until it is answered is billed once, whenever the daemon is killed', async () => {
  let api = await begin();
  await api.createAccount({ id: 'ann', plan: 'downloads' });
  const token = await providerToken(api, ['usage', 'accounts']);
  const points = ['after-log-commit:3', 'before-rating:2', 'inside-store-commit:2', 'after-store-commit:3'];
  let sent = 0;
  let expected = 0;
  for (const point of points) {
    daemon.child.kill('SIGKILL');
    await daemon.ended;
    // A start may itself pass the point while it rates what was left.
    await start({ METERD_FAILPOINT: point }).catch(() => undefined);
    for (let batch = 0; batch < 8; batch++) {
      const events = Array.from({ length: 50 }, () => download(sent++, 'ann', 2));
      expected += 100;
      for (let known = false; !known; ) {
        const response = await post(token, events).catch(() => null);
        known = response?.status === 200;
        if (known) continue;
        if ((await Promise.race([daemon.ended, pause(2_000)])) === undefined) continue;
        await start();
      }
    }
  }
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  api = await start();
  const health = await api.rated();
  expect(health.partition).toMatchObject({ duplicate: 0, quarantined: 0, difference: 0 });
  const [line] = (await api.bill('ann')).lines;
  expect(line).toMatchObject({ baseQuantity: String(expected) });
}, 180_000);

test('an unknown local id waits in suspense and is billed once when it is known', async () => {
  const api = await begin();
  await api.createAccount({ id: 'ann', plan: 'downloads' });
  const token = await providerToken(api, ['usage']);
  const events = [1, 2, 3].map((n) => download(n, 'customer-77'));
  expect(await verdicts(token, events)).toEqual({ suspended: 3 });
  expect(await verdicts(token, events)).toEqual({ duplicate: 3 });
  expect((await api.health()).suspense).toMatchObject({ waiting: 3 });
  await api.json('PATCH', '/api/accounts/ann', {
    identities: [{ kind: 'local-id', value: 'customer-77', provider: 'shop-1' }],
  });
  await api.rated();
  expect((await api.health()).suspense).toMatchObject({ waiting: 0, released: 3 });
  expect((await api.bill('ann')).total).toBe('3.75');
  expect(await verdicts(token, events)).toEqual({ duplicate: 3 });
  const refusals = await post(token, [{ ...download(9, 'customer-77'), type: 'meterd.charge' }]);
  const [refused] = ((await refusals.json()) as UsageAnswer).results as readonly UsageVerdict[];
  expect(refused).toMatchObject({ id: 'd-9', verdict: 'refused', reason: 'not-allowed' });
}, 60_000);

test('email of more than 3 MB is charged for every started MB above (REQUIREMENTS P13)', async () => {
  const api = await begin();
  await api.putPlan('email', new URL('../../examples/plans/email.xml', import.meta.url));
  await api.createAccount({ id: 'ann', plan: 'email' });
  const token = await providerToken(api, ['usage', 'accounts']);
  const mail = (sizeOctets: number, n: number) => ({
    ...download(n, 'ann'),
    type: 'meterd.usage.messages',
    data: { quantity: 1, attributes: { sizeOctets } },
  });
  await verdicts(token, [2_999_999, 3_000_000, 3_000_001, 5_500_000].map(mail));
  await api.rated();
  const bill = await api.bill('ann');
  expect(bill.lines.map(({ label, quantity, amount }) => [label, quantity, amount])).toEqual([
    ['Messages', '4', '0.04'],
    ['Megabytes above 3 MB', '4', '0.20'],
  ]);
}, 60_000);

test('use that names an account before it is made waits, and is billed by the plan the account gets', async () => {
  const api = await begin();
  const token = await providerToken(api, ['usage', 'accounts']);
  expect(await verdicts(token, [download(1, 'zoe')])).toEqual({ suspended: 1 });
  await api.createAccount({ id: 'zoe', plan: 'downloads' });
  expect((await api.rated()).partition).toMatchObject({ quarantined: 0, rated: 1 });
  expect((await api.bill('zoe')).total).toBe('1.25');
}, 60_000);

function recordsOf(file: string | URL): InstantIpRecord[] {
  const reader = new InstantIpReader({ file: String(file) });
  return [...reader.push(readFileSync(file)), ...reader.end()].flatMap(({ record }) => (record ? [record] : []));
}

test('a replayed Instant-IP file ends at the file’s own charges, by line, attribution and vendor, and comes out again', async () => {
  const api = await begin();
  const euro = readFileSync(downloadsPlan, 'utf8').replace('"downloads"', '"euro"').replace('USD', 'EUR');
  await api.json('PUT', '/api/plans/euro', euro, 'application/xml');
  await api.createAccount({ id: 'hotel', currency: 'EUR', plan: 'euro' });
  const token = await providerToken(api, ['charges', 'credits', 'accounts']);
  const file = new URL('../../examples/instant-ip/hotel.csv', import.meta.url);
  const replay = ['simulate', 'instant-ip', file.pathname, '--speed', 'max', '--to', daemon.url, '--token', token];
  const twice = [...replay, '--account', 'hotel', '--run', 'july', '--on-error', 'skip'];
  for (const _ of [1, 2]) expect((await runMeterd(twice)).code).toBe(0);
  await api.rated();

  const records = recordsOf(file);
  const bill = await api.bill('hotel');
  const total = records.reduce((sum, record) => sum + record.chargeThousandths, 0n);
  expect(total).toBe(records.at(-1)!.totalToDateThousandths);
  const exact = bill.lines.reduce((sum, line) => addDecimal(sum, line.exactAmount), '0');
  expect(exact).toBe(printThousandths(total));
  expect(bill.totals!.attributions).toEqual(sumsBy(records, ({ usageAttribution }) => usageAttribution));
  expect(bill.totals!.vendors).toEqual(sumsBy(records, ({ vendor }) => vendor));

  const output = `${folder.path}/hotel.txt`;
  const exported = ['export', '--format', 'instant-ip', '--account', 'hotel', '--config', folder.configFile];
  const { code, err } = await runMeterd([...exported, '--form', 'fixed', '--output', output]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const told = ({ dateTimeMs: _, timeDelaySeconds: __, balanceRemainingThousandths: ___, ...rest }: InstantIpRecord) =>
    rest;
  expect(recordsOf(output).map(told)).toEqual(records.map(told));
}, 60_000);

test('a charge in another currency is quarantined, and nothing is added together', async () => {
  const api = await begin();
  await api.createAccount({ id: 'ann', plan: 'downloads' });
  const token = await providerToken(api, ['charges', 'credits', 'accounts']);
  const file = new URL('../../examples/instant-ip/hotel.csv', import.meta.url);
  const replayed = await runMeterd([
    'simulate',
    'instant-ip',
    file.pathname,
    '--speed',
    'max',
    '--to',
    daemon.url,
    '--token',
    token,
    '--account',
    'ann',
  ]);
  expect(replayed).toMatchObject({ code: 0 });
  const { partition } = await api.rated();
  expect(partition).toMatchObject({ quarantined: recordsOf(file).length, difference: 0 });
  expect((await api.bill('ann')).total).toBe('0.00');
}, 60_000);

function sumsBy(records: readonly InstantIpRecord[], nameOf: (record: InstantIpRecord) => string) {
  const sums = new Map<string, bigint>();
  for (const record of records) sums.set(nameOf(record), (sums.get(nameOf(record)) ?? 0n) + record.chargeThousandths);
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, sum]) => ({ name, amount: printThousandths(sum) }));
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}

/**
 * Instant-IP files replayed at speed 60 before a real browser: by the simulator as a server by itself, and into a daemon.
 * The display ends at the file's own last values.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { InstantIpReader, type InstantIpRecord, printThousandths } from '../../collectors/index.ts';
import type { IssuedApiToken } from '../../daemon/contract.ts';
import { formatMoney } from '../../web/money.ts';
import { Api } from './api.ts';
import { freeUdpPort, makeFolder, meterd, startProcess } from './daemon-process.ts';
import { findPeer } from './peers.ts';

const program = findPeer('chromium');
const artefacts = fileURLToPath(new URL('../artefacts/', import.meta.url));
const lawFirm = fileURLToPath(new URL('../../examples/instant-ip/law-firm.csv', import.meta.url));
const ends: (() => Promise<unknown> | undefined)[] = [];
let browser: Browser;

beforeAll(async () => {
  if (program === null) return;
  mkdirSync(artefacts, { recursive: true });
  browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-gpu'] });
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => browser?.close());

test.skipIf(program === null)(
  'the simulator as a server by itself ends at the file’s own last values',
  async () => {
    const simulator = simulate('--serve', '0');
    const url = await said(simulator, /http:\/\/127\.0\.0\.1:\d+/);
    const page = await opened(`${url}/instant-ip`);
    const records = recordsOf(lawFirm);
    const last = records.at(-1)!;
    await shows(page, '.bottom-line .total', dollars(last.totalToDateThousandths));
    await shows(page, '.bottom-line .balance', dollars(last.balanceRemainingThousandths));
    expect(await rowsOf(page, 0)).toEqual(sums(records, ({ usageAttribution }) => usageAttribution));
    expect(await rowsOf(page, 1)).toEqual(sums(records, ({ vendor }) => vendor));
    await page.screenshot({ path: `${artefacts}instant-ip-replay-served.png`, fullPage: true });
  },
  60_000,
);

test.skipIf(program === null)(
  'a daemon ends at the file’s own charges',
  async () => {
    const folder = makeFolder(await freeUdpPort());
    ends.push(async () => folder.remove());
    const daemon = await startProcess(folder.configFile);
    ends.push(() => daemon.stop());
    const api = await Api.signedIn(daemon.url);
    await api.putPlan('downloads', new URL('./plans/downloads.xml', import.meta.url));
    await api.createAccount({ id: 'firm', plan: 'downloads', logins: ['erin'], password: 'a password of hers' });
    const payment = { amount: '1000', note: 'Prepaid' };
    await api.json('POST', '/api/accounts/firm/payments', payment);
    const rights = ['charges', 'credits', 'accounts'];
    const token = { name: 'replay', role: 'provider', provider: 'replay', rights };
    const issued = await api.json<IssuedApiToken>('POST', '/api/tokens', token);
    const page = await opened(`${daemon.url}/instant-ip`);
    await page.fill('[name=login]', 'erin');
    await page.fill('[name=password]', 'a password of hers');
    await page.click('button[type=submit]');
    await shows(page, '.bottom-line .total', '$0.00');

    simulate('--to', daemon.url, '--account', 'firm', '--token', issued.token);
    const records = recordsOf(lawFirm);
    const spent = records.reduce((sum, { chargeThousandths }) => sum + chargeThousandths, 0n);
    // The daemon bills each line in whole cents, as its bill does.
    const { total, balance } = await billed(api, spent);
    await shows(page, '.bottom-line .total', formatMoney(total, 'USD'));
    await shows(page, '.bottom-line .balance', formatMoney(balance, 'USD'));
    expect(await rowsOf(page, 0)).toEqual(sums(records, ({ usageAttribution }) => usageAttribution));
    expect(await rowsOf(page, 1)).toEqual(sums(records, ({ vendor }) => vendor));
    await page.screenshot({ path: `${artefacts}instant-ip-replay-daemon.png`, fullPage: true });
  },
  90_000,
);

function simulate(...target: string[]): ChildProcess {
  const args = ['simulate', 'instant-ip', lawFirm, '--speed', '60', ...target];
  const child = spawn(process.execPath, [meterd, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  ends.push(async () => child.kill('SIGKILL'));
  return child;
}

function said({ stdout, stderr }: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    for (const stream of [stdout!, stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const found = pattern.exec(text);
        if (found) resolve(found[0]);
      });
    }
  });
}

async function opened(url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US' });
  ends.push(() => context.close());
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function shows(page: Page, selector: string, text: string): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).waitFor({ timeout: 40_000 });
}

/** What was charged, once all of the file has been rated: the exact lines must come to its own sum. */
async function billed(api: Api, spent: bigint) {
  for (;;) {
    const bill = await api.bill('firm');
    const exact = bill.lines.reduce((sum, line) => sum + BigInt(line.exactAmount.replace('.', '')), 0n);
    if (exact === spent && bill.seq === recordsOf(lawFirm).length) return bill;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function rowsOf(page: Page, panel: number): Promise<string[]> {
  return page.locator('.machine-totals .totals').nth(panel).locator('tbody tr').allTextContents();
}

function sums(records: readonly InstantIpRecord[], nameOf: (record: InstantIpRecord) => string): string[] {
  const byName = new Map<string, bigint>();
  for (const record of records)
    byName.set(nameOf(record), (byName.get(nameOf(record)) ?? 0n) + record.chargeThousandths);
  return [...byName].sort(([a], [b]) => a.localeCompare(b, 'en')).map(([name, sum]) => `${name}${dollars(sum)}`);
}

function dollars(thousandths: bigint): string {
  return formatMoney(printThousandths(thousandths), 'USD');
}

function recordsOf(file: string): InstantIpRecord[] {
  const reader = new InstantIpReader({ file });
  return [...reader.push(readFileSync(file)), ...reader.end()].flatMap(({ record }) => (record ? [record] : []));
}

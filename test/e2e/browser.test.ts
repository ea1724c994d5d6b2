/** The pages in a real browser against a real daemon: sign in, watch RADIUS raise the total, lose and regain the socket. */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type DemoNas, startDemoNas } from '../../simulator/index.ts';
import { Api } from './api.ts';
import {
  freeUdpPort,
  makeFolder,
  type RunningProcess,
  radiusSecret,
  startProcess,
  type TestFolder,
} from './daemon-process.ts';
import { findPeer } from './peers.ts';

const program = findPeer('chromium');
const artefacts = fileURLToPath(new URL('../artefacts/', import.meta.url));
const password = 'password-of-ann';
let folder: TestFolder;
let daemon: RunningProcess;
let browser: Browser;
let nas: DemoNas;

beforeAll(async () => {
  if (program === null) return;
  mkdirSync(artefacts, { recursive: true });
  const radiusPort = await freeUdpPort();
  folder = makeFolder(radiusPort, { http: { port: await freeTcpPort() } });
  daemon = await startProcess(folder.configFile);
  const api = await Api.signedIn(daemon.url);
  await api.putPlan('metered', new URL('./plans/metered.xml', import.meta.url));
  await api.createAccount({ id: 'ann', plan: 'metered', logins: ['ann@example.net'], password });
  await api.createAccount({ id: 'ben', plan: 'metered', logins: ['ben@example.net'], password: 'password-of-ben' });
  nas = await startDemoNas({
    host: '127.0.0.1',
    port: radiusPort,
    secret: radiusSecret,
    interimMs: 300,
    interimsPerSession: 1000,
    clock: Date.now,
    users: [{ login: 'ann@example.net', octetsPerSecondIn: 400_000_000, octetsPerSecondOut: 1_000_000 }],
  });
  browser = await chromium.launch({
    executablePath: program,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});

afterAll(async () => {
  if (program === null) return;
  await browser?.close();
  await nas?.stop();
  await daemon?.stop();
  folder?.remove();
});

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface View {
  readonly theme: 'light' | 'dark';
  readonly width: number;
}

const views: readonly View[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 390 },
];

async function signIn(login: string, secret: string, view: View = views[0]!): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: view.width, height: 900 }, colorScheme: view.theme });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('close', () => expect(errors).toEqual([]));
  await page.goto(daemon.url);
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', secret);
  await page.click('button[type=submit]');
  return page;
}

/** The total as shown, in cents. */
async function shownCents(page: Page): Promise<number> {
  const text = await page.locator('.total').textContent();
  return Number((text ?? '').replace(/[^0-9]/g, ''));
}

test.skipIf(program === null)('a subscriber signs in and sees the total move, without reloading', async () => {
  const page = await signIn('ann@example.net', password);
  await page.locator('.total').waitFor();
  const before = await shownCents(page);
  await expect.poll(() => shownCents(page), { timeout: 20_000 }).toBeGreaterThan(before + 2);
  await page.getByText('Download').first().waitFor();
  expect(await page.locator('body').textContent()).toContain('ann');
  await page.context().close();
});

test.skipIf(program === null)('what is shown is what the daemon says', async () => {
  const page = await signIn('ann@example.net', password);
  await page.locator('.total').waitFor();
  const api = await Api.signedIn(daemon.url);
  const atLeast = Number((await api.bill('ann')).total.replace('.', ''));
  await expect.poll(() => shownCents(page), { timeout: 20_000 }).toBeGreaterThanOrEqual(atLeast);
  const shown = await shownCents(page);
  expect(Number((await api.bill('ann')).total.replace('.', ''))).toBeGreaterThanOrEqual(shown);
  await page.context().close();
});

test.skipIf(program === null)('the daemon is killed and comes back: numbers stay, then move on', async () => {
  const page = await signIn('ann@example.net', password);
  await page.locator('.total').waitFor();
  const before = await shownCents(page);
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  await page.getByText('Reconnecting').waitFor();
  expect(await shownCents(page)).toBeGreaterThanOrEqual(before);
  daemon = await startProcess(folder.configFile);
  await expect.poll(() => shownCents(page), { timeout: 30_000 }).toBeGreaterThan(before + 2);
  await page.context().close();
});

test.skipIf(program === null)('nobody sees the bill of another subscriber, by page, route or socket', async () => {
  const page = await signIn('ben@example.net', 'password-of-ben');
  await page.locator('.total').waitFor();
  await page.goto(`${daemon.url}/accounts/ann`);
  await page.getByRole('heading').first().waitFor();
  expect(await page.locator('.total').count()).toBe(0);
  await page.context().close();
  const ben = await Api.signedIn(daemon.url, 'ben@example.net', 'password-of-ben');
  for (const path of ['', '/bill', '/usage', '/charges']) {
    expect((await ben.send('GET', `/api/accounts/ann${path}`)).status, path).toBe(403);
  }
  expect((await ben.send('GET', '/api/health')).status).toBe(403);
  const socket = new WebSocket(`${daemon.url.replace('http', 'ws')}/api/live`, { headers: { cookie: ben.cookie } });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ subscribe: 'ann' }));
  const answer = await new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));
  expect(JSON.parse(answer)).toMatchObject({ type: 'notice', code: 'forbidden' });
  socket.close();
});

test.skipIf(program === null)('every page in both themes, wide and narrow, kept as pictures', async () => {
  const { adminPassword } = await import('./daemon-process.ts');
  for (const view of views) {
    const name = (page: string) => `${artefacts}${page}-${view.theme}-${view.width}.png`;
    const bill = await signIn('ann@example.net', password, view);
    await bill.getByText('Download').first().waitFor();
    await bill.screenshot({ path: name('bill'), fullPage: true });
    const overflow = await bill.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await bill.context().close();
    const health = await signIn('admin', adminPassword, view);
    await health.getByRole('heading', { name: 'Accounts' }).first().waitFor();
    await health.screenshot({ path: name('accounts'), fullPage: true });
    await health.goto(`${daemon.url}/health`);
    await health.getByText('radius').first().waitFor();
    await health.screenshot({ path: name('health'), fullPage: true });
    await health.context().close();
  }
});

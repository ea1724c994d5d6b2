/** The Instant-IP display and the band in a real browser, fed by a server that knows only the live messages. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BillView, LiveCharge } from '../../daemon/contract.ts';
import { sampleBill } from '../web/sample-bill.ts';
import { sampleCharge } from '../web/sample-charge.ts';
import { findPeer } from './peers.ts';
import { PlayedFeed } from './played-feed.ts';

const program = findPeer('chromium');
const artefacts = fileURLToPath(new URL('../artefacts/', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const views = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 320 },
  { theme: 'dark', width: 320 },
] as const;
type View = (typeof views)[number];

let feed: PlayedFeed;
let url: string;
let browser: Browser;

beforeAll(async () => {
  if (program === null) return;
  mkdirSync(artefacts, { recursive: true });
  feed = new PlayedFeed(null);
  url = await feed.start();
  browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-gpu'] });
});

afterAll(async () => {
  await browser?.close();
  await feed?.stop();
});

beforeEach(() => {
  if (program !== null) feed.bill = unspent();
});

test.skipIf(program === null).each(views)('the display works by the feed alone: $theme, $width px', async (view) => {
  const { page, close } = await opened('/instant-ip', view);
  await page.getByText('Nothing has been used in this period').waitFor();
  feed.charge(...records(1, 7));
  await shows(page, '.bottom-line .total', '$11.40');
  expect(await page.locator('.uses tbody tr').count()).toBe(5);
  expect(await page.locator('.last-use time').textContent()).toBe('09/04/04 14:05:07');
  expect(await page.locator('.machine-totals tbody tr').allTextContents()).toEqual([
    'Client 4711$0.70',
    'Room 12$7.20',
    'not attributed$3.50',
    'Battle.net$3.50',
    'Bloomberg$0.45',
    'Net2Phone$7.20',
    'Netscape$0.25',
  ]);
  expect(await sidewaysScroll(page)).toBe(0);
  await isAccessible(page);
  await page.screenshot({ path: `${artefacts}instant-ip-${view.theme}-${view.width}.png`, fullPage: true });

  feed.charge({ ...records(8, 8)[0]!, balance: '0.900' });
  await shows(page, '.bottom-line .state', 'Low: 7 % left');
  await isAccessible(page);
  feed.charge({ ...records(9, 9)[0]!, balance: '-0.350' });
  await shows(page, '.bottom-line .state', 'Used up');
  await isAccessible(page);
  await close();
});

test.skipIf(program === null)(
  'the amount stays in sight on the bottom line while the panel is taller than the screen',
  async () => {
    feed.bill = { ...unspent(), recent: records(1, 7), seq: 7 };
    const { page, close } = await opened('/instant-ip', { theme: 'light', width: 320 });
    const box = await page.locator('.bottom-line').boundingBox();
    expect(box!.y + box!.height).toBeLessThanOrEqual(640);
    await close();
  },
);

test.skipIf(program === null).each([views[0], views[3]])(
  'nothing on the display moves under a stream of uses: $theme, $width px',
  async (view) => {
    feed.bill = { ...unspent(), recent: records(1, 8), seq: 8 };
    const { page, close } = await opened('/instant-ip', view);
    feed.charge(...records(9, 9));
    await shows(page, '.last-use time', '09/04/04 14:05:09');
    await page.evaluate(watchShifts);
    for (let n = 10; n < 22; n++) {
      feed.charge(...records(n, n));
      await shows(page, '.last-use time', `09/04/04 14:05:${n}`);
    }
    expect(await page.evaluate(() => Reflect.get(window, 'shifts'))).toEqual([]);
    await close();
  },
);

test.skipIf(program === null)(
  '200 uses a second are painted at most four times a second, and none is lost',
  async () => {
    const { page, close } = await opened('/instant-ip', views[0]);
    await page.locator('.bottom-line .total').waitFor();
    const paints = page.evaluate(countPaints);
    for (let n = 1; n <= 200; n++) feed.charge(...records(n, n));
    await shows(page, '.bottom-line .total', '$296.25');
    feed.charge({ ...records(201, 201)[0]!, usage: { ...records(201, 201)[0]!.usage, description: 'The end' } });
    await page.getByText('The end').waitFor();
    const { count, seconds } = await paints;
    expect(count).toBeLessThanOrEqual(4 * seconds + 2);
    await close();
  },
);

test.skipIf(program === null)('the band fits a window of 320 by 80, in both themes and all states', async () => {
  for (const theme of ['light', 'dark'] as const) {
    feed.bill = { ...unspent(), total: '36.104', balance: '63.896' };
    const { page, close } = await opened('/band', { theme, width: 320 }, 80);
    await shows(page, '.band-amount .total', '$36.104');
    expect(await page.title()).toBe('$36.104 · Spent · meterd');
    const fits = async (state: string) => {
      const box = await page.locator('.band').boundingBox();
      expect(box!.height).toBeLessThanOrEqual(64);
      expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(80);
      expect(await sidewaysScroll(page)).toBe(0);
      await isAccessible(page);
      await page.screenshot({ path: `${artefacts}band-${state}-${theme}.png` });
    };
    await fits('well');
    feed.charge({ ...records(1, 1)[0]!, total: '96.104', balance: '3.896' });
    await shows(page, '.band-state', 'Low: 3 % left');
    await fits('low');
    feed.charge({ ...records(2, 2)[0]!, total: '100.104', balance: '-0.104' });
    await shows(page, '.band-state', 'Used up');
    await fits('exhausted');
    feed.hangUp();
    await page.getByText('Reconnecting').waitFor();
    await fits('reconnecting');
    await close();
  }
});

test.skipIf(program === null)('"Keep in view" opens the band in a window of its own, where it lives on', async () => {
  const { page, context, close } = await opened('/instant-ip', views[0]);
  const [band] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('button', { name: 'Keep in view' }).click(),
  ]);
  await band.locator('.band-amount .total').waitFor();
  expect(new URL(band.url()).pathname).toBe('/band');
  feed.charge(...records(1, 2));
  await shows(band, '.band-amount .total', '$1.875');
  await close();
});

test.skipIf(program === null)('the band can be installed: its manifest is found, readable and complete', async () => {
  const { page, context, close } = await opened('/band', views[0]);
  const session = await context.newCDPSession(page);
  const found = await session.send('Page.getAppManifest');
  expect(found.url).toBe(`${url}/manifest.webmanifest`);
  expect(found.errors).toEqual([]);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A test's browser context is a private one, which is the only thing against it.
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);
  const answer = await fetch(found.url);
  expect(answer.headers.get('content-type')).toMatch(/^application\/manifest\+json/);
  const manifest = (await answer.json()) as { start_url: string; icons: { src: string; type: string }[] };
  expect(manifest.start_url).toBe('/band');
  for (const icon of manifest.icons) {
    const { status, headers } = await fetch(url + icon.src);
    expect([icon.src, status, headers.get('content-type')]).toEqual([icon.src, 200, icon.type]);
  }
  await close();
});

interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly close: () => Promise<void>;
}

/** A page of the feed's own session; closing it fails the test on any error the page met. */
async function opened(path: string, { theme, width }: Pick<View, 'theme' | 'width'>, height = 640): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: 'en-US' });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // The feed has no bill by HTTP; the pages must do without.
    if (message.type() === 'error' && !message.location().url.endsWith('/bill')) errors.push(message.text());
  });
  await page.goto(url + path);
  await page.locator('.machine, .band-amount').first().waitFor();
  const close = async () => {
    expect(errors).toEqual([]);
    await context.close();
  };
  return { page, context, close };
}

async function shows(page: Page, selector: string, text: string): Promise<void> {
  await expect.poll(() => page.locator(selector).first().textContent(), { timeout: 10_000, interval: 20 }).toBe(text);
}

async function sidewaysScroll(page: Page): Promise<number> {
  return await page.evaluate(() => {
    scrollTo(10_000, 0);
    const moved = scrollX;
    scrollTo(0, 0);
    return moved;
  });
}

/** Waits until the marks of changed amounts have faded: their ground is not one that text is read on. */
async function isAccessible(page: Page): Promise<void> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
  await page.evaluate(axe);
  const broken = await page.evaluate(async () => {
    const { run } = Reflect.get(window, 'axe') as { run: () => Promise<{ violations: { id: string }[] }> };
    return (await run()).violations.map(({ id }) => id);
  });
  expect(broken).toEqual([]);
}

function watchShifts(): void {
  const shifts: number[] = [];
  Reflect.set(window, 'shifts', shifts);
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) shifts.push(Reflect.get(entry, 'value') as number);
  });
  observer.observe({ type: 'layout-shift', buffered: false });
}

/** Changes of the shown total, until the last use has been shown. */
function countPaints(): Promise<{ count: number; seconds: number }> {
  const startedMs = performance.now();
  let count = 0;
  return new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      count += 1;
      if (!document.body.textContent?.includes('The end')) return;
      observer.disconnect();
      resolve({ count, seconds: (performance.now() - startedMs) / 1000 });
    });
    observer.observe(document.querySelector('.bottom-line .total')!, { childList: true, subtree: true });
  });
}

function unspent(): BillView {
  return sampleBill({
    account: 'instant-ip',
    currency: 'USD',
    timezone: 'UTC',
    period: { from: '2009-04-01', to: '2009-05-01' },
    prepaid: true,
    total: '0.000',
    balance: '100.000',
    seq: 0,
    lines: [],
  });
}

const kinds = [
  ['Email Transfer', '', '1.250', 'MB', 'Netscape', 125, 'Client 4711'],
  ['Gaming Service', 'StarCraft Multi-user', '2.500', 'HOURS', 'Battle.net', 1750, ''],
  ['Voice Transmission', 'Ann Arbor to Delhi', '12.000', 'MINS', 'Net2Phone', 3600, 'Room 12'],
  ['Financial Graphs', 'NYSE Graphing', '3.000', 'GRAPHS', 'Bloomberg', 450, 'Client 4711'],
] as const;

/** Records `from` to `to` of an endless file: the document's own kinds of use, in turn. */
function records(from: number, to: number): LiveCharge[] {
  const made: LiveCharge[] = [];
  let totalThousandths = 0;
  for (let seq = 1; seq <= to; seq++) {
    const [description, additional, units, unit, vendor, thousandths, attribution] = kinds[(seq - 1) % 4]!;
    totalThousandths += thousandths;
    if (seq < from) continue;
    const at = new Date(Date.UTC(2009, 3, 4, 14, 5, seq)).toISOString();
    const what = { description, additional, units, unit, vendor, attribution, at, currency: 'USD' };
    const money = { total: decimal(totalThousandths), balance: decimal(1_000_000 - totalThousandths) };
    made.push(sampleCharge(seq, { ...what, ...money, charge: decimal(thousandths) }));
  }
  return made;
}

function decimal(thousandths: number): string {
  const digits = String(thousandths).padStart(4, '0');
  return `${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

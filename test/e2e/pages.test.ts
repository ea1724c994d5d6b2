/** Every page in a real browser against a real daemon, in both themes and at every width: sound, silent and still. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { BillView } from '../../daemon/contract.ts';
import { Api } from './api.ts';
import { BrowserWorld, chromiumPath, loginOf, passwordOf } from './browser-world.ts';
import { adminPassword } from './daemon-process.ts';
import { OpenedPage, type View } from './opened-page.ts';

const program = chromiumPath;
const password = passwordOf('ann');
const views: readonly View[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'dark', width: 320 },
  { theme: 'light', width: 320 },
  { theme: 'dark', width: 390 },
  { theme: 'light', width: 768 },
  { theme: 'dark', width: 1920 },
];

let world: BrowserWorld;
/** A bill that is left open while the pages are looked at. */
let left: OpenedPage;

beforeAll(async () => {
  if (program === null) return;
  world = await BrowserWorld.start({ accounts: ['ann', 'ben'], online: ['ann'], strangers: ['stranger'] });
  await world.admin.json('POST', '/api/accounts/ann/payments', { amount: '25', note: 'top-up' });
  left = await OpenedPage.open(world.browser, world.url, views[0]!);
  await left.signIn(loginOf('ann'), password);
  await left.watchShifts();
  // From its first frame on; what has no size of its own, the lists at the end, is no part of it.
  await left.page.reload();
});

afterAll(() => world?.stop());

describe.skipIf(program === null).each(views)('in $theme at $width px', (view) => {
  test('the sign-in, the bill with everything open, and the password page are sound', async () => {
    const opened = await OpenedPage.open(world.browser, world.url, view);
    const { page } = opened;
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await opened.isSound('sign-in');
    await opened.signIn(loginOf('ann'), password);
    await page.getByText('Download').first().waitFor();
    await page.locator('.figures .figure-value .figure').first().waitFor();
    await page.locator('.quotes tbody tr').first().waitFor();
    for (const closed of ['.figures summary', '.quote-panel summary', '.spend-panel .twin summary']) {
      await page.locator(closed).click();
    }
    await page.locator('.why').first().click();
    await page.locator('.why-charges li').first().waitFor();
    await opened.isSound('bill');
    expect(await opened.smallTargets()).toEqual([]);
    await page.goto(`${world.url}/?period=${new Date().toISOString().slice(0, 7)}`);
    await page.getByText('See it live').waitFor();
    await opened.isSound('bill-of-a-period');
    await page.goto(`${world.url}/password`);
    await page.getByRole('heading', { name: 'Change your password' }).waitFor();
    await opened.isSound('password');
    await opened.close();
  });

  test('the pages of staff are sound', async () => {
    const opened = await OpenedPage.open(world.browser, world.url, view);
    const { page } = opened;
    await opened.signIn('admin', adminPassword);
    await page
      .getByRole('cell', { name: loginOf('ann') })
      .first()
      .waitFor();
    await opened.isSound('accounts');
    await page.goto(`${world.url}/accounts/ann/manage`);
    await page.getByRole('button', { name: 'Correct' }).waitFor();
    await page.getByText('stranger@example.net').waitFor();
    await page.getByText('Payment recorded').waitFor();
    await opened.isSound('manage');
    expect(await opened.smallTargets()).toEqual([]);
    await page.goto(`${world.url}/audit`);
    await page.getByText('Payment recorded').waitFor();
    await page.locator('.row summary').first().click();
    await opened.isSound('audit');
    await page.goto(`${world.url}/staff`);
    await page.getByText('Who signs in').waitFor();
    await page.locator('.identities li').first().waitFor();
    await opened.isSound('staff');
    await page.goto(`${world.url}/health`);
    await page.getByText('radius').first().waitFor();
    await opened.isSound('health');
    await opened.close();
  });
});

test.skipIf(program === null)(
  'nothing on the bill moves while its numbers do, for a minute',
  async () => {
    const { page } = left;
    // Most of the minute has passed while the pages above were looked at.
    await expect.poll(() => page.evaluate(() => performance.now()), { timeout: 70_000 }).toBeGreaterThan(60_000);
    expect(await left.totalsPainted()).toBeGreaterThan(60);
    expect(await left.shifts()).toEqual([]);
    // What watches would have seen it.
    await page.evaluate(() => document.querySelector<HTMLElement>('.bill')?.style.setProperty('margin-top', '50px'));
    await expect.poll(() => left.shifts(), { timeout: 10_000 }).not.toEqual([]);
    await left.close();
  },
  90_000,
);

test.skipIf(program === null)('text of twice the size fits, and no page scrolls sideways for it', async () => {
  const opened = await OpenedPage.open(world.browser, world.url, views[0]!);
  await opened.signIn('admin', adminPassword);
  await opened.largeText();
  for (const path of ['/accounts', '/accounts/ann', '/accounts/ann/manage', '/audit', '/staff', '/health']) {
    await opened.page.goto(world.url + path);
    await opened.page.locator('.panel h2, tbody').first().waitFor();
    for (const width of [1280, 640]) {
      await opened.page.setViewportSize({ width, height: 900 });
      expect(await opened.overflow(), `${path} at ${width} px`).toBeLessThanOrEqual(0);
    }
  }
  await opened.close();
});

test.skipIf(program === null)('an administrator makes a sign-in for staff, and ends it', async () => {
  const admin = await OpenedPage.open(world.browser, world.url, views[0]!);
  await admin.signIn('admin', adminPassword);
  await admin.page.getByRole('link', { name: 'Staff' }).click();
  await admin.page.fill('input[name=login]', 'kim');
  await admin.page.getByRole('button', { name: 'Make', exact: true }).click();
  const given = await admin.page.locator('.done code').textContent();
  const kim = await OpenedPage.open(world.browser, world.url, views[0]!);
  await kim.signIn('kim', given!);
  await kim.page
    .getByRole('cell', { name: loginOf('ann') })
    .first()
    .waitFor();
  await admin.page.getByRole('button', { name: 'Disable kim' }).click();
  await admin.page.getByRole('button', { name: 'Disable it' }).click();
  await admin.page.getByText('kim is disabled.').waitFor();
  await admin.close();
  await kim.page.reload();
  await kim.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await kim.close();
});

test.skipIf(program === null)('in colours of the reader’s own only the chosen rows are marked', async () => {
  const opened = await OpenedPage.open(world.browser, world.url, views[0]!);
  const { page } = opened;
  await page.emulateMedia({ forcedColors: 'active' });
  await opened.signIn(loginOf('ann'), password);
  await page.locator('.row-button[aria-pressed]').first().click();
  await page.locator('.row-chosen').first().waitFor();
  const marked = await page.evaluate(() =>
    [...document.querySelectorAll('.row')].map((row) => ({
      isChosen: row.classList.contains('row-chosen'),
      isMarked: getComputedStyle(row).borderLeftWidth !== '0px',
    })),
  );
  expect(marked.length).toBeGreaterThan(2);
  expect(marked.filter(({ isChosen, isMarked }) => isChosen !== isMarked)).toEqual([]);
  await opened.isSound('bill-forced-colors');
  await opened.close();
});

test.skipIf(program === null)(
  'staff corrects a charge, and the subscriber sees the negative line and its reason',
  async () => {
    const staff = await OpenedPage.open(world.browser, world.url, views[0]!);
    await staff.signIn('admin', adminPassword);
    const { page } = staff;
    await page.getByLabel('Search').fill('ann@exam');
    await page.getByText('1 account').waitFor();
    await page.getByRole('link', { name: 'Account ann' }).click();
    const downloads = page.locator('.row', { hasText: 'Download' });
    await downloads.getByRole('link', { name: 'Correct' }).first().click();
    await page.getByLabel('Reason, shown on the bill').fill('Line outage');
    await page.getByRole('button', { name: 'Correct' }).click();
    await page.getByText('will be on the bill in a moment').waitFor();
    await page.getByText('Charge corrected').waitFor();
    await staff.close();

    const subscriber = await OpenedPage.open(world.browser, world.url, views[0]!);
    await subscriber.signIn(loginOf('ann'), password);
    const line = subscriber.page.locator('.lines tr', { hasText: 'Correction: Line outage' });
    await line.waitFor();
    expect(await line.textContent()).toMatch(/-\$0\.\d\d|-\$\d/);
    await line.getByRole('button').click();
    await subscriber.page.getByText('Corrects charge').waitFor();
    await subscriber.close();
  },
);

test.skipIf(program === null)('everything can be reached and done by keyboard alone', async () => {
  const opened = await OpenedPage.open(world.browser, world.url, views[0]!);
  const { page } = opened;
  await page.getByLabel('Login').focus();
  await page.keyboard.type(loginOf('ann'));
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await page.locator('.why').first().waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.className ?? '');
  const reached = new Set<string>();
  for (let presses = 0; presses < 60 && !reached.has('why'); presses++) {
    await page.keyboard.press('Tab');
    reached.add(await focused());
  }
  expect(reached).toContain('why');
  await page.keyboard.press('Enter');
  await page.locator('.why-body').waitFor();
  await opened.close();
});

test.skipIf(program === null)('a finger finds targets of 44 px', async () => {
  const opened = await OpenedPage.open(world.browser, world.url, { theme: 'light', width: 390, touch: true });
  const { page } = opened;
  await opened.signIn('admin', adminPassword);
  await page.goto(`${world.url}/accounts/ann`);
  await page.locator('.quotes tbody tr').first().waitFor();
  await page.locator('.why').first().waitFor();
  await page.locator('.spend-panel .twin summary').waitFor();
  const isTick = (element: string) => /type="(radio|checkbox)"/.test(element);
  expect(await opened.smallTargets(44)).toEqual([]);
  await page.goto(`${world.url}/accounts/ann/manage`);
  await page.locator('.row summary').first().waitFor();
  expect((await opened.smallTargets(44)).filter((element) => !isTick(element))).toEqual([]);
  await opened.close();
});

test.skipIf(program === null)(
  'names of 200 characters without a space break, and no page scrolls sideways',
  async () => {
    const long = (letter: string) => letter.repeat(200);
    const account = { id: 'long', currency: 'USD', timezone: 'UTC', cycleDay: 1, plan: 'metered' };
    const identities = [{ kind: 'login', value: long('l') }];
    await world.admin.json('POST', '/api/accounts', { ...account, name: long('N'), identities });
    const opened = await OpenedPage.open(world.browser, world.url, views[0]!);
    const { page } = opened;
    await opened.signIn('admin', adminPassword);
    for (const path of ['/accounts', '/accounts/long', '/accounts/long/manage', '/instant-ip/long']) {
      await page.goto(world.url + path);
      await page.locator('.panel h2, tbody tr').first().waitFor();
      for (const width of [320, 768, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        await opened.isSound(`long-names${path.replaceAll('/', '-')}-${width}`);
      }
    }
    await opened.close();
  },
);

test.skipIf(program === null)('an amount of fifteen digits is on one line and over no other', async () => {
  const opened = await OpenedPage.open(world.browser, world.url, views[0]!);
  const { page } = opened;
  await page.route('**/api/accounts/ben/bill', async (route) => {
    const answer = await route.fetch();
    const bill = (await answer.json()) as BillView;
    await route.fulfill({ response: answer, json: { ...bill, total: digits } });
  });
  // What is shown is the bill that was fetched.
  await page.routeWebSocket(/\/api\/live$/, () => undefined);
  let digits = '99999.99';
  await opened.signIn(loginOf('ben'), passwordOf('ben'));
  const heights = new Set<number>();
  for (const width of [320, 1280]) {
    heights.clear();
    await page.setViewportSize({ width, height: 900 });
    for (digits of ['99999.99', '100000.00', '9999999.99', '123456789012345.67']) {
      await page.reload();
      await page.locator('.total').waitFor();
      const { lines, height, wide } = await page.evaluate(() => {
        const total = document.querySelector('.total')!;
        const range = document.createRange();
        range.selectNodeContents(total);
        const bottoms = [...range.getClientRects()].map(({ bottom }) => Math.round(bottom / 20));
        const room = total.getBoundingClientRect();
        return {
          lines: new Set(bottoms).size,
          height: room.height,
          wide: range.getBoundingClientRect().right - room.right,
        };
      });
      expect(lines, `${digits} at ${width}`).toBeLessThanOrEqual(2);
      expect(wide, `${digits} at ${width}`).toBeLessThanOrEqual(0);
      heights.add(height);
      await opened.isSound(`total-${digits}-${width}`);
    }
    expect(heights.size, `at ${width}`).toBe(1);
  }
  await opened.close({ afterLosses: true });
});

/** Routes that a subscriber may call at all; each is asked what it tells of others. Every other one must refuse. */
const open: readonly string[] = [
  'get /api/openapi.json',
  'get /api/session',
  'post /api/session',
  'delete /api/session',
  'put /api/session/password',
  'get /api/accounts',
  'get /api/live',
  'get /healthz',
  'get /readyz',
  'get /metrics',
];

test.skipIf(program === null)('another subscriber’s data is refused on every route and socket', async () => {
  const ben = await Api.signedIn(world.url, loginOf('ben'), passwordOf('ben'));
  const { paths } = await world.admin.json<{ paths: Record<string, Record<string, unknown>> }>(
    'GET',
    '/api/openapi.json',
  );
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(routes.length).toBeGreaterThan(40);
  expect(routes).toEqual(expect.arrayContaining([...open]));
  for (const route of routes.filter((one) => !open.includes(one))) {
    const [method = '', path = ''] = route.split(' ');
    const body = method === 'get' || method === 'delete' ? undefined : {};
    // Whatever is named in a path, an account above all, is Ann's.
    const answer = await ben.send(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'ann'), body);
    expect([answer.status, await answer.text()], route).toEqual([403, expect.stringContaining('"forbidden"')]);
  }
  expect(await ben.json('GET', '/api/accounts?q=ann')).toMatchObject({ items: [{ id: 'ben' }] });
  for (const path of ['/metrics', '/readyz', '/healthz']) {
    expect(await (await ben.send('GET', path)).text(), path).not.toMatch(/ann@|\bann\b/);
  }
  expect(await ben.json('GET', '/api/session')).toMatchObject({ login: loginOf('ben'), account: 'ben' });
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}/api/live`, { headers: { cookie: ben.cookie } });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ subscribe: 'ann' }));
  const answer = await new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));
  expect(JSON.parse(answer)).toMatchObject({ type: 'notice', code: 'forbidden' });
  socket.close();
});

test('the first load is under 150 kB gzipped', () => {
  const assets = fileURLToPath(new URL('../../dist/web/assets/', import.meta.url));
  const octets = readdirSync(assets).map((file) => gzipSync(readFileSync(assets + file)).length);
  expect(octets.length).toBeGreaterThan(0);
  expect(octets.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
});

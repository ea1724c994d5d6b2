/** The live bill in a real browser against a real daemon: the total moves, connections are lost, and nothing is wrong after. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BillView } from '../../daemon/contract.ts';
import { Api } from './api.ts';
import { BrowserWorld, chromiumPath, loginOf, passwordOf } from './browser-world.ts';
import { freeTcpPort } from './daemon-process.ts';
import { LossyWire } from './lossy-wire.ts';
import { OpenedPage, type View } from './opened-page.ts';

const wide: View = { theme: 'light', width: 1280 };
let world: BrowserWorld;

beforeAll(async () => {
  if (chromiumPath === null) return;
  // The daemon comes back on the same port after it was killed.
  const http = { port: await freeTcpPort() };
  world = await BrowserWorld.start({ accounts: ['ann', 'ben'], online: ['ann'], config: { http } });
});

afterAll(() => world?.stop());

async function billOf(account: string): Promise<OpenedPage> {
  const opened = await OpenedPage.open(world.browser, world.url, wide);
  await opened.signIn(loginOf(account), passwordOf(account));
  await opened.page.locator('.total').waitFor();
  return opened;
}

/** The total as shown, in cents. */
async function shownCents(page: Page): Promise<number> {
  const text = await page.locator('.total').textContent();
  return Number((text ?? '').replace(/[^0-9]/g, ''));
}

test.skipIf(chromiumPath === null)('a subscriber signs in and sees the total move, without reloading', async () => {
  const opened = await billOf('ann');
  const before = await shownCents(opened.page);
  await expect.poll(() => shownCents(opened.page), { timeout: 20_000 }).toBeGreaterThan(before + 2);
  await opened.page.getByText('Download').first().waitFor();
  await opened.close();
});

test.skipIf(chromiumPath === null)('who asked for no motion sees changes marked, and nothing that moves', async () => {
  const opened = await billOf('ann');
  const { page } = opened;
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const before = await shownCents(page);
  /** A mark that is there and then gone is no motion; one that fades is. */
  const moving = () =>
    page.evaluate(() => {
      const running = document.getAnimations().filter(({ playState }) => playState === 'running');
      const frames = running.flatMap(({ effect }) => (effect as KeyframeEffect).getKeyframes());
      return frames.map(({ easing }) => easing).filter((easing) => !easing.startsWith('step'));
    });
  await expect.poll(() => shownCents(page), { timeout: 20_000 }).toBeGreaterThan(before + 2);
  for (let looks = 0; looks < 20; looks++) expect(await moving()).toEqual([]);
  await opened.close();
});

test.skipIf(chromiumPath === null)('what is shown is what the daemon says', async () => {
  const opened = await billOf('ann');
  const cents = async () => Number((await world.admin.bill('ann')).total.replace('.', ''));
  const atLeast = await cents();
  await expect.poll(() => shownCents(opened.page), { timeout: 20_000 }).toBeGreaterThanOrEqual(atLeast);
  const shown = await shownCents(opened.page);
  expect(await cents()).toBeGreaterThanOrEqual(shown);
  await opened.close();
});

test.skipIf(chromiumPath === null)('the page of another subscriber’s account shows no bill', async () => {
  const opened = await billOf('ben');
  for (const path of ['/accounts/ann', '/accounts/ann?period=2026-01', '/instant-ip/ann', '/accounts/ann/manage']) {
    await opened.page.goto(world.url + path);
    await opened.page.getByRole('heading', { name: 'Not for this sign-in' }).waitFor();
    expect(await opened.page.locator('body').textContent(), path).not.toMatch(/ann@|Account ann|\$/);
  }
  await opened.close();
});

test.skipIf(chromiumPath === null)('the daemon is killed and comes back: numbers stay, then move on', async () => {
  const opened = await billOf('ann');
  const { page } = opened;
  const before = await shownCents(page);
  world.daemon.child.kill('SIGKILL');
  await world.daemon.ended;
  await page.getByText('Reconnecting').waitFor();
  expect(await shownCents(page)).toBeGreaterThanOrEqual(before);
  await opened.isSound('bill-reconnecting');
  await world.restartDaemon();
  await expect.poll(() => shownCents(page), { timeout: 30_000 }).toBeGreaterThan(before + 2);
  await opened.close({ afterLosses: true });
});

test.skipIf(chromiumPath === null)(
  'whatever a socket drops, repeats, reorders or breaks, the page ends where the server is',
  async () => {
    const seed = Number(process.env.METERD_SEED ?? Date.now() % 1_000_000);
    console.log(`lossy wire: METERD_SEED=${seed}`);
    const opened = await OpenedPage.open(world.browser, world.url, wide);
    const { page } = opened;
    const wire = new LossyWire(seed);
    await page.routeWebSocket(/\/api\/live$/, (socket) => wire.carry(socket));
    await opened.signIn(loginOf('ann'), passwordOf('ann'));
    await page.locator('.total').waitFor();
    await expect.poll(() => wire.harmed, { timeout: 40_000 }).toBeGreaterThan(60);
    wire.calm();
    await world.stopUse();
    const server = await settledBill();
    await expect.poll(() => page.locator('.total').textContent(), { timeout: 50_000 }).toBe(`$${server.total}`);
    const shown = await page.locator('.lines tbody tr > td:last-child').allTextContents();
    expect(shown).toEqual(server.lines.map(({ amount }) => `$${amount}`));
    expect(await page.locator('.lines tfoot td').textContent()).toBe(`$${server.total}`);
    await opened.close({ afterLosses: true });
  },
  120_000,
);

/** The bill once everything logged is rated. */
async function settledBill(): Promise<BillView> {
  const admin = await Api.signedIn(world.url);
  await admin.rated();
  return admin.bill('ann');
}

/** A bill in a real browser from its first charge to its closing: empty, running, closed with the charges behind it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BillView, UsageAnswer } from '../../daemon/contract.ts';
import { BrowserWorld, chromiumPath, loginOf, passwordOf } from './browser-world.ts';
import { OpenedPage, type View } from './opened-page.ts';

const program = chromiumPath;
const views: readonly View[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 320 },
];

let world: BrowserWorld;

/** Four minutes of the daemon's time in a second of ours: the last hour of January is over in a quarter of a minute. */
beforeAll(async () => {
  if (program === null) return;
  const clock = { start: '2026-01-31T22:30:00Z', speed: 240 };
  world = await BrowserWorld.start({ accounts: ['ann', 'ben'], config: { clock, billing: { graceHours: 0 } } });
});

afterAll(() => world?.stop());

function hours(n: number): Record<string, unknown> {
  return {
    specversion: '1.0',
    id: `h-${n}`,
    source: '/nas',
    type: 'meterd.usage.time',
    subject: 'ann',
    data: { quantity: 3600, start: `2026-01-20T0${n}:00:00Z`, end: `2026-01-20T0${n + 1}:00:00Z` },
  };
}

describe.skipIf(program === null)('a bill', () => {
  test('is empty at first and says so', async () => {
    const opened = await OpenedPage.open(world.browser, world.url, views[0]!);
    await opened.signIn(loginOf('ben'), passwordOf('ben'));
    await opened.page.getByText('Nothing has been charged').first().waitFor();
    await opened.isSound('bill-empty');
    await opened.close();
  });

  test('that is closed shows its charges under “Why?”, and all of a line when asked', async () => {
    const { results } = await world.admin.json<UsageAnswer>('POST', '/api/usage', [1, 2, 3, 4].map(hours));
    expect(results.map(({ verdict }) => verdict)).toEqual(Array(4).fill('logged'));
    const closed = () => world.admin.json<BillView>('GET', '/api/accounts/ann/bill?period=2026-01');
    await expect.poll(async () => (await closed()).closed ?? false, { timeout: 60_000 }).toBe(true);
    for (const view of views) {
      const opened = await OpenedPage.open(world.browser, world.url, view);
      const { page } = opened;
      await opened.signIn(loginOf('ann'), passwordOf('ann'));
      await page.goto(`${world.url}/?period=2026-01`);
      await page.getByText('This bill is closed').waitFor();
      const time = page.locator('.lines tr', { hasText: 'Time' });
      await time.getByRole('button').click();
      await page.locator('.why-charges li').first().waitFor();
      expect(await page.locator('.why-charges .figure').first().textContent()).toMatch(/^1\s+hour · \$1\.20$/);
      await page.locator('.why-charges').getByRole('button').first().click();
      await page.locator('.why-charges').getByText('1.20').nth(1).waitFor();
      await page.getByRole('button', { name: 'Show them below' }).click();
      expect(await page.locator('.past-charges .row').count()).toBe(4);
      await opened.isSound('bill-closed');
      expect(await opened.smallTargets()).toEqual([]);
      await opened.close();
    }
  });
});

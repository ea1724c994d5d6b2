// @vitest-environment happy-dom
import { act } from 'react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LiveCharge, LiveMessage } from '../../../daemon/contract.ts';
import { InstantIpPage } from '../../../web/instant-ip/instant-ip-page.tsx';
import { settledAfterMs } from '../../../web/instant-ip/use-settled.ts';
import { type Answers, apiOf, freshDocument, PlayedSocket, pass, rendered } from '../rendered.tsx';
import { sampleBill } from '../sample-bill.ts';
import { sampleCharge } from '../sample-charge.ts';

freshDocument();
afterEach(() => vi.restoreAllMocks());

const bill = sampleBill({
  prepaid: true,
  recent: [
    sampleCharge(2, { description: 'Email Transfer', additional: '', total: '34.35' }),
    sampleCharge(3, { charge: '1.75', attribution: 'Room 12' }),
  ],
  totals: {
    attributions: [
      { name: '', amount: '34.35' },
      { name: 'Room 12', amount: '1.75' },
    ],
    vendors: [{ name: 'Battle.net', amount: '36.1' }],
  },
});

describe('the display', () => {
  test('shows the fields of a record, its time as the document writes it, and the figures on the bottom line', async () => {
    const page = await shown({ '/api/accounts/A-1/bill': bill });
    expect(text(page, '.last-use time')).toBe('26/01/15 12:00:03');
    expect(text(page, '.last-use-what')).toBe('Gaming ServiceStarCraft Multi-user');
    expect(text(page, '.last-use-charge')).toBe('€1.75');
    expect(text(page, '.last-use-fields')).toBe('Units2.5\u00a0HOURSVendorBattle.netAttributionRoom 12CurrencyEUR');
    expect(rows(page, '.uses tbody tr')).toEqual([
      '26/01/15 12:00:02Email Transfer2.5\u00a0HOURSBattle.net—€0.125€34.35€13.90',
    ]);
    expect(text(page, '.bottom-line')).toMatch(/^Total to date€36.10.*Balance left€13.9027 % left$/);
    expect(document.title).toBe('€36.10 · Instant-IP display · meterd');
  });

  test('follows each charge to the figures, the last uses and the totals, exactly', async () => {
    const page = await shown({ '/api/accounts/A-1/bill': bill });
    await PlayedSocket.last?.open();
    await PlayedSocket.last?.say(
      charges(3, [
        sampleCharge(4, { charge: '0.001', vendor: '' }),
        sampleCharge(5, { charge: '2.002', attribution: 'Room 12', total: '38.103', balance: '3.897' }),
      ]),
    );
    expect(text(page, '.last-use-charge')).toBe('€2.002');
    expect(rows(page, '.uses tbody tr')).toHaveLength(3);
    expect(text(page, '.bottom-line .total')).toBe('€38.103');
    expect(page.querySelector('.bottom-line .total .marked')).not.toBeNull();
    expect(rows(page, '.machine-totals .panel:first-child tbody tr')).toEqual([
      'Room 12€3.752',
      'not attributed€34.351',
    ]);
    expect(rows(page, '.machine-totals .panel:last-child tbody tr')).toEqual(['Battle.net€38.102', 'not named€0.001']);
  });

  test('keeps charges of another currency in rows of their own', async () => {
    const page = await shown({ '/api/accounts/A-1/bill': bill });
    await PlayedSocket.last?.open();
    await PlayedSocket.last?.say(charges(3, [sampleCharge(4, { charge: '5', currency: 'USD' })]));
    expect(text(page, '.last-use-charge')).toBe('$5.00');
    expect(rows(page, '.machine-totals .panel:last-child tbody tr')).toEqual(['Battle.net€36.10', 'Battle.net$5.00']);
  });

  test('warns of a low balance and marks an exhausted one, in words and aloud once', async () => {
    const page = await shown({ '/api/accounts/A-1/bill': bill });
    await PlayedSocket.last?.open();
    expect(aloud(page)).not.toContain('Top up');
    await PlayedSocket.last?.say(charges(3, [sampleCharge(4, { total: '47.5', balance: '2.5' })]));
    expect(text(page, '.bottom-line .state-warning')).toBe('Low: 5 % left');
    expect(text(page, '.balance-why')).toContain('Less than 10 % is left');
    expect(aloud(page)).toContain('Less than 10 % is left');
    await PlayedSocket.last?.say(charges(4, [sampleCharge(5, { total: '50', balance: '0.000' })]));
    expect(text(page, '.bottom-line .state-critical')).toBe('Used up');
    expect(aloud(page)).toContain('used up');
  });

  test('what a postpaid account owes is no alarm', async () => {
    const owed = await shown({ '/api/accounts/A-1/bill': { ...bill, prepaid: false, balance: '-36.10' } });
    expect(text(owed, '.bottom-line-balance')).toBe('Balance-€36.10to pay');
    expect(owed.querySelector('.state')).toBeNull();
  });

  test('says what is empty, and what it has not seen', async () => {
    const none = await shown({ '/api/accounts/A-1/bill': sampleBill({ seq: 0, total: '0.00' }) });
    expect(text(none, '.last-use')).toContain('Nothing has been used in this period');
    expect(text(none, '.machine-totals')).toContain('Nothing has been charged yet');
    const unseen = await shown({ '/api/accounts/A-1/bill': sampleBill({ seq: 9 }) });
    expect(text(unseen, '.last-use')).toContain('Nothing new since this page was opened');
    expect(text(unseen, '.machine-totals')).toContain('since this page was opened');
  });

  test('needs no bill by HTTP where the feed brings one, and says what is wrong where nothing does', async () => {
    const page = await shown({});
    expect(page.querySelector('.skeleton')).not.toBeNull();
    await PlayedSocket.last?.open();
    await pass(settledAfterMs - 500);
    expect(page.querySelector('[role=alert]')).toBeNull();
    await PlayedSocket.last?.say({ type: 'bill', bill });
    expect(text(page, '.bottom-line .total')).toBe('€36.10');
    await pass(settledAfterMs);
    expect(page.querySelector('[role=alert]')).toBeNull();
    const failed = await shown({});
    await pass(settledAfterMs);
    expect(text(failed, '[role=alert]')).toContain('Code route.unknown');
  });

  test('turns to Delayed and Reconnecting with the numbers kept', async () => {
    const page = await shown({ '/api/accounts/A-1/bill': bill });
    await PlayedSocket.last?.open();
    await PlayedSocket.last?.say({ type: 'bill', bill: { ...bill, asOfMs: Date.now() } });
    expect(text(page, '.freshness-sign')).toBe('Live now');
    await pass(16_000);
    expect(text(page, '.freshness-sign')).toMatch(/^Delayed 1\d s ago$/);
    expect(text(page, '.machine-status')).toContain('updates by itself');
    await PlayedSocket.last?.break();
    expect(text(page, '.freshness-sign')).toMatch(/^Reconnecting/);
    expect(page.querySelector('[data-stale]')).not.toBeNull();
    expect(text(page, '.bottom-line .total')).toBe('€36.10');
  });

  test('shows more uses on demand, and tables stay silent', async () => {
    const recent = Array.from({ length: 12 }, (_, n) => sampleCharge(n + 1));
    const page = await shown({ '/api/accounts/A-1/bill': { ...bill, seq: 12, recent } });
    expect(rows(page, '.uses tbody tr')).toHaveLength(5);
    await click(page.querySelector('.rows-more'));
    expect(rows(page, '.uses tbody tr')).toHaveLength(11);
    expect(page.querySelectorAll('table [role=status], table [aria-live]')).toHaveLength(0);
  });
});

describe('keep in view', () => {
  test('opens the band of the account in a small window, in front', async () => {
    const focus = vi.fn();
    const open = vi.spyOn(window, 'open').mockReturnValue({ focus } as unknown as Window);
    const page = await shown({ '/api/accounts/A-1/bill': bill });
    await click(page.querySelector('.keep-in-view button'));
    expect(open).toHaveBeenCalledWith('/band', 'meterd-band', expect.stringContaining('width=320,height=80'));
    expect(focus).toHaveBeenCalledOnce();
    expect(text(page, '.keep-in-view [role=status]')).toBe('');
  });

  test('says so when the browser opens none', async () => {
    vi.spyOn(window, 'open').mockReturnValue(null);
    const page = await shown({ '/api/accounts/A-1/bill': bill });
    await click(page.querySelector('.keep-in-view button'));
    expect(text(page, '.keep-in-view [role=status]')).toContain('Allow pop-ups');
  });
});

async function shown(answers: Answers): Promise<HTMLElement> {
  const session = { login: 'ada', role: 'subscriber', account: 'A-1' };
  return await rendered(<InstantIpPage account="A-1" own />, apiOf({ '/api/session': session, ...answers }));
}

function charges(fromSeq: number, list: readonly LiveCharge[]): LiveMessage {
  const { seq, total, balance } = list.at(-1)!;
  const rest = { lines: [], allowances: [], sessions: [], sessionCount: 0 };
  const asOfMs = bill.asOfMs + seq;
  return { type: 'charges', account: 'A-1', fromSeq, seq, total, balance, asOfMs, ...rest, charges: list };
}

function aloud(page: Element): string {
  return rows(page, '.spoken[role=status]').join(' ');
}

function text(page: Element, selector: string): string {
  return page.querySelector(selector)?.textContent ?? 'nothing there';
}

function rows(page: Element, selector: string): string[] {
  return [...page.querySelectorAll(selector)].map((row) => row.textContent ?? '');
}

async function click(button: Element | null): Promise<void> {
  await act(async () => (button as HTMLButtonElement).click());
}

// @vitest-environment happy-dom
import { act } from 'react';
import { describe, expect, test } from 'vitest';
import type { BillView, ChargeView, LiveMessage, RawUsageView } from '../../../daemon/contract.ts';
import { BillPage } from '../../../web/bill/bill-page.tsx';
import { type Answers, apiOf, freshDocument, PlayedSocket, pass, problem, rendered } from '../rendered.tsx';
import { line, sampleBill } from '../sample-bill.ts';
import { sampleSpend } from '../sample-spend.ts';

freshDocument();

const bill = sampleBill({
  allowances: [
    { label: 'Free hours', used: '86.25', limit: '100', unit: 'hour' },
    { label: 'Fixed minutes', used: '340', limit: '300', unit: 'minute' },
  ],
});

describe('the bill', () => {
  test('shows a skeleton, then total, lines, period and zone', async () => {
    const answers = answersWith(bill);
    let arrive = (_: BillView): void => undefined;
    const slow = new Promise<BillView>((resolve) => {
      arrive = resolve;
    });
    const page = await shown({ ...answers, '/api/accounts/A-1/bill': () => slow });
    expect(page.querySelector('.skeleton')).not.toBeNull();
    await act(async () => arrive(bill));
    await pass(20);
    expect(page.querySelector('.skeleton')).toBeNull();
    expect(text(page, '.total')).toBe('€36.10');
    expect(text(page, '.page-head')).toContain('Europe/Paris');
    expect(text(page, 'tfoot')).toBe('Total€36.10');
    expect(rows(page, '.lines tbody tr')).toEqual([
      'Monthly feeeveningWhy?€20.00',
      'On-peak hourseveningWhy?16.1 hours€1.00 / hour€16.10',
    ]);
    expect(document.title).toBe('€36.10 · Your bill · meterd');
  });

  test('says why there is none, with its code, and tries again', async () => {
    let tries = 0;
    const page = await shown({
      '/api/accounts/A-1/bill': () => {
        tries += 1;
        if (tries === 1) throw problem(404, 'account.unknown', 'Unknown account', 'There is no account A-1.');
        return bill;
      },
    });
    expect(text(page, '[role=alert]')).toContain('There is no account A-1.');
    expect(text(page, '[role=alert]')).toContain('Code account.unknown');
    expect(page.querySelector('.skeleton-line')).toBeNull();
    await click(page.querySelector('[role=alert] button'));
    expect(text(page, '.total')).toBe('€36.10');
  });

  test('says what is empty', async () => {
    const page = await shown(answersWith(sampleBill({ lines: [], total: '0.00', balance: '0.00', seq: 0 })));
    expect(text(page, '.lines-panel')).toContain('Nothing has been charged in this period');
    expect(text(page, '.bill-middle')).toContain('no allowances');
    expect(text(page, '.bill-middle')).toContain('Nothing is connected');
    expect(text(page, '.raw')).toContain('Nothing has been measured yet.');
  });

  test('a list that fails offers to try again without taking the bill away', async () => {
    const fails = () => {
      throw problem(503, 'store.busy', 'The store is busy');
    };
    const page = await shown({ ...answersWith(bill), '/api/accounts/A-1/usage': fails });
    expect(text(page, '.raw')).toContain('The store is busy');
    expect(text(page, '.total')).toBe('€36.10');
  });

  test('allowances say their state in words', async () => {
    const page = await shown(answersWith(bill));
    expect(rows(page, '.allowance')).toEqual([
      'Free hours13.75\u00a0hours left86.25 of 100\u00a0hours usedNearly used up',
      'Fixed minutes40\u00a0minutes over340 of 300\u00a0minutes usedUsed up',
    ]);
  });

  test('an exhausted prepaid balance is an alarm, what is owed is not', async () => {
    const prepaid = await shown(answersWith(sampleBill({ prepaid: true, balance: '0.00' })));
    expect(text(prepaid, '.balance-panel')).toContain('Used up. Top up to go on.');
    const owed = await shown(answersWith(sampleBill({ balance: '-3.88' })));
    expect(text(owed, '.balance-panel')).toContain('To pay');
  });
});

describe('three figures and reasons', () => {
  const figures = { ...answersWith(bill), '/api/accounts/A-1/spend': sampleSpend() };

  test('so far, where it leads as an estimate with its method, and the same day last period', async () => {
    const page = await shown(figures);
    await pass(20);
    expect(text(page, '.total')).toBe('€36.10');
    expect(rows(page, '.figures dl > div')).toEqual(['End of the period estimate€53.28', 'Same day last period€31.00']);
    expect(page.querySelector<HTMLElement>('.figure-value')?.title).toContain('€16.10 for use in 15 days begun');
    expect(text(page, '.method')).toContain('Same day last period: what had been charged by the end of Dec 15.');
    expect(text(page, '.runway')).toContain('Lasts about 12 days, until Jan 27, 2026');
  });

  test('a forecast that fails says so in its place and leaves the bill', async () => {
    let spend = (): unknown => {
      throw problem(500, 'internal-error', 'Internal error');
    };
    const page = await shown({ ...answersWith(bill), '/api/accounts/A-1/spend': () => spend() });
    await pass(20);
    expect(rows(page, '.figures dd')).toEqual(['—', '—']);
    expect(text(page, '.figures [role=alert]')).toBe('Not known just now. Code internal-error Try again');
    expect(text(page, '.spend-panel')).toContain('Code internal-error');
    expect(text(page, '.total')).toBe('€36.10');
    spend = () => sampleSpend();
    await click(page.querySelector('.figures button'));
    expect(page.querySelector('.figures [role=alert]')).toBeNull();
    await pass(20);
    expect(rows(page, '.figures dd')).toEqual(['€53.28', '€31.00']);
  });

  test('who pays one charge a month sees it by day, who has more on the first day the last of them', async () => {
    const day = { date: '2026-01-01', amount: '20.00', use: {} };
    const answers = { ...answersWith(bill), '/api/accounts/A-1/spend': sampleSpend({ days: [day], previous: null }) };
    const one = { ...charge(3, 'u1', '20.00'), usage: null };
    const flat = await shown({ ...answers, '/api/accounts/A-1/charges': { items: [one], next: null } });
    await pass(20);
    expect(flat.querySelectorAll('.bar-now')).toHaveLength(1);
    expect(text(flat, '.chart g title')).toBe('Jan 1: €20.00');
    const two = [
      { ...one, amount: '10.00' },
      { ...one, seq: 2, amount: '10.00' },
    ];
    const metered = await shown({ ...answers, '/api/accounts/A-1/charges': { items: two, next: null } });
    await pass(20);
    expect(metered.querySelector('.chart-line')).not.toBeNull();
  });

  test('a line opens its multiplication, plan versions and records, and leads to its charges', async () => {
    const page = await shown({
      ...figures,
      '/api/accounts/A-1/charges': {
        items: [charge(3, 'u2', '0.25'), { ...charge(2, 'u1', '20'), label: 'Monthly fee', unit: '' }],
        next: null,
      },
    });
    await pass(20);
    const why = page.querySelectorAll('.why')[1]!;
    expect(why.getAttribute('aria-expanded')).toBe('false');
    await click(why);
    expect(why.getAttribute('aria-expanded')).toBe('true');
    expect(text(page, '.reasons')).toContain('16.1\u00a0hours × €1.00 / hour = €16.10');
    expect(text(page, '.reasons')).toContain('By plan evening, versions 2, 3. 18 charges for 17 usage records.');
    expect(rows(page, '.why-charges li')).toHaveLength(1);
    await click(page.querySelector('.reasons .button'));
    expect(rows(page, '.raw .panel:last-child .row-label')).toEqual(['On-peak hours']);
    await click(page.querySelector('.followed .button'));
    expect(rows(page, '.raw .panel:last-child .row-label')).toHaveLength(2);
  });

  test('every charge opens its trace: parts of time, rates, and what they come to', async () => {
    const step = { plan: 'evening', version: 3, primitive: 'peakRate', type: 'StepRater', path: ['peakRate'] };
    const part = { from: '2026-01-15T11:00:00Z', to: '2026-01-15T11:01:00Z', meter: 'time' };
    const term = { quantity: '900', inUnit: '0.25', baseUnit: 's', unit: 'hour' };
    const terms = [{ ...term, multiplier: '1', constant: '0', of: 'step 1' }];
    const words = 'hour 1.75 → 2: 0.25 × 1 (step 1)';
    const priced = { ...step, ...part, text: words, label: 'On-peak hours', charged: '0.25', terms };
    const page = await shown({
      ...figures,
      '/api/accounts/A-1/charges': { items: [charge(3, 'u2', '0.25')], next: null },
      '/api/accounts/A-1/charges/3/trace': { seq: 3, steps: [priced] },
    });
    await click(page.querySelector('.raw .charge-trace .why'));
    await pass(20);
    expect(text(page, '.trace')).toContain('12:00:00 – 12:01:00 peakRate of evening, version 3');
    expect(text(page, '.trace')).toContain('From 1.75 to 2\u00a0hours in this period:');
    expect(text(page, '.trace')).toContain('0.25\u00a0hours (900\u00a0s) × €1.00 / hour, step 1');
    expect(text(page, '.trace strong')).toBe('On-peak hours: €0.25');
  });

  test('a fixed charge is said to be one', async () => {
    const page = await shown(figures);
    await click(page.querySelector('.why'));
    expect(text(page, '.reasons')).toContain('A fixed charge of €20.00.');
  });

  test('the chart by day has a table with the same numbers and the period before', async () => {
    const page = await shown(figures);
    await pass(20);
    expect(page.querySelector<HTMLSelectElement>('.chooser select')?.value).toBe('amount');
    expect(rows(page, '.spend-panel tbody tr')).toEqual(['Jan 3€0.00€1.00', 'Jan 2€10.10€0.00', 'Jan 1€6.00€30.00']);
    expect(page.querySelectorAll('.bar-now')).toHaveLength(3);
  });

  test('late use and corrections are badges', async () => {
    const late = { ...charge(3, 'u2', '0.25'), at: '2025-12-31T10:00:00Z' };
    const page = await shown({
      ...figures,
      '/api/accounts/A-1/charges': { items: [late, { ...charge(2, 'u1', '-1'), kind: 'correction' }], next: null },
    });
    expect(rows(page, '.raw .panel:last-child .badge')).toEqual(['Late', 'Correction']);
  });
});

describe('the live bill', () => {
  test('follows charges, keeps the estimate apart, and marks what changed', async () => {
    const page = await shown(answersWith(bill));
    await PlayedSocket.last?.open();
    await PlayedSocket.last?.say({
      type: 'projection',
      account: 'A-1',
      seq: 3,
      asOfMs: bill.asOfMs,
      amount: '0.4215',
      total: '36.10',
      sessions: [],
    });
    expect(text(page, '.estimate')).toBe('+€0.42 estimated');
    expect(text(page, '.total')).toBe('€36.10');
    expect(page.querySelector('.total .marked')).toBeNull();
    await PlayedSocket.last?.say(charges(4, '36.60', '16.60'));
    expect(text(page, '.total')).toBe('€36.60');
    expect(text(page, '.estimate')).toBe('');
    expect(page.querySelector('.total .marked')).not.toBeNull();
    expect(text(page, 'tfoot')).toBe('Total€36.60');
  });

  test('an estimate of nothing is not shown', async () => {
    const page = await shown(answersWith(bill));
    await PlayedSocket.last?.open();
    const { asOfMs } = bill;
    const nothing = { type: 'projection', account: 'A-1', seq: 3, asOfMs, amount: '0.00', total: '36.10' } as const;
    await PlayedSocket.last?.say({ ...nothing, sessions: [] });
    expect(text(page, '.estimate')).toBe('');
  });

  test('turns to Delayed, and to Reconnecting with the numbers kept and dimmed', async () => {
    const page = await shown(answersWith(bill));
    await PlayedSocket.last?.open();
    await PlayedSocket.last?.say({ type: 'bill', bill: { ...bill, asOfMs: Date.now() } });
    expect(text(page, '.freshness')).toMatch(/^Live as of now/);
    await pass(3_000);
    expect(text(page, '.freshness')).toMatch(/^Live as of 3 s ago/);
    expect(page.querySelector('[data-stale]')).toBeNull();
    await pass(13_000);
    expect(text(page, '.freshness')).toMatch(/^Delayed as of 1\d s ago/);
    expect(page.querySelector('[data-stale] .total')).not.toBeNull();
    await PlayedSocket.last?.break();
    expect(text(page, '.freshness')).toMatch(/^Reconnecting/);
    expect(page.querySelector('[data-stale]')).not.toBeNull();
    expect(text(page, '.total')).toBe('€36.10');
  });

  test('is heard every 30 s at most, and only as a whole', async () => {
    const page = await shown(answersWith(bill));
    await PlayedSocket.last?.open();
    await PlayedSocket.last?.say(charges(4, '36.60', '16.60'));
    expect(text(page, '.total-panel .spoken')).toBe('So far €36.10');
    await pass(28_000);
    expect(text(page, '.total-panel .spoken')).toBe('So far €36.10');
    await pass(3_000);
    expect(text(page, '.total-panel .spoken')).toBe('So far €36.60');
    expect(page.querySelectorAll('table [role=status], table [aria-live]')).toHaveLength(0);
  });

  test('shows a notice until it is dismissed', async () => {
    const page = await shown(answersWith(bill));
    await PlayedSocket.last?.say({
      type: 'notice',
      level: 'warning',
      code: 'balance.low',
      text: 'Your balance is low.',
    });
    expect(text(page, '.notices')).toContain('Warning: Your balance is low.');
    await click(page.querySelector('.notice button'));
    await pass(250);
    expect(text(page, '.notices')).toBe('');
  });
});

describe('nothing contradicts the live bill', () => {
  const hour = { meter: 'time', quantity: '1', unit: 'hour', currency: 'EUR', amount: '1.00', lines: [], free: null };
  const prepaid = sampleBill({ prepaid: true });
  const quote = (buys: string) => ({
    quotes: [{ ...hour, balanceAfter: '12.90', buys: { quantity: buys, inUnit: '1', beyond: false } }],
  });

  async function opened(first: BillView) {
    const asked = { quotes: 0, spends: 0 };
    const page = await shown({
      ...answersWith(first),
      '/api/accounts/A-1/spend': () => {
        asked.spends += 1;
        return sampleSpend();
      },
      'POST /api/accounts/A-1/quote': () => {
        asked.quotes += 1;
        return quote(asked.quotes === 1 ? '50040' : '360000');
      },
    });
    await pass(20);
    await PlayedSocket.last?.open();
    await PlayedSocket.last?.say({ type: 'bill', bill: first });
    return { page, asked };
  }
  const now = (changes: Partial<BillView>) =>
    PlayedSocket.last!.say({ type: 'bill', bill: { ...prepaid, asOfMs: prepaid.asOfMs + 1, ...changes } });

  test('after a top-up by someone else prices and runway are worked out anew, at once and once', async () => {
    const { page, asked } = await opened(prepaid);
    expect(text(page, '.quotes tbody')).toContain('buys 13 h 54 min');
    await now({ balance: '113.90' });
    expect(text(page, '.quotes tbody')).toBe('One hour online\u00a0being worked out…');
    expect(text(page, '.runway')).toBe('');
    await pass(1_000);
    expect(text(page, '.quotes tbody')).toContain('buys 100 h 0 min');
    expect(text(page, '.runway')).toContain('Lasts about');
    await pass(60_000);
    expect(asked).toEqual({ quotes: 2, spends: 2 });
  });

  test('at run-out nothing lasts or buys any more', async () => {
    const { page } = await opened(prepaid);
    await now({ seq: 4, total: '50.00', balance: '0.00' });
    expect(text(page, '.balance-panel')).toContain('Used up');
    expect(text(page, '.runway')).toBe('');
    expect(text(page, '.quotes tbody')).not.toContain('buys');
    await pass(2_000);
    expect(text(page, '.runway')).toBe('');
  });

  test('use alone takes nothing away while it goes on', async () => {
    const { page } = await opened(prepaid);
    await now({ seq: 4, total: '36.35', balance: '13.65' });
    expect(text(page, '.quotes tbody')).toContain('buys 13 h 54 min');
    expect(text(page, '.runway')).toContain('Lasts about');
  });

  test('a new period shows no forecast of the old one', async () => {
    const { page } = await opened(prepaid);
    await now({ seq: 4, total: '0.00', balance: '13.90', period: { from: '2026-02-01', to: '2026-03-01' } });
    expect(text(page, '.total')).toBe('€0.00');
    expect(rows(page, '.figures dd')).toEqual(['', '']);
    expect(page.querySelectorAll('.bar-now')).toHaveLength(0);
  });

  test('a forecast is never less than the total beside it', async () => {
    const { page } = await opened(prepaid);
    await now({ seq: 4, total: '60.00', balance: '-10.00' });
    expect(rows(page, '.figures dd')[0]).toBe('€60.00');
  });
});

test('of sixty sessions the first few are shown, and the others when asked', async () => {
  const session = (n: number) => ({
    device: `nas-${n}`,
    id: `s-${n}`,
    startedAt: '2026-01-15T11:00:00Z',
    seconds: '60',
    octetsIn: '1',
    octetsOut: '1',
  });
  const sessions = Array.from({ length: 50 }, (_, n) => session(n)) as unknown as BillView['sessions'];
  const page = await shown(answersWith(sampleBill({ sessions, sessionCount: 60 })));
  expect(rows(page, '.sessions li')).toHaveLength(5);
  await click([...page.querySelectorAll('button')].find(({ textContent }) => textContent === 'Show all 50')!);
  expect(rows(page, '.sessions li')).toHaveLength(50);
  expect(page.textContent).toContain('and 10 more');
});

describe('earlier periods', () => {
  const periods = {
    items: [
      { from: '2026-01-01', to: '2026-02-01', closed: false },
      { from: '2025-12-01', to: '2026-01-01', closed: true },
    ],
  };
  const december = sampleBill({
    period: { from: '2025-12-01', to: '2026-01-01' },
    closed: true,
    total: '19.75',
    lines: [line('Monthly fee', '0', '', '20.00'), { ...line('Correction: Outage', '0', '', '-0.25'), corrects: 7 }],
  });
  const answers = {
    ...answersWith(bill),
    '/api/accounts/A-1/bills': periods,
    '/api/accounts/A-1/bill?period=2025-12': december,
    '/api/accounts/A-1/charges?period=2025-12': {
      items: [
        { ...charge(9, 'u9', '20.000000'), label: 'Monthly fee', unit: '', quantity: '0', usage: null },
        charge(7, 'u7', '1.000000'),
      ],
      next: null,
    },
  };

  test('are chosen at the head, and the address names them', async () => {
    const page = await shown(answers);
    await pass(20);
    const chooser = page.querySelector<HTMLSelectElement>('.bill-period select')!;
    expect([...chooser.options].map(({ value }) => value)).toEqual(['2026-01', '2025-12']);
    expect(chooser.options[0]!.textContent).toMatch(/^January 1\W+31, 2026, now$/);
    chooser.value = '2025-12';
    await act(async () => chooser.dispatchEvent(new Event('change', { bubbles: true })));
    await pass(20);
    expect(location.search).toBe('?period=2025-12');
    expect(text(page, '.total')).toBe('€19.75');
  });

  test('can be chosen as soon as the month has rolled over under the page', async () => {
    let items = periods.items.slice(0, 1);
    const page = await shown({ ...answers, '/api/accounts/A-1/bills': () => ({ items }) });
    await pass(20);
    expect(page.querySelector('.bill-period select')).toBeNull();
    items = [{ from: '2026-02-01', to: '2026-03-01', closed: false }, ...periods.items];
    await PlayedSocket.last?.open();
    const february = { from: '2026-02-01', to: '2026-03-01' };
    await PlayedSocket.last?.say({
      type: 'bill',
      bill: { ...bill, seq: 4, asOfMs: bill.asOfMs + 1, total: '0.00', period: february },
    });
    await pass(20);
    expect(page.querySelector<HTMLSelectElement>('.bill-period select')?.value).toBe('2026-02');
  });

  test('have their bill as it was closed: total, lines and corrections, and nothing that moves', async () => {
    history.replaceState(null, '', '/?period=2025-12');
    const page = await shown(answers);
    await pass(20);
    expect(text(page, '.past-total')).toContain('Closed');
    expect(text(page, '.past-total')).toContain('nothing more is added');
    expect(rows(page, '.lines tbody tr')).toEqual([
      'Monthly feeeveningWhy?€20.00',
      'Correction: OutageCorrectioneveningWhy?-€0.25',
    ]);
    await click(page.querySelectorAll('.why')[1]!);
    expect(text(page, '.reasons')).toContain('Corrects charge 7');
    expect(page.querySelector('.freshness')).toBeNull();
    expect(PlayedSocket.last).toBeNull();
    expect(document.title).toBe('€19.75 · Your bill · meterd');
  });

  test('open the charges behind a line, as the bill of now does', async () => {
    history.replaceState(null, '', '/?period=2025-12');
    const page = await shown(answers);
    await pass(20);
    expect(rows(page, '.past-charges .row-label')).toEqual(['Monthly fee', 'On-peak hours']);
    await click(page.querySelector('.why'));
    expect(rows(page, '.why-charges .figure')).toEqual(['€20.00']);
    await click(page.querySelector('.reasons > td > .why-body > .button'));
    expect(rows(page, '.past-charges .row-label')).toEqual(['Monthly fee']);
    expect(document.activeElement).toBe(page.querySelector('.past-charges'));
    await click(page.querySelector('.followed .button'));
    expect(rows(page, '.past-charges .row-label')).toHaveLength(2);
  });

  test('that are over but not closed say so, and one that still runs leads to the live bill', async () => {
    const { closed: _, ...open } = december;
    history.replaceState(null, '', '/?period=2025-12');
    const over = await shown({ ...answers, '/api/accounts/A-1/bill?period=2025-12': open });
    await pass(20);
    expect(text(over, '.past-total')).toContain('Late use may still be added');
    expect(text(over, '.past-total a')).toBe('To the bill of now');
    history.replaceState(null, '', '/?period=2026-01');
    const running = await shown({ ...answers, '/api/accounts/A-1/bill?period=2026-01': bill });
    await pass(20);
    expect(text(running, '.past-total a')).toBe('See it live');
  });

  test('that nobody can show say why, with the code, and are tried again', async () => {
    history.replaceState(null, '', '/?period=1999-13');
    const page = await shown({
      ...answers,
      '/api/accounts/A-1/bill?period=1999-13': () => {
        throw problem(400, 'request-invalid', 'The request is not valid', 'period must be a month');
      },
    });
    await pass(20);
    expect(text(page, '[role=alert]')).toContain('Code request-invalid');
  });
});

test('raw use stands beside its charges, and choosing one shows the other', async () => {
  const page = await shown({
    ...answersWith(bill),
    '/api/accounts/A-1/usage': { items: [usage('u2'), usage('u1')], next: null },
    '/api/accounts/A-1/charges': {
      items: [charge(3, 'u2', '0.25'), charge(2, 'u2', '0.004167'), charge(1, 'u1', '1')],
      next: null,
    },
  });
  expect(rows(page, '.raw .panel:first-child .row-head')[0]).toContain('charged €0.254167');
  await click(page.querySelector('.raw .row-button'));
  expect(page.querySelectorAll('.row-chosen')).toHaveLength(3);
  expect(page.querySelectorAll('.raw [aria-pressed=true]')).toHaveLength(3);
  expect(text(page, '.readings')).toBe('Time1 min 0 sDown1.99 MB');
  expect(page.querySelector('.readings [title="1,999,999 octets"]')).not.toBeNull();
  expect(page.querySelector('.chart svg')?.getAttribute('aria-label')).toContain('€36.10');
  expect(rows(page, '.twin tbody tr')).toHaveLength(3);
});

async function shown(answers: Answers): Promise<HTMLElement> {
  const session = { login: 'ada', role: 'subscriber', account: 'A-1' };
  return await rendered(<BillPage account="A-1" own />, apiOf({ '/api/session': session, ...answers }));
}

function answersWith(shownBill: BillView): Answers {
  const none = { items: [], next: null };
  return { '/api/accounts/A-1/bill': shownBill, '/api/accounts/A-1/usage': none, '/api/accounts/A-1/charges': none };
}

function charges(seq: number, total: string, onPeak: string): LiveMessage {
  const lines = [line('Monthly fee', '0', '', '20.00'), line('On-peak hours', '16.6', 'hour', onPeak)];
  const what = { allowances: bill.allowances, sessions: [], sessionCount: 0, charges: [] };
  return {
    type: 'charges',
    account: 'A-1',
    fromSeq: seq - 1,
    seq,
    total,
    balance: '13.40',
    asOfMs: bill.asOfMs + 1,
    lines,
    ...what,
  };
}

function usage(id: string): RawUsageView {
  const readings = { time: '60', 'octets-in': '1999999' };
  return {
    id,
    start: '2026-01-15T11:00:00Z',
    end: '2026-01-15T11:01:00Z',
    device: 'nas-1',
    session: 's',
    readings,
    attributes: {},
  };
}

function charge(seq: number, usageId: string, amount: string): ChargeView {
  const what = {
    label: 'On-peak hours',
    plan: 'evening',
    version: 3,
    primitive: 'p',
    kind: 'usage',
    quantity: '1',
    unit: 'hour',
    additional: '',
    vendor: '',
    attribution: '',
  } as const;
  return { ...what, seq, amount, period: bill.period, at: '2026-01-15T11:01:00Z', usage: usageId };
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

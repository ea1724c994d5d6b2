// @vitest-environment happy-dom
import { act } from 'react';
import { expect, test } from 'vitest';
import type { QuoteView } from '../../../daemon/contract.ts';
import { QuotePanel } from '../../../web/bill/quote-panel.tsx';
import { apiOf, freshDocument, pass, problem, rendered } from '../rendered.tsx';

freshDocument();

function quote(changes: Partial<QuoteView>): QuoteView {
  const use = { meter: 'time', quantity: '1', unit: 'hour', currency: 'EUR', amount: '1.000000', lines: [] };
  return { ...use, free: null, balanceAfter: '12.90', buys: null, ...changes };
}

const quotes = [
  quote({ buys: { quantity: '50040', inUnit: '13.9', beyond: false } }),
  quote({
    meter: 'octets-in',
    unit: 'GB',
    amount: '0',
    free: 'allowance',
    buys: { quantity: '0', inUnit: '0', beyond: true },
  }),
  quote({ meter: 'voice', unit: 'minute', quantity: '3', amount: '0', free: 'unpriced' }),
];

async function shown(answer: unknown): Promise<HTMLElement> {
  const api = apiOf({ '/api/session': null, 'POST /api/accounts/A-1/quote': answer });
  const page = await rendered(<QuotePanel account="A-1" seq={1} basis="" />, api);
  await pass(20);
  return page;
}

test('says what an hour, a gigabyte and a call cost now and what the balance buys of them', async () => {
  const page = await shown({ quotes });
  expect([...page.querySelectorAll('tbody tr')].map((row) => row.textContent)).toEqual([
    'One hour onlineYour balance buys 13 h 54 min€1.00',
    'One gigabyte downYour balance buys more than a year’s usefree, from your allowance',
    'A call of three minutesnot charged by your plan',
  ]);
});

test('any other use is priced on demand', async () => {
  const page = await shown({ quotes });
  await act(async () => {
    page.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  });
  expect(page.querySelector('.quote-answer')?.textContent).toBe('1\u00a0hour: €1.00Your balance buys 13 h 54 min');
});

test('a call whose price depends on its number says so, and the number can be entered; no plan is told in plain words', async () => {
  const call = { meter: 'voice', quantity: '3', unit: 'minute', refused: 'bad-attribute', detail: 'calledNumber: …' };
  const online = { meter: 'time', quantity: '1', unit: 'hour', refused: 'no-plan', detail: 'no plan in force at …' };
  const page = await shown({ quotes: [online, quotes[1], call] });
  expect([...page.querySelectorAll('tbody tr')].map((row) => row.textContent)).toEqual([
    'One hour onlineno plan in force yet',
    'One gigabyte downYour balance buys more than a year’s usefree, from your allowance',
    'A call of three minutesEnter a numberdepends on the number called',
  ]);
  await act(async () => page.querySelector<HTMLButtonElement>('tbody button')?.click());
  expect(page.querySelector('details')?.open).toBe(true);
  expect(document.activeElement?.getAttribute('name')).toBe('calledNumber');
  expect(page.querySelector<HTMLInputElement>('[name=quantity]')?.value).toBe('3');
});

test.each(['1,000', '0', '0.0001', '9000'])(
  'a quantity of %s is not asked for, and the page says why',
  async (typed) => {
    let asked = 0;
    const page = await shown(() => {
      asked += 1;
      return { quotes };
    });
    page.querySelector<HTMLInputElement>('[name=quantity]')!.value = typed;
    await act(async () => {
      page.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    });
    expect(asked).toBe(1);
    expect(page.querySelector('.quote-answer')?.textContent).toMatch(/thousand or one|Enter how much/);
  },
);

test('a failure says so, with its code, and is tried again', async () => {
  let tries = 0;
  const page = await shown(() => {
    tries += 1;
    if (tries === 1) throw problem(404, 'plan-unknown', 'Plan unknown');
    return { quotes };
  });
  expect(page.querySelector('[role=alert]')?.textContent).toContain('Code plan-unknown');
  await act(async () => page.querySelector<HTMLButtonElement>('[role=alert] button')?.click());
  await pass(20);
  expect(page.querySelector('[role=alert]')).toBeNull();
});

// @vitest-environment happy-dom
import { act } from 'react';
import { expect, test } from 'vitest';
import { App } from '../../../web/app.tsx';
import { settledAfterMs } from '../../../web/instant-ip/use-settled.ts';
import { type Answers, apiOf, freshDocument, PlayedSocket, pass, problem, rendered } from '../rendered.tsx';
import { sampleBill } from '../sample-bill.ts';

freshDocument();

const bill = sampleBill({ prepaid: true });
const session = { login: 'ada', role: 'subscriber', account: 'A-1' };

test('the band has the amount spent, the balance and the freshness, in the title too, and no head of the site', async () => {
  const page = await shown({ '/api/session': session, '/api/accounts/A-1/bill': bill });
  await PlayedSocket.last?.open();
  await PlayedSocket.last?.say({ type: 'bill', bill: { ...bill, asOfMs: Date.now() } });
  expect(text(page, '.band-amount .total')).toBe('€36.10');
  expect(text(page, '.band-balance')).toBe('Balance €13.9027 % left');
  expect(text(page, '.freshness-sign')).toBe('Live now');
  expect(document.title).toBe('€36.10 · Spent · meterd');
  expect(page.querySelector('.site-head')).toBeNull();
  expect(page.querySelector('a[target=_blank]')?.getAttribute('href')).toBe('/instant-ip');
});

test('the band keeps its figures while it reconnects, and says so', async () => {
  const page = await shown({ '/api/session': session, '/api/accounts/A-1/bill': bill });
  await PlayedSocket.last?.open();
  await PlayedSocket.last?.break();
  expect(text(page, '.freshness-sign')).toMatch(/^Reconnecting/);
  expect(page.querySelector('.band[data-stale]')).not.toBeNull();
  expect(text(page, '.band-amount .total')).toBe('€36.10');
});

test('the band names what is wrong in one line, and tries again', async () => {
  let tries = 0;
  const answer = () => {
    tries += 1;
    if (tries === 1) throw problem(503, 'store.busy', 'The store is busy');
    return bill;
  };
  const page = await shown({ '/api/session': session, '/api/accounts/A-1/bill': answer });
  expect(text(page, '.band [role=status]')).toBe('Loading');
  await pass(settledAfterMs);
  expect(text(page, '.band [role=alert]')).toContain('The store is busy Code store.busy');
  await act(async () => (page.querySelector('.band-failure button') as HTMLButtonElement).click());
  expect(text(page, '.band-amount .total')).toBe('€36.10');
});

test('a small band that is signed out leads to the sign-in and notices when it has happened', async () => {
  let signedIn = false;
  const answer = () => {
    if (!signedIn) throw problem(401, 'signed-out', 'Signed out');
    return session;
  };
  Object.assign(window, { innerHeight: 80 });
  const page = await shown({ '/api/session': answer, '/api/accounts/A-1/bill': bill });
  expect(text(page, '.band')).toContain('Signed out.');
  expect(page.querySelector('form')).toBeNull();
  signedIn = true;
  await act(async () => void window.dispatchEvent(new Event('focus')));
  expect(text(page, '.band-amount .total')).toBe('€36.10');
});

test('a band as large as an app window has the form itself', async () => {
  Object.assign(window, { innerHeight: 700 });
  const answer = () => {
    throw problem(401, 'signed-out', 'Signed out');
  };
  const page = await shown({ '/api/session': answer });
  expect(page.querySelector('form')).not.toBeNull();
});

async function shown(answers: Answers): Promise<HTMLElement> {
  history.replaceState(null, '', '/band');
  return await rendered(<App />, apiOf(answers));
}

function text(page: Element, selector: string): string {
  return page.querySelector(selector)?.textContent ?? 'nothing there';
}

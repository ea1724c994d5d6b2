// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { describe, expect, test, vi } from 'vitest';
import { createApi, ProblemError } from '../../../web/api.ts';
import { App } from '../../../web/app.tsx';
import { ActionForm } from '../../../web/parts/action-form.tsx';
import { SessionProvider, useSession } from '../../../web/session/session.tsx';
import { SignInPage } from '../../../web/session/sign-in-page.tsx';
import { apiOf, freshDocument, pass, problem, rendered } from '../rendered.tsx';

freshDocument();

/** The answer while nobody is signed in: no failure, which a browser would log. */
const signedOut = null;

test('a refusal is shown with what to do, and the form stays', async () => {
  const refuse = () => {
    throw problem(401, 'session.refused', 'Sign-in refused', 'This login and password do not belong together.');
  };
  const page = await rendered(<App />, apiOf({ '/api/session': signedOut, 'POST /api/session': refuse }));
  expect(document.title).toBe('Sign in · meterd');
  await submit(page);
  expect(page.querySelector('[role=alert]')?.textContent).toContain('This login and password do not belong together.');
  expect(page.querySelector('[role=alert]')?.textContent).toContain('Check the login and the password.');
  expect(page.querySelector<HTMLButtonElement>('[type=submit]')?.disabled).toBe(false);
});

test('who signs in sees the pages of their role, and the sign-in again after signing out', async () => {
  const session = { login: 'kim', role: 'csr', account: null };
  const api = apiOf({
    '/api/session': signedOut,
    'POST /api/session': session,
    'DELETE /api/session': null,
    '/api/accounts': { items: [], next: null },
  });
  history.replaceState(null, '', '/accounts');
  const page = await rendered(<App />, { ...api, delete: async () => undefined });
  await submit(page);
  expect(page.querySelector('h1')?.textContent).toBe('Accounts');
  expect(page.textContent).toContain('There are no accounts yet.');
  await act(async () => page.querySelector<HTMLButtonElement>('.site-head .button-quiet')?.click());
  expect(page.querySelector('h1')?.textContent).toBe('Sign in');
});

test('too many failures say how long to wait, once', async () => {
  const refuse = () => {
    const said = { type: 'about:blank', title: 'Sign in throttled', status: 429, code: 'sign-in-throttled' };
    throw new ProblemError({ ...said, detail: 'wait 250 s', retryAfterS: 250 });
  };
  const page = await rendered(<App />, apiOf({ '/api/session': signedOut, 'POST /api/session': refuse }));
  await submit(page);
  expect(page.querySelector('[role=alert]')?.textContent).toBe(
    'Too many failed sign-insWait 5 minutes, then try again.Code sign-in-throttled',
  );
});

test('the wait is what the answer’s head says', async () => {
  const answer = () => Promise.resolve(new Response('{}', { status: 429, headers: { 'retry-after': '42' } }));
  const refused = createApi({ fetch: answer }).post('/api/session', {});
  await expect(refused).rejects.toMatchObject({ problem: { status: 429, retryAfterS: 42 } });
});

test('after the sign-in the focus is on the page, and a page opened signed in leaves it alone', async () => {
  const session = { login: 'kim', role: 'csr', account: null };
  const pages = { 'POST /api/session': session, '/api/accounts': { items: [], next: null } };
  history.replaceState(null, '', '/accounts');
  const page = await rendered(<App />, apiOf({ ...pages, '/api/session': signedOut }));
  await submit(page);
  expect(document.activeElement?.id).toBe('main');
  await rendered(<App />, apiOf({ ...pages, '/api/session': session }));
  expect(document.querySelectorAll('main')).toHaveLength(2);
  expect(page.contains(document.activeElement)).toBe(true);
});

test('what was typed when the session ended is there again after the same person’s sign-in, but no password', async () => {
  const session = { login: 'kim', role: 'csr', account: null };
  let signedIn: unknown = session;
  const answer = (_: string | URL | Request, init?: RequestInit) => {
    if (init?.method === 'PUT') {
      signedIn = null;
      return Promise.resolve(new Response('{}', { status: 401 }));
    }
    if (init?.method === 'POST') signedIn = session;
    return Promise.resolve(new Response(JSON.stringify(signedIn)));
  };
  vi.stubGlobal('fetch', answer);
  history.replaceState(null, '', '/draft');
  const place = document.body.appendChild(document.createElement('div'));
  const root = createRoot(place);
  await act(async () =>
    root.render(
      <SessionProvider>
        <Drafted />
      </SessionProvider>,
    ),
  );
  const field = (name: string) => place.querySelector<HTMLInputElement>(`[name=${name}]`)!;
  field('note').value = 'paid in cash';
  field('secret').value = 'secret';
  await submit(place);
  expect(place.querySelector('h1')?.textContent).toBe('Sign in');
  await submit(place);
  expect(field('note').value).toBe('paid in cash');
  expect(field('secret').value).toBe('');
  act(() => root.unmount());
});

function Drafted() {
  const { state, api } = useSession();
  if (state.kind !== 'in') return state.kind === 'out' ? <SignInPage /> : null;
  const put = async () => {
    await api.put('/api/x', {});
    return 'done';
  };
  return (
    <ActionForm submit="Record" label="Record" onSubmit={put}>
      <input name="note" />
      <input name="secret" type="password" />
    </ActionForm>
  );
}

describe('a sign-out', () => {
  const session = { login: 'kim', role: 'csr', account: null };
  const answers = { '/api/session': session, '/api/accounts': { items: [], next: null } };
  const button = (page: HTMLElement) => page.querySelector<HTMLButtonElement>('.site-head .button-quiet')!;

  test('that the server does not take says that the sign-in goes on, and can be tried again', async () => {
    let tries = 0;
    const leave = async () => {
      tries += 1;
      if (tries === 1) throw problem(0, 'page.unreachable', 'The server does not answer');
    };
    history.replaceState(null, '', '/accounts');
    const page = await rendered(<App />, { ...apiOf(answers), delete: leave });
    await act(async () => button(page).click());
    expect(page.querySelector('.site-head [role=alert]')?.textContent).toContain('You are still signed in');
    await act(async () => button(page).click());
    expect(page.querySelector('h1')?.textContent).toBe('Sign in');
  });

  test('that nobody answers says so too', async () => {
    history.replaceState(null, '', '/accounts');
    const page = await rendered(<App />, { ...apiOf(answers), delete: () => new Promise(() => undefined) });
    await act(async () => button(page).click());
    expect(button(page).textContent).toBe('Signing out…');
    expect(page.querySelector('.site-head [role=alert]')).toBeNull();
    await pass(5_000);
    expect(page.querySelector('.site-head [role=alert]')?.textContent).toContain('You are still signed in');
  });
});

async function submit(page: HTMLElement): Promise<void> {
  await act(async () => {
    page.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  });
}

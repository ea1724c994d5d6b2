import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hashPassword, verifyPassword } from '../../../daemon/http/password.ts';
import { type DaemonStub, password, startStub } from './daemon-stub.ts';

let stub: DaemonStub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(async () => {
  vi.useRealTimers();
  await stub.close();
});

const attempt = (login: string, said: string, more: object = {}) =>
  stub.server.inject({ method: 'POST', url: '/api/session', payload: { login, password: said }, ...more });

test('signing in sets a strict cookie, of whose token only the hash is stored', async () => {
  await stub.signIn('admin');
  const answer = await attempt('admin', password);
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({ login: 'admin', role: 'admin', account: null });
  const cookie = answer.cookies[0]!;
  expect(cookie).toMatchObject({ path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 43_200 });
  expect(cookie).not.toHaveProperty('secure');
  expect(Buffer.from(cookie.value, 'base64url')).toHaveLength(32);
  expect(await stub.deps.reader.webSession(cookie.value)).toBeNull();
});

test('behind TLS the cookie is for TLS only', async () => {
  await stub.signIn('admin');
  const answer = await attempt('admin', password, { headers: { 'x-forwarded-proto': 'https' } });
  expect(answer.cookies[0]).toMatchObject({ secure: true });
});

test('a session is asked for and ended; its token serves as bearer too', async () => {
  const cookie = await stub.signIn('csr');
  const token = cookie.split('=')[1]!;
  const view = { login: 'csr', role: 'csr', account: null };
  expect((await stub.ask(cookie, { url: '/api/session' })).json()).toEqual(view);
  const bearer = { headers: { authorization: `Bearer ${token}` } };
  expect((await stub.ask(null, { url: '/api/session', ...bearer })).json()).toEqual(view);
  expect((await stub.ask(cookie, { method: 'DELETE', url: '/api/session' })).statusCode).toBe(204);
  expect((await stub.ask(cookie, { url: '/api/session' })).json()).toBeNull();
  expect((await stub.ask(null, { url: '/api/session', ...bearer })).json()).toMatchObject({ code: 'not-signed-in' });
});

test('a session ends after twelve hours of real time', async () => {
  const cookie = await stub.signIn('csr');
  const signedInMs = Date.now();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(signedInMs + 12 * 3_600_000 - 60_000);
  expect((await stub.ask(cookie, { url: '/api/session' })).json()).toMatchObject({ login: 'csr' });
  vi.setSystemTime(signedInMs + 12 * 3_600_000 + 60_000);
  expect((await stub.ask(cookie, { url: '/api/session' })).json()).toBeNull();
  expect((await stub.ask(cookie, { url: '/api/accounts' })).statusCode).toBe(401);
});

test.each([
  ['admin', 'wrong'],
  ['nobody', password],
])('%s with %s is refused in the same words', async (login, said) => {
  await stub.signIn('admin');
  const answer = await attempt(login, said);
  expect(answer.statusCode).toBe(401);
  expect(answer.json()).toMatchObject({ code: 'sign-in-failed', detail: 'login or password is wrong' });
  expect(answer.cookies).toEqual([]);
});

test('ten failures of a login, from wherever, close it for five minutes; others are not hindered', async () => {
  await stub.signIn('admin');
  await stub.signIn('csr');
  const from = (n: number) => ({ remoteAddress: `192.0.2.${n}` });
  const failures = await Promise.all(Array.from({ length: 12 }, (_, n) => attempt('admin', 'wrong', from(n + 1))));
  expect(failures.map(({ statusCode }) => statusCode).sort()).toEqual([...Array(10).fill(401), 429, 429]);
  const right = await attempt('admin', password, from(99));
  expect(right.json()).toMatchObject({ status: 429, code: 'sign-in-throttled' });
  const waitS = Number(right.headers['retry-after']);
  expect(waitS).toBeGreaterThan(290);
  expect(waitS).toBeLessThanOrEqual(300);
  expect((await attempt('csr', password, from(1))).statusCode).toBe(200);
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + 5 * 60_000 + 1_000);
  expect((await attempt('admin', password, from(99))).statusCode).toBe(200);
});

test('ten failures from one address close it for every login; an IPv6 network counts as one', async () => {
  await stub.signIn('admin');
  const from = (n: number) => ({ remoteAddress: `2001:db8::${n}` });
  await Promise.all(Array.from({ length: 10 }, (_, n) => attempt(`guess-${n}`, 'wrong', from(n + 1))));
  expect((await attempt('admin', password, from(77))).statusCode).toBe(429);
  expect((await attempt('admin', password, { remoteAddress: '2001:db8:0:1::1' })).statusCode).toBe(200);
});

test('right passwords are never throttled', async () => {
  await stub.signIn('admin');
  for (let n = 0; n < 12; n++) expect((await attempt('admin', password)).statusCode).toBe(200);
});

test('only a proxy on this machine is believed whom it asks for', async () => {
  await stub.signIn('admin');
  const lie = (n: number) => ({ remoteAddress: '192.0.2.1', headers: { 'x-forwarded-for': `198.51.100.${n}` } });
  await Promise.all(Array.from({ length: 10 }, (_, n) => attempt(`guess-${n}`, 'wrong', lie(n))));
  expect((await attempt('admin', password, lie(50))).statusCode).toBe(429);
});

test('a stored password names its parameters and verifies', async () => {
  const stored = await hashPassword('pass');
  expect(stored).toMatch(/^scrypt\$32768\$8\$1\$[\w+/=]{24}\$[\w+/=]{44}$/);
  expect(await hashPassword('pass')).not.toBe(stored);
  expect(await verifyPassword('pass', stored)).toBe(true);
  expect(await verifyPassword('Pass', stored)).toBe(false);
  expect(await verifyPassword('pass', null)).toBe(false);
  expect(await verifyPassword('pass', 'plain$pass')).toBe(false);
});

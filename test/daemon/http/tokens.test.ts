import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import type { ApiTokenView, IssuedApiToken, Page } from '../../../daemon/contract.ts';
import { buildServer, startHttp } from '../../../daemon/http/server.ts';
import { sessionCookie, WebSessions } from '../../../daemon/http/web-sessions.ts';
import { type DaemonStub, postAccount, putPlan, startStub } from './daemon-stub.ts';

let stub: DaemonStub;
let admin: string;
beforeEach(async () => {
  stub = await startStub();
  admin = await stub.signIn('admin');
});
afterEach(async () => {
  vi.useRealTimers();
  await stub.close();
});

const provider = { name: 'Voice', role: 'provider', provider: 'voip-1', rights: ['usage', 'charges'] };
const csr = { name: 'CRM', role: 'csr' };

const post = (payload: object) => stub.ask(admin, { method: 'POST', url: '/api/tokens', payload });
const issue = async (payload: object) => (await post(payload)).json<IssuedApiToken>();
const list = async (query = '') => (await stub.ask(admin, { url: `/api/tokens${query}` })).json<Page<ApiTokenView>>();
const revoke = (id: string) => stub.ask(admin, { method: 'DELETE', url: `/api/tokens/${id}` });
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const whoIs = (token: string) => stub.ask(null, { url: '/api/session', ...bearer(token) });
const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url');

describe('issuing', () => {
  test('answers the token of 32 random octets, this once', async () => {
    const answer = await post(provider);
    expect(answer.statusCode).toBe(201);
    expect(answer.headers['cache-control']).toBe('no-store');
    const issued = answer.json<IssuedApiToken>();
    expect(issued).toEqual({ ...provider, id: issued.id, token: issued.token });
    expect(issued.token).toMatch(/^mtr_[\w-]{43}$/);
    expect(Buffer.from(issued.token.slice(4), 'base64url')).toHaveLength(32);
    const other = await issue(provider);
    expect(other.id).not.toBe(issued.id);
    expect(other.token).not.toBe(issued.token);
    expect(JSON.stringify(await list())).not.toContain(issued.token.slice(4));
  });

  test('leaves nothing of the token on the disk but its hash', async () => {
    const { token } = await issue(provider);
    await whoIs(token);
    const files = readdirSync(stub.folder).map((name) => readFileSync(join(stub.folder, name)));
    expect(files.some((octets) => octets.includes(hashOf(token)))).toBe(true);
    expect(files.some((octets) => octets.includes(token.slice(4)))).toBe(false);
  });

  test('gives other roles than provider neither a provider nor rights', async () => {
    expect(await issue(csr)).toMatchObject({ ...csr, provider: null, rights: [] });
    expect(await issue({ ...csr, provider: null, rights: [] })).toMatchObject({ provider: null, rights: [] });
  });

  test.each([
    [{ ...csr, name: undefined }, 'name', 'is missing'],
    [{ ...csr, name: 'x'.repeat(101) }, 'name', 'must have at most 100 characters'],
    [{ ...csr, name: 'a\nb' }, 'name', 'must not have control characters'],
    [{ name: 'x' }, 'role', 'is missing'],
    [{ ...csr, role: 'admin' }, 'role', 'must be one of csr, designer, operator, provider'],
    [{ ...csr, role: 'subscriber' }, 'role', 'must be one of csr, designer, operator, provider'],
    [{ ...csr, provider: 'voip-1' }, 'provider', 'belongs to the role provider only'],
    [{ ...csr, rights: ['usage'] }, 'rights', 'belong to the role provider only'],
    [{ ...provider, provider: undefined }, 'provider', 'is missing'],
    [{ ...provider, provider: 'x'.repeat(65) }, 'provider', 'must have at most 64 characters'],
    [{ ...provider, provider: 'vo ip' }, 'provider', 'must have only letters, digits and . _ -'],
    [{ ...provider, provider: 'voip\n' }, 'provider', 'must not have control characters'],
    [{ ...provider, rights: undefined }, 'rights', 'must name at least one of usage, charges, credits, accounts'],
    [{ ...provider, rights: [] }, 'rights', 'must name at least one of usage, charges, credits, accounts'],
    [{ ...provider, rights: 'usage' }, 'rights', 'must be a list'],
    [{ ...provider, rights: ['usage', 'all'] }, 'rights[1]', 'must be one of usage, charges, credits, accounts'],
    [{ ...provider, rights: [['usage']] }, 'rights[0]', 'must be one of usage, charges, credits, accounts'],
    [{ ...provider, rights: ['usage', 'usage'] }, 'rights', 'must name each right once'],
    [{ ...provider, rights: Array(5).fill('usage') }, 'rights', 'must have at most 4 entries'],
    [{ ...csr, token: 'mtr_x' }, 'token', 'is not known here; known are name, role, provider, rights'],
  ])('of %j is refused: %s %s', async (payload, field, what) => {
    const answer = await post(payload);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'request-invalid', field, detail: `${field} ${what}` });
    expect((await list()).items).toEqual([]);
  });
});

test('tokens are listed in pages, in the order they were issued, without their secrets', async () => {
  const issued = [await issue(provider), await issue(csr), await issue({ ...csr, role: 'operator' })];
  const first = await list('?limit=2');
  expect(first.items.map(({ id }) => id)).toEqual(issued.slice(0, 2).map(({ id }) => id));
  expect(first.items[0]).toEqual({
    ...provider,
    id: issued[0]!.id,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    revokedAt: null,
  });
  const second = await list(`?limit=2&cursor=${first.next}`);
  expect(second).toMatchObject({ items: [{ id: issued[2]!.id, role: 'operator' }], next: null });
});

describe('a token', () => {
  test('serves as bearer, under its id, and does not expire', async () => {
    const { id, token } = await issue(csr);
    const view = { login: `token:${id}`, role: 'csr', account: null };
    expect((await whoIs(token)).json()).toEqual(view);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 20 * 365 * 86_400_000);
    expect((await whoIs(token)).json()).toEqual(view);
  });

  test('changes what its role may change', async () => {
    await putPlan(stub, admin);
    const payload = { id: 'zoe', name: 'Zoe', currency: 'USD', timezone: 'Europe/Paris', plan: 'hourly' };
    const ask = async (token: string) =>
      (await stub.ask(null, { method: 'POST', url: '/api/accounts', payload, ...bearer(token) })).statusCode;
    expect(await ask((await issue({ ...csr, role: 'operator' })).token)).toBe(403);
    expect(await ask((await issue(csr)).token)).toBe(201);
  });

  test('is nothing in a cookie, and its hash or a part of it is nothing at all', async () => {
    const { token } = await issue(csr);
    const asCookie = await stub.ask(`${sessionCookie}=${token}`, { url: '/api/session' });
    expect(asCookie.json()).toBeNull();
    for (const said of [token.slice(4), hashOf(token), `mtr_${hashOf(token)}`, `${token}A`, token.toLowerCase()]) {
      expect((await whoIs(said)).json()).toMatchObject({ status: 401, code: 'not-signed-in' });
    }
  });

  test('that is unknown is refused, also beside a good cookie', async () => {
    const answer = await stub.ask(admin, { url: '/api/session', ...bearer(`mtr_${'x'.repeat(43)}`) });
    expect(answer.statusCode).toBe(401);
  });

  test('can’t sign out, and is told so', async () => {
    const { token } = await issue(provider);
    const answer = await stub.ask(null, { method: 'DELETE', url: '/api/session', ...bearer(token) });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({
      code: 'forbidden',
      detail: 'an API token does not sign out; an administrator revokes it',
    });
    expect((await whoIs(token)).statusCode).toBe(200);
  });
});

test('a sign-in whose token happens to begin as API tokens do is still a sign-in', async () => {
  const token = `mtr_${'x'.repeat(39)}`;
  await stub.store.putWebSession(hashOf(token), 'admin', Date.now() + 60_000);
  expect((await whoIs(token)).json()).toMatchObject({ login: 'admin' });
});

describe('revoking', () => {
  test('ends a token at once and for good, and no other', async () => {
    const [one, other] = [await issue(csr), await issue(csr)];
    const answer = await revoke(one.id);
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect((await whoIs(one.token)).json()).toMatchObject({ status: 401, code: 'not-signed-in' });
    expect((await whoIs(other.token)).statusCode).toBe(200);
    const { items } = await list();
    expect(items.map(({ revokedAt }) => revokedAt === null)).toEqual([false, true]);
  });

  test('twice is as once, and keeps the first time', async () => {
    const { id } = await issue(csr);
    await revoke(id);
    const { items: before } = await list();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 60_000);
    expect((await revoke(id)).statusCode).toBe(204);
    expect((await list()).items).toEqual(before);
  });

  test('of what is no token’s id is refused', async () => {
    const { token } = await issue(csr);
    for (const id of ['nothing', hashOf(token)]) {
      expect((await revoke(id)).json()).toMatchObject({
        status: 404,
        code: 'not-found',
        detail: `no API token "${id}"`,
      });
    }
    expect((await whoIs(token)).statusCode).toBe(200);
  });
});

test('revoking closes the live sockets of that token, not of others', async () => {
  await putPlan(stub, admin);
  await postAccount(stub, admin);
  // No pings: they would close the socket, too, only later.
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const http = await startHttp({ ...stub.deps, metrics: new Registry() });
  const open = async (token: string) => {
    const socket = new WebSocket(`${http.url.replace('http', 'ws')}/api/live`, bearer(token));
    await once(socket, 'open');
    return socket;
  };
  const [one, other] = [await issue(csr), await issue(csr)];
  const [mine, foreign] = [await open(one.token), await open(other.token)];
  const told = once(mine, 'message');
  mine.send('{"subscribe":"alice"}');
  expect(String((await told)[0])).toContain('subscribed');
  const closed = once(mine, 'close');
  const answer = await fetch(`${http.url}/api/tokens/${one.id}`, { method: 'DELETE', headers: { cookie: admin } });
  expect(answer.status).toBe(204);
  expect((await closed)[0]).toBe(4401);
  expect(stub.subscriptions[0]!.ended).toBe(true);
  expect(foreign.readyState).toBe(WebSocket.OPEN);
  foreign.terminate();
  await http.close();
});

describe('the caller', () => {
  const callerOf = (headers: object, cookies: object = {}) =>
    new WebSessions(stub.deps).callerOf({ headers, cookies } as unknown as FastifyRequest);
  const signedIn = async (role: 'admin' | 'csr' | 'provider') => {
    const [name, value] = (await stub.signIn(role)).split('=') as [string, string];
    return callerOf({}, { [name]: value });
  };

  test('with a provider’s token has its provider and its rights', async () => {
    const { id, token } = await issue(provider);
    expect(await callerOf(bearer(token).headers)).toEqual({
      login: `token:${id}`,
      role: 'provider',
      account: null,
      provider: 'voip-1',
      rights: ['usage', 'charges'],
      tokenId: id,
      tokenHash: hashOf(token),
      expiresMs: Number.POSITIVE_INFINITY,
    });
  });

  test('with the token of another role has no rights', async () => {
    const { token } = await issue(csr);
    expect(await callerOf(bearer(token).headers)).toMatchObject({ role: 'csr', provider: null, rights: [] });
  });

  test('who signed in has all rights as administrator, else none', async () => {
    const rights = ['usage', 'charges', 'credits', 'accounts'];
    expect(await signedIn('admin')).toMatchObject({ role: 'admin', provider: null, rights, tokenId: null });
    expect(await signedIn('csr')).toMatchObject({ rights: [], tokenId: null });
    expect(await signedIn('provider')).toMatchObject({ provider: null, rights: [], tokenId: null });
  });
});

test('the log names tokens by their id and never has one, nor its hash', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const server = buildServer({ ...stub.deps, logger, metrics: new Registry() });
  const issued = (
    await server.inject({ method: 'POST', url: '/api/tokens', payload: csr, headers: { cookie: admin } })
  ).json<IssuedApiToken>();
  const { id, token } = issued;
  const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, more: object = {}) =>
    server.inject({ method, url, ...bearer(token), ...more });
  await ask('GET', '/api/session');
  await ask('POST', '/api/accounts', { payload: { name: 7 } });
  await ask('DELETE', '/api/session');
  await ask('POST', '/api/accounts', {
    payload: '{',
    headers: { ...bearer(token).headers, 'content-type': 'application/json' },
  });
  await ask('GET', '/api/plans/%ff');
  await server.inject({ method: 'DELETE', url: `/api/tokens/${id}`, headers: { cookie: admin } });
  await ask('POST', '/api/accounts', { payload: {} });
  vi.spyOn(stub.deps.reader, 'webSession').mockRejectedValueOnce(new Error('the disk is gone'));
  await server.inject({ url: '/api/session', headers: { cookie: admin } });
  await server.close();
  const log = lines.join('');
  const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(said).toContainEqual(expect.objectContaining({ msg: 'API token issued', login: 'admin', tokenId: id }));
  expect(said).toContainEqual(expect.objectContaining({ login: `token:${id}`, url: '/api/accounts', status: 400 }));
  expect(log).toContain('the disk is gone');
  expect(log).not.toContain(token.slice(4));
  expect(log).not.toContain(hashOf(token));
});

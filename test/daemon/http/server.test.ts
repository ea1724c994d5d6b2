import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHttp } from '../../../daemon/http/server.ts';
import { type DaemonStub, postAccount, putPlan, startStub } from './daemon-stub.ts';

let stub: DaemonStub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

const html = { accept: 'text/html,application/xhtml+xml' };

function buildPages(): void {
  mkdirSync(join(stub.deps.webRoot, 'assets'), { recursive: true });
  writeFileSync(join(stub.deps.webRoot, 'index.html'), '<!doctype html><title>meterd</title>');
  writeFileSync(join(stub.deps.webRoot, 'theme-first.js'), '// theme');
  writeFileSync(join(stub.deps.webRoot, 'assets', 'index-1a2b3c.js'), '// code');
  writeFileSync(join(stub.folder, 'secret.txt'), 'secret');
}

test.each([
  ['GET', '/api/nothing'],
  ['GET', '/api'],
  ['POST', '/api/health'],
  ['DELETE', '/api/accounts'],
])('%s %s is a problem, also for browsers', async (method, url) => {
  buildPages();
  const answer = await stub.ask(null, { method: method as 'GET', url, headers: html });
  expect(answer.statusCode).toBe(404);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.json()).toEqual({
    type: 'urn:meterd:problem:not-found',
    title: 'Not found',
    status: 404,
    code: 'not-found',
    detail: `nothing is at ${method} ${url}`,
    todo: 'Check the address.',
  });
});

test('a broken address is a problem', async () => {
  expect((await stub.ask(null, { url: '/api/accounts/%E0%A4%A' })).json()).toMatchObject({ code: 'request-invalid' });
});

test.each(['/../secret.txt', '/%2e%2e/secret.txt', '/assets/../../secret.txt'])('nothing is at %s', async (path) => {
  buildPages();
  const http = await startHttp({ ...stub.deps, metrics: new Registry() });
  const { port } = new URL(http.url);
  // By hand, since every HTTP client resolves the dots before it asks.
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (data) => {
      text += data.toString();
    });
    socket.on('close', () => resolve(text));
  });
  await http.close();
  expect(answer).toContain('404 Not Found');
  expect(answer).toContain('"code":"not-found"');
});

test('bodies too large or of another type are problems', async () => {
  const cookie = await stub.signIn('admin');
  const large = await postAccount(stub, cookie, { name: 'x'.repeat(70_000) });
  expect(large.json()).toMatchObject({ status: 413, code: 'body-too-large' });
  const headers = { 'content-type': 'text/csv' };
  const other = await stub.ask(cookie, { method: 'POST', url: '/api/accounts', payload: 'a,b', headers });
  expect(other.json()).toMatchObject({ status: 415, code: 'media-type' });
});

test('what goes wrong inside is not told', async () => {
  const cookie = await stub.signIn('operator');
  Object.assign(stub.deps, {
    health: async () => {
      throw new Error('SELECT secret FROM table');
    },
  });
  const answer = await stub.ask(cookie, { url: '/api/health' });
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toMatchObject({ code: 'internal-error' });
  expect(answer.body).not.toContain('secret');
});

test.each([['/'], ['/api/session'], ['/api/nothing'], ['/healthz'], ['/assets/index-1a2b3c.js']])(
  'security headers are on %s',
  async (url) => {
    buildPages();
    const { headers } = await stub.ask(null, { url });
    expect(headers['content-security-policy']).toBe(
      "default-src 'self'; connect-src 'self'; style-src 'self'; object-src 'none'; img-src 'self' data:; " +
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    );
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin' });
  },
);

test('assets are kept for good, pages asked for again, answers not kept', async () => {
  buildPages();
  const cacheOf = async (url: string) => (await stub.ask(null, { url, headers: html })).headers['cache-control'];
  expect(await cacheOf('/assets/index-1a2b3c.js')).toBe('public, max-age=31536000, immutable');
  expect((await stub.ask(null, { url: '/assets/missing.js', headers: html })).statusCode).toBe(404);
  expect(await cacheOf('/assets/missing.js')).toBe('no-cache');
  expect(await cacheOf('/')).toBe('no-cache');
  expect(await cacheOf('/theme-first.js')).toBe('no-cache');
  expect(await cacheOf('/api/session')).toBe('no-store');
});

test('an address of the application gets its page, a missing file does not', async () => {
  buildPages();
  for (const url of ['/', '/accounts/alice', '/health?x=1']) {
    const answer = await stub.ask(null, { url, headers: html });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toContain('text/html');
    expect(answer.body).toContain('<title>meterd</title>');
  }
  expect((await stub.ask(null, { url: '/missing.png' })).json()).toMatchObject({ status: 404 });
  for (const url of ['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt']) {
    expect((await stub.ask(null, { url })).body).not.toContain('secret\n');
    expect((await stub.ask(null, { url })).statusCode).not.toBe(200);
  }
});

test('pages that are not built say how to build them', async () => {
  const answer = await stub.ask(null, { url: '/', headers: html });
  expect(answer.statusCode).toBe(503);
  expect(answer.body).toContain('npm run build');
});

test('a write from a page of another site is refused, one without origin is not', async () => {
  const cookie = await stub.signIn('admin');
  await putPlan(stub, cookie);
  const post = (headers: Record<string, string>) =>
    stub.ask(cookie, { method: 'POST', url: '/api/accounts', payload: {}, headers });
  for (const origin of ['https://evil.example', 'null', 'http://localhost:81', 'file://x']) {
    const answer = await post({ origin, host: 'localhost:80' });
    expect(answer.json()).toMatchObject({ status: 403, code: 'origin-foreign' });
  }
  for (const origin of ['http://localhost', 'https://localhost']) {
    expect((await post({ origin, host: 'localhost:80' })).statusCode).toBe(400);
  }
  expect((await post({})).statusCode).toBe(400);
  const forwarded = { origin: 'https://bill.example', host: '127.0.0.1:8080', 'x-forwarded-host': 'bill.example' };
  expect((await post(forwarded)).statusCode).toBe(400);
  const reading = await stub.ask(cookie, { url: '/api/accounts', headers: { origin: 'https://evil.example' } });
  expect(reading.statusCode).toBe(200);
  const foreign = { payload: { login: 'admin', password: 'x' }, headers: { origin: 'https://evil.example' } };
  expect((await stub.ask(null, { method: 'POST', url: '/api/session', ...foreign })).statusCode).toBe(403);
});

test('liveness and readiness', async () => {
  expect((await stub.ask(null, { url: '/healthz' })).body).toBe('ok');
  expect((await stub.ask(null, { url: '/readyz' })).statusCode).toBe(200);
  stub.ready = false;
  expect((await stub.ask(null, { url: '/readyz' })).statusCode).toBe(503);
  expect((await stub.ask(null, { url: '/healthz' })).statusCode).toBe(200);
});

test('requests are counted by route, not by address', async () => {
  await stub.ask(null, { url: '/api/accounts/alice' });
  await stub.ask(null, { url: '/api/anything' });
  const { body } = await stub.ask(null, { url: '/metrics' });
  expect(body).toContain('meterd_http_requests_total{method="GET",route="/api/accounts/:id",status="401"} 1');
  expect(body).not.toContain('anything');
});

test('it listens, and says which port is in use', async () => {
  const first = await startHttp({ ...stub.deps, metrics: new Registry() });
  const port = Number(new URL(first.url).port);
  expect(await (await fetch(`${first.url}/healthz`)).text()).toBe('ok');
  const second = startHttp({ ...stub.deps, metrics: new Registry(), port });
  await expect(second).rejects.toMatchObject({
    code: 'port-in-use',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
  await first.close();
});

test('it closes although a client keeps its connection', async () => {
  const http = await startHttp({ ...stub.deps, metrics: new Registry() });
  const client = connect(Number(new URL(http.url).port), '127.0.0.1');
  const closed = new Promise((resolve) => client.once('close', resolve));
  await new Promise((resolve) => client.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', resolve));
  await new Promise((resolve) => client.once('data', resolve));
  await http.close();
  await closed;
});

test('a client that never reads its answer does not hold up the end', async () => {
  buildPages();
  writeFileSync(join(stub.deps.webRoot, 'large.bin'), Buffer.alloc(64 * 1024 * 1024));
  const http = await startHttp({ ...stub.deps, metrics: new Registry() });
  const client = connect(Number(new URL(http.url).port), '127.0.0.1');
  client.on('error', () => undefined);
  client.write('GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => client.once('readable', resolve));
  await http.close();
  client.destroy();
});

import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { simulateCommand } from '../../../daemon/commands/simulate.ts';
import type { LiveMessage } from '../../../daemon/contract.ts';
import { InstantIpFeed, simulatedAccount } from '../../../simulator/instant-ip/feed.ts';
import { generatedRecords } from '../../../simulator/instant-ip/generate.ts';
import { type InstantIpServer, startInstantIpServer } from '../../../simulator/instant-ip/server.ts';
import { emailRecord } from '../../collectors/instant-ip/samples.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { captured } from './captured.ts';

interface Served {
  readonly server: InstantIpServer;
  readonly feed: InstantIpFeed;
  readonly origin: string;
  readonly viewers: () => number;
}

async function serve(): Promise<Served> {
  const webRoot = tempFolder();
  mkdirSync(join(webRoot, 'assets'));
  writeFileSync(join(webRoot, 'index.html'), '<title>meterd</title>');
  writeFileSync(join(webRoot, 'assets', 'page.js'), 'export {};');
  const feed = new InstantIpFeed('A file', emailRecord, Date.now());
  let viewers = 0;
  const server = await startInstantIpServer({
    host: '127.0.0.1',
    port: 0,
    feed,
    webRoot,
    onFirstViewer: () => viewers++,
  });
  onTestFinished(() => server.stop());
  return { server, feed, origin: new URL(server.url).origin, viewers: () => viewers };
}

/** A display's socket, which collects what it hears. */
async function view(origin: string, first: object = { subscribe: simulatedAccount }) {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/live`);
  const heard: LiveMessage[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  await once(socket, 'open');
  onTestFinished(() => socket.terminate());
  socket.send(JSON.stringify(first));
  const message = (index: number) =>
    vi.waitFor(() => heard[index] ?? Promise.reject(new Error(`message ${index}?`)), 5000);
  return { socket, heard, message };
}

describe('an Instant-IP server by itself', () => {
  it('tells the display who it is, and its account and bill', async () => {
    const { origin, feed } = await serve();
    const get = async (path: string) => (await fetch(origin + path)).json();
    expect(await get('/api/session')).toEqual({ login: 'simulated', role: 'subscriber', account: 'instant-ip' });
    expect(await get('/api/accounts/instant-ip')).toMatchObject({ id: 'instant-ip', currency: 'USD', prepaid: true });
    expect(await get('/api/accounts/instant-ip/bill')).toMatchObject({ total: '1.000', balance: '9.000', seq: 0 });
    feed.add(emailRecord);
    feed.add({ ...emailRecord, chargeThousandths: -250n });
    expect(await get('/api/accounts/instant-ip/charges')).toMatchObject({
      items: [
        { seq: 2, label: 'Email Transfer', amount: '-0.250', period: { from: '2009-04-01', to: '2009-05-01' } },
        { seq: 1, amount: '0.250', quantity: '3.500', unit: 'MB', at: '2009-04-04T14:05:00.000Z', usage: null },
      ],
      next: null,
    });
    expect(await get('/api/accounts/instant-ip/usage')).toEqual({ items: [], next: null });
    expect(await get('/api/accounts/other')).toMatchObject({ status: 404, code: 'not-found' });
  });

  it('serves the pages: files as they are, other addresses as the application', async () => {
    const { origin, server } = await serve();
    const page = await fetch(server.url, { headers: { accept: 'text/html' } });
    expect([page.status, await page.text()]).toEqual([200, '<title>meterd</title>']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect((await fetch(`${origin}/assets/page.js`)).headers.get('content-type')).toContain('javascript');
    for (const path of ['/assets/gone.js', '/api/nothing', '/..%2f..%2fpackage.json']) {
      expect((await fetch(origin + path)).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('sends the bill first, then each record', async () => {
    const { origin, feed, server, viewers } = await serve();
    const { message } = await view(origin);
    expect(await message(0)).toMatchObject({ type: 'bill', bill: { seq: 0, total: '1.000' } });
    expect(viewers()).toBe(1);
    feed.add(emailRecord);
    server.publish();
    expect(await message(1)).toMatchObject({ type: 'charges', fromSeq: 0, seq: 1, total: '1.250', balance: '8.750' });
    feed.add({ ...emailRecord, totalToDateThousandths: 1_500n });
    server.publish();
    expect(await message(2)).toMatchObject({ type: 'charges', fromSeq: 1, seq: 2, total: '1.500' });
  });

  it('gives a display that comes back only what it missed', async () => {
    const { origin, feed, viewers } = await serve();
    for (const record of generatedRecords(10, 1)) feed.add(record);
    const first = await view(origin, { subscribe: simulatedAccount, since: 7 });
    expect(await first.message(0)).toMatchObject({
      type: 'charges',
      fromSeq: 7,
      charges: [{ seq: 8 }, { seq: 9 }, { seq: 10 }],
    });
    first.socket.send(JSON.stringify({ subscribe: simulatedAccount, since: 10 }));
    expect(await first.message(1)).toMatchObject({ type: 'charges', fromSeq: 10, charges: [] });
    const second = await view(origin, { subscribe: simulatedAccount, since: 99 });
    expect(await second.message(0)).toMatchObject({ type: 'bill', bill: { seq: 10 } });
    expect(viewers()).toBe(1);
  });

  it('says what it does not understand, and that there is no other account', async () => {
    const { origin } = await serve();
    const { socket, message } = await view(origin, { subscribe: 'alice' });
    expect(await message(0)).toMatchObject({ type: 'notice', level: 'error', code: 'request-invalid' });
    socket.send('{{');
    expect(await message(1)).toMatchObject({ type: 'notice', code: 'request-invalid' });
    socket.send(JSON.stringify({ subscribe: simulatedAccount, since: -1 }));
    expect(await message(2)).toMatchObject({ type: 'notice', code: 'request-invalid' });
  });

  it('is not for pages of other sites', async () => {
    const { origin } = await serve();
    const address = `${origin.replace('http', 'ws')}/api/live`;
    const foreign = new WebSocket(address, { origin: 'http://evil.example' });
    const [error] = await once(foreign, 'error');
    expect((error as Error).message).toContain('403');
    const own = new WebSocket(address, { origin });
    await once(own, 'open');
    own.terminate();
  });

  it('closes its sockets when it stops', async () => {
    const { origin, server } = await serve();
    const { socket } = await view(origin);
    const closed = once(socket, 'close');
    await server.stop();
    expect((await closed)[0]).toBe(1001);
  });
});

describe('meterd simulate instant-ip --serve', () => {
  it('begins with the first viewer, shows it every record, and serves on until it is stopped', async () => {
    const said = captured();
    const args = ['instant-ip', 'examples/instant-ip/hotel.csv', '--serve', '0', '--speed', 'max'];
    const done = simulateCommand(args);
    const origin = await vi.waitFor(() => {
      const found = /Instant-IP server: (http:\/\/127\.0\.0\.1:\d+)\/instant-ip\n/.exec(said.err());
      return found?.[1] ?? Promise.reject(new Error(said.err()));
    }, 5000);
    expect(await (await fetch(`${origin}/api/accounts/instant-ip/bill`)).json()).toMatchObject({
      seq: 0,
      total: '0.000',
    });
    const { heard } = await view(origin);
    await vi.waitFor(() => expect(heard.at(-1)).toMatchObject({ type: 'notice', code: 'instant-ip-ended' }), 5000);
    expect(heard.at(-2)).toMatchObject({ type: 'charges', seq: 8, total: '27.333', balance: '2.667' });
    const seqs = heard.flatMap((message) => (message.type === 'charges' ? message.charges.map(({ seq }) => seq) : []));
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await vi.waitFor(() => expect(said.err()).toContain('still serving'), 5000);
    process.emit('SIGINT');
    expect(await done).toBe(0);
  });

  it('begins at once when told to, and stops in mid-replay', async () => {
    const said = captured();
    const args = ['instant-ip', 'examples/instant-ip/document.csv', '--serve', '0', '--start', 'now'];
    const done = simulateCommand(args);
    const origin = await vi.waitFor(() => {
      return /server: (http.*)\/instant-ip\n/.exec(said.err())?.[1] ?? Promise.reject(new Error(said.err()));
    }, 5000);
    await vi.waitFor(async () => {
      expect(await (await fetch(`${origin}/api/accounts/instant-ip/bill`)).json()).toMatchObject({ seq: 1 });
    }, 5000);
    process.emit('SIGTERM');
    expect(await done).toBe(0);
    expect(said.err()).toContain('1 record, charges 0.063 USD');
  });
});

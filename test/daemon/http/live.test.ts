/** The live socket with a real client. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import type { LiveMessage } from '../../../daemon/contract.ts';
import { LiveSocket, liveLimits } from '../../../daemon/http/live-socket.ts';
import { startHttp } from '../../../daemon/http/server.ts';
import { type DaemonStub, postAccount, putPlan, startStub } from './daemon-stub.ts';

let stub: DaemonStub;
let http: Awaited<ReturnType<typeof startHttp>>;
let admin: string;
const sockets: WebSocket[] = [];
beforeEach(async () => {
  stub = await startStub();
  admin = await stub.signIn('admin');
  await putPlan(stub, admin);
  await postAccount(stub, admin);
  await postAccount(stub, admin, { id: 'bob', identities: [] });
  http = await startHttp({ ...stub.deps, metrics: new Registry() });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await http.close();
  await stub.close();
});

interface Client {
  readonly socket: WebSocket;
  /** The next message, in order of arrival. */
  next(): Promise<LiveMessage>;
  say(message: unknown): void;
}

function connect(cookie: string | null, headers: Record<string, string> = {}): WebSocket {
  const url = `${http.url.replace('http', 'ws')}/api/live`;
  const socket = new WebSocket(url, { headers: { ...headers, ...(cookie === null ? {} : { cookie }) } });
  // Ending a refused one complains; what matters is asserted.
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

async function open(cookie: string, headers?: Record<string, string>): Promise<Client> {
  const socket = connect(cookie, headers);
  const arrived: LiveMessage[] = [];
  const wanted: ((message: LiveMessage) => void)[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as LiveMessage;
    const want = wanted.shift();
    if (want) want(message);
    else arrived.push(message);
  });
  await once(socket, 'open');
  return {
    socket,
    next: async () => arrived.shift() ?? new Promise((resolve) => wanted.push(resolve)),
    say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
  };
}

async function refusal(socket: WebSocket): Promise<number> {
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  return response.statusCode;
}

const noOf = async (id: string) => (await stub.store.account(id))!.no;

test('an upgrade needs a sign-in, a role and no foreign origin', async () => {
  expect(await refusal(connect(null))).toBe(401);
  expect(await refusal(connect('meterd_session=forged-token-forged-token'))).toBe(401);
  expect(await refusal(connect(await stub.signIn('operator')))).toBe(403);
  expect(await refusal(connect(admin, { origin: 'https://evil.example' }))).toBe(403);
  const own = await open(admin, { origin: http.url });
  expect(own.socket.readyState).toBe(WebSocket.OPEN);
});

test('a subscriber watches the own account, and gets the same answer for another’s and for none', async () => {
  const client = await open(await stub.signIn('subscriber', 'alice'));
  client.say({ subscribe: 'bob' });
  const other = await client.next();
  expect(other).toMatchObject({ type: 'notice', code: 'forbidden' });
  client.say({ subscribe: 'nobody' });
  expect(await client.next()).toEqual(other);
  expect(stub.subscriptions).toEqual([]);
  client.say({ subscribe: 'alice', since: 7 });
  expect(await client.next()).toMatchObject({ code: 'subscribed' });
  expect(stub.subscriptions).toMatchObject([{ account: await noOf('alice'), since: 7 }]);
});

test('one socket watches several accounts; subscribing again replaces', async () => {
  const client = await open(admin);
  for (const subscribe of ['alice', 'bob', 'alice']) {
    client.say({ subscribe });
    await client.next();
  }
  expect(stub.subscriptions.map(({ ended }) => ended)).toEqual([true, false, false]);
  const [, bob] = stub.subscriptions;
  expect(bob!.send({ type: 'notice', level: 'info', code: 'x', text: 'to bob' })).toBe(true);
  expect(await client.next()).toMatchObject({ text: 'to bob' });
  client.socket.close();
  await vi.waitUntil(() => stub.subscriptions.every(({ ended }) => ended));
  expect(bob!.send({ type: 'notice', level: 'info', code: 'x', text: 'late' })).toBe(false);
});

test.each([
  ['hello'],
  ['[]'],
  ['null'],
  ['{}'],
  ['{"subscribe":7}'],
  ['{"subscribe":"alice","since":-1}'],
  ['{"subscribe":"alice","since":"1"}'],
])('%s is answered by a notice, and the socket stays', async (text) => {
  const client = await open(admin);
  client.say(text);
  expect(await client.next()).toMatchObject({ type: 'notice', code: 'request-invalid' });
  client.say({ subscribe: 'alice' });
  expect(await client.next()).toMatchObject({ code: 'subscribed' });
});

test('a socket watches at most sixteen accounts', async () => {
  const client = await open(admin);
  for (let n = 0; n <= liveLimits.accountsMax; n++) {
    await postAccount(stub, admin, { id: `a${n}`, identities: [] });
    client.say({ subscribe: `a${n}` });
    const expected = n < liveLimits.accountsMax ? 'subscribed' : 'too-many-subscriptions';
    expect(await client.next()).toMatchObject({ code: expected });
  }
});

test('a message that is too long ends the socket', async () => {
  const client = await open(admin);
  client.say({ subscribe: 'x'.repeat(5_000) });
  expect((await once(client.socket, 'close'))[0]).toBe(1009);
});

test('signing out closes the sockets of that session, not of others', async () => {
  const cookie = await stub.signIn('csr');
  const [mine, other] = [await open(cookie), await open(await stub.signIn('csr'))];
  mine.say({ subscribe: 'alice' });
  await mine.next();
  const closed = once(mine.socket, 'close');
  await fetch(`${http.url}/api/session`, { method: 'DELETE', headers: { cookie } });
  expect((await closed)[0]).toBe(4401);
  expect(stub.subscriptions[0]!.ended).toBe(true);
  expect(other.socket.readyState).toBe(WebSocket.OPEN);
});

test('stopping closes sockets', async () => {
  const client = await open(admin);
  const closed = once(client.socket, 'close');
  await http.close();
  expect((await closed)[0]).toBe(1001);
});

function fakeSocket() {
  return {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    on: vi.fn(),
    send: vi.fn(),
    close: vi.fn(),
    ping: vi.fn(),
    terminate: vi.fn(),
  };
}

function liveOn(socket: ReturnType<typeof fakeSocket>, onSkipped = vi.fn(), isSignedIn = () => true) {
  const who = { login: 'admin', role: 'admin', account: null, provider: null, rights: [], tokenId: null } as const;
  const caller = { ...who, tokenHash: 'h', expiresMs: 1_000 };
  const live = new LiveSocket(socket as unknown as WebSocket, new PassThrough(), caller, {
    reader: stub.deps.reader,
    feed: stub.deps.live,
    sessions: { current: async () => (isSignedIn() ? caller : null) },
    onSkipped,
    onFault: (error) => {
      throw error;
    },
  });
  live.start();
  const listener = (name: string) => socket.on.mock.calls.find(([event]) => event === name)![1];
  return { live, listener };
}

test('a viewer that can’t keep up is told to the feed', async () => {
  const socket = fakeSocket();
  const onSkipped = vi.fn();
  const { listener } = liveOn(socket, onSkipped);
  listener('message')('{"subscribe":"alice"}', false);
  await vi.waitUntil(() => stub.subscriptions.length === 1);
  socket.bufferedAmount = liveLimits.bufferedOctetsMax + 1;
  const { send } = stub.subscriptions[0]!;
  const message: LiveMessage = { type: 'notice', level: 'info', code: 'x', text: 'x' };
  expect(send(message)).toBe(false);
  expect(onSkipped).toHaveBeenCalledOnce();
  socket.bufferedAmount = 0;
  expect(send(message)).toBe(true);
});

test('a viewer that doesn’t read is skipped in bounded memory, and harms nobody', async () => {
  const [slow, quick] = [await open(admin), await open(admin)];
  for (const client of [slow, quick]) {
    client.say({ subscribe: 'alice' });
    await client.next();
  }
  slow.socket.pause();
  const [toSlow, toQuick] = stub.subscriptions;
  const told = { slow: 0, quick: 0 };
  const text = 'x'.repeat(64 * 1024);
  // The kernel's buffers take some megabytes before the viewer counts as slow.
  for (let n = 0; n < 500; n++) {
    const message: LiveMessage = { type: 'notice', level: 'info', code: String(n), text };
    if (toSlow!.send(message)) told.slow++;
    if (toQuick!.send(message)) told.quick++;
    expect(await quick.next()).toMatchObject({ code: String(n) });
  }
  expect(told.quick).toBe(500);
  expect(told.slow).toBeGreaterThan(0);
  expect(told.slow).toBeLessThan(500);
  slow.socket.resume();
  for (let n = 0; n < told.slow; n++) await slow.next();
  await vi.waitUntil(() => toSlow!.send({ type: 'notice', level: 'info', code: 'again', text: '' }));
  expect(await slow.next()).toMatchObject({ code: 'again' });
});

test('messages of any length and any letters arrive whole and in order', async () => {
  const client = await open(admin);
  client.say({ subscribe: 'alice' });
  await client.next();
  const { send } = stub.subscriptions.at(-1)!;
  const lengths = [0, 1, 60, 61, 62, 63, 64, 125, 126, 127, 1_000, 65_000, 65_535, 65_536, 70_000];
  const texts = lengths.flatMap((length) => ['x'.repeat(length), `é€😀${'x'.repeat(length)}`, 'é'.repeat(length)]);
  for (const text of texts) send({ type: 'notice', level: 'info', code: 'x', text });
  for (const text of texts) expect(await client.next()).toMatchObject({ text });
});

test('a silent socket is terminated at the second ping, an expired one closed', () => {
  const silent = fakeSocket();
  const { live, listener } = liveOn(silent);
  live.sweep(0);
  listener('pong')();
  live.sweep(1);
  expect(silent.terminate).not.toHaveBeenCalled();
  live.sweep(2);
  expect(silent.ping).toHaveBeenCalledTimes(2);
  expect(silent.terminate).toHaveBeenCalledOnce();
  const expired = fakeSocket();
  liveOn(expired).live.sweep(1_000);
  expect(expired.close).toHaveBeenCalledWith(4401, 'the sign-in has expired');
});

test('a sign-in that a new password ended closes its socket at the next ping', async () => {
  const socket = fakeSocket();
  const signedIn = vi.fn(() => true);
  const { live, listener } = liveOn(socket, vi.fn(), signedIn);
  live.sweep(0);
  listener('pong')();
  await vi.waitUntil(() => signedIn.mock.calls.length === 1);
  expect(socket.close).not.toHaveBeenCalled();
  signedIn.mockReturnValue(false);
  live.sweep(1);
  await vi.waitUntil(() => socket.close.mock.calls.length > 0);
  expect(socket.close).toHaveBeenCalledWith(4401, 'signed out');
});

test('a flood of messages ends the socket', () => {
  const socket = fakeSocket();
  const { listener } = liveOn(socket);
  for (let n = 0; n <= liveLimits.waitingMax; n++) listener('message')('{"subscribe":"alice"}', false);
  expect(socket.close).toHaveBeenCalledWith(1008, 'too many messages at once');
});

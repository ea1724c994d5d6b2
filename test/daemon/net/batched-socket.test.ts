import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { BatchedSocket } from '../../../daemon/net/batched-socket.ts';
import { type SystemCalls, systemCalls } from '../../../daemon/net/system-calls.ts';
import { openUdp } from '../../../daemon/net/udp-socket.ts';

interface Taken {
  readonly text: string;
  readonly length: number;
  readonly address: string;
  readonly port: number;
}

const toClose: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

async function open(calls?: SystemCalls | null, host = '127.0.0.1') {
  const [bound] = await openUdp({ hosts: [host], port: 0, receiveBufferBytes: 4_194_304 });
  const taken: Taken[] = [];
  let errors = 0;
  let onTaken: () => void = () => undefined;
  const socket = new BatchedSocket({
    socket: bound!,
    onDatagram: (bytes, address, port) => {
      taken.push({ text: bytes.toString('latin1', 0, 64), length: bytes.length, address, port });
      onTaken();
    },
    onError: () => errors++,
    ...(calls === undefined ? {} : { calls }),
  });
  toClose.push(() => socket.close());
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      onTaken = () => (taken.length >= count ? resolve() : undefined);
      onTaken();
    });
  return { socket, port: bound!.address().port, taken, until, errors: () => errors };
}

async function peer(type: 'udp4' | 'udp6' = 'udp4') {
  const socket = createSocket({ type, recvBufferSize: 4_194_304 });
  const taken: Buffer[] = [];
  let onTaken: () => void = () => undefined;
  socket.on('message', (bytes) => {
    taken.push(bytes);
    onTaken();
  });
  socket.bind(0, type === 'udp4' ? '127.0.0.1' : '::1');
  await once(socket, 'listening');
  toClose.push(() => socket.close());
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      onTaken = () => (taken.length >= count ? resolve() : undefined);
      onTaken();
    });
  return { socket, port: socket.address().port, taken, until };
}

const sendAll = (from: Socket, texts: readonly (string | Buffer)[], port: number) =>
  Promise.all(texts.map((text) => new Promise((resolve) => from.send(text, port, '127.0.0.1', resolve))));

const isKnownPlatform = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');

describe.each([
  ['by the batch', undefined],
  ['by Node alone', null],
] as const)('a socket %s', (_, calls) => {
  it.runIf(calls === null || isKnownPlatform)('is what it is meant to be', async () => {
    const { socket } = await open(calls);
    expect(socket.isBatched).toBe(calls === undefined);
  });

  it('takes each of a thousand datagrams once, in order, with its sender', async () => {
    const { port, taken, until } = await open(calls);
    const other = await peer();
    const texts = Array.from({ length: 1_000 }, (_, n) => `datagram ${n} ${'x'.repeat(n % 50)}`);
    await sendAll(other.socket, texts, port);
    await until(1_000);
    expect(taken.map(({ text }) => text)).toEqual(texts.map((text) => text.slice(0, 64)));
    expect(new Set(taken.map((each) => `${each.address}:${each.port}`))).toEqual(new Set([`127.0.0.1:${other.port}`]));
  });

  it('takes empty datagrams and the longest that there are among others', async () => {
    const { port, taken, until } = await open(calls);
    const other = await peer();
    const longest = Buffer.alloc(65_507, 'l');
    await sendAll(other.socket, ['a', '', longest, 'b', '', 'c'], port);
    await until(6);
    expect(taken.map(({ length }) => length)).toEqual([1, 0, 65_507, 1, 0, 1]);
  });

  it('sends each of a thousand datagrams once, to whom it is for', async () => {
    const { socket } = await open(calls);
    const [first, second] = [await peer(), await peer()];
    for (let n = 0; n < 1_000; n++) socket.send(Buffer.from(`answer ${n}`), (n % 2 ? second : first).port, '127.0.0.1');
    await Promise.all([first.until(500), second.until(500)]);
    const numbers = (taken: Buffer[]) => taken.map((bytes) => Number(bytes.toString().slice(7)));
    expect(numbers(first.taken)).toEqual(Array.from({ length: 500 }, (_, n) => 2 * n));
    expect(numbers(second.taken)).toEqual(Array.from({ length: 500 }, (_, n) => 2 * n + 1));
  });

  it('sends what is too long for a slot', async () => {
    const { socket } = await open(calls);
    const other = await peer();
    socket.send(Buffer.alloc(9_000, 'l'), other.port, '127.0.0.1');
    await other.until(1);
    expect(other.taken[0]).toHaveLength(9_000);
  });

  it('counts what the system refuses to send, and sends what stands around it', async () => {
    const { socket, errors } = await open(calls);
    const other = await peer();
    // Broadcasting is not allowed without asking for it.
    const to = ['127.0.0.1', '255.255.255.255', '127.0.0.1', '255.255.255.255', '255.255.255.255', '127.0.0.1'];
    for (const [n, address] of to.entries()) socket.send(Buffer.from(String(n)), other.port, address);
    await other.until(3);
    expect(other.taken.map(String)).toEqual(['0', '2', '5']);
    await expect.poll(errors).toBe(3);
  });

  it('sends what waits before it closes, and nothing after', async () => {
    const { socket } = await open(calls);
    const other = await peer();
    socket.send(Buffer.from('before'), other.port, '127.0.0.1');
    await socket.close();
    socket.send(Buffer.from('after'), other.port, '127.0.0.1');
    const last = await peer();
    await sendAll(last.socket, ['last'], other.port);
    await other.until(2);
    expect(other.taken.map(String)).toEqual(['before', 'last']);
  });

  it('may be closed by what takes a datagram', async () => {
    const { socket, port, taken } = await open(calls);
    const other = await peer();
    const closed = new Promise<void>((resolve) => {
      socket.socket.on('message', () => void socket.close().then(resolve));
    });
    await sendAll(other.socket, ['one', 'two', 'three'], port);
    await closed;
    expect(taken.length).toBeGreaterThan(0);
  });
});

it('leaves no file open behind it', async () => {
  const before = readdirSync('/proc/self/fd').length;
  for (let n = 0; n < 10; n++) {
    const { socket } = await open();
    await socket.close();
  }
  expect(readdirSync('/proc/self/fd').length).toBe(before);
});

it('serves IPv6 by Node', async () => {
  const { socket, port, taken, until } = await open(undefined, '::1');
  const other = await peer('udp6');
  expect(socket.isBatched).toBe(false);
  other.socket.send('six', port, '::1');
  await until(1);
  expect(taken[0]).toMatchObject({ text: 'six', address: '::1', port: other.port });
  socket.send(Buffer.from('answer'), other.port, '::1');
  await other.until(1);
  expect(String(other.taken[0])).toBe('answer');
});

describe('datagrams of one length to one destination', () => {
  const texts = Array.from({ length: 200 }, (_, n) => String(n).padStart(n % 3 === 0 ? 30 : 20, '.'));

  async function sentBy(calls: SystemCalls) {
    let [asked, messages] = [0, 0];
    const counting: SystemCalls = {
      ...calls,
      sendmmsg: (descriptor, headers, count, flags) => {
        const taken = calls.sendmmsg(descriptor, headers, count, flags);
        asked += count;
        messages += Math.max(taken, 0);
        return taken;
      },
    };
    const { socket, errors } = await open(counting);
    const [first, second] = [await peer(), await peer()];
    for (const text of texts) {
      for (const { port } of [first, second]) socket.send(Buffer.from(text), port, '127.0.0.1');
    }
    await Promise.all([first.until(texts.length), second.until(texts.length)]);
    for (const { taken } of [first, second]) expect(taken.map(String).sort()).toEqual([...texts].sort());
    expect(errors()).toBe(0);
    return { asked, messages };
  }

  it('go together, and each arrives as one', async () => {
    const calls = systemCalls();
    if (calls === null) return;
    // Up to 64 wait, of two lengths to two destinations each.
    expect((await sentBy(calls)).messages).toBe(4 * Math.ceil((2 * texts.length) / 64));
  });

  it('go each by itself where the kernel knows of no such thing', async () => {
    const calls = systemCalls();
    if (calls === null) return;
    expect((await sentBy({ ...calls, setsockopt: () => -1 })).messages).toBe(2 * texts.length);
  });

  it('go each by itself where the kernel refuses them together', async () => {
    const calls = systemCalls();
    if (calls === null) return;
    // As IP refuses segments that no network takes; the number of datagrams stands in the message's header.
    const refusing: SystemCalls = {
      ...calls,
      sendmmsg: (descriptor, headers, count, flags) =>
        headers.readUInt32LE(24) > 1 ? -1 : calls.sendmmsg(descriptor, headers, count, flags),
      errno: () => 22,
    };
    const { asked, messages } = await sentBy(refusing);
    expect(messages).toBe(2 * texts.length);
    expect(asked).toBeGreaterThan(messages);
  });
});

it('goes on by Node where the system has no room for more', async () => {
  const calls = systemCalls();
  if (calls === null) return;
  let refusals = 0;
  const busy: SystemCalls = {
    ...calls,
    sendmmsg: (descriptor, headers, count, flags) =>
      refusals++ === 0 ? -1 : calls.sendmmsg(descriptor, headers, count, flags),
    errno: () => 11,
  };
  const { socket } = await open(busy);
  const other = await peer();
  for (let n = 0; n < 10; n++) socket.send(Buffer.from(String(n)), other.port, '127.0.0.1');
  await other.until(10);
  expect(other.taken.map(String)).toEqual(Array.from({ length: 10 }, (_, n) => String(n)));
  expect(refusals).toBe(1);
});

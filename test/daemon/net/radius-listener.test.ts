/** The listener behind a real socket of the loopback, with a pipeline whose answers the test decides. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { UsageRecord } from '../../../collectors/index.ts';
import { CollectorCounters } from '../../../daemon/counters.ts';
import { RadiusListener } from '../../../daemon/net/radius-listener.ts';
import type { Pipeline } from '../../../daemon/pipeline.ts';
import { builtInDictionary } from '../../fixtures/dictionary.ts';
import { handMadeRequest, peer, type RawAttribute, statusServer, uint32 } from '../../fixtures/radius-peer.ts';

/** Every socket made, so that a test can hand a datagram to the listener's own. */
const sockets = vi.hoisted((): Socket[] => []);
vi.mock('node:dgram', async (original) => {
  const dgram = await original<typeof import('node:dgram')>();
  const make = (...options: Parameters<typeof dgram.createSocket>) => {
    const socket = dgram.createSocket(...options);
    sockets.push(socket);
    return socket;
  };
  return { ...dgram, createSocket: make };
});

const secret = 'a secret of twenty-4 chars';
const newSecret = 'the secret that follows it';
const nowMs = Date.UTC(2026, 2, 1);

interface Submitted {
  readonly record: UsageRecord;
  readonly done: (durable: boolean) => void;
}

const config = {
  hosts: ['127.0.0.1'],
  port: 0,
  clients: [],
  receiveBufferBytes: 262_144,
  clockPastHours: 24,
  clockFutureSeconds: 300,
  staleAfterMinutes: 0,
  dictionaries: [],
};
const client = {
  name: 'c',
  group: 'g',
  requireMessageAuthenticator: false,
  swapDirections: false,
  separateIpv6Octets: 'ignore' as const,
};

interface BenchOptions {
  readonly cidr?: string;
  readonly hosts?: readonly string[];
  /** Where the device sends from and to. */
  readonly deviceHost?: string;
}

/** Starts a listener and a device that talks to it. */
class Bench {
  readonly counters = new CollectorCounters('radius');
  readonly submitted: Submitted[] = [];
  readonly device: Socket;
  readonly #host: string;
  logWritable = true;
  readonly listener: RadiusListener;
  /** The listener's own. */
  socket: Socket | undefined;
  #wanted: { readonly count: number; readonly resolve: () => void } | null = null;

  constructor({ cidr = '127.0.0.0/8', hosts = ['127.0.0.1'], deviceHost = '127.0.0.1' }: BenchOptions = {}) {
    this.#host = deviceHost;
    this.device = createSocket(deviceHost.includes(':') ? 'udp6' : 'udp4');
    const isWritable = () => this.logWritable;
    const pipeline: Pick<Pipeline, 'submit' | 'writable'> = {
      get writable() {
        return isWritable();
      },
      submit: (record, counters, done) => {
        this.submitted.push({
          record,
          // The real pipeline counts what became durable before it tells the listener.
          done: (durable) => {
            if (durable) counters.logged++;
            done(durable ? 'logged' : null);
          },
        });
      },
    };
    this.listener = new RadiusListener({
      config: { ...config, hosts, clients: [{ ...client, cidr, secrets: [secret, newSecret] }] },
      dictionary: builtInDictionary(),
      pipeline: pipeline as Pipeline,
      counters: this.counters,
      clock: () => {
        // Called for each datagram of a known client, before it is dealt with.
        setImmediate(() => this.#look());
        return nowMs;
      },
    });
  }

  async start(): Promise<void> {
    await this.listener.start();
    this.socket = sockets.at(-1);
    this.device.bind(0, this.#host);
    await once(this.device, 'listening');
  }

  /** Sends datagrams and waits until the listener has dealt with them. */
  async send(...datagrams: Buffer[]): Promise<void> {
    const dealt = new Promise<void>((resolve) => {
      this.#wanted = { count: this.counters.received + datagrams.length, resolve };
    });
    for (const datagram of datagrams) this.device.send(datagram, this.listener.port, this.#host);
    await dealt;
  }

  async answer(): Promise<Buffer> {
    const [message] = (await once(this.device, 'message')) as [Buffer];
    return message;
  }

  async stop(): Promise<void> {
    await this.listener.stop();
    this.device.close();
  }

  #look(): void {
    if (this.#wanted !== null && this.counters.received >= this.#wanted.count) this.#wanted.resolve();
  }
}

let running: Bench | null = null;
afterEach(async () => {
  await running?.stop();
  running = null;
});
async function start(options?: BenchOptions): Promise<Bench> {
  running = new Bench(options);
  await running.start();
  return running;
}

function request(identifier: number, extra: RawAttribute[] = [], key = secret): Buffer {
  const attributes: RawAttribute[] = [
    [40, uint32(3)],
    [44, Buffer.from('s1')],
    [46, uint32(60)],
    [32, Buffer.from('nas-1')],
    ...extra,
  ];
  return handMadeRequest({ secret: key, identifier, attributes });
}

describe('an answer', () => {
  it('is sent when the record is durable, and verifies', async () => {
    const bench = await start();
    await bench.send(request(5));
    expect(bench.counters.view()).toMatchObject({ received: 1, logged: 0, difference: 0 });
    const answer = bench.answer();
    bench.submitted[0]!.done(true);
    expect(peer.verify_response({ request: request(5), response: await answer, secret })).toBe(true);
    expect(bench.submitted[0]!.record.source.device).toBe('g/nas-1');
  });

  it('is never sent for a record that could not be made durable; the next try is a new one', async () => {
    const bench = await start();
    const answers: Buffer[] = [];
    bench.device.on('message', (message) => answers.push(message));
    await bench.send(request(5));
    bench.submitted[0]!.done(false);
    expect(bench.counters.refused).toEqual({ 'log-unavailable': 1 });
    await bench.send(request(5));
    expect(bench.submitted).toHaveLength(2);
    const answer = bench.answer();
    bench.submitted[1]!.done(true);
    await answer;
    expect(answers).toHaveLength(1);
    expect(bench.counters.view()).toMatchObject({ received: 2, logged: 1, difference: 0 });
  });

  it('to a retransmission is the same octets, and nothing is recorded again', async () => {
    const bench = await start();
    await bench.send(request(5, [[33, Buffer.from('proxy')]]));
    let answer = bench.answer();
    bench.submitted[0]!.done(true);
    const first = await answer;
    answer = bench.answer();
    await bench.send(request(5, [[33, Buffer.from('proxy')]]));
    expect((await answer).equals(first)).toBe(true);
    expect(bench.submitted).toHaveLength(1);
    expect(bench.counters.view()).toMatchObject({ answeredFromCache: 1, logged: 1, difference: 0 });
  });

  it('is not sent twice to a duplicate that comes while the first is being recorded (RFC 5080 §2.2.2)', async () => {
    const bench = await start();
    await bench.send(request(5), request(5));
    expect(bench.submitted).toHaveLength(1);
    expect(bench.counters.refused).toEqual({ 'duplicate-in-flight': 1 });
    expect(bench.counters.view().difference).toBe(0);
  });

  it('is not kept from a second device that sends the same octets: it is known by its address alone', async () => {
    const bench = await start();
    const on = handMadeRequest({ secret, identifier: 1, attributes: [[40, uint32(7)]] });
    deliver(bench, on, { address: '127.0.0.1', port: 1813 });
    deliver(bench, on, { address: '127.0.0.2', port: 1813 });
    deliver(bench, on, { address: '127.0.0.1', port: 1813 });
    const devices = bench.submitted.map(({ record }) => record.source.device);
    expect(devices).toEqual(['g/127.0.0.1', 'g/127.0.0.2']);
    expect(bench.counters.refused).toEqual({ 'duplicate-in-flight': 1 });
  });

  it('is not that of an older request with the same identifier', async () => {
    const bench = await start();
    await bench.send(request(5));
    const answer = bench.answer();
    bench.submitted[0]!.done(true);
    await answer;
    await bench.send(request(5, [[41, uint32(3)]]));
    expect(bench.submitted).toHaveLength(2);
  });
});

/** Hands over a datagram as if it had come from an address that no socket of the test can have. */
function deliver(bench: Bench, bytes: Buffer, from: { address: string; port: number }): void {
  bench.socket?.emit('message', bytes, { ...from, family: 'IPv4', size: bytes.length });
  expect(bench.counters.view().difference).toBe(0);
}

describe('a sender that cannot be answered', () => {
  it('since it has no port, is refused, also when it replays what was answered: nothing throws', async () => {
    const bench = await start();
    await bench.send(request(5));
    bench.submitted[0]!.done(true);
    deliver(bench, request(5), { address: '127.0.0.1', port: 0 });
    deliver(bench, request(5), { address: '127.0.0.1', port: 0 });
    expect(bench.submitted).toHaveLength(1);
    expect(bench.counters.refused).toEqual({ 'no-source-port': 2 });
  });

  it('since there is no way to it, leaves the law of records as it was', async () => {
    const bench = await start({ cidr: '0.0.0.0/0' });
    // Broadcast needs a permission that the socket does not ask for.
    deliver(bench, request(5), { address: '255.255.255.255', port: 9 });
    bench.submitted[0]!.done(true);
    await expect.poll(() => bench.counters.socketErrors).toBe(1);
    expect(bench.counters.view()).toMatchObject({ received: 1, logged: 1, refused: {}, difference: 0 });
  });
});

describe('what is not authentic', () => {
  it('between good requests harms none of them: it never reaches the answer cache', async () => {
    const bench = await start();
    await bench.send(request(5), request(5, [], 'not the secret'), request(5));
    // Had the forgery evicted the first, the third would have been a new request.
    expect(bench.submitted).toHaveLength(1);
    const answer = bench.answer();
    bench.submitted[0]!.done(true);
    await answer;
    const again = bench.answer();
    await bench.send(request(5, [], 'not the secret'), request(5));
    await again;
    expect(bench.counters.view()).toMatchObject({
      received: 5,
      logged: 1,
      answeredFromCache: 1,
      refused: { 'bad-authenticator': 2, 'duplicate-in-flight': 1 },
      difference: 0,
    });
  });

  it('is shown at its device, of which nothing else is believed', async () => {
    const bench = await start();
    await bench.send(request(5, [], 'not the secret'), Buffer.from('noise'));
    expect(bench.listener.devices.all()).toMatchObject([{ device: 'g/127.0.0.1', refused: 2, received: 0 }]);
    expect(bench.counters.refused).toEqual({ 'bad-authenticator': 1, 'too-short': 1 });
  });

  it('since it comes from no client, is refused and shown nowhere', async () => {
    const bench = await start({ cidr: '192.0.2.0/24' });
    bench.device.send(request(5), bench.listener.port, '127.0.0.1');
    await expect.poll(() => bench.counters.received).toBe(1);
    expect(bench.counters.view()).toMatchObject({ refused: { 'unknown-client': 1 }, difference: 0 });
    expect(bench.listener.devices.all()).toEqual([]);
  });
});

describe('a Status-Server (RFC 5997)', () => {
  it('is answered, verifies, is no record and touches no table', async () => {
    const bench = await start();
    const asked = statusServer(secret, 9);
    const answer = bench.answer();
    bench.device.send(asked, bench.listener.port, '127.0.0.1');
    const response = await answer;
    expect([response[0], response[1]]).toEqual([5, 9]);
    expect(peer.verify_response({ request: asked, response, secret })).toBe(true);
    expect(bench.submitted).toEqual([]);
    expect(bench.listener.devices.all()).toEqual([]);
    expect(bench.counters).toMatchObject({ received: 0, statusAnswered: 1 });
  });

  it('meets silence while the log cannot be written, so that the device goes elsewhere', async () => {
    const bench = await start();
    bench.logWritable = false;
    await bench.send(statusServer(secret, 9));
    expect(bench.counters.view()).toMatchObject({ received: 1, refused: { 'log-unavailable': 1 }, difference: 0 });
    expect(bench.counters.statusAnswered).toBe(0);
  });

  it.each([
    ['without Message-Authenticator', Buffer.concat([Buffer.from([12, 9, 0, 20]), Buffer.alloc(16, 7)]), 'missing'],
    ['signed with another secret', statusServer('not the secret', 9), 'bad'],
    [
      'whose Message-Authenticator is keyed as in an Accounting-Request',
      statusServer(secret, 9, Buffer.alloc(16)),
      'bad',
    ],
  ])('%s is refused', async (_, datagram, why) => {
    const bench = await start();
    await bench.send(datagram);
    expect(bench.counters.refused).toEqual({ [`${why}-message-authenticator`]: 1 });
  });
});

describe('two secrets during a rotation', () => {
  it('both are good, also for a Status-Server; each answer is signed with that of its request', async () => {
    const bench = await start();
    for (const [index, key] of [secret, newSecret].entries()) {
      const asked = request(index, [], key);
      await bench.send(asked);
      let answer = bench.answer();
      bench.submitted[index]!.done(true);
      expect(peer.verify_response({ request: asked, response: await answer, secret: key })).toBe(true);
      answer = bench.answer();
      const status = statusServer(key, 100 + index);
      bench.device.send(status, bench.listener.port, '127.0.0.1');
      expect(peer.verify_response({ request: status, response: await answer, secret: key })).toBe(true);
    }
  });
});

describe('sockets', () => {
  const ipv4 = '127.0.0.1';
  const ipv6 = '::1';

  it.each([
    ['of IPv6 for both take IPv4, under its own address', ['::'], ipv4, '127.0.0.0/8', 'g/127.0.0.1'],
    ['of IPv6 for both take IPv6', ['::'], ipv6, '::1/128', 'g/::1'],
    ['side by side share a port: IPv4', ['127.0.0.1', '::1'], ipv4, '127.0.0.0/8', 'g/127.0.0.1'],
    ['side by side share a port: IPv6', ['127.0.0.1', '::1'], ipv6, '::1/128', 'g/::1'],
  ])('%s', async (_, hosts, deviceHost, cidr, device) => {
    const bench = await start({ hosts, deviceHost, cidr });
    const asked = handMadeRequest({ secret, identifier: 5, attributes: [[40, uint32(3)]] });
    await bench.send(asked);
    const answer = bench.answer();
    bench.submitted[0]!.done(true);
    expect(peer.verify_response({ request: asked, response: await answer, secret })).toBe(true);
    expect(bench.submitted[0]!.record.source.device).toBe(device);
    expect(bench.listener.kernelDrops()).toBe(0);
    expect(bench.listener.receiveBufferBytes).toBeGreaterThan(0);
  });
});

describe('the socket', () => {
  it('whose port another has is told', async () => {
    const bench = await start();
    const other = new RadiusListener({
      config: { ...config, port: bench.listener.port },
      pipeline: {} as Pipeline,
      counters: new CollectorCounters('radius'),
      dictionary: builtInDictionary(),
      clock: () => nowMs,
    });
    await expect(other.start()).rejects.toMatchObject({ code: 'port-in-use' });
    await other.stop();
  });

  it('may be stopped twice, and records that become durable afterwards do no harm', async () => {
    const bench = await start();
    await bench.send(request(5));
    await bench.listener.stop();
    bench.submitted[0]!.done(true);
    await bench.listener.stop();
    expect(bench.counters.view().difference).toBe(0);
  });
});

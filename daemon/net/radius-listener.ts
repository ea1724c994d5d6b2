/**
 * The RADIUS accounting socket. Order matters: the client's secret by source address, then both authenticators, then
 * the answer cache, then the record; what is not authentic touches no table (RFC 5080 §2.2.2). The answer is sent when
 * the pipeline says that the record is durable, and never otherwise (RFC 2866 §2).
 */
import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from 'node:dgram';
import { lookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { accountingRecord, accountingResponse, ClientTable, readAccountingRequest } from '../../collectors/index.ts';
import type { Config } from '../config.ts';
import { type CollectorCounters, DeviceSights } from '../counters.ts';
import { meterdError } from '../errors.ts';
import type { Pipeline } from '../pipeline.ts';
import { ResponseCache } from './response-cache.ts';

const cacheLifetimeMs = 30_000;
const cacheEntriesMax = 200_000;

export interface RadiusListenerOptions {
  readonly config: Config['radius'];
  readonly pipeline: Pipeline;
  readonly counters: CollectorCounters;
  /** UTC epoch ms, maybe simulated: the arrival of a record. */
  readonly clock: () => number;
}

export class RadiusListener {
  readonly devices = new DeviceSights();
  readonly #options: RadiusListenerOptions;
  readonly #clients: ClientTable;
  readonly #cache = new ResponseCache({ lifetimeMs: cacheLifetimeMs, entriesMax: cacheEntriesMax });
  readonly #clockPastMsMax: number;
  readonly #clockFutureMsMax: number;
  #socket: Socket | null = null;

  constructor(options: RadiusListenerOptions) {
    const { config } = options;
    this.#options = options;
    this.#clients = new ClientTable(
      config.clients.map((client) => ({ ...client, secrets: client.secrets.map((secret) => Buffer.from(secret)) })),
    );
    this.#clockPastMsMax = config.clockPastHours * 3_600_000;
    this.#clockFutureMsMax = config.clockFutureSeconds * 1_000;
  }

  /** Binds the socket and sizes its receive buffer. Rejects with `port-in-use`. */
  async start(): Promise<void> {
    const { host, port, receiveBufferBytes } = this.#options.config;
    const type = host.includes(':') ? 'udp6' : 'udp4';
    const socket = createSocket({ type, recvBufferSize: receiveBufferBytes, lookup: lookUpNames });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (cause: NodeJS.ErrnoException) => {
        const where = `${host}:${port}`;
        const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message;
        reject(meterdError('port-in-use', `can't listen for RADIUS on ${where} (UDP): ${why}`, { cause }));
      });
      socket.bind(port, host, resolve);
    });
    socket.removeAllListeners('error');
    // An error of the running socket concerns one datagram, whose sender will ask again.
    socket.on('error', () => this.#options.counters.socketErrors++);
    socket.on('message', (bytes, from) => this.#receive(bytes, from));
    this.#socket = socket;
  }

  /** UDP port in use, which the system chose where the configuration says 0. */
  get port(): number {
    return this.#socket?.address().port ?? 0;
  }

  /** What the kernel gave, in octets (Linux doubles the request for its own book-keeping, and caps it). */
  get receiveBufferBytes(): number | null {
    return this.#socket?.getRecvBufferSize() ?? null;
  }

  /** Datagrams the kernel dropped since the socket was made, for want of buffer; null where it does not tell. */
  kernelDrops(): number | null {
    const portHex = this.port.toString(16).toUpperCase().padStart(4, '0');
    try {
      for (const file of ['/proc/net/udp', '/proc/net/udp6']) {
        for (const row of readFileSync(file, 'utf8').split('\n').slice(1)) {
          const columns = row.trim().split(/\s+/);
          if (columns[1]?.endsWith(`:${portHex}`)) return Number(columns.at(-1));
        }
      }
    } catch {
      return null;
    }
    return null;
  }

  async stop(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }

  #receive(bytes: Buffer, from: RemoteInfo): void {
    const { counters, pipeline, clock } = this.#options;
    counters.received++;
    // RFC 768: a source port of 0 means that no reply is wanted, and Node throws at the attempt to send one.
    if (from.port === 0) return counters.refuse('no-source-port');
    const client = this.#clients.find(from.address);
    if (client === null) return counters.refuse('unknown-client');
    const receivedAtMs = clock();
    const result = readAccountingRequest(bytes, client);
    if (!result.ok) {
      this.devices.refuse(`${client.group}/${from.address}`, client.name, receivedAtMs);
      return counters.refuse(result.reason);
    }
    const { packet } = result;
    const key = `${from.address} ${from.port} ${packet.identifier}`;
    const cached = this.#cache.begin(key, packet.authenticator, performance.now());
    if (cached.kind === 'in-flight') return counters.refuse('duplicate-in-flight');
    if (cached.kind === 'known') {
      counters.answeredFromCache++;
      return this.#send(cached.response, from);
    }
    const { record, clockSkewMs } = accountingRecord(packet, {
      group: client.group,
      sourceAddress: from.address,
      receivedAtMs,
      swapDirections: client.swapDirections,
      clockPastMsMax: this.#clockPastMsMax,
      clockFutureMsMax: this.#clockFutureMsMax,
    });
    const sight = this.devices.see(record.source.device, client.name, receivedAtMs);
    if (clockSkewMs !== null) sight.clockSkewMs = clockSkewMs;
    counters.inFlight++;
    pipeline.submit(record, counters, (fate) => {
      counters.inFlight--;
      if (fate === null) {
        this.#cache.abandon(key, packet.authenticator);
        return counters.refuse('log-unavailable');
      }
      const response = accountingResponse(packet);
      this.#cache.complete(key, packet.authenticator, response);
      this.#send(response, from);
    });
  }

  #send(response: Buffer, to: RemoteInfo): void {
    // An answer that can't be sent takes nothing back: the record is logged, and its sender will ask again.
    this.#socket?.send(response, to.port, to.address, this.#sent);
  }

  readonly #sent = (error: Error | null): void => {
    if (error) this.#options.counters.socketErrors++;
  };
}

/** An answer goes to an address, which needs no looking up: Node would do it a turn later. */
const lookUpNames: NonNullable<SocketOptions['lookup']> = (name, options, callback) => {
  const family = isIP(name);
  if (family === 0) lookup(name, options, callback);
  else callback(null, name, family);
};

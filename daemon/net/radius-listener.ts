/**
 * The RADIUS accounting sockets. Order matters: the client's secret by source address, then both authenticators, then
 * requests of the last seconds, then the record; what is not authentic touches no table (RFC 5080 §2.2.2). The answer is sent when
 * the pipeline says that the record is durable, and never otherwise (RFC 2866 §2). docs/radius.md has the table of what
 * is answered and what is not.
 */
import { randomBytes } from 'node:crypto';
import {
  type AccountingPacket,
  accountingRecord,
  accountingResponse,
  ClientTable,
  type Dictionary,
  type RadiusClient,
  readAccountingRequest,
} from '../../collectors/index.ts';
import type { Config } from '../config.ts';
import { type CollectorCounters, DeviceSights } from '../counters.ts';
import { meterdError } from '../errors.ts';
import type { Pipeline } from '../pipeline.ts';
import { BatchedSocket } from './batched-socket.ts';
import { RecentRequests, requestAnswered, requestInFlight } from './recent-requests.ts';
import { kernelDropsAt, openUdp, plainAddress } from './udp-socket.ts';

/** A retransmission comes within this time; beyond so many requests, the oldest are forgotten. */
const requestLifetimeMs = 30_000;
const requestsMax = 200_000;

export interface RadiusListenerOptions {
  readonly config: Config['radius'];
  readonly pipeline: Pipeline;
  readonly counters: CollectorCounters;
  readonly dictionary: Dictionary;
  /** UTC epoch ms, maybe simulated: the arrival of a record. */
  readonly clock: () => number;
}

/** Senders remembered by number; a number is given again long after its requests are forgotten. */
const addressesMax = 65_536;
const addressNumbers = 2 ** 24;
const socketsMax = 16;

export class RadiusListener {
  readonly devices = new DeviceSights();
  readonly #options: RadiusListenerOptions;
  readonly #clients: ClientTable;
  readonly #recent = new RecentRequests(
    { lifetimeMs: requestLifetimeMs, entriesMax: requestsMax },
    randomBytes(4).readInt32LE(),
  );
  /** Numbers of the addresses that requests came from. */
  readonly #addresses = new Map<string, number>();
  #nextAddress = 0;
  readonly #clockPastMsMax: number;
  readonly #clockFutureMsMax: number;
  #sockets: BatchedSocket[] = [];

  constructor(options: RadiusListenerOptions) {
    const { config } = options;
    this.#options = options;
    this.#clients = new ClientTable(
      config.clients.map((client) => ({ ...client, secrets: client.secrets.map((secret) => Buffer.from(secret)) })),
    );
    this.#clockPastMsMax = config.clockPastHours * 3_600_000;
    this.#clockFutureMsMax = config.clockFutureSeconds * 1_000;
  }

  /** Binds the sockets and sizes their receive buffers. Rejects with `port-in-use`. */
  async start(): Promise<void> {
    const { counters, config } = this.#options;
    const sockets = await openUdp(config).catch((cause: Error) => {
      throw meterdError('port-in-use', `can't listen for RADIUS on ${cause.message}`, { cause });
    });
    this.#sockets = sockets.map((bound, index) => {
      const socket: BatchedSocket = new BatchedSocket({
        socket: bound,
        onDatagram: (bytes, address, port) => this.#receive(bytes, { socket, index, address, port }),
        // An error concerns one datagram. Its sender will ask again, and an answer that can't be sent takes nothing back.
        onError: () => counters.socketErrors++,
      });
      return socket;
    });
  }

  /** UDP port in use, which the system chose where the configuration says 0. */
  get port(): number {
    return this.#sockets[0]?.socket.address().port ?? 0;
  }

  /** The least that the kernel gave a socket, in octets (Linux doubles the request for its own book-keeping, and caps it). */
  get receiveBufferBytes(): number | null {
    return this.#sockets.length === 0
      ? null
      : Math.min(...this.#sockets.map(({ socket }) => socket.getRecvBufferSize()));
  }

  /** Datagrams the kernel dropped since the sockets were made, for want of buffer; null where it does not tell. */
  kernelDrops(): number | null {
    return kernelDropsAt(this.port);
  }

  /** May be called twice. */
  async stop(): Promise<void> {
    const sockets = this.#sockets;
    this.#sockets = [];
    await Promise.all(sockets.map((socket) => socket.close()));
  }

  #receive(received: Buffer, from: Sender): void {
    const { counters, clock } = this.#options;
    // RFC 768: a source port of 0 means that no reply is wanted, and Node throws at the attempt to send one.
    if (from.port === 0) return this.#refuse('no-source-port');
    const client = this.#clients.find(from.address);
    if (client === null) return this.#refuse('unknown-client');
    const receivedAtMs = clock();
    const result = readAccountingRequest(received, client);
    if (!result.ok) {
      this.devices.refuse(`${client.group}/${plainAddress(from.address)}`, client.name, receivedAtMs);
      return this.#refuse(result.reason);
    }
    if (result.packet.kind === 'status') return this.#answerStatus(result.packet, from);
    counters.received++;
    this.#take(result.packet, client, from, receivedAtMs);
  }

  /**
   * RFC 5997 §4.2: "yes, I am here", told only while records can be made durable, so that a device goes elsewhere
   * while they can't (§4.2 lets a server be silent).
   */
  #answerStatus(packet: AccountingPacket, from: Sender): void {
    if (!this.#options.pipeline.writable) return this.#refuse('log-unavailable');
    this.#options.counters.statusAnswered++;
    send(accountingResponse(packet), from);
  }

  /** All that is needed of the packet is taken out of it: the socket's memory is used again before it is answered. */
  #take(packet: AccountingPacket, client: RadiusClient, from: Sender, receivedAtMs: number): void {
    const { counters, pipeline, dictionary } = this.#options;
    const request = this.#recent.begin(packet.octets, this.#senderOf(packet, from), performance.now());
    if (request === requestInFlight) return counters.refuse('duplicate-in-flight');
    if (request === requestAnswered) {
      counters.answeredFromCache++;
      return send(accountingResponse(packet), from);
    }
    const { record, clockSkewMs } = accountingRecord(packet, {
      group: client.group,
      sourceAddress: plainAddress(from.address),
      receivedAtMs,
      swapDirections: client.swapDirections,
      separateIpv6Octets: client.separateIpv6Octets,
      dictionary,
      clockPastMsMax: this.#clockPastMsMax,
      clockFutureMsMax: this.#clockFutureMsMax,
    });
    const sight = this.devices.see(record.source.device, client.name, receivedAtMs);
    if (clockSkewMs !== null) sight.clockSkewMs = clockSkewMs;
    const answer = accountingResponse(packet);
    counters.inFlight++;
    pipeline.submit(record, counters, (fate) => {
      counters.inFlight--;
      if (fate === null) {
        this.#recent.abandon(request);
        return counters.refuse('log-unavailable');
      }
      this.#recent.complete(request);
      send(answer, from);
    });
  }

  /** A safe number of its address, port, socket and identifier. Only authenticated senders may ask. */
  #senderOf({ identifier }: AccountingPacket, { address, port, index }: Sender): number {
    let number = this.#addresses.get(address);
    if (number === undefined) {
      // Forgetting costs at most that a retransmission is taken for a new request, whose counters say nothing new.
      if (this.#addresses.size >= addressesMax) this.#addresses.clear();
      number = this.#nextAddress++ % addressNumbers;
      this.#addresses.set(address, number);
    }
    const host = number * socketsMax + index;
    return (host * 65_536 + port) * 256 + identifier;
  }

  #refuse(reason: string): void {
    this.#options.counters.received++;
    this.#options.counters.refuse(reason);
  }
}

function send(answer: Buffer, { socket, address, port }: Sender): void {
  socket.send(answer, port, address);
}

/** Where a datagram came from, and the socket that its answer must leave by. */
interface Sender {
  readonly socket: BatchedSocket;
  /** Of the socket among the listener's. */
  readonly index: number;
  readonly address: string;
  readonly port: number;
}

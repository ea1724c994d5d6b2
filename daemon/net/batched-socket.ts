/**
 * A UDP socket whose datagrams are taken and sent by the batch where the system allows it (system-calls.ts): Node makes
 * a system call, a buffer of 64 KiB and several objects for each, which cost more than all that is done with a
 * RADIUS report until it is logged. Node still waits for datagrams and takes the first; what else is there is then
 * taken at once. IPv6 sockets work by Node alone.
 */
import type { Socket } from 'node:dgram';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { MessageSlots } from './message-slots.ts';
import { OutgoingMessages } from './outgoing-messages.ts';
import { againLater, dontWait, type SystemCalls, systemCalls, udpLevel, udpSegment } from './system-calls.ts';

/** Few enough that timers and other sockets get their turn. */
const batchMax = 64;
const datagramOctetsMax = 65_536;
/** What is longer is sent by Node. */
const sentOctetsMax = 4_096;
const addressesMax = 65_536;

export interface BatchedSocketOptions {
  /** Bound. Belongs to this object from now on. */
  readonly socket: Socket;
  /** `bytes` are valid during the call only. Must not throw. */
  readonly onDatagram: (bytes: Buffer, address: string, port: number) => void;
  /** A datagram was not sent, or the socket told an error of one. */
  readonly onError: () => void;
  /** Null: by Node alone. */
  readonly calls?: SystemCalls | null;
}

interface Batches {
  readonly calls: SystemCalls;
  readonly descriptor: number;
  readonly received: MessageSlots;
  readonly sent: OutgoingMessages;
  /** The kernel takes datagrams to one destination together. */
  readonly together: boolean;
}

export class BatchedSocket {
  readonly socket: Socket;
  readonly #options: BatchedSocketOptions;
  #batches: Batches | null;
  #open = true;
  readonly #addresses = new Map<number, string>();
  #lastSentTo: { readonly address: string; readonly ipv4: number | null } = { address: '', ipv4: null };

  constructor(options: BatchedSocketOptions) {
    const { socket, onDatagram, onError, calls = systemCalls() } = options;
    this.socket = socket;
    this.#options = options;
    const descriptor = calls === null ? null : descriptorOf(socket);
    this.#batches =
      calls === null || descriptor === null
        ? null
        : {
            calls,
            descriptor,
            received: new MessageSlots(calls, batchMax, datagramOctetsMax),
            sent: new OutgoingMessages(calls, batchMax, sentOctetsMax),
            together: calls.setsockopt(descriptor, udpLevel, udpSegment, Buffer.alloc(4), 4) === 0,
          };
    socket.on('error', onError);
    socket.on('message', (bytes, from) => {
      onDatagram(bytes, from.address, from.port);
      this.#receive();
    });
  }

  /** Whether datagrams go by the batch. */
  get isBatched(): boolean {
    return this.#batches !== null;
  }

  /** Sends to an IP address, at the latest at the end of this turn. Does nothing once closed. */
  send(bytes: Uint8Array, port: number, address: string): void {
    if (!this.#open) return;
    const sent = this.#batches?.sent;
    const ipv4 = sent === undefined || bytes.length > sent.slotOctets ? null : this.#ipv4Of(address);
    if (sent === undefined || ipv4 === null) return this.#sendByNode(bytes, port, address);
    sent.put(bytes, port, ipv4);
    if (sent.count === sent.room) this.#flush();
    else if (sent.count === 1) queueMicrotask(this.#flush);
  }

  /** What waits is sent before. May be called twice. */
  close(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    this.#flush();
    this.#open = false;
    // The system may give the descriptor's number to another file.
    this.#batches = null;
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }

  #receive(): void {
    if (this.#batches === null) return;
    const { calls, descriptor, received } = this.#batches;
    const count = calls.recvmmsg(descriptor, received.headersFrom(0), received.count, dontWait, null);
    if (count < 0 && calls.errno() !== againLater) this.#options.onError();
    for (let slot = 0; slot < count && this.#open; slot++) {
      this.#options.onDatagram(received.received(slot), this.#addressText(received.ipv4(slot)), received.port(slot));
    }
  }

  readonly #flush = (): void => {
    if (this.#batches === null) return;
    const { calls, descriptor, sent, together } = this.#batches;
    let messages = sent.arrange(together);
    for (let message = 0; message < messages; ) {
      const taken = calls.sendmmsg(descriptor, sent.headersFrom(message), messages - message, dontWait);
      if (taken > 0) message += taken;
      else if (calls.errno() === againLater) {
        for (const { bytes, port, ipv4 } of sent.datagramsFrom(message)) {
          this.#sendByNode(Buffer.from(bytes), port, ipv4Text(ipv4));
        }
        break;
      } else if (sent.isOfSeveral(message)) {
        // The way there may have no means to cut them up, or one of them alone is refused: each by itself.
        messages = sent.splitFrom(message);
      } else {
        this.#options.onError();
        message++;
      }
    }
    sent.count = 0;
  };

  #sendByNode(bytes: Uint8Array, port: number, address: string): void {
    this.socket.send(bytes, port, address, this.#sentByNode);
  }

  readonly #sentByNode = (error: Error | null): void => {
    if (error) this.#options.onError();
  };

  /** Answers go in rows to one address. */
  #ipv4Of(address: string): number | null {
    if (address !== this.#lastSentTo.address) this.#lastSentTo = { address, ipv4: ipv4Of(address) };
    return this.#lastSentTo.ipv4;
  }

  #addressText(ipv4: number): string {
    let text = this.#addresses.get(ipv4);
    if (text === undefined) {
      if (this.#addresses.size >= addressesMax) this.#addresses.clear();
      text = ipv4Text(ipv4);
      this.#addresses.set(ipv4, text);
    }
    return text;
  }
}

function ipv4Text(ipv4: number): string {
  return `${ipv4 >>> 24}.${(ipv4 >>> 16) & 255}.${(ipv4 >>> 8) & 255}.${ipv4 & 255}`;
}

/** Null where it is no IPv4 address as the system writes it. */
function ipv4Of(address: string): number | null {
  let value = 0;
  let part = 0;
  let parts = 0;
  for (let at = 0; at <= address.length; at++) {
    const code = at === address.length ? 46 : address.charCodeAt(at);
    if (code === 46) {
      if (part > 255) return null;
      value = value * 256 + part;
      part = 0;
      parts++;
    } else if (code >= 48 && code <= 57) part = part * 10 + code - 48;
    else return null;
  }
  return parts === 4 ? value : null;
}

/** The file descriptor of a bound IPv4 socket, by the inode that the system tells of its address; null if it tells none. */
function descriptorOf(socket: Socket): number | null {
  const { address, port, family } = socket.address();
  if (family !== 'IPv4') return null;
  const octets = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  const place = `${octets.reverse().join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
  try {
    const rows = readFileSync('/proc/net/udp', 'utf8').split('\n');
    const columns = rows.map((row) => row.trim().split(/\s+/));
    const targets = columns.filter((row) => row[1] === place).map((row) => `socket:[${row[9]}]`);
    const found = readdirSync('/proc/self/fd').filter((name) => targets.includes(linkAt(`/proc/self/fd/${name}`)));
    return found.length === 1 ? Number(found[0]) : null;
  } catch {
    return null;
  }
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed meanwhile.
    return '';
  }
}

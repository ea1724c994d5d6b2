/**
 * Memory for sendmmsg(2): datagrams that wait, and the messages by which they are sent. Datagrams of one length to one
 * destination may go as one message, which the kernel cuts up again (UDP_SEGMENT, udp(7)), so that it finds the way and
 * passes the firewall but once; each arrives as a datagram of its own. They keep their order among those of their length.
 *
 * Structures of 64-bit Linux, little-endian; mmsghdr, iovec and sockaddr_in are told in message-slots.ts:
 *
 *   in mmsghdr: pointer to the control message at 32 · its octets at 40
 *   cmsghdr, 24 octets: length, 8 · level, 4 · type, 4 · octets of a segment, 2
 */
import { type SystemCalls, udpLevel, udpSegment } from './system-calls.ts';

const headerOctets = 64;
const vectorOctets = 16;
const nameOctets = 16;
const controlOctets = 24;
const controlLength = 18;
const familyIpv4 = 2;
/** A longer datagram goes by itself: some network may not take it whole, which the kernel demands of segments. */
const segmentOctetsMax = 1_200;
/** Less than the longest datagram, which a message may not exceed. */
const messageOctetsMax = 60_000;

export class OutgoingMessages {
  readonly slotOctets: number;
  /** Datagrams there is room for, and those that wait. */
  readonly room: number;
  count = 0;
  readonly #memory: Buffer;
  readonly #view: DataView;
  readonly #vectorsAt: number;
  readonly #namesAt: number;
  readonly #controlsAt: number;
  readonly #octetsAt: number;
  readonly #base: bigint;
  /** Of the datagrams, in the order in which they came; addresses as numbers of 32 bits. */
  readonly #lengths: Uint16Array;
  readonly #ports: Uint16Array;
  readonly #addresses: Uint32Array;
  readonly #messageOf: Uint16Array;
  /** Of the messages: their first datagram, their number of datagrams, and the place of their first vector. */
  readonly #samples: Uint16Array;
  readonly #sizes: Uint16Array;
  readonly #firsts: Uint16Array;
  /** The datagram of each vector. */
  readonly #datagrams: Uint16Array;

  constructor(calls: SystemCalls, room: number, slotOctets: number) {
    this.room = room;
    this.slotOctets = slotOctets;
    this.#vectorsAt = room * headerOctets;
    this.#namesAt = this.#vectorsAt + room * vectorOctets;
    this.#controlsAt = this.#namesAt + room * nameOctets;
    this.#octetsAt = this.#controlsAt + room * controlOctets;
    // Zeroed by the system, page by page as it is used: memory of its own, not of Node's pool.
    this.#memory = Buffer.alloc(this.#octetsAt + room * slotOctets);
    const view = new DataView(this.#memory.buffer, this.#memory.byteOffset, this.#memory.length);
    this.#view = view;
    this.#base = calls.addressOf(this.#memory);
    [this.#lengths, this.#ports, this.#messageOf] = [
      new Uint16Array(room),
      new Uint16Array(room),
      new Uint16Array(room),
    ];
    [this.#samples, this.#sizes, this.#firsts] = [new Uint16Array(room), new Uint16Array(room), new Uint16Array(room)];
    this.#datagrams = new Uint16Array(room);
    this.#addresses = new Uint32Array(room);
    for (let message = 0; message < room; message++) {
      const header = message * headerOctets;
      const name = this.#namesAt + message * nameOctets;
      const control = this.#controlsAt + message * controlOctets;
      this.#setPointer(header, name);
      view.setUint32(header + 8, nameOctets, true);
      this.#setPointer(header + 32, control);
      view.setUint16(name, familyIpv4, true);
      view.setUint32(control, controlLength, true);
      view.setInt32(control + 8, udpLevel, true);
      view.setInt32(control + 12, udpSegment, true);
    }
  }

  /** Takes a datagram of at most `slotOctets`; there must be room. */
  put(bytes: Uint8Array, port: number, ipv4: number): void {
    const datagram = this.count++;
    this.#memory.set(bytes, this.#octetsAt + datagram * this.slotOctets);
    this.#lengths[datagram] = bytes.length;
    this.#ports[datagram] = port;
    this.#addresses[datagram] = ipv4;
  }

  /** Makes messages of all that waits, `together` where it can be. Returns their number. */
  arrange(together: boolean): number {
    let messages = 0;
    for (let datagram = 0; datagram < this.count; datagram++) {
      const message = together ? this.#messageFor(datagram, messages) : messages;
      if (message === messages) {
        messages++;
        this.#samples[message] = datagram;
        this.#sizes[message] = 0;
      }
      this.#messageOf[datagram] = message;
      this.#sizes[message]!++;
    }
    for (let message = 0, first = 0; message < messages; message++) {
      this.#firsts[message] = first;
      first += this.#sizes[message]!;
      // Counted anew as its vectors are set.
      this.#sizes[message] = 0;
    }
    for (let datagram = 0; datagram < this.count; datagram++) {
      const message = this.#messageOf[datagram]!;
      this.#setVector(this.#firsts[message]! + this.#sizes[message]!++, datagram);
    }
    for (let message = 0; message < messages; message++) this.#setHeader(message);
    return messages;
  }

  /** Makes a message of each datagram of that message and of those after it. Returns the new number of messages. */
  splitFrom(message: number): number {
    let messages = message;
    for (let vector = this.#firsts[message]!; vector < this.count; vector++, messages++) {
      this.#samples[messages] = this.#datagrams[vector]!;
      this.#firsts[messages] = vector;
      this.#sizes[messages] = 1;
      this.#setHeader(messages);
    }
    return messages;
  }

  /** Whether a message is of several datagrams. */
  isOfSeveral(message: number): boolean {
    return this.#sizes[message]! > 1;
  }

  /** Headers from a message on, for a system call. */
  headersFrom(message: number): Buffer {
    return message === 0 ? this.#memory : this.#memory.subarray(message * headerOctets);
  }

  /** The datagrams of that message and of those after it; their octets change with the next `put`. */
  *datagramsFrom(message: number): Generator<{ bytes: Buffer; port: number; ipv4: number }> {
    for (let vector = this.#firsts[message]!; vector < this.count; vector++) {
      const datagram = this.#datagrams[vector]!;
      const at = this.#octetsAt + datagram * this.slotOctets;
      const bytes = this.#memory.subarray(at, at + this.#lengths[datagram]!);
      yield { bytes, port: this.#ports[datagram]!, ipv4: this.#addresses[datagram]! };
    }
  }

  /** The message that a datagram may join, or the next one. */
  #messageFor(datagram: number, messages: number): number {
    const length = this.#lengths[datagram]!;
    if (length === 0 || length > segmentOctetsMax) return messages;
    for (let message = 0; message < messages; message++) {
      const sample = this.#samples[message]!;
      const isAlike =
        this.#lengths[sample] === length &&
        this.#ports[sample] === this.#ports[datagram] &&
        this.#addresses[sample] === this.#addresses[datagram];
      if (isAlike && (this.#sizes[message]! + 1) * length <= messageOctetsMax) return message;
    }
    return messages;
  }

  #setVector(vector: number, datagram: number): void {
    const at = this.#vectorsAt + vector * vectorOctets;
    this.#datagrams[vector] = datagram;
    this.#setPointer(at, this.#octetsAt + datagram * this.slotOctets);
    this.#view.setUint32(at + 8, this.#lengths[datagram]!, true);
  }

  #setHeader(message: number): void {
    const view = this.#view;
    const header = message * headerOctets;
    const name = this.#namesAt + message * nameOctets;
    const sample = this.#samples[message]!;
    const size = this.#sizes[message]!;
    view.setUint16(name + 2, this.#ports[sample]!);
    view.setUint32(name + 4, this.#addresses[sample]!);
    this.#setPointer(header + 16, this.#vectorsAt + this.#firsts[message]! * vectorOctets);
    view.setUint32(header + 24, size, true);
    view.setUint32(header + 40, size > 1 ? controlOctets : 0, true);
    view.setUint16(this.#controlsAt + message * controlOctets + 16, this.#lengths[sample]!, true);
  }

  /** Writes the address of a place in the memory. */
  #setPointer(at: number, place: number): void {
    this.#view.setBigUint64(at, this.#base + BigInt(place), true);
  }
}

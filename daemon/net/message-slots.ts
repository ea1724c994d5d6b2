/**
 * Memory for recvmmsg(2): a number of slots, each with the header, vector, IPv4 address and octets of one
 * datagram, in one buffer that never moves. 64-bit Linux, little-endian:
 *
 *   mmsghdr, 64 octets: pointer to the address · its length, 4 · pointer to the vector · vectors · … · octets taken at 56
 *   iovec, 16 octets: pointer to the octets · their number
 *   sockaddr_in, 16 octets: family, 2 · port, 2, network order · address, 4, network order
 */
import type { SystemCalls } from './system-calls.ts';

const headerOctets = 64;
const vectorOctets = 16;
const nameOctets = 16;
const familyIpv4 = 2;

export class MessageSlots {
  readonly count: number;
  readonly slotOctets: number;
  readonly #memory: Buffer;
  readonly #view: DataView;
  readonly #vectorsAt: number;
  readonly #namesAt: number;
  readonly #octetsAt: number;

  constructor(calls: SystemCalls, count: number, slotOctets: number) {
    this.count = count;
    this.slotOctets = slotOctets;
    this.#vectorsAt = count * headerOctets;
    this.#namesAt = this.#vectorsAt + count * vectorOctets;
    this.#octetsAt = this.#namesAt + count * nameOctets;
    // Zeroed by the system, page by page as it is used: memory of its own, not of Node's pool.
    this.#memory = Buffer.alloc(this.#octetsAt + count * slotOctets);
    const view = new DataView(this.#memory.buffer, this.#memory.byteOffset, this.#memory.length);
    this.#view = view;
    const base = calls.addressOf(this.#memory);
    for (let slot = 0; slot < count; slot++) {
      const header = slot * headerOctets;
      const vector = this.#vectorsAt + slot * vectorOctets;
      const name = this.#namesAt + slot * nameOctets;
      view.setBigUint64(header, base + BigInt(name), true);
      view.setUint32(header + 8, nameOctets, true);
      view.setBigUint64(header + 16, base + BigInt(vector), true);
      view.setUint32(header + 24, 1, true);
      view.setBigUint64(vector, base + BigInt(this.#octetsAt + slot * slotOctets), true);
      view.setUint32(vector + 8, slotOctets, true);
      view.setUint16(name, familyIpv4, true);
    }
  }

  /** Headers from a slot on, for a system call. */
  headersFrom(slot: number): Buffer {
    return slot === 0 ? this.#memory : this.#memory.subarray(slot * headerOctets);
  }

  /** Octets taken into a slot; they change with the next call. */
  received(slot: number): Buffer {
    const at = this.#octetsAt + slot * this.slotOctets;
    return this.#memory.subarray(at, at + this.#view.getUint32(slot * headerOctets + 56, true));
  }

  port(slot: number): number {
    return this.#view.getUint16(this.#namesAt + slot * nameOctets + 2);
  }

  /** As a number of 32 bits. */
  ipv4(slot: number): number {
    return this.#view.getUint32(this.#namesAt + slot * nameOctets + 4);
  }
}

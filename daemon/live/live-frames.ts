/**
 * Live messages on their way from the rating thread to the sockets: frames as the sockets will send them, one behind the
 * other in octets that are handed over and not copied. Made once for all that watch an account.
 */
import type { LiveMessage } from '../contract.ts';
import { frameHeadOctets, writeFrameHead } from './text-frame.ts';

/** A message as JSON. */
export interface LiveJson {
  readonly account: number;
  readonly type: LiveMessage['type'];
  /** Good until the next message is made. */
  readonly json: Uint8Array;
}

export interface LiveFrames {
  readonly octets: Uint8Array<ArrayBuffer>;
  /** Of each frame, in their order: whom it concerns, what it tells, and where it ends. */
  readonly accounts: readonly number[];
  readonly types: readonly LiveMessage['type'][];
  readonly ends: readonly number[];
}

/** A frame that waits for a slow viewer keeps all of these alive. */
const octetsTogether = 64 * 1024;

/** Gathers messages until there are enough, or no more. */
export class FrameGatherer {
  readonly #send: (frames: LiveFrames) => void;
  #octets: Uint8Array<ArrayBuffer> | null = null;
  #length = 0;
  #accounts: number[] = [];
  #types: LiveMessage['type'][] = [];
  #ends: number[] = [];

  /** `send` may give the octets away. */
  constructor(send: (frames: LiveFrames) => void) {
    this.#send = send;
  }

  add({ account, type, json }: LiveJson): void {
    const octets = this.#roomFor(frameHeadOctets(json.length) + json.length);
    const start = writeFrameHead(octets, this.#length, json.length);
    octets.set(json, start);
    this.#length = start + json.length;
    this.#accounts.push(account);
    this.#types.push(type);
    this.#ends.push(this.#length);
  }

  flush(): void {
    const octets = this.#octets;
    if (octets === null || this.#length === 0) return;
    const isFull = 2 * this.#length > octets.length;
    const frames = {
      octets: isFull ? octets : octets.slice(0, this.#length),
      accounts: this.#accounts,
      types: this.#types,
      ends: this.#ends,
    };
    if (isFull) this.#octets = null;
    this.#length = 0;
    this.#accounts = [];
    this.#types = [];
    this.#ends = [];
    this.#send(frames);
  }

  #roomFor(octets: number): Uint8Array {
    if (this.#octets !== null && this.#length + octets <= this.#octets.length) return this.#octets;
    this.flush();
    this.#octets = new Uint8Array(Math.max(octetsTogether, octets));
    return this.#octets;
  }
}

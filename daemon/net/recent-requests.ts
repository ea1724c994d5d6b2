/**
 * Requests of the last seconds, so that a retransmission is answered again and recorded but once (RFC 5080 §2.2.2). The
 * answer itself is not kept: it follows from the request, octet by octet. Only authenticated requests may ask.
 *
 * A request is known by its authenticator, a digest of all its octets and the secret, with the identifier and where it
 * came from and to. The same octets from two addresses are two requests: a device may be known by its address alone.
 *
 * They stand in a ring in order of age, in typed arrays, 37 octets each, so that 200,000 of them are nothing that a
 * collection has to walk.
 */
export interface RecentRequestsOptions {
  readonly lifetimeMs: number;
  readonly entriesMax: number;
}

/** A request that is new, by which it is completed or abandoned, or what became of one that is not. */
export type RequestNumber = number;
export const requestInFlight = -1;
export const requestAnswered = -2;

/** In a packet (RFC 2866 §3). */
const authenticatorAt = 4;
const wordsOfAuthenticator = 4;
const none = -1;
const stateInFlight = 0;
const stateAnswered = 1;
const stateAbandoned = 2;

export class RecentRequests {
  readonly #lifetimeMs: number;
  readonly #capacity: number;
  readonly #authenticators: Int32Array;
  readonly #senders: Float64Array;
  readonly #beganAtMs: Float64Array;
  readonly #states: Uint8Array;
  /** The next entry of the same bucket. */
  readonly #next: Int32Array;
  readonly #buckets: Int32Array;
  /** The authenticator that is asked for, as words. */
  readonly #asked = new Int32Array(wordsOfAuthenticator);
  /** Mixed into the digest's words, so that nobody who has a secret can aim at one bucket. */
  readonly #salt: number;
  /** Numbers of the oldest entry and of the next one; an entry stands at its number modulo the capacity. */
  #oldest = 0;
  #following = 0;

  /** `salt` is any 32 bits that nobody outside knows. */
  constructor({ lifetimeMs, entriesMax }: RecentRequestsOptions, salt: number) {
    this.#lifetimeMs = lifetimeMs;
    this.#capacity = entriesMax;
    this.#salt = salt | 1;
    this.#authenticators = new Int32Array(entriesMax * wordsOfAuthenticator);
    this.#senders = new Float64Array(entriesMax);
    this.#beganAtMs = new Float64Array(entriesMax);
    this.#states = new Uint8Array(entriesMax);
    this.#next = new Int32Array(entriesMax);
    this.#buckets = new Int32Array(2 ** Math.ceil(Math.log2(entriesMax))).fill(none);
  }

  /**
   * The number of a request that is new, which is in flight from now on; else `requestInFlight` or `requestAnswered`.
   * Of `packet` the authenticator is read; `sender` is a number of the identifier and of where it came from and to;
   * `nowMs` is any steady clock.
   */
  begin(packet: Uint8Array, sender: number, nowMs: number): RequestNumber {
    this.#forgetExpired(nowMs);
    const asked = this.#asked;
    for (let word = 0; word < wordsOfAuthenticator; word++) asked[word] = wordAt(packet, authenticatorAt + word * 4);
    const bucket = this.#mix(asked[0]!, asked[1]!);
    for (let at = this.#buckets[bucket]!; at !== none; at = this.#next[at]!) {
      if (this.#states[at] === stateAbandoned || this.#senders[at] !== sender) continue;
      if (!this.#hasAsked(at)) continue;
      return this.#states[at] === stateAnswered ? requestAnswered : requestInFlight;
    }
    if (this.size === this.#capacity) this.#forgetOldest();
    const number = this.#following++;
    const at = number % this.#capacity;
    for (let word = 0; word < wordsOfAuthenticator; word++) {
      this.#authenticators[at * wordsOfAuthenticator + word] = asked[word]!;
    }
    this.#senders[at] = sender;
    this.#beganAtMs[at] = nowMs;
    this.#states[at] = stateInFlight;
    this.#next[at] = this.#buckets[bucket]!;
    this.#buckets[bucket] = at;
    return number;
  }

  /** It is recorded, and answered from now on. */
  complete(number: RequestNumber): void {
    if (number >= this.#oldest) this.#states[number % this.#capacity] = stateAnswered;
  }

  /** It could not be recorded: its retransmission is tried afresh. */
  abandon(number: RequestNumber): void {
    if (number >= this.#oldest) this.#states[number % this.#capacity] = stateAbandoned;
  }

  get size(): number {
    return this.#following - this.#oldest;
  }

  #forgetExpired(nowMs: number): void {
    while (this.#oldest < this.#following) {
      if (nowMs - this.#beganAtMs[this.#oldest % this.#capacity]! < this.#lifetimeMs) return;
      this.#forgetOldest();
    }
  }

  /** The oldest of all is the last of its bucket. */
  #forgetOldest(): void {
    const oldest = this.#oldest++ % this.#capacity;
    const bucket = this.#bucketOfEntry(oldest);
    let before = none;
    let at = this.#buckets[bucket]!;
    while (at !== oldest) [before, at] = [at, this.#next[at]!];
    if (before === none) this.#buckets[bucket] = none;
    else this.#next[before] = none;
  }

  #hasAsked(at: number): boolean {
    for (let word = 0; word < wordsOfAuthenticator; word++) {
      if (this.#authenticators[at * wordsOfAuthenticator + word] !== this.#asked[word]) return false;
    }
    return true;
  }

  #bucketOfEntry(at: number): number {
    return this.#mix(
      this.#authenticators[at * wordsOfAuthenticator]!,
      this.#authenticators[at * wordsOfAuthenticator + 1]!,
    );
  }

  #mix(one: number, other: number): number {
    const mixed = Math.imul(one ^ this.#salt, this.#salt) ^ Math.imul(other, 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & (this.#buckets.length - 1);
  }
}

function wordAt(octets: Uint8Array, at: number): number {
  return octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24);
}

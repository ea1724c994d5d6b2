/**
 * Answers of the last seconds, so that a retransmission gets the same octets again (RFC 5080 §2.2.2). The key is
 * source address, port and identifier; the request's authenticator tells a new request that uses an old identifier.
 * Only authenticated requests may ask.
 */
export interface ResponseCacheOptions {
  readonly lifetimeMs: number;
  readonly entriesMax: number;
}

/** Looking at the oldest entry costs 1.4 µs, so it isn't done for each request. */
const sweepMs = 100;

interface Entry {
  readonly authenticator: Buffer;
  readonly atMs: number;
  /** Null while the request is being recorded. */
  response: Buffer | null;
}

export type CacheAnswer =
  | { readonly kind: 'new' | 'in-flight' }
  | { readonly kind: 'known'; readonly response: Buffer };

export class ResponseCache {
  readonly #options: ResponseCacheOptions;
  readonly #entries = new Map<string, Entry>();
  #sweptAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ResponseCacheOptions) {
    this.#options = options;
  }

  /** What is known of a request; a new one is noted as being in flight. `nowMs` is any steady clock. */
  begin(key: string, authenticator: Buffer, nowMs: number): CacheAnswer {
    const entry = this.#entries.get(key);
    const valid = entry !== undefined && nowMs - entry.atMs < this.#options.lifetimeMs;
    if (valid && entry.authenticator.equals(authenticator)) {
      return entry.response === null ? { kind: 'in-flight' } : { kind: 'known', response: entry.response };
    }
    this.#entries.delete(key);
    this.#evict(nowMs);
    this.#entries.set(key, { authenticator: Buffer.from(authenticator), atMs: nowMs, response: null });
    return { kind: 'new' };
  }

  /** Keeps the answer; an entry that another request has replaced meanwhile is left alone. */
  complete(key: string, authenticator: Buffer, response: Buffer): void {
    const entry = this.#entries.get(key);
    if (entry?.authenticator.equals(authenticator)) entry.response = response;
  }

  /** Forgets a request that could not be recorded, so that its retransmission is tried afresh. */
  abandon(key: string, authenticator: Buffer): void {
    if (this.#entries.get(key)?.authenticator.equals(authenticator)) this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Entries are in order of age: drops the expired ones now and then, and the oldest beyond the limit. */
  #evict(nowMs: number): void {
    const { lifetimeMs, entriesMax } = this.#options;
    if (this.#entries.size < entriesMax && nowMs - this.#sweptAtMs < sweepMs) return;
    this.#sweptAtMs = nowMs;
    for (const [key, entry] of this.#entries) {
      const expired = nowMs - entry.atMs >= lifetimeMs;
      if (!expired && this.#entries.size < entriesMax) return;
      this.#entries.delete(key);
    }
  }
}

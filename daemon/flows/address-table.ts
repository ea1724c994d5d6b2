/**
 * Whose an address is, as the flow thread knows it: prefixes with their holders by time in flat arrays, a copy of what
 * sessions and identities say (address-feed.ts), for a look-up that costs no string and no object.
 *
 * The longest prefix that has a holder at the time wins. A flow that began in somebody's time stays that one's until the
 * next holder begins: clocks of exporters and of RADIUS are seldom exact to the second.
 */
import { PrefixTable, type SubjectFinder, waitingSubject, wordsToAddress } from '../../collectors/index.ts';

/** Words of a packed prefix before its holders: version, bits, four words of address, how many holders. */
export const prefixWords = 7;
/** Of each holder: account, from, until; UTC epoch ms, infinite where there is no limit. */
export const holderWords = 3;

/** Addresses without a holder that are told apart in one window. */
const waitingMax = 100_000;
const none = -1;

export class AddressTable implements SubjectFinder {
  untilMs = Number.POSITIVE_INFINITY;
  /** Prefixes known, those that nobody holds any more among them. */
  get size(): number {
    return this.#prefixes.size;
  }
  /** Pieces of flows of our own networks that could not be told apart, for want of room. */
  waitingOverflows = 0;
  readonly #prefixes = new PrefixTable();
  readonly #own: PrefixTable | null;
  readonly #words = new Uint32Array(4);
  /** First holder of each prefix. */
  #heads = new Int32Array(1024).fill(none);
  #accounts = new Int32Array(1024);
  #fromMs = new Float64Array(1024);
  #untilMs = new Float64Array(1024);
  #next = new Int32Array(1024);
  #holders = 0;
  #free = none;
  readonly #waiting = new Map<number | string, number>();
  #waitingTexts: string[] = [];

  /** @throws Error for what is no network prefix */
  constructor(ownNetworks: readonly string[]) {
    this.#own = ownNetworks.length === 0 ? null : new PrefixTable();
    for (const cidr of ownNetworks) this.#own?.addCidr(cidr, 0);
  }

  find(addresses: Uint32Array, at: number, family: number, atMs: number): number {
    let changeMs = Number.POSITIVE_INFINITY;
    for (let skipped = 0; ; ) {
      const prefix = this.#prefixes.findShorter(addresses, at, family, skipped);
      if (prefix < 0) break;
      skipped = this.#prefixes.skippedToFind;
      for (let holder = this.#heads[prefix]!; holder !== none; holder = this.#next[holder]!) {
        const fromMs = this.#fromMs[holder]!;
        if (fromMs > atMs) {
          if (fromMs < changeMs) changeMs = fromMs;
        } else if (atMs < this.#untilMs[holder]!) {
          this.untilMs = changeMs;
          return this.#accounts[holder]!;
        }
      }
    }
    this.untilMs = changeMs;
    if (this.#own === null || family === 0 || this.#own.find(addresses, at, family) < 0) return none;
    return this.#waitingOf(addresses, at, family);
  }

  /** Replaces the holders of prefixes, as packed by address-feed.ts. */
  update(packed: Float64Array): void {
    for (let at = 0; at < packed.length; ) {
      const family = packed[at] === 4 ? 4 : 6;
      const bits = packed[at + 1]!;
      this.#words.set(packed.subarray(at + 2, at + 6));
      const count = packed[at + 6]!;
      at += prefixWords;
      this.#replace(this.#prefixOf(family, bits), packed.subarray(at, at + count * holderWords));
      at += count * holderWords;
    }
  }

  /** Addresses that wait, by their subject less `waitingSubject`; they are told apart anew from here. */
  takeWaiting(): readonly string[] {
    const taken = this.#waitingTexts;
    this.#waitingTexts = [];
    this.#waiting.clear();
    return taken;
  }

  #prefixOf(family: 4 | 6, bits: number): number {
    const { size } = this.#prefixes;
    const known = this.#prefixes.valueOf(this.#words, { at: 0, family, bits });
    if (known >= 0) return known;
    if (size === this.#heads.length) {
      const larger = new Int32Array(size * 2).fill(none);
      larger.set(this.#heads);
      this.#heads = larger;
    }
    this.#prefixes.add(this.#words, { at: 0, family, bits }, size);
    return size;
  }

  #replace(prefix: number, holders: Float64Array): void {
    for (let holder = this.#heads[prefix]!; holder !== none; ) {
      const next = this.#next[holder]!;
      this.#next[holder] = this.#free;
      this.#free = holder;
      holder = next;
    }
    let head = none;
    for (let at = holders.length - holderWords; at >= 0; at -= holderWords) {
      const holder = this.#newHolder();
      this.#accounts[holder] = holders[at]!;
      this.#fromMs[holder] = holders[at + 1]!;
      this.#untilMs[holder] = holders[at + 2]!;
      this.#next[holder] = head;
      head = holder;
    }
    this.#heads[prefix] = head;
  }

  #newHolder(): number {
    if (this.#free !== none) {
      const holder = this.#free;
      this.#free = this.#next[holder]!;
      return holder;
    }
    if (this.#holders === this.#next.length) {
      const larger = this.#holders * 2;
      this.#accounts = copied(this.#accounts, new Int32Array(larger));
      this.#fromMs = copied(this.#fromMs, new Float64Array(larger));
      this.#untilMs = copied(this.#untilMs, new Float64Array(larger));
      this.#next = copied(this.#next, new Int32Array(larger));
    }
    return this.#holders++;
  }

  #waitingOf(addresses: Uint32Array, at: number, family: number): number {
    const key = family === 4 ? addresses[at]! : addresses.subarray(at, at + 4).join();
    const known = this.#waiting.get(key);
    if (known !== undefined) return waitingSubject + known;
    if (this.#waitingTexts.length >= waitingMax) {
      this.waitingOverflows++;
      return none;
    }
    this.#waiting.set(key, this.#waitingTexts.length);
    return waitingSubject + this.#waitingTexts.push(wordsToAddress(addresses, at, family)) - 1;
  }
}

function copied<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/**
 * Finds the longest prefix that covers an address, by addresses as words (see flow-record.ts): one hash probe for every
 * prefix length in use, no string, no allocation. Values are integers from 0.
 */
import { parseCidr } from '../radius/clients.ts';

/** Words kept of an entry: the masked address and the value. */
const entryWords = 5;

export class PrefixTable {
  readonly #families: Readonly<Record<4 | 6, Lengths>> = { 4: new Lengths(32), 6: new Lengths(128) };
  #size = 0;
  /** See `findShorter`. */
  skippedToFind = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds `10.0.0.0/8`, `2001:db8::/32` or a bare address; a prefix that is there already gets the new value. @throws */
  addCidr(cidr: string, value: number): void {
    const parsed = parseCidr(cidr);
    if (parsed === null) throw new Error(`not a network prefix: ${cidr}`);
    const words = new Uint32Array(4);
    if (parsed.version === 4) words[0] = Number(parsed.prefix);
    else
      for (let word = 0; word < 4; word++)
        words[word] = Number((parsed.prefix >> BigInt(96 - 32 * word)) & 0xffffffffn);
    this.add(words, { at: 0, family: parsed.version, bits: parsed.bits }, value);
  }

  /** Adds the prefix of `bits` bits of the address at `at`. */
  add(words: Uint32Array, prefix: { at: number; family: 4 | 6; bits: number }, value: number): void {
    if (this.#families[prefix.family].ofLength(prefix.bits).put(words, prefix.at, value)) this.#size++;
  }

  /** The value of just this prefix, or −1. */
  valueOf(words: Uint32Array, prefix: { at: number; family: 4 | 6; bits: number }): number {
    return this.#families[prefix.family].ofLength(prefix.bits).get(words, prefix.at);
  }

  /** The value of the longest prefix that covers the address at `at`, or −1. */
  find(words: Uint32Array, at: number, family: number): number {
    return this.findShorter(words, at, family, 0);
  }

  /**
   * As `find`, without the `skipped` longest lengths in use; `skippedToFind` is then how many must be skipped to go on
   * behind what was found.
   */
  findShorter(words: Uint32Array, at: number, family: number, skipped: number): number {
    const { used } = family === 4 ? this.#families[4] : this.#families[6];
    for (let index = skipped; index < used.length; index++) {
      const value = used[index]!.get(words, at);
      if (value < 0) continue;
      this.skippedToFind = index + 1;
      return value;
    }
    return -1;
  }
}

/** The prefix lengths of one family that are in use, longest first. */
class Lengths {
  used: PrefixesOfLength[] = [];
  readonly #bitsMax: number;

  constructor(bitsMax: number) {
    this.#bitsMax = bitsMax;
  }

  ofLength(bits: number): PrefixesOfLength {
    if (!(bits >= 0 && bits <= this.#bitsMax)) throw new RangeError(`a prefix of ${bits} bits`);
    let found = this.used.find((each) => each.bits === bits);
    if (found === undefined) {
      found = new PrefixesOfLength(bits);
      this.used = [...this.used, found].sort((left, right) => right.bits - left.bits);
    }
    return found;
  }
}

/** Prefixes of one length: open addressing, at most half full, doubled when it would be fuller. */
class PrefixesOfLength {
  readonly bits: number;
  readonly #masks: Int32Array;
  #entries = new Int32Array(16 * entryWords).fill(-1);
  #count = 0;

  constructor(bits: number) {
    this.bits = bits;
    this.#masks = Int32Array.from([0, 1, 2, 3], (word) => {
      const kept = Math.min(32, Math.max(0, bits - 32 * word));
      return kept === 0 ? 0 : -1 << (32 - kept);
    });
  }

  get(words: Uint32Array, at: number): number {
    const place = this.#placeOf(
      words[at]! & this.#masks[0]!,
      words[at + 1]! & this.#masks[1]!,
      words[at + 2]! & this.#masks[2]!,
      words[at + 3]! & this.#masks[3]!,
    );
    return this.#entries[place + 4]!;
  }

  /** True where the prefix is new. */
  put(words: Uint32Array, at: number, value: number): boolean {
    if (!(value >= 0 && value < 2 ** 31)) throw new RangeError(`a prefix of the value ${value}`);
    if ((this.#count + 1) * 2 > this.#entries.length / entryWords) this.#grow();
    const [first, second, third, fourth] = [0, 1, 2, 3].map((word) => words[at + word]! & this.#masks[word]!);
    return this.#enter([first!, second!, third!, fourth!], value);
  }

  #enter([first, second, third, fourth]: readonly [number, number, number, number], value: number): boolean {
    const place = this.#placeOf(first, second, third, fourth);
    const isNew = this.#entries[place + 4] === -1;
    this.#entries.set([first, second, third, fourth, value], place);
    if (isNew) this.#count++;
    return isNew;
  }

  /** Where the entry of that address begins, or the free one where it would. */
  #placeOf(first: number, second: number, third: number, fourth: number): number {
    const entries = this.#entries;
    const mask = entries.length / entryWords - 1;
    let hash = Math.imul(first ^ Math.imul(second, 0x27d4eb2f), 0x85ebca6b) ^ Math.imul(third, 0xc2b2ae35) ^ fourth;
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    for (let index = (hash ^ (hash >>> 13)) & mask; ; index = (index + 1) & mask) {
      const place = index * entryWords;
      if (entries[place + 4] === -1) return place;
      if (
        entries[place] === first &&
        entries[place + 1] === second &&
        entries[place + 2] === third &&
        entries[place + 3] === fourth
      ) {
        return place;
      }
    }
  }

  #grow(): void {
    const before = this.#entries;
    this.#entries = new Int32Array(before.length * 2).fill(-1);
    this.#count = 0;
    for (let place = 0; place < before.length; place += entryWords) {
      const value = before[place + 4]!;
      if (value === -1) continue;
      this.#enter([before[place]!, before[place + 1]!, before[place + 2]!, before[place + 3]!], value);
    }
  }
}

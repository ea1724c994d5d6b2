/**
 * Texts that are known by number, as keys of sessions and names of devices: a text is kept once, as octets outside the
 * heap, for all tables that know it. As keys of a Map a hundred thousand took 7 MB, the texts themselves as much, and the
 * garbage collector walked both.
 *
 * A number is held by those who asked for it, and given to another text when the last has let it go. Octets lie in pages,
 * in whole units; places of a length are used again for texts of that length, so that nothing has to be moved.
 */
import { columnsFirst, longer, none } from './columns.ts';

const unitOctets = 8;
const pageOctets = 1_048_576;
const unitsOfPage = pageOctets / unitOctets;
/** Stands before a code unit that does not fit an octet, or is this octet. */
const escapeOctet = 0xff;
const bucketsFirst = 1_024;

export class TextNumbers {
  readonly #salt: number;
  /** Of each number. */
  #hashes = new Int32Array(columnsFirst);
  #lengths = new Int32Array(columnsFirst);
  /** In units from the first page's beginning. */
  #places = new Int32Array(columnsFirst);
  #holders = new Int32Array(columnsFirst);
  /** The next number of the same bucket. */
  #next = new Int32Array(columnsFirst);
  #buckets = new Int32Array(bucketsFirst).fill(none);
  readonly #pages: Uint8Array[] = [];
  /** In units, the pages' beginning to what has never been used. */
  #end = 0;
  /** Places that are free, by their units. */
  readonly #freePlaces = new Map<number, number[]>();
  readonly #freeNumbers: number[] = [];
  #count = 0;
  /** Octets of the text that is asked for. */
  #asked = new Uint8Array(pageOctets / 1_024);
  #askedLength = 0;
  /** What is not known yet is mostly asked for again, to be held. */
  #askedText: string | null = null;
  #askedHash = 0;

  /** `salt` is any 32 bits that nobody outside knows, so that whoever makes up texts can't aim at one bucket. */
  constructor(salt = 0) {
    this.#salt = salt;
  }

  /** Texts that are held. */
  get size(): number {
    return this.#count;
  }

  /** The number of a text, or `none` where nobody holds it. */
  find(text: string): number {
    return this.#find(this.#ask(text));
  }

  /** The number of a text, which the caller holds from now on. */
  hold(text: string): number {
    const hash = this.#ask(text);
    const known = this.#find(hash);
    const number = known === none ? this.#add(hash) : known;
    this.#holders[number]!++;
    return number;
  }

  /** Lets go of a number that was held; the last to do so gives it free. */
  letGo(number: number): void {
    if (--this.#holders[number]! > 0) return;
    const bucket = this.#bucketOf(this.#hashes[number]!);
    let before = none;
    for (let at = this.#buckets[bucket]!; at !== number; at = this.#next[at]!) before = at;
    if (before === none) this.#buckets[bucket] = this.#next[number]!;
    else this.#next[before] = this.#next[number]!;
    const units = unitsOf(this.#lengths[number]!);
    const free = this.#freePlaces.get(units);
    if (free) free.push(this.#places[number]!);
    else this.#freePlaces.set(units, [this.#places[number]!]);
    this.#freeNumbers.push(number);
    this.#count--;
  }

  #find(hash: number): number {
    let at = this.#buckets[this.#bucketOf(hash)]!;
    while (at !== none && !(this.#hashes[at] === hash && this.#isAsked(at))) at = this.#next[at]!;
    return at;
  }

  #isAsked(number: number): boolean {
    const length = this.#askedLength;
    if (this.#lengths[number] !== length) return false;
    const place = this.#places[number]!;
    const page = this.#pages[Math.floor(place / unitsOfPage)]!;
    const begin = (place % unitsOfPage) * unitOctets;
    for (let at = 0; at < length; at++) if (page[begin + at] !== this.#asked[at]) return false;
    return true;
  }

  /** The text that was asked for. */
  #add(hash: number): number {
    const place = this.#takePlace(unitsOf(this.#askedLength));
    const number = this.#freeNumbers.pop() ?? this.#count;
    if (number === this.#hashes.length) this.#grow();
    if (++this.#count > this.#buckets.length) this.#spread();
    const page = this.#pages[Math.floor(place / unitsOfPage)]!;
    page.set(this.#asked.subarray(0, this.#askedLength), (place % unitsOfPage) * unitOctets);
    this.#places[number] = place;
    this.#lengths[number] = this.#askedLength;
    this.#hashes[number] = hash;
    this.#holders[number] = 0;
    this.#chain(number);
    return number;
  }

  #takePlace(units: number): number {
    const free = this.#freePlaces.get(units)?.pop();
    if (free !== undefined) return free;
    if (units > unitsOfPage) throw new RangeError(`a text of more than ${pageOctets} octets`);
    const left = this.#pages.length * unitsOfPage - this.#end;
    if (units > left) {
      this.#end += left;
      this.#pages.push(new Uint8Array(pageOctets));
    }
    const place = this.#end;
    this.#end += units;
    return place;
  }

  /** Puts the text's octets where texts are compared, and tells their hash. */
  #ask(text: string): number {
    if (text === this.#askedText) return this.#askedHash;
    // At most three for a code unit.
    if (text.length * 3 > this.#asked.length) this.#asked = new Uint8Array(text.length * 3);
    const asked = this.#asked;
    let length = 0;
    let hash = this.#salt;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      hash = Math.imul(hash ^ unit, 0x01000193);
      if (unit >= escapeOctet) {
        asked[length++] = escapeOctet;
        asked[length++] = unit >>> 8;
      }
      asked[length++] = unit;
    }
    this.#askedLength = length;
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    this.#askedText = text;
    this.#askedHash = hash ^ (hash >>> 13);
    return this.#askedHash;
  }

  #bucketOf(hash: number): number {
    return hash & (this.#buckets.length - 1);
  }

  #chain(number: number): void {
    const bucket = this.#bucketOf(this.#hashes[number]!);
    this.#next[number] = this.#buckets[bucket]!;
    this.#buckets[bucket] = number;
  }

  /** Over twice as many buckets. */
  #spread(): void {
    const before = this.#buckets;
    this.#buckets = new Int32Array(before.length * 2).fill(none);
    for (const first of before) {
      for (let number = first; number !== none; ) {
        const next = this.#next[number]!;
        this.#chain(number);
        number = next;
      }
    }
  }

  #grow(): void {
    this.#hashes = longer(this.#hashes, Int32Array);
    this.#lengths = longer(this.#lengths, Int32Array);
    this.#places = longer(this.#places, Int32Array);
    this.#holders = longer(this.#holders, Int32Array);
    this.#next = longer(this.#next, Int32Array);
  }
}

/** The empty text has a place as well. */
function unitsOf(octets: number): number {
  return Math.max(1, Math.ceil(octets / unitOctets));
}

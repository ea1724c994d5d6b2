/**
 * Values that come in several attributes of a packet: each is whole with its last fragment. It does not know how a form
 * of attribute tells that more comes. A value with one fragment that is not valid is none, to its last (RFC 6929 §2.2,
 * §2.8): what is left of it would pass for another. The packet bounds how much is held.
 */
export interface Fragment {
  readonly value: Buffer;
  readonly more: boolean;
  readonly valid: boolean;
  /** Its attribute's place in the packet. */
  readonly begin: number;
  readonly end: number;
}

interface Begun {
  /** Null where one of them was not valid. */
  readonly parts: Buffer[] | null;
  readonly end: number;
}

export class Fragments {
  readonly #begun = new Map<number, Begun>();

  /** The whole value of this key; null as long as more must come, and where it is not valid. */
  join(key: number, { value, more, valid, begin, end }: Fragment): Buffer | null {
    const before = this.#begun.get(key);
    const follows = before === undefined || before.end === begin;
    const parts = before === undefined ? [] : before.parts;
    const joined = valid && follows ? parts : null;
    joined?.push(value);
    if (more) {
      this.#begun.set(key, { parts: joined, end });
      return null;
    }
    this.#begun.delete(key);
    if (joined === null) return null;
    return joined.length === 1 ? value : Buffer.concat(joined);
  }
}

/**
 * Values that come in several attributes of a packet: each is whole with its last fragment. It does not know how a form
 * of attribute tells that more comes. A value with one fragment that is not valid is none, to its last (RFC 6929 §2.2,
 * §2.8): what is left of it would pass for another. The packet bounds how much is held.
 */
import type { AttributeDefinition } from './dictionary.ts';

export interface Fragment {
  readonly value: Buffer;
  readonly more: boolean;
  readonly valid: boolean;
  /** Where its attribute is in the packet; null where other attributes may come between. */
  readonly place: { readonly begin: number; readonly end: number } | null;
}

interface Begun {
  /** Null where one of them was not valid. */
  readonly parts: Buffer[] | null;
  readonly place: Fragment['place'];
}

export class Fragments {
  readonly #begun = new Map<number | AttributeDefinition, Begun>();

  /** The whole value of this key; null as long as more must come, and where it is not valid. */
  join(key: number | AttributeDefinition, { value, more, valid, place }: Fragment): Buffer | null {
    const before = this.#begun.get(key);
    const follows = before === undefined || before.place?.end === place?.begin;
    const parts = before === undefined ? [] : before.parts;
    const joined = valid && follows ? parts : null;
    joined?.push(value);
    if (more) {
      this.#begun.set(key, { parts: joined, place });
      return null;
    }
    this.#begun.delete(key);
    if (joined === null) return null;
    return joined.length === 1 ? value : Buffer.concat(joined);
  }
}

/** Which prefixes have other holders than when it was asked last, for who keeps a copy of them (flows/address-feed.ts). */
import type { PrefixKey } from './address-holding.ts';

/** A prefix of an IP version and a length, by its own number among those (address-holding.ts). */
export interface Place {
  readonly version: 4 | 6;
  readonly bits: number;
  readonly key: PrefixKey;
}

/** What is held, by the prefix's number; what it is, is not looked at. */
type Space = ReadonlyMap<PrefixKey, unknown>;
type Spaces = Readonly<Record<4 | 6, ReadonlyMap<number, Space>>>;

export class ChangedPrefixes {
  readonly #spaces: Spaces;
  /** Null while nobody wants to know. */
  #changed: Map<Space, Set<PrefixKey>> | null = null;
  /** All there was when watching began, as far as it is not taken yet: read as it is taken, for a list would be as long. */
  #all: Iterator<Place> | null = null;

  constructor(spaces: Spaces) {
    this.#spaces = spaces;
  }

  /** From now on changes are remembered, and all there is counts as changed. */
  watch(): void {
    this.#changed = new Map();
    this.#all = placesOf(this.#spaces);
  }

  note(space: Space, key: PrefixKey): void {
    if (this.#changed === null) return;
    const keys = this.#changed.get(space);
    if (keys) keys.add(key);
    else this.#changed.set(space, new Set([key]));
  }

  /** Takes up to so many; one that changes again may be taken again. */
  take(countMax: number): Place[] {
    const taken: Place[] = [];
    while (this.#all !== null && taken.length < countMax) {
      const next = this.#all.next();
      if (next.done) this.#all = null;
      else taken.push(next.value);
    }
    for (const version of [4, 6] as const) {
      for (const [bits, space] of this.#spaces[version]) {
        const keys = this.#changed?.get(space);
        for (const key of keys ?? []) {
          if (taken.length >= countMax) return taken;
          keys!.delete(key);
          taken.push({ version, bits, key });
        }
      }
    }
    return taken;
  }
}

/** What is added meanwhile may be among them, what is taken away is not. */
function* placesOf(spaces: Spaces): Generator<Place> {
  for (const version of [4, 6] as const) {
    for (const [bits, space] of spaces[version]) for (const key of space.keys()) yield { version, bits, key };
  }
}

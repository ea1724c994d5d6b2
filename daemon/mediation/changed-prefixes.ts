/** Which prefixes have other holders than when it was asked last, for who keeps a copy of them (flows/address-feed.ts). */
import { type HolderSession, holdersOf, type PrefixKey, type Space } from './address-holding.ts';

/** A prefix and its holders, the latest first; each held it until its end, or until the one before it began. */
export interface HeldPrefix {
  readonly version: 4 | 6;
  readonly bits: number;
  readonly key: PrefixKey;
  readonly holders: readonly { readonly account: number; readonly fromMs: number; readonly untilMs: number }[];
}

type Spaces = Readonly<Record<4 | 6, ReadonlyMap<number, Space>>>;

export class ChangedPrefixes {
  /** Null while nobody wants to know. */
  #changed: Map<Space, Set<PrefixKey>> | null = null;

  /** From now on changes are remembered, and all there is counts as changed. */
  watch(spaces: Spaces): void {
    this.#changed = new Map();
    for (const version of [4, 6] as const) {
      for (const space of spaces[version].values()) this.#changed.set(space, new Set(space.keys()));
    }
  }

  note(space: Space, key: PrefixKey): void {
    if (this.#changed === null) return;
    const keys = this.#changed.get(space);
    if (keys) keys.add(key);
    else this.#changed.set(space, new Set([key]));
  }

  /** All that a session holds. */
  noteAll(session: HolderSession): void {
    if (this.#changed === null) return;
    for (let one = session.holding; one !== null; one = one.sibling) this.note(one.space, one.key);
  }

  /** Takes up to so many, as they are now. */
  take(spaces: Spaces, countMax: number): HeldPrefix[] {
    const taken: HeldPrefix[] = [];
    for (const version of [4, 6] as const) {
      for (const [bits, space] of spaces[version]) {
        const keys = this.#changed?.get(space);
        for (const key of keys ?? []) {
          if (taken.length >= countMax) return taken;
          keys!.delete(key);
          taken.push({ version, bits, key, holders: holdersOf(space.get(key) ?? null) });
        }
      }
    }
    return taken;
  }
}

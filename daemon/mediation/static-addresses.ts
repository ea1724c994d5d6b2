/**
 * Addresses and prefixes that belong to accounts by their identities, with dates of validity, beside those that sessions
 * hold. The longest prefix wins. Pure.
 */
import { parseCidr } from '../../collectors/index.ts';
import { keyOf, type PrefixKey } from './address-holding.ts';
import type { IdentityHolding } from './guide.ts';

interface Place {
  readonly version: 4 | 6;
  readonly bits: number;
  readonly key: PrefixKey;
}

export class StaticAddresses {
  readonly #holdings: Record<4 | 6, Map<number, Map<PrefixKey, IdentityHolding[]>>> = { 4: new Map(), 6: new Map() };
  readonly #lengths: Record<4 | 6, number[]> = { 4: [], 6: [] };
  /** Null while nobody wants to know. */
  #changed: Map<string, Place> | null = null;

  /** Adds to what is known; a text that is neither address nor prefix is nobody's. */
  add(holding: IdentityHolding): void {
    const place = placeOf(holding.value);
    if (place === null) return;
    const holdings = this.#holdings[place.version].get(place.bits)?.get(place.key) ?? [];
    this.#put(place, [...holdings, holding]);
  }

  /** Replaces all that is known of one identity. */
  learn(identity: Pick<IdentityHolding, 'kind' | 'value'>, holdings: readonly IdentityHolding[]): void {
    const place = placeOf(identity.value);
    if (place === null) return;
    const known = this.#holdings[place.version].get(place.bits)?.get(place.key) ?? [];
    const others = known.filter(({ kind, value }) => kind !== identity.kind || value !== identity.value);
    this.#put(place, [...others, ...holdings]);
  }

  /** Who holds the longest prefix around an address at an instant, or null. */
  find(text: string, atMs: number): { readonly account: number; readonly bits: number } | null {
    const parsed = parseCidr(text);
    if (parsed === null) return null;
    for (const bits of this.#lengths[parsed.version]) {
      if (bits > parsed.bits) continue;
      for (const holding of this.#holdings[parsed.version].get(bits)!.get(keyOf(parsed, bits)) ?? []) {
        if (isValid(holding, atMs)) return { account: holding.account, bits };
      }
    }
    return null;
  }

  /** All holders of one prefix. */
  of({ version, bits, key }: Place): readonly IdentityHolding[] {
    return this.#holdings[version].get(bits)?.get(key) ?? [];
  }

  watchChanges(): void {
    this.#changed = new Map();
    for (const version of [4, 6] as const) {
      for (const [bits, space] of this.#holdings[version]) {
        for (const key of space.keys()) this.#note({ version, bits, key });
      }
    }
  }

  /** The prefixes whose holders have changed since the last time. */
  takeChanges(): Place[] {
    const taken = [...(this.#changed?.values() ?? [])];
    this.#changed?.clear();
    return taken;
  }

  #put(place: Place, holdings: IdentityHolding[]): void {
    const { version, bits, key } = place;
    let space = this.#holdings[version].get(bits);
    if (space === undefined) {
      space = new Map();
      this.#holdings[version].set(bits, space);
      this.#lengths[version] = [...this.#lengths[version], bits].sort((a, b) => b - a);
    }
    if (holdings.length === 0) space.delete(key);
    else space.set(key, holdings);
    this.#note(place);
  }

  #note(place: Place): void {
    this.#changed?.set(`${place.version} ${place.bits} ${place.key}`, place);
  }
}

export function isValid({ validFromMs, validUntilMs }: IdentityHolding, atMs: number): boolean {
  return (validFromMs === null || atMs >= validFromMs) && (validUntilMs === null || atMs < validUntilMs);
}

function placeOf(text: string): Place | null {
  const parsed = parseCidr(text);
  if (parsed === null) return null;
  return { version: parsed.version, bits: parsed.bits, key: keyOf(parsed, parsed.bits) };
}

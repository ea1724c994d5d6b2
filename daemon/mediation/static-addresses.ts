/**
 * Addresses and prefixes that belong to accounts by their identities, with dates of validity, beside those that sessions
 * hold. The longest prefix wins. Pure.
 */
import { parseCidr } from '../../collectors/index.ts';
import { keyOf, type PrefixKey } from './address-holding.ts';
import { ChangedPrefixes, type Place } from './changed-prefixes.ts';
import type { IdentityHolding } from './guide.ts';

/** An identity's holder, UTC epoch ms, half-open. */
interface FixedHolder {
  readonly account: number;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Empty for the usual identity of its prefix; another text for the same one tells itself apart by it. */
  readonly name: string;
}

/** A number is an account that holds the prefix by its usual identity without limit of time: most do, of a million. */
type Held = number | readonly FixedHolder[];
type Space = Map<PrefixKey, Held>;

export class StaticAddresses {
  readonly #spaces: Record<4 | 6, Map<number, Space>> = { 4: new Map(), 6: new Map() };
  readonly #lengths: Record<4 | 6, number[]> = { 4: [], 6: [] };
  readonly #changed = new ChangedPrefixes(this.#spaces);

  /** Adds to what is known; a text that is neither address nor prefix is nobody's. */
  add(holding: IdentityHolding): void {
    const place = placeOf(holding.value);
    if (place !== null) this.#put(place, [...this.of(place), holderOf(holding, nameOf(holding, place))]);
  }

  /** Replaces all that is known of one identity. */
  learn(identity: Pick<IdentityHolding, 'kind' | 'value'>, holdings: readonly IdentityHolding[]): void {
    const place = placeOf(identity.value);
    if (place === null) return;
    const name = nameOf(identity, place);
    const others = this.of(place).filter((holder) => holder.name !== name);
    this.#put(place, [...others, ...holdings.map((holding) => holderOf(holding, name))]);
  }

  /** Who holds the longest prefix around an address at an instant, or null. */
  find(text: string, atMs: number): { readonly account: number; readonly bits: number } | null {
    const parsed = parseCidr(text);
    if (parsed === null) return null;
    for (const bits of this.#lengths[parsed.version]) {
      if (bits > parsed.bits) continue;
      const held = this.#spaces[parsed.version].get(bits)!.get(keyOf(parsed, bits));
      if (held === undefined) continue;
      if (typeof held === 'number') return { account: held, bits };
      for (const { account, fromMs, untilMs } of held) if (atMs >= fromMs && atMs < untilMs) return { account, bits };
    }
    return null;
  }

  /** All holders of one prefix. */
  of({ version, bits, key }: Place): readonly FixedHolder[] {
    const held = this.#spaces[version].get(bits)?.get(key) ?? [];
    if (typeof held !== 'number') return held;
    return [{ account: held, fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY, name: '' }];
  }

  /** From now on changes are remembered for `takeChanges`, and all there is counts as changed. */
  watchChanges(): void {
    this.#changed.watch();
  }

  /** Up to so many of the prefixes whose holders have changed. */
  takeChanges(countMax: number): Place[] {
    return this.#changed.take(countMax);
  }

  #put({ version, bits, key }: Place, holders: readonly FixedHolder[]): void {
    let space = this.#spaces[version].get(bits);
    if (space === undefined) {
      space = new Map();
      this.#spaces[version].set(bits, space);
      this.#lengths[version] = [...this.#lengths[version], bits].sort((a, b) => b - a);
    }
    if (holders.length === 0) space.delete(key);
    else space.set(key, compact(holders));
    this.#changed.note(space, key);
  }
}

export function isValid({ validFromMs, validUntilMs }: IdentityHolding, atMs: number): boolean {
  return (validFromMs === null || atMs >= validFromMs) && (validUntilMs === null || atMs < validUntilMs);
}

function holderOf({ account, validFromMs, validUntilMs }: IdentityHolding, name: string): FixedHolder {
  const fromMs = validFromMs ?? Number.NEGATIVE_INFINITY;
  return { account, fromMs, untilMs: validUntilMs ?? Number.POSITIVE_INFINITY, name };
}

/** Texts of identities are normalised: an address is written in one way only, and so is a prefix. */
function nameOf({ kind, value }: Pick<IdentityHolding, 'kind' | 'value'>, { version, bits }: Place): string {
  const usual = bits === (version === 4 ? 32 : 128) ? 'address' : 'prefix';
  return kind === usual ? '' : `${kind} ${value}`;
}

function compact(holders: readonly FixedHolder[]): Held {
  const [{ account, fromMs, untilMs, name }, ...others] = holders as [FixedHolder, ...FixedHolder[]];
  const isUsual = name === '' && fromMs === Number.NEGATIVE_INFINITY && untilMs === Number.POSITIVE_INFINITY;
  return isUsual && others.length === 0 ? account : holders;
}

function placeOf(text: string): Place | null {
  const parsed = parseCidr(text);
  if (parsed === null) return null;
  return { version: parsed.version, bits: parsed.bits, key: keyOf(parsed, parsed.bits) };
}

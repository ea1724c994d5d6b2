/**
 * The guide: whose use is it? It finds the account of a record's subject by the identities known at the time
 * (DESIGN §1.2, §3.4). It holds the identities in memory; the store keeps them.
 */
import type { Subject, UsageRecord } from '../../collectors/index.ts';
import { isValid, StaticAddresses } from './static-addresses.ts';

/** One identity of one account with its half-open time of validity, UTC epoch ms; null is without limit. */
export interface IdentityHolding {
  readonly account: number;
  readonly kind: Subject['kind'];
  readonly value: string;
  readonly provider: string;
  readonly validFromMs: number | null;
  readonly validUntilMs: number | null;
}

export type Guidance =
  | { readonly account: number }
  | { readonly suspend: 'unknown-subject' | 'no-subject' | 'no-session-id' };

/** Who held an address or prefix by its sessions (address-holders.ts). */
export interface AddressLookUp {
  find(text: string, atMs: number): { readonly account: number; readonly bits: number } | null;
}

/**
 * Identity table in memory, and beside it the addresses that sessions hold. Of an address, the longest prefix decides; of
 * prefixes that are the same, a session's comes before an identity's. Not thread-safe by need: one owner fills and asks it.
 */
export class Guide {
  /** By kind and provider (`spaceName`), then by value: one text for both would be kept in parts, and take thrice as much. */
  readonly #spaces = new Map<string, Map<string, Held>>();
  readonly #addresses: AddressLookUp | null;
  /** Addresses and prefixes that are identities. */
  readonly fixed = new StaticAddresses();

  constructor(addresses: AddressLookUp | null = null) {
    this.#addresses = addresses;
  }

  /** Replaces all that is known of one subject. */
  learn(kind: Subject['kind'], value: string, provider: string, holdings: readonly IdentityHolding[]): void {
    if (isOfNetwork(kind)) return this.fixed.learn({ kind, value }, holdings);
    const space = this.#space(kind, provider);
    if (holdings.length === 0) space.delete(value);
    else space.set(value, compact(holdings));
  }

  /** Learns that an account is known by its own id, without limit of time. */
  learnAccount(id: string, account: number): void {
    this.learn('account', id, '', [
      { account, kind: 'account', value: id, provider: '', validFromMs: null, validUntilMs: null },
    ]);
  }

  /** The number of the account of that id, or null. */
  accountOf(id: string): number | null {
    return this.#holder({ kind: 'account', value: id }, 0);
  }

  learnAll(holdings: Iterable<IdentityHolding>): void {
    for (const holding of holdings) {
      const { kind, provider, value } = holding;
      if (isOfNetwork(kind)) {
        this.fixed.add(holding);
        continue;
      }
      const space = this.#space(kind, provider);
      const known = space.get(value);
      if (known === undefined) space.set(value, compact([holding]));
      else space.set(value, [...(typeof known === 'number' ? [unlimited(holding, known)] : known), holding]);
    }
  }

  /** The account of a record's use. A session belongs to whoever held the subject when the session began. */
  guide(record: UsageRecord): Guidance {
    if (record.source.collector === 'radius' && record.source.session === undefined) {
      return { suspend: 'no-session-id' };
    }
    if (record.subjects.length === 0) return { suspend: 'no-subject' };
    const atMs = record.startKnown ? record.startMs : record.endMs;
    for (const subject of record.subjects) {
      const account = this.#holder(subject, atMs);
      if (account !== null) return { account };
    }
    return { suspend: 'unknown-subject' };
  }

  #space(kind: string, provider: string): Map<string, Held> {
    const name = spaceName(kind, provider);
    let space = this.#spaces.get(name);
    if (space === undefined) {
      space = new Map();
      this.#spaces.set(name, space);
    }
    return space;
  }

  #holder(subject: Subject, atMs: number): number | null {
    if (isOfNetwork(subject.kind)) return this.holderOf(subject.value, atMs);
    const holdings = this.#spaces.get(spaceName(subject.kind, subject.provider ?? ''))?.get(subject.value);
    if (holdings === undefined || typeof holdings === 'number') return holdings ?? null;
    for (const holding of holdings) {
      if (isValid(holding, atMs)) return holding.account;
    }
    return null;
  }

  /** Whose an address or prefix was at an instant, or null. */
  holderOf(text: string, atMs: number): number | null {
    const held = this.#addresses?.find(text, atMs) ?? null;
    const fixed = this.fixed.find(text, atMs);
    const isHeld = held !== null && (fixed === null || held.bits >= fixed.bits);
    return (isHeld ? held : fixed)?.account ?? null;
  }
}

function isOfNetwork(kind: Subject['kind']): boolean {
  return kind === 'address' || kind === 'prefix';
}

/** A number is an account that holds the subject without limit of time, as most do. */
type Held = number | readonly IdentityHolding[];

function spaceName(kind: string, provider: string): string {
  return provider === '' ? kind : `${kind}\n${provider}`;
}

function compact(holdings: readonly IdentityHolding[]): Held {
  const [only] = holdings;
  const isOnly = holdings.length === 1 && only!.validFromMs === null && only!.validUntilMs === null;
  return isOnly ? only!.account : [...holdings];
}

/** A holding of the same subject, by another account, without limit of time. */
function unlimited({ kind, value, provider }: IdentityHolding, account: number): IdentityHolding {
  return { account, kind, value, provider, validFromMs: null, validUntilMs: null };
}

/** A subject as one string; equal for equal subjects only. */
export function subjectKey(subject: { kind: string; value: string; provider?: string }): string {
  return `${subject.kind}\n${subject.provider ?? ''}\n${subject.value}`;
}

/** What `subjectKey` was made of. A value may hold anything a device sends, line feeds as well; kinds and providers don't. */
export function subjectOfKey(key: string): { kind: string; value: string; provider: string } {
  const [kind = '', provider = '', ...value] = key.split('\n');
  return { kind, provider, value: value.join('\n') };
}

/** Under this is listed what waits and names nobody. */
export function deviceSubjectKey(device: string): string {
  return `device\n\n${device}`;
}

/** Under this the records of a session wait, beside their subjects. */
export function sessionSubjectKey(session: string): string {
  return `session\n\n${session}`;
}

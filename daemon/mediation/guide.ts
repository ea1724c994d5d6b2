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
  readonly #holdings = new Map<string, IdentityHolding[]>();
  readonly #addresses: AddressLookUp | null;
  /** Addresses and prefixes that are identities. */
  readonly fixed = new StaticAddresses();

  constructor(addresses: AddressLookUp | null = null) {
    this.#addresses = addresses;
  }

  /** Replaces all that is known of one subject. */
  learn(kind: Subject['kind'], value: string, provider: string, holdings: readonly IdentityHolding[]): void {
    const key = subjectKey({ kind, value, provider });
    if (holdings.length === 0) this.#holdings.delete(key);
    else this.#holdings.set(key, [...holdings]);
    if (isOfNetwork(kind)) this.fixed.learn({ kind, value }, holdings);
  }

  /** Learns that an account is known by its own id, without limit of time. */
  learnAccount(id: string, account: number): void {
    this.learn('account', id, '', [
      { account, kind: 'account', value: id, provider: '', validFromMs: null, validUntilMs: null },
    ]);
  }

  /** The number of the account of that id, or null. */
  accountOf(id: string): number | null {
    return this.#holdings.get(subjectKey({ kind: 'account', value: id }))?.[0]?.account ?? null;
  }

  learnAll(holdings: Iterable<IdentityHolding>): void {
    for (const holding of holdings) {
      const key = subjectKey(holding);
      const list = this.#holdings.get(key);
      if (list) list.push(holding);
      else this.#holdings.set(key, [holding]);
      if (isOfNetwork(holding.kind)) this.fixed.add(holding);
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

  #holder(subject: Subject, atMs: number): number | null {
    if (isOfNetwork(subject.kind)) return this.holderOf(subject.value, atMs);
    for (const holding of this.#holdings.get(subjectKey(subject)) ?? []) {
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

/** A subject as one string; equal for equal subjects only. */
export function subjectKey(subject: { kind: string; value: string; provider?: string }): string {
  return `${subject.kind}\n${subject.provider ?? ''}\n${subject.value}`;
}

/** Under this the records of a session wait, beside their subjects. */
export function sessionSubjectKey(session: string): string {
  return `session\n\n${session}`;
}

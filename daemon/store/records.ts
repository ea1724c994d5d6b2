/**
 * What people make and change in the store: accounts, plans, users, payments, corrections. Money is decimal strings,
 * times UTC epoch ms (null: without limit).
 */
import type { Subject } from '../../collectors/index.ts';
import type { TableKind } from '../../rating/index.ts';
import type { Role, TokenRight } from '../contract.ts';

export interface Account {
  readonly no: number;
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly timezone: string;
  readonly cycleDay: number;
  readonly prepaid: boolean;
  readonly creditLimit: string | null;
  readonly createdMs: number;
}

export type NewAccount = Omit<Account, 'no'>;
export type AccountChanges = Partial<Pick<Account, 'name' | 'prepaid' | 'creditLimit'>>;

export interface NewIdentity {
  readonly account: number;
  readonly kind: Subject['kind'];
  readonly value: string;
  readonly provider: string;
  /** Undefined: without limit for the first holder, now for later ones (DESIGN §3.4). */
  readonly validFromMs: number | undefined;
}

export interface PlanVersion {
  readonly planId: string;
  readonly version: number;
  readonly name: string;
  readonly currency: string;
  readonly xml: string;
  readonly validFromMs: number | null;
  readonly createdMs: number;
}

export interface Assignment {
  readonly planId: string;
  readonly validFromMs: number | null;
}

/** A table that plans may name, as it was imported (rating/tables). */
export interface StoredTable {
  readonly kind: TableKind;
  readonly name: string;
  /** Local day from which it is in force, `2026-01-31`; null: always, or its dates are inside. */
  readonly from: string | null;
  readonly text: string;
  readonly createdMs: number;
}

/** Where an account is taxed, from the large to the small (`US/CA/Alameda`), and what it need not pay. */
export interface AccountTaxation {
  /** In order of time. */
  readonly places: readonly { readonly place: string; readonly fromMs: number }[];
  /** Name of a tax, its jurisdiction, or `*`; `toMs` is exclusive, null is without limit. */
  readonly exemptions: readonly {
    readonly tax: string;
    readonly fromMs: number | null;
    readonly toMs: number | null;
  }[];
}

/** What an account begins with, in the transaction that makes it: no use may meet it without its plan and taxes. */
export interface FirstTerms {
  readonly assignment: Assignment;
  readonly place?: AccountTaxation['places'][number] | null;
  readonly exemptions?: AccountTaxation['exemptions'] | null;
}

export interface User {
  readonly login: string;
  readonly passwordHash: string;
  readonly role: Role;
  /** The subscriber's own account. */
  readonly accountId: string | null;
  /** Can't sign in. */
  readonly disabled: boolean;
}

/** A change of a user leaves whether they are disabled as it is. */
export type NewUser = Omit<User, 'disabled'>;

export interface WebSession {
  readonly login: string;
  readonly role: Role;
  readonly accountId: string | null;
  readonly expiresMs: number;
}

/** A machine's key to the API (DESIGN §7). Its row stays after it was revoked, so that the log's ids mean something. */
export interface ApiToken {
  readonly id: string;
  /** SHA-256 of the token, base64url; the token itself is kept nowhere. */
  readonly tokenHash: string;
  readonly name: string;
  readonly role: Role;
  /** For whom a token of the role provider speaks; null for other roles. */
  readonly provider: string | null;
  readonly rights: readonly TokenRight[];
  readonly createdMs: number;
  readonly revokedMs: number | null;
}

export type NewApiToken = Omit<ApiToken, 'revokedMs'>;

/** A change that someone asked for. `asked`, `before` and `after` are JSON, without secrets. */
export interface AuditEntry {
  readonly id: number;
  /** Real time, also where the daemon's clock is simulated. */
  readonly atMs: number;
  readonly login: string;
  readonly address: string;
  readonly action: string;
  /** What was changed: `account <id>`, `plan <id>`, `token <id>`, `user <login>`. */
  readonly subject: string;
  readonly asked: string | null;
  /** HTTP status of the answer; null where it was never given. */
  readonly status: number | null;
  readonly before: string | null;
  readonly after: string | null;
}

export type NewAuditEntry = Omit<AuditEntry, 'id' | 'status' | 'before' | 'after'>;
export type AuditOutcome = Pick<AuditEntry, 'subject' | 'status' | 'before' | 'after'>;

export interface Payment {
  readonly account: number;
  readonly amount: string;
  readonly note: string;
  readonly atMs: number;
}

/** What staff wants a charge to be, and what was posted to bring it there. */
export interface StoredCorrection {
  readonly account: number;
  /** Names it within the account, for good. */
  readonly key: string;
  /** Number of the charge that it corrects. */
  readonly charge: number;
  readonly reason: string;
  readonly rightAmount: string;
  /** What it adds to the bill. */
  readonly amount: string;
  readonly atMs: number;
}

/**
 * What the HTTP and WebSocket API says (DESIGN §7): types only, shared by the daemon's routes and the pages.
 * Money and quantities are decimal strings, times ISO 8601 in UTC unless named `…Ms` (UTC epoch ms).
 */

import type { LiveCharge } from './contract/live.ts';

export type * from './contract/flows.ts';
export type * from './contract/health.ts';
export type * from './contract/live.ts';
export type * from './contract/spend.ts';
export type * from './contract/staff.ts';

export type Role = 'subscriber' | 'csr' | 'designer' | 'operator' | 'provider' | 'admin';

/** `GET /api/session`: who is signed in. `account` is the subscriber's own. */
export interface SessionView {
  readonly login: string;
  readonly role: Role;
  readonly account: string | null;
}

/**
 * What a provider's API token allows: posting usage events; posting charges already priced; posting negative ones;
 * naming accounts by their id, not only by the provider's own local ids.
 */
export type TokenRight = 'usage' | 'charges' | 'credits' | 'accounts';

/** `GET /api/tokens`: a token without its secret. `provider` and `rights` are those of the role provider. */
export interface ApiTokenView {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly provider: string | null;
  readonly rights: readonly TokenRight[];
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

/** Answer to `POST /api/tokens`: the only time that `token` is shown. */
export interface IssuedApiToken extends Omit<ApiTokenView, 'createdAt' | 'revokedAt'> {
  readonly token: string;
}

export interface IdentityView {
  readonly kind: 'login' | 'address' | 'prefix' | 'station' | 'local-id';
  readonly value: string;
  readonly provider?: string;
  readonly validFrom?: string;
  readonly validUntil?: string;
}

export interface AccountView {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly timezone: string;
  /** 1…31, clamped to the month's last day. */
  readonly cycleDay: number;
  readonly plan: string | null;
  /** Only where another is to follow, in order of time. */
  readonly comingPlans?: readonly ComingPlanView[];
  readonly prepaid: boolean;
  readonly creditLimit: string | null;
  /** Where it is taxed now, from the large to the small: `US/CA/Alameda`. */
  readonly place: string | null;
  readonly taxExemptions: readonly TaxExemptionView[];
  readonly identities: readonly IdentityView[];
}

/** A plan that is assigned, and when it begins. */
export interface ComingPlanView {
  readonly plan: string;
  readonly from: string;
}

/** Name of a tax, its jurisdiction (`state`, `county`, `local`), or `*`. */
export interface TaxExemptionView {
  readonly tax: string;
  readonly from?: string;
  readonly to?: string;
}

export interface BillLineView {
  readonly label: string;
  readonly plan: string;
  /** In `unit`, at most six decimals. */
  readonly quantity: string;
  /** Exact quantity in the meter's base unit (seconds, octets, 1), an integer. */
  readonly baseQuantity: string;
  readonly unit: string;
  /** Rounded to the currency's minor unit; the bill's total is the sum of these. */
  readonly amount: string;
  /** Unrounded, at the plan's scale: what has been posted. */
  readonly exactAmount: string;
  /** Number of the charge that this line corrects. */
  readonly corrects?: number;
  /** Only of use that came with its price. */
  readonly vendor?: string;
  readonly attribution?: string;
}

export interface AllowanceView {
  readonly label: string;
  readonly used: string;
  readonly limit: string;
  readonly unit: string;
}

export interface OpenSessionView {
  readonly id: string;
  readonly device: string;
  readonly startedAt: string;
  readonly lastEventAt: string;
  readonly seconds: string;
  readonly octetsIn: string;
  readonly octetsOut: string;
}

/** `GET /api/sessions` and `GET /api/accounts/{id}/sessions`: one session of a device, open or closed. */
export interface NetworkSessionView extends OpenSessionView {
  readonly account: string;
  readonly login: string;
  /** 1 for the first session of this device and id, 2 for the next that used the id again, … */
  readonly incarnation: number;
  readonly open: boolean;
  /** Why it is closed; null while it is open. */
  readonly closedBy: 'stop' | 'restart' | 'next' | 'silence' | null;
  /** When anything was heard of it last, whether it told use or not. */
  readonly lastHeardAt: string;
  /** Open sessions of its account now, itself among them if it is open. */
  readonly concurrent: number;
  /** By the names of the RADIUS dictionary, each with the last value told. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** `GET /api/accounts/{id}/bill` and the body of a `bill` message. */
export interface BillView {
  readonly account: string;
  readonly name: string;
  readonly currency: string;
  readonly timezone: string;
  /** Local dates, `to` exclusive. */
  readonly period: { readonly from: string; readonly to: string };
  /** Only of a bill that takes no more charges. */
  readonly closed?: true;
  readonly total: string;
  /** Payments less the totals of all bills so far, as they are shown. */
  readonly balance: string;
  readonly prepaid: boolean;
  readonly asOf: string;
  readonly asOfMs: number;
  /** Number of the last charge posted to the account; charges are numbered 1, 2, 3, … without gaps. */
  readonly seq: number;
  readonly lines: readonly BillLineView[];
  readonly allowances: readonly AllowanceView[];
  /** What the period's charges come to by name (REQUIREMENTS I13); '' stands for what named none. */
  readonly totals?: { readonly attributions: readonly NamedAmount[]; readonly vendors: readonly NamedAmount[] };
  /** The last charges, at most 20, newest last; only in a live snapshot. */
  readonly recent?: readonly LiveCharge[];
  /** The newest open sessions, at most 50, newest first. */
  readonly sessions: readonly OpenSessionView[];
  /** How many are open. */
  readonly sessionCount: number;
}

/** `GET /api/accounts/{id}/bills`: one period of an account; local dates, `to` exclusive. */
export interface BillPeriodView {
  readonly from: string;
  readonly to: string;
  /** Its bill takes no more charges. */
  readonly closed: boolean;
}

/** What charges of a period came to under one name, unrounded. */
export interface NamedAmount {
  readonly name: string;
  readonly amount: string;
}

export interface RawUsageView {
  readonly id: string;
  readonly start: string;
  readonly end: string;
  readonly device: string;
  readonly session: string;
  readonly readings: Readonly<Record<string, string>>;
  /** What an event told beside its quantity; empty for sessions. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface ChargeView {
  readonly seq: number;
  readonly label: string;
  readonly plan: string;
  readonly version: number;
  readonly primitive: string;
  readonly kind: 'usage' | 'recurring' | 'one-time' | 'rounding' | 'priced' | 'correction';
  /** Of a correction: number of the charge it corrects. */
  readonly corrects?: number;
  readonly amount: string;
  readonly quantity: string;
  readonly unit: string;
  readonly period: { readonly from: string; readonly to: string };
  readonly at: string;
  /** Id of the raw usage it charges; null for charges of ticks. */
  readonly usage: string | null;
  readonly additional: string;
  readonly vendor: string;
  readonly attribution: string;
}

/** `GET /api/accounts/{id}/charges/{seq}/trace`: why the charge is what it is; no steps where no use stands behind it. */
export interface ChargeTraceView {
  readonly seq: number;
  readonly steps: readonly {
    readonly plan: string;
    readonly version: number;
    readonly primitive: string;
    readonly type: string;
    /** Ids of the primitives from the source to this one. */
    readonly path: readonly string[];
    /** The part of the use: its ends are the edges at which it was cut. */
    readonly from: string;
    readonly to: string;
    readonly meter: string;
    /** In words. */
    readonly text: string;
    /** Base units let go free, and passed on. */
    readonly free?: string;
    readonly passed?: string;
    /** Of a charge: the bill line, its amount, and what was multiplied. */
    readonly label?: string;
    readonly charged?: string;
    readonly terms?: readonly {
      /** In base units, exactly, and in `unit` at six decimals at most; without a unit an amount that a rate applies to. */
      readonly quantity: string;
      readonly inUnit: string;
      /** `s`, `B`, `B·s`, or '' for things counted. */
      readonly baseUnit: string;
      readonly unit: string;
      readonly multiplier: string;
      readonly constant: string;
      readonly of: string;
    }[];
  }[];
}

/** Newest first; `next` is the cursor of the following page, null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** `POST /api/usage`: what became of one event. `logged`, `duplicate` and `suspended` are durable. */
export interface UsageVerdict {
  readonly id: string;
  readonly source: string;
  readonly verdict: 'logged' | 'duplicate' | 'suspended' | 'refused';
  /** Of a refusal: a stable code, and one sentence that names the field. */
  readonly reason?: string;
  readonly detail?: string;
}

export interface UsageAnswer {
  /** In the order of the events. */
  readonly results: readonly UsageVerdict[];
}

/** A table that plans may name. */
export interface TableView {
  readonly kind: 'taxes' | 'rates' | 'dial-plans' | 'locations' | 'holidays';
  readonly name: string;
  /** Local day from which it is in force; null: always, or its dates are inside. */
  readonly from: string | null;
  readonly octets: number;
  readonly importedAt: string;
}

/** RFC 9457 problem details. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
}

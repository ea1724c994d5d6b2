/** What rating is told of an account, what it is given to rate, and what it answers. */

import { primitiveOf } from './catalog.ts';
import type { PlanNode } from './plan.ts';
import type { Rater } from './rater.ts';
import type { RatingTables } from './tables/tables.ts';

/** One piece of use, already known to be of this account. */
export interface UsageEvent {
  /** Names the event in charges. */
  readonly id: string;
  /** Deltas in base units, ≥ 0. */
  readonly readings: readonly { readonly meter: string; readonly quantity: bigint }[];
  /** UTC epoch ms; endMs ≥ startMs. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string>>;
  /** Key of the chargeable event it is part of (DESIGN §3.6); without one it is an event by itself. */
  readonly chargeable?: string;
}

/** A plan version in force from `fromMs` to `toMs` (exclusive); ±Infinity allowed. */
export interface PlanSegment {
  readonly planId: string;
  readonly version: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly rater: Rater;
}

/** Where an account is taxed from an instant on: from the large to the small, `US/CA/Alameda`. */
export interface PlaceFrom {
  readonly fromMs: number;
  readonly place: string;
}

/** Taxes an account need not pay, from `fromMs` to `toMs` (exclusive). */
export interface Exemption {
  /** Name of a tax, a jurisdiction (`state`, `county`, `local`), or `*` for all. */
  readonly tax: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What primitives may ask about an account, besides its own running totals. */
export interface AccountFacts {
  readonly tables?: RatingTables;
  /** In order of time. */
  readonly places?: readonly PlaceFrom[];
  readonly exemptions?: readonly Exemption[];
}

export interface AccountTerms extends AccountFacts {
  readonly currency: string;
  /** IANA name. */
  readonly zone: string;
  /** 1…31, clamped to the month's last day. */
  readonly cycleDay: number;
  /** In order of time, not overlapping. */
  readonly segments: readonly PlanSegment[];
  /** Recurring charges are prorated from here; only when the first assignment has a `validFrom`. */
  readonly joinedAtMs?: number;
  readonly leftAtMs?: number;
}

/** One posting on a bill line. */
export interface RatedCharge {
  readonly planId: string;
  readonly version: number;
  readonly primitive: string;
  readonly label: string;
  readonly unit: string;
  readonly kind: 'usage' | 'recurring' | 'one-time' | 'rounding' | 'priced' | 'correction';
  /** Another account that it is to be posted to, by an internal record; it is not on this account's bill (P62). */
  readonly account?: string;
  /** Currency of a charge to another account. */
  readonly currency?: string;
  /** Bill period it belongs to. */
  readonly periodFromMs: number;
  readonly periodToMs: number;
  /** Decimal at the plan's scale; may be zero where only the quantity moved. */
  readonly amount: string;
  /** Base units charged by it: 0 for charges that are not of use; thousandths of the unit where it came priced. */
  readonly baseQuantity: bigint;
}

/** Use that went beyond what a UseMonitor allows: for whoever watches the account (REQUIREMENTS P63). */
export interface UseFlag {
  readonly planId: string;
  readonly primitive: string;
  readonly label: string;
  readonly meter: string;
  readonly unit: string;
  /** In `unit`. */
  readonly limit: string;
  readonly used: string;
  /** Start of the period of the monitor. */
  readonly periodFromMs: number;
}

/** On `ok: false` the state is unchanged: the daemon puts the record in quarantine (DESIGN §3.9). */
export type RateResult =
  | { readonly ok: true; readonly charges: RatedCharge[]; readonly flags?: readonly UseFlag[] }
  | { readonly ok: false; readonly reason: RefusalReason; readonly detail: string };

export type RefusalReason =
  | 'bad-usage'
  | 'unknown-meter'
  | 'out-of-range'
  | 'no-plan'
  | 'currency'
  | 'unknown-zone'
  | 'archived'
  | 'no-table'
  | 'no-place'
  | 'no-rate'
  | 'bad-attribute';

/** The segment in force at an instant. */
export function segmentAt(terms: AccountTerms, atMs: number): PlanSegment | undefined {
  for (const segment of terms.segments) if (atMs >= segment.fromMs && atMs < segment.toMs) return segment;
  return undefined;
}

/** Unit of a node's bill line; none for charges that are not of use. */
export function unitOfNode(node: PlanNode): string {
  return typeof node.values.unit === 'string' ? node.values.unit : (primitiveOf(node).lineUnit ?? '');
}

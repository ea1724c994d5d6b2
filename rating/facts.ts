/** What a primitive finds in the tables and in what is known of the account, with how long it holds. */

import type { Span } from './period.ts';
import type { RefusalReason } from './terms.ts';
import type { Zone } from './zone.ts';

export interface Resolved extends Span {
  readonly value: unknown;
  /** Names of taxes, where they name lines and cells. */
  readonly names?: readonly string[];
}

/** Nothing to rate by: use that needs it is refused rather than billed wrongly (DESIGN §3.9). */
export interface Missing extends Span {
  readonly reason: RefusalReason;
  readonly detail: string;
}

/** Thrown by a firing that can't go on; `rateUsage` and `rateTick` undo everything and answer with it. */
export class Refused extends Error {
  readonly reason: RefusalReason;
  constructor(reason: RefusalReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/** Something in force from a local day on (1970-01-01 = 0), the next in the list ending it. */
export interface FromDay {
  readonly fromDay: number;
}

/** Local days have no end at either side; so do the tables made of them. */
export const EVER: Span = { fromMs: -8.64e15, toMs: 8.64e15 };
export const FIRST_DAY = Number.NEGATIVE_INFINITY;

/** The last entry that begins on or before an instant's day, and how long it is the last; entries in order of time. */
export function inForce<T extends FromDay>(
  entries: readonly T[],
  zone: Zone,
  atMs: number,
): { readonly entry: T | null; readonly span: Span } {
  const day = zone.dayAt(atMs);
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.fromDay <= day) low = middle + 1;
    else high = middle;
  }
  const entry = entries[low - 1] ?? null;
  const next = entries[low];
  return {
    entry,
    span: {
      fromMs: entry === null || entry.fromDay === FIRST_DAY ? EVER.fromMs : zone.midnight(entry.fromDay),
      toMs: next === undefined ? EVER.toMs : zone.midnight(next.fromDay),
    },
  };
}

/** What two spans have in common. */
export function overlapOf(a: Span, b: Span): Span {
  return { fromMs: Math.max(a.fromMs, b.fromMs), toMs: Math.min(a.toMs, b.toMs) };
}

/** The part of all time around an instant in which none of these spans begins or ends. */
export function cutAt(spans: readonly Span[], atMs: number): Span {
  let { fromMs, toMs } = EVER;
  for (const span of spans)
    for (const edge of [span.fromMs, span.toMs]) {
      if (edge <= atMs) fromMs = Math.max(fromMs, edge);
      else toMs = Math.min(toMs, edge);
    }
  return { fromMs, toMs };
}

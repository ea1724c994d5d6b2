/**
 * What time itself costs: set-up and recurring fees (DESIGN §3.8, in the auditor's own words).
 *
 * A fee of A belongs to a month or a bill period. Of a period of N local days an account that joined within it pays
 * A·n ÷ N, n being the days from the joining day on, rounded half away from zero to six decimals. In *arrears* it falls due
 * at the period's end and stands on the bill that holds the period's last second; in *advance* it falls due when the period
 * begins, or the account joins, and stands on the bill of that moment.
 *
 * Fees are posted by ticks. An account has one at each beginning of a local month or of its bill period after it was made,
 * and each posts all that is due by then. So a fee *must* be there when a tick fell at or after its due time since the
 * account is known; it *may* be there when it is due and there may have been a tick before that.
 */
import { type LocalClock, localClock, quarterSeconds } from '../local-time.ts';
import type { PlanName } from '../population/plans.ts';
import { roundedHalfAway } from '../tariff.ts';
import { postedScale } from './charges.ts';
import { billOf, monthName } from './parts.ts';

interface FeeTerms {
  readonly label: string;
  /** Cents. */
  readonly cents: bigint;
  readonly per: 'month' | 'bill';
  readonly when: 'arrears' | 'advance';
}

const fees: Readonly<Record<PlanName, FeeTerms | null>> = {
  flat: { label: 'Flat rate', cents: 2990n, per: 'bill', when: 'advance' },
  hourly: null,
  graduated: { label: 'Monthly fee', cents: 990n, per: 'month', when: 'arrears' },
  'fig-6b': { label: 'Monthly fee', cents: 2000n, per: 'month', when: 'arrears' },
};

/** Charged once, with the account's first use or tick; label and millionths. */
export const setUps: Readonly<Record<PlanName, { readonly label: string; readonly amount: bigint } | null>> = {
  flat: null,
  hourly: null,
  graduated: null,
  'fig-6b': { label: 'Set-up', amount: 10_000_000n },
};

export interface Membership {
  readonly plan: PlanName;
  readonly zone: string;
  readonly cycleDay: number;
  /** Beginning of a local day, UTC epoch s. */
  readonly joinedSeconds: number;
  /** The account has been there since then at least, by the daemon's clock. */
  readonly knownSinceSeconds: number;
  /** Now, by the daemon's clock. */
  readonly asOfSeconds: number;
}

export interface Fee {
  readonly bill: string;
  readonly label: string;
  /** Millionths. */
  readonly amount: bigint;
  readonly isCertain: boolean;
}

/** Every fee that is due, in order of time. */
export function feesDue(membership: Membership): Fee[] {
  const { plan, zone, cycleDay, joinedSeconds, asOfSeconds } = membership;
  const terms = fees[plan];
  if (terms === null) return [];
  const clock = localClock(zone);
  const starts = periodStarts(zone, terms.per === 'month' ? null : cycleDay, joinedSeconds, asOfSeconds);
  const ticked = lastTick(membership);
  const due: Fee[] = [];
  for (const [index, from] of starts.entries()) {
    const to = starts[index + 1];
    if (to === undefined) break;
    const joined = Math.max(from, joinedSeconds);
    const dueSeconds = terms.when === 'arrears' ? to : joined;
    if (dueSeconds > asOfSeconds) break;
    const days = BigInt(dayNumber(clock, to) - dayNumber(clock, joined));
    const ofDays = BigInt(dayNumber(clock, to) - dayNumber(clock, from));
    due.push({
      bill: billOf(clock(terms.when === 'arrears' ? to - 1 : joined), cycleDay),
      label: terms.label,
      amount: roundedHalfAway({ numerator: terms.cents * days, denominator: 100n * ofDays }, postedScale),
      isCertain: ticked !== null && dueSeconds <= ticked,
    });
  }
  return due;
}

/** The latest tick that the account has certainly had; null for none. */
export function lastTick({ zone, cycleDay, knownSinceSeconds, asOfSeconds }: Membership): number | null {
  const ticks = [null, cycleDay].flatMap((day) => periodStarts(zone, day, knownSinceSeconds, asOfSeconds));
  const past = ticks.filter((at) => at > knownSinceSeconds && at <= asOfSeconds);
  return past.length === 0 ? null : Math.max(...past);
}

const rememberedStarts = new Map<string, readonly number[]>();

/**
 * Beginnings of the local months (`cycleDay` null) or bill periods, from the one that holds `from` to the first after `to`.
 */
function periodStarts(zone: string, cycleDay: number | null, from: number, to: number): readonly number[] {
  const first = Math.floor(from / quarterSeconds) * quarterSeconds;
  const last = Math.floor(to / quarterSeconds) * quarterSeconds;
  const key = `${zone} ${cycleDay} ${first} ${last}`;
  let starts = rememberedStarts.get(key);
  if (starts === undefined) {
    starts = findStarts(localClock(zone), cycleDay, first, last);
    rememberedStarts.set(key, starts);
  }
  return starts;
}

function findStarts(clock: LocalClock, cycleDay: number | null, first: number, last: number): number[] {
  const nameAt = (at: number) => {
    const quarter = clock(at);
    return cycleDay === null ? monthName(quarter.year, quarter.month) : billOf(quarter, cycleDay);
  };
  let begin = first;
  while (nameAt(begin - quarterSeconds) === nameAt(first)) begin -= quarterSeconds;
  const starts = [begin];
  for (let at = begin + quarterSeconds; ; at += quarterSeconds) {
    if (nameAt(at) === nameAt(at - quarterSeconds)) continue;
    starts.push(at);
    if (at > last) return starts;
  }
}

function dayNumber(clock: LocalClock, at: number): number {
  const { year, month, day } = clock(at);
  return Date.UTC(year, month - 1, day) / 86_400_000;
}

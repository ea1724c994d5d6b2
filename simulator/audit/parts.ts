/**
 * Cuts a piece of use where something may change its price: at a local month's end, a bill period's end, at 19:00 and at
 * midnight, by the wall clock of the account's zone (DESIGN §3.3, in the auditor's own words).
 *
 * All of these lie on quarter hours, also when the clocks are put forward or back. The piece's quarters are looked at one by one; where two neighbours differ in month,
 * bill or in being evening, there is a cut. Of Q units between s and e, floor(Q·(t − s) ÷ (e − s)) were used up to a cut t,
 * and a part's use is the difference of two such numbers, so that the parts add up to Q whatever the cuts are. A piece of
 * no length is one part.
 */
import { type LocalClock, type LocalQuarter, localClock, quarterSeconds } from '../local-time.ts';
import type { Piece } from './use.ts';

export interface Part {
  /** Local month of the use, `YYYY-MM`. */
  readonly month: string;
  /** Local month in which the bill period begins. */
  readonly bill: string;
  /** From 19:00 to 24:00 by the wall clock. */
  readonly isEvening: boolean;
  readonly seconds: bigint;
  readonly octets: bigint;
}

type Kind = Pick<Part, 'month' | 'bill' | 'isEvening'>;

const eveningMinute = 19 * 60;

export function partsOf(piece: Piece, zone: string, cycleDay: number): Part[] {
  const clock = localClock(zone);
  const { startSeconds, endSeconds } = piece;
  const cuts: { untilSeconds: number; kind: Kind }[] = [];
  let kind = kindAt(clock, cycleDay, startSeconds);
  for (let at = nextQuarter(startSeconds); at < endSeconds; at += quarterSeconds) {
    const next = kindAt(clock, cycleDay, at);
    if (sameKind(kind, next)) continue;
    cuts.push({ untilSeconds: at, kind });
    kind = next;
  }
  cuts.push({ untilSeconds: endSeconds, kind });

  let before = { seconds: 0n, octetsIn: 0n, octetsOut: 0n };
  return cuts.map((cut) => {
    const until = {
      seconds: usedUntil(piece.seconds, piece, cut.untilSeconds),
      octetsIn: usedUntil(piece.octetsIn, piece, cut.untilSeconds),
      octetsOut: usedUntil(piece.octetsOut, piece, cut.untilSeconds),
    };
    const octets = until.octetsIn - before.octetsIn + until.octetsOut - before.octetsOut;
    const part = { ...cut.kind, seconds: until.seconds - before.seconds, octets };
    before = until;
    return part;
  });
}

/** The bill period, by the month in which it begins, of a local day. */
export function billOf({ year, month, day }: LocalQuarter, cycleDay: number): string {
  if (day >= Math.min(cycleDay, daysOf(year, month))) return monthName(year, month);
  return month === 1 ? monthName(year - 1, 12) : monthName(year, month - 1);
}

export function monthName(year: number, month: number): string {
  return `${year}-${String(month).padStart(2, '0')}`;
}

/** Days of a month of the Gregorian calendar. */
export function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function kindAt(clock: LocalClock, cycleDay: number, epochSeconds: number): Kind {
  const quarter = clock(epochSeconds);
  return {
    month: monthName(quarter.year, quarter.month),
    bill: billOf(quarter, cycleDay),
    isEvening: quarter.minute >= eveningMinute,
  };
}

function sameKind(a: Kind, b: Kind): boolean {
  return a.isEvening === b.isEvening && a.month === b.month && a.bill === b.bill;
}

function nextQuarter(epochSeconds: number): number {
  return (Math.floor(epochSeconds / quarterSeconds) + 1) * quarterSeconds;
}

function usedUntil(quantity: bigint, { startSeconds, endSeconds }: Piece, atSeconds: number): bigint {
  if (atSeconds >= endSeconds) return quantity;
  return (quantity * BigInt(atSeconds - startSeconds)) / BigInt(endSeconds - startSeconds);
}

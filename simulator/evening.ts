/**
 * The evening-hours plan (DESIGN §4, Fig 6B) worked out second by second, month by month, as one would on paper:
 * 100 free hours, then on-peak (19:00-24:00) at 1, off-peak at 0.50 for the first 100 hours and 0.25 after; 20 a month
 * for every month, 10 once, in the first. Deliberately slow and plain: it audits the compiled plan.
 */
import type { UsePiece } from './auditor.ts';
import { add, flatCharge, graduatedCharge, rounded } from './tariff.ts';

const freeSecondsMax = 100 * 3600;
const peakFromHour = 19;
const secondsPerHour = 3600n;
const offPeakSteps = [{ upTo: '100', multiplier: '0.50' }, { multiplier: '0.25' }];

export interface EveningMonth {
  /** Local month, YYYY-MM. */
  readonly month: string;
  readonly freeSeconds: number;
  readonly peakSeconds: number;
  readonly offPeakSeconds: number;
  /** Usage alone, at six decimals. */
  readonly usage: string;
  /** The whole bill, at two decimals. */
  readonly total: string;
}

interface MonthCount {
  free: number;
  peak: number;
  offPeak: number;
}

/**
 * Bills one account's pieces, in order of the log, for the given months (YYYY-MM, in order; months without use too).
 * `offsetSecondsAt` is the local zone: local time − UTC at an instant; UTC where left out.
 */
export function eveningBills(
  pieces: Iterable<UsePiece>,
  months: readonly string[],
  offsetSecondsAt: (epochSeconds: number) => number = () => 0,
): EveningMonth[] {
  const counts = new Map<string, MonthCount>(months.map((month) => [month, { free: 0, peak: 0, offPeak: 0 }]));
  for (const piece of pieces) {
    for (let second = piece.startSeconds; second < piece.endSeconds; second++) {
      const local = new Date((second + offsetSecondsAt(second)) * 1000);
      const month = `${local.getUTCFullYear()}-${String(local.getUTCMonth() + 1).padStart(2, '0')}`;
      const count = counts.get(month);
      if (!count) throw new Error(`use in ${month}, a month that is not billed`);
      if (count.free < freeSecondsMax) count.free++;
      else if (local.getUTCHours() >= peakFromHour) count.peak++;
      else count.offPeak++;
    }
  }
  return [...counts].map(([month, count], index) => billOf(month, count, index === 0));
}

function billOf(month: string, count: MonthCount, isFirst: boolean): EveningMonth {
  const usage = add(
    flatCharge(BigInt(count.peak), '1', secondsPerHour),
    graduatedCharge(BigInt(count.offPeak), offPeakSteps, secondsPerHour),
  );
  const recurring = { numerator: isFirst ? 30n : 20n, denominator: 1n };
  return {
    month,
    freeSeconds: count.free,
    peakSeconds: count.peak,
    offPeakSeconds: count.offPeak,
    usage: rounded(usage, 6),
    total: rounded(add(usage, recurring), 2),
  };
}

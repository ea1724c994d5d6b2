/**
 * Wall-clock time in a zone, by the runtime's own zone data and nothing of the daemon's. Everything here counts in
 * quarter hours: every zone's offset of today, and every change of one, is a whole number of them.
 */

export const quarterSeconds = 900;

export interface LocalQuarter {
  readonly year: number;
  /** 1…12. */
  readonly month: number;
  readonly day: number;
  /** Of the quarter's beginning, minutes since local midnight by the wall clock. */
  readonly minute: number;
}

/** What the wall clock shows in the quarter hour that holds an instant (UTC epoch s). */
export type LocalClock = (epochSeconds: number) => LocalQuarter;

const clocks = new Map<string, LocalClock>();

/** The clock of a zone; quarters already asked for are remembered. Throws RangeError for an unknown zone. */
export function localClock(zone: string): LocalClock {
  const known = clocks.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const quarters = new Map<number, LocalQuarter>();
  const clock: LocalClock = (epochSeconds) => {
    const number = Math.floor(epochSeconds / quarterSeconds);
    let quarter = quarters.get(number);
    if (quarter === undefined) {
      quarter = readQuarter(format, number * quarterSeconds);
      quarters.set(number, quarter);
    }
    return quarter;
  };
  clocks.set(zone, clock);
  return clock;
}

function readQuarter(format: Intl.DateTimeFormat, epochSeconds: number): LocalQuarter {
  const told: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(epochSeconds * 1000)) told[type] = Number(value);
  const minute = told.hour! * 60 + told.minute!;
  if (minute % 15 !== 0) throw new RangeError('an offset that is no whole number of quarter hours');
  return { year: told.year!, month: told.month!, day: told.day!, minute };
}

/** The first instant of the local day that holds an instant, UTC epoch s. */
export function startOfLocalDay(clock: LocalClock, epochSeconds: number): number {
  const { day } = clock(epochSeconds);
  let start = Math.floor(epochSeconds / quarterSeconds) * quarterSeconds;
  while (clock(start - quarterSeconds).day === day) start -= quarterSeconds;
  return start;
}

/**
 * Date and time of a record, whole seconds: `YYYY-MM-DD HH:MM:SS` in delimited files, ten digits of Unix seconds in the
 * fixed form (REQUIREMENTS A20). Both hold the same moments: 1970-01-01 00:00:00 to 2286-11-20 17:46:39 UTC.
 */

const secondsMax = 9_999_999_999;
const dayMs = 86_400_000;

/** `YYYY-MM-DD HH:MM:SS` in UTC. */
export function printMoment(dateTimeMs: number): string {
  return new Date(dateTimeMs).toISOString().slice(0, 19).replace('T', ' ');
}

/**
 * Reads wall-clock time of an IANA `zone`. Null when the text has another form, names no real moment (30 February, or an
 * hour that the zone leaps over), or one out of range. Of an hour that the zone has twice, the first.
 */
export function parseMoment(text: string, zone: string): number | null {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return null;
  const wallMs = Date.parse(`${text.replace(' ', 'T')}Z`);
  // Date takes "2009-02-30" and "24:00:00" for the day after; a record must name its moment itself.
  if (Number.isNaN(wallMs) || printMoment(wallMs) !== text) return null;
  const dateTimeMs = zone === 'UTC' ? wallMs : fromWallClock(wallMs, zone);
  return dateTimeMs !== null && isMoment(dateTimeMs) ? dateTimeMs : null;
}

/** Ten digits of Unix seconds. */
export function printUnixSeconds(dateTimeMs: number): string {
  return (dateTimeMs / 1000).toString().padStart(10, '0');
}

export function parseUnixSeconds(text: string): number | null {
  return /^\d{10}$/.test(text) ? Number(text) * 1000 : null;
}

/** Whether a UTC epoch in ms is a whole second that both forms can hold. */
export function isMoment(dateTimeMs: number): boolean {
  const seconds = dateTimeMs / 1000;
  return Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= secondsMax;
}

/** Whether the runtime knows this IANA zone. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** The moment at which clocks of the zone show `wallMs` (as if it were UTC); no offset is beyond a day. */
function fromWallClock(wallMs: number, zone: string): number | null {
  const offsets = [offsetMs(wallMs - dayMs, zone), offsetMs(wallMs + dayMs, zone)];
  const moments = offsets.map((offset) => wallMs - offset).sort((a, b) => a - b);
  return moments.find((moment) => moment + offsetMs(moment, zone) === wallMs) ?? null;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const clocksMax = 16;

function offsetMs(atMs: number, zone: string): number {
  const part = Object.fromEntries(
    clockOf(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const wallMs = Date.UTC(
    Number(part.year),
    Number(part.month) - 1,
    Number(part.day),
    Number(part.hour),
    Number(part.minute),
    Number(part.second),
  );
  return wallMs - atMs;
}

/** Making a formatter costs a thousand times what using it does. */
function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  if (clocks.size >= clocksMax) clocks.clear();
  const clock = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  clocks.set(zone, clock);
  return clock;
}

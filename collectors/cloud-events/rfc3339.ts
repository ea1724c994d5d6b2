/** RFC 3339 date-times, as CloudEvents and JSON APIs write them. */

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** UTC epoch ms of a date-time with its offset, digits beyond ms cut off; null where it is none. 60 s are refused. */
export function parseRfc3339(text: string): number | null {
  const match = RFC_3339.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, ...number[]];
  const ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const local = Date.UTC(year, month! - 1, day, hour, minute, second, ms);
  const date = new Date(local);
  // `Date.UTC` carries what is too large: 31 April would be 1 May.
  const real =
    year >= 1900 && date.getUTCMonth() === month! - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  if (!real || minute! > 59 || second! > 59) return null;
  const [offsetHours, offsetMinutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (offsetHours > 23 || offsetMinutes > 59) return null;
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000;
  return match[8] === '-' ? local + offsetMs : local - offsetMs;
}

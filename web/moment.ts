/**
 * Times as people read them: the one place of the pages that knows about zones. A bill is in its account's zone, the
 * operators' pages in the viewer's or UTC. Texts of ages are in messages.en.ts.
 */
import { viewerLocale } from './locale.ts';
import { en } from './messages.en.ts';

export function formatTime(atMs: number, zone: string): string {
  return formatter(zone, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(atMs);
}

export function formatDayTime(atMs: number, zone: string): string {
  const fields = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  return formatter(zone, { ...fields, hourCycle: 'h23' }).format(atMs);
}

/** `YY/MM/DD HH:MM:SS`, as an Instant-IP record is shown (REQUIREMENTS I9): the same in every language. */
export function formatRecordTime(atMs: number, zone: string): string {
  const parts = new Map(
    recordFormatter(known(zone))
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return `${of('year')}/${of('month')}/${of('day')} ${of('hour')}:${of('minute')}:${of('second')}`;
}

/** With year and zone, and the same in UTC: for tooltips. */
export function formatFully(atMs: number, zone: string): string {
  const full = (of: string) => formatter(of, { dateStyle: 'long', timeStyle: 'long', hourCycle: 'h23' }).format(atMs);
  return isUtc(zone) ? full('UTC') : `${full(zone)} = ${full('UTC')}`;
}

/** Local dates with `to` exclusive, as the bill has them; shown with the last day that belongs. */
export function formatPeriod(period: { readonly from: string; readonly to: string }): string {
  const first = Date.parse(`${period.from}T00:00:00Z`);
  const last = Date.parse(`${period.to}T00:00:00Z`) - 86_400_000;
  if (Number.isNaN(first) || Number.isNaN(last)) return `${period.from} – ${period.to}`;
  const days = formatter('UTC', { day: 'numeric', month: 'long', year: 'numeric' });
  return last <= first ? days.format(first) : days.formatRange(first, last);
}

/** A local date `YYYY-MM-DD`, without its year unless that is wanted. */
export function formatDate(date: string, withYear = false): string {
  const atMs = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(atMs)) return date;
  return formatter('UTC', { day: 'numeric', month: 'short', ...(withYear ? { year: 'numeric' } : {}) }).format(atMs);
}

/** The local date `YYYY-MM-DD` of an instant, to be compared with those of periods. */
export function localDateOf(atMs: number, zone: string): string {
  return isoDateFormatter(known(zone)).format(atMs);
}

/** "Europe/Paris (CET)": the zone's name and what its clocks are called at that moment. */
export function formatZone(zone: string, atMs: number): string {
  const parts = formatter(zone, { timeZoneName: 'short' }).formatToParts(atMs);
  const short = parts.find((part) => part.type === 'timeZoneName')?.value;
  const name = zone.replaceAll('_', ' ');
  return short === undefined || short === zone ? name : `${name} (${short})`;
}

export function formatAge(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < 60) return en.age.seconds(seconds);
  if (seconds < 3600) return en.age.minutes(Math.floor(seconds / 60));
  if (seconds < 48 * 3600) return en.age.hours(Math.floor(seconds / 3600));
  return en.age.days(Math.floor(seconds / 86_400));
}

export function viewerZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string, fields: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = viewerLocale();
  const key = `${locale} ${zone} ${JSON.stringify(fields)}`;
  let made = formatters.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(locale, { ...fields, timeZone: known(zone) });
    formatters.set(key, made);
  }
  return made;
}

const recordFormatters = new Map<string, Intl.DateTimeFormat>();

function recordFormatter(zone: string): Intl.DateTimeFormat {
  let made = recordFormatters.get(zone);
  if (!made) {
    const two = '2-digit';
    const fields = { year: two, month: two, day: two, hour: two, minute: two, second: two, hourCycle: 'h23' } as const;
    made = new Intl.DateTimeFormat('en-u-nu-latn-ca-gregory', { ...fields, timeZone: zone });
    recordFormatters.set(zone, made);
  }
  return made;
}

const dateFormatters = new Map<string, Intl.DateTimeFormat>();

/** Swedish dates are ISO 8601. */
function isoDateFormatter(zone: string): Intl.DateTimeFormat {
  let made = dateFormatters.get(zone);
  if (!made) {
    made = new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: zone });
    dateFormatters.set(zone, made);
  }
  return made;
}

/** A zone this browser does not know is shown in UTC rather than not at all. */
function known(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}

function isUtc(zone: string): boolean {
  return zone === 'UTC' || zone === 'Etc/UTC';
}

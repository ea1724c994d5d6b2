/**
 * UTC offsets of an IANA zone from a table, built by probing `Intl` once per year and zone: a table look-up takes 50 ns
 * where `Intl` takes 1,700 and more (DESIGN §10). Knows offsets and local midnights; periods are in `period.ts`.
 */

const DAY_MS = 86_400_000;
/** Span of one piece of the table: 2³⁵ ms, about 398 days. */
const CHUNK_MS = 2 ** 35;
/** Offsets are probed this often; no zone has kept one for less. */
const PROBE_MS = 5 * DAY_MS;

/** Instants outside these (years 1900 to 2200) are refused rather than guessed. */
export const EARLIEST_MS = Date.UTC(1900, 0, 1);
export const LATEST_MS = Date.UTC(2200, 0, 1);

/** A stretch of constant offset, cut also at the table's own edges: local = UTC + offsetMs for fromMs ≤ UTC < toMs. */
export interface OffsetStretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly offsetMs: number;
}

export interface Zone {
  readonly name: string;
  /** Local label of an instant, as if it were UTC ms, is `atMs + offsetAt(atMs)`. */
  offsetAt(atMs: number): number;
  stretchAt(atMs: number): OffsetStretch;
  /** First instant of a local day, numbered from 1970-01-01 = 0; the end of the gap where a clock skips midnight. */
  midnight(day: number): number;
  /** Number of the local day an instant belongs to: midnight(day) ≤ atMs < midnight(day + 1). */
  dayAt(atMs: number): number;
}

const zones = new Map<string, Zone>();

/** The zone of that IANA name. @throws RangeError if the runtime does not know it */
export function zoneNamed(name: string): Zone {
  let zone = zones.get(name);
  if (!zone) {
    zone = makeZone(name);
    zones.set(name, zone);
  }
  return zone;
}

/** Whether the runtime knows a zone of that IANA name. */
export function isZone(name: string): boolean {
  try {
    zoneNamed(name);
    return true;
  } catch {
    return false;
  }
}

function makeZone(name: string): Zone {
  const probe = prober(name);
  const chunks = new Map<number, readonly OffsetStretch[]>();
  const midnights = new Map<number, number>();
  let last: OffsetStretch = { fromMs: 0, toMs: 0, offsetMs: 0 };

  function stretchAt(atMs: number): OffsetStretch {
    if (atMs >= last.fromMs && atMs < last.toMs) return last;
    const index = Math.floor(atMs / CHUNK_MS);
    let chunk = chunks.get(index);
    if (!chunk) {
      chunk = probeChunk(probe, index * CHUNK_MS);
      chunks.set(index, chunk);
    }
    let i = chunk.length - 1;
    while (i > 0 && chunk[i]!.fromMs > atMs) i--;
    last = chunk[i]!;
    return last;
  }

  function offsetAt(atMs: number): number {
    return atMs >= last.fromMs && atMs < last.toMs ? last.offsetMs : stretchAt(atMs).offsetMs;
  }

  function midnight(day: number): number {
    let at = midnights.get(day);
    if (at === undefined) {
      if (midnights.size >= 20_000) midnights.clear();
      at = instantOf(day * DAY_MS, { offsetAt, stretchAt }).atMs;
      midnights.set(day, at);
    }
    return at;
  }

  function dayAt(atMs: number): number {
    let day = Math.floor((atMs + offsetAt(atMs)) / DAY_MS);
    // Where clocks go back over midnight the label's day and the day's span disagree: the span rules.
    while (atMs >= midnight(day + 1)) day++;
    while (atMs < midnight(day)) day--;
    return day;
  }

  return { name, offsetAt, stretchAt, midnight, dayAt };
}

/**
 * The instant of a local label (given as if it were UTC ms): the first of two where clocks go back; where they skip
 * it, the end of the gap, with `exists` false.
 */
export function instantOf(
  labelMs: number,
  zone: Pick<Zone, 'offsetAt' | 'stretchAt'>,
): { atMs: number; exists: boolean } {
  const before = zone.offsetAt(labelMs - DAY_MS);
  const after = zone.offsetAt(labelMs + DAY_MS);
  for (const offset of before >= after ? [before, after] : [after, before]) {
    if (zone.offsetAt(labelMs - offset) === offset) return { atMs: labelMs - offset, exists: true };
  }
  return { atMs: zone.stretchAt(labelMs - before).fromMs, exists: false };
}

function probeChunk(probe: (atMs: number) => number, fromMs: number): readonly OffsetStretch[] {
  const toMs = fromMs + CHUNK_MS;
  const stretches: OffsetStretch[] = [];
  let startMs = fromMs;
  let offsetMs = probe(fromMs);
  for (let atMs = fromMs; atMs < toMs; atMs += PROBE_MS) {
    const nextMs = Math.min(atMs + PROBE_MS, toMs - 1);
    let loMs = atMs;
    for (let next = probe(nextMs); next !== offsetMs; ) {
      let hiMs = nextMs;
      while (hiMs - loMs > 1) {
        const midMs = Math.floor((loMs + hiMs) / 2);
        if (probe(midMs) === offsetMs) loMs = midMs;
        else hiMs = midMs;
      }
      stretches.push({ fromMs: startMs, toMs: hiMs, offsetMs });
      startMs = hiMs;
      loMs = hiMs;
      offsetMs = probe(hiMs);
      next = probe(nextMs);
    }
  }
  stretches.push({ fromMs: startMs, toMs, offsetMs });
  return stretches;
}

function prober(name: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (name === 'UTC') return () => 0;
  return (atMs) => {
    const field: Record<string, number> = {};
    for (const part of format.formatToParts(atMs)) field[part.type] = Number(part.value);
    const label = Date.UTC(field.year!, field.month! - 1, field.day!, field.hour!, field.minute!, field.second!);
    return label - Math.floor(atMs / 1000) * 1000;
  };
}

/**
 * The form in which most of the log is written: reports of sessions as one flat list of numbers and short strings, with
 * names that come again (devices, meters) by their place in a list. It takes 174 octets and 1.7 µs there and back where
 * a nested list per report took 308 and 3.8, and leaves less garbage. What is no such report stands among them, packed
 * by the caller.
 *
 *   account · status · flags · end, ms after the base · end − start, ms · collector · device · session or 0 · key
 *   · n, then n times kind · subject · n, then n times meter · quantity · n, then n times name · attribute
 *
 * or −1 · an entry packed by the caller. Quantities are numbers while they are safe, and decimal strings beyond.
 */
import type { MeterReading, RecordSource, RecordStatus, Subject, UsageRecord } from '../../collectors/index.ts';
import type { LogEntry } from './usage-log.ts';

export interface FlatEntries<Packed> {
  readonly baseMs: number;
  readonly names: readonly string[];
  readonly values: readonly (number | string | Packed)[];
}

/** Written by their places: new ones go to the end. */
const statuses: readonly RecordStatus[] = [
  'start',
  'interim',
  'stop',
  'accounting-on',
  'accounting-off',
  'other',
  'event',
];
const flagCumulative = 1;
const flagStartKnown = 2;
const flagWide = 4;
const flagTimedByArrival = 8;
const packedMark = -1;
const safe = BigInt(Number.MAX_SAFE_INTEGER);
/** Within it, differences of times are exact. */
const exactMs = 2 ** 51;

export function flatten<Packed>(entries: readonly LogEntry[], pack: (entry: LogEntry) => Packed): FlatEntries<Packed> {
  const first = entries.find((entry) => entry.kind === 'usage' && isPlain(entry.record));
  const baseMs = first?.kind === 'usage' ? first.record.endMs : 0;
  const values: (number | string | Packed)[] = [];
  const names = new Names();
  for (const entry of entries) {
    if (entry.kind !== 'usage' || !isPlain(entry.record)) {
      values.push(packedMark, pack(entry));
      continue;
    }
    const { key, status, subjects, readings, startMs, endMs, source, attributes } = entry.record;
    names.beginEntry();
    values.push(entry.account, statuses.indexOf(status), flagsOf(entry.record), endMs - baseMs, endMs - startMs);
    values.push(names.place(source.collector), names.place(source.device), source.session ?? 0, key, subjects.length);
    for (const { kind, value } of subjects) values.push(names.place(kind), value);
    values.push(readings.length);
    for (const { meter, quantity } of readings) {
      values.push(names.place(meter), quantity >= 0n && quantity <= safe ? Number(quantity) : String(quantity));
    }
    const countAt = values.push(0) - 1;
    let count = 0;
    for (const name in attributes) {
      values.push(names.place(name), attributes[name]!);
      count++;
    }
    values[countAt] = count;
  }
  return { baseMs, names: names.list, values };
}

/**
 * Names and their places. Entries of one batch are much alike, so what stood at the same turn of the one before is tried
 * first: looking each name up was a quarter of all the writing.
 */
class Names {
  readonly list: string[] = [];
  readonly #places = new Map<string, number>();
  /** Places in the order in which they were last asked for. */
  readonly #turns: number[] = [];
  #turn = 0;

  beginEntry(): void {
    this.#turn = 0;
  }

  place(name: string): number {
    const turn = this.#turn++;
    const likely = this.#turns[turn];
    if (likely !== undefined && this.list[likely] === name) return likely;
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.list.push(name) - 1;
      this.#places.set(name, place);
    }
    this.#turns[turn] = place;
    return place;
  }
}

export function unflatten<Packed>(flat: FlatEntries<Packed>, unpack: (packed: Packed) => LogEntry): LogEntry[] {
  const { baseMs, names, values } = flat;
  const entries: LogEntry[] = [];
  let at = 0;
  const number = () => values[at++] as number;
  const text = () => values[at++] as string;
  const name = () => names[number()]!;
  while (at < values.length) {
    const account = number();
    if (account === packedMark) {
      entries.push(unpack(values[at++] as Packed));
      continue;
    }
    const status = statuses[number()]!;
    const flags = number();
    const endMs = baseMs + number();
    const startMs = endMs - number();
    const collector = name();
    const device = name();
    const session = values[at++] as string | 0;
    const key = text();
    const subjects: Subject[] = [];
    for (let n = number(); n > 0; n--) subjects.push({ kind: name() as Subject['kind'], value: text() });
    const readings: MeterReading[] = [];
    for (let n = number(); n > 0; n--)
      readings.push({ meter: name(), quantity: BigInt(values[at++] as number | string) });
    const attributes: Record<string, string> = {};
    for (let n = number(); n > 0; n--) attributes[name()] = text();
    const wide = (flags & flagWide) !== 0;
    const record: UsageRecord = {
      key,
      status,
      subjects,
      readings,
      cumulative: (flags & flagCumulative) !== 0,
      startMs,
      endMs,
      startKnown: (flags & flagStartKnown) !== 0,
      timedByArrival: (flags & flagTimedByArrival) !== 0 || undefined,
      source: sourceOf(collector, device, session, wide),
      attributes,
    };
    entries.push({ kind: 'usage', account, record });
  }
  return entries;
}

function flagsOf({ cumulative, startKnown, timedByArrival, source }: UsageRecord): number {
  return (
    (cumulative ? flagCumulative : 0) |
    (startKnown ? flagStartKnown : 0) |
    (source.wide === true ? flagWide : 0) |
    (timedByArrival === true ? flagTimedByArrival : 0)
  );
}

/** Written out in its four forms: a spread costs more than all the rest. */
function sourceOf(collector: string, device: string, session: string | 0, wide: boolean): RecordSource {
  if (session === 0) return wide ? { collector, device, wide } : { collector, device };
  return wide ? { collector, device, session, wide } : { collector, device, session };
}

/** A report of a session, or use by itself, with nothing that the flat form has no place for. */
function isPlain({ subjects, priced, attributes, startMs, endMs }: UsageRecord): boolean {
  if (Math.abs(startMs) > exactMs || Math.abs(endMs) > exactMs) return false;
  if (priced !== undefined || Object.hasOwn(attributes, '__proto__')) return false;
  for (const { provider } of subjects) if (provider !== undefined) return false;
  return true;
}

/**
 * Usage lines of `meterd plan rate` (DESIGN §5): one JSON object a line, to events. Quantities never pass through a
 * double: a number with a fraction, or beyond 2⁵³, must be written as a string.
 */

import {
  instantOf,
  meterNamed,
  meterNames,
  toBaseUnits,
  type UsageEvent,
  unitNamed,
  unitNames,
  type zoneNamed,
} from '../../rating/index.ts';

type Zone = ReturnType<typeof zoneNamed>;

export interface UsageLine {
  /** Physical line, from 1. */
  readonly line: number;
  readonly event: UsageEvent;
}

/** What is wrong with a line; the field comes first in the message. */
export class UsageLineError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Events of a file; empty lines are skipped. @throws UsageLineError for the first bad line */
export function readUsageLines(text: string, zone: Zone): UsageLine[] {
  const lines: UsageLine[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    lines.push({ line: i + 1, event: readUsageLine(line, i + 1, lines.length + 1, zone) });
  }
  return lines;
}

function readUsageLine(text: string, line: number, n: number, zone: Zone): UsageEvent {
  const fail = (message: string): never => {
    throw new UsageLineError(line, message);
  };
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    return fail(`not JSON: ${(cause as Error).message}`);
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return fail('expected a JSON object');
  const { type, session } = fields;
  if (type === 'octets') return fail('type: octets is derived: report octets-in and octets-out');
  const meter = typeof type === 'string' ? meterNamed(type) : undefined;
  if (typeof type !== 'string' || !meter || type.includes('*'))
    return fail(`type: expected one of ${meterNames.join(', ')} or x-…`);

  const quantity = quantityOf(fields, text, meter.dimension, fail);
  const startMs = instantFrom(fields.start, 'start', zone, fail);
  if (fields.end === undefined && !meter.counted)
    return fail(`end: expected a time, since ${type} is used over an interval`);
  const endMs = fields.end === undefined ? startMs : instantFrom(fields.end, 'end', zone, fail);
  if (endMs < startMs) return fail('end: expected a time not before start');
  if (session !== undefined && typeof session !== 'string' && typeof session !== 'number')
    return fail('session: expected a string');
  const event = {
    id: typeof fields.id === 'string' ? fields.id : `line-${n}`,
    readings: [{ meter: type, quantity }],
    startMs,
    endMs,
    attributes: attributesOf(fields.attributes, fail),
  };
  return session === undefined ? event : { ...event, chargeable: String(session) };
}

type Fail = (message: string) => never;

function quantityOf(fields: Record<string, unknown>, source: string, dimension: string, fail: Fail): bigint {
  const { quantity, unit } = fields;
  let text: string;
  if (typeof quantity === 'number') {
    // The parsed number may hide a fraction that the text has: 9007199254740991.4 and 1e-400 parse as integers.
    const fraction = /"quantity"\s*:\s*-?\d+(\.\d*[1-9]|[\d.]*e-)/i.test(source);
    if (fraction || !Number.isInteger(quantity))
      return fail('quantity: a number with a fraction must be a string, such as "1.5", to be exact');
    if (!Number.isSafeInteger(quantity)) return fail('quantity: a number beyond 2^53 must be a string to be exact');
    text = String(quantity);
  } else if (typeof quantity === 'string' && /^\d{1,40}(\.\d{1,20})?$/.test(quantity)) text = quantity;
  else return fail('quantity: expected a whole number, or a decimal number as a string');
  if (text.startsWith('-')) return fail('quantity: expected 0 or more');
  if (unit !== undefined && typeof unit !== 'string') return fail('unit: expected a string');
  const known = unit === undefined ? undefined : unitNamed(unit);
  if (unit !== undefined && !known) return fail(`unit: expected one of ${unitNames.join(', ')}`);
  if (known && known.dimension !== dimension) return fail(`unit: ${unit} does not measure ${fields.type}`);
  const base = toBaseUnits(text, known ?? { dimension: 'count', base: 1n });
  return (
    base ??
    fail(
      `quantity: ${text} ${unit ?? ''} is not a whole number of base units (seconds, octets, pieces)`.replace(
        '  ',
        ' ',
      ),
    )
  );
}

function attributesOf(value: unknown, fail: Fail): Record<string, string> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail('attributes: expected an object');
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (typeof text === 'object') return fail(`attributes.${name}: expected a string`);
      return [name, String(text)];
    }),
  );
}

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,3})\d*)?)?)?(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * UTC ms of an ISO 8601 time; without offset it is local to the zone (the first of two where clocks go back).
 * @returns null if it is no such time, or one that clocks skip
 */
export function parseInstant(text: string, zone: Zone): number | null {
  const match = TIME.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const label = Date.UTC(year!, month! - 1, day!, hour!, minute!, second!, Number((match[7] ?? '0').padEnd(3, '0')));
  const back = new Date(label);
  const exact = back.getUTCMonth() === month! - 1 && back.getUTCDate() === day && back.getUTCHours() === hour;
  if (!exact || minute! > 59 || second! > 59) return null;
  const offset = match[8];
  if (offset === undefined) {
    const { atMs, exists } = instantOf(label, zone);
    return exists ? atMs : null;
  }
  if (offset.toUpperCase() === 'Z') return label;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return label - (offset.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

function instantFrom(value: unknown, field: string, zone: Zone, fail: Fail): number {
  const atMs = typeof value === 'string' ? parseInstant(value, zone) : null;
  return atMs ?? fail(`${field}: expected a time such as 2001-01-02T00:00:00 that exists in ${zone.name}`);
}

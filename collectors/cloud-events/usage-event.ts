/**
 * Usage events of other providers' systems: CloudEvents 1.0 whose `type` is `meterd.usage.<meter>`, or `meterd.charge`
 * for use that came with its price (DESIGN §7). One event becomes one record or one refusal; nothing is thrown.
 *
 * `source` and `id` together name an event; with the provider they are its idempotency key, so that no provider can
 * claim another's ids. Numbers are integers or decimal strings: a JSON number with a fraction is a double, and refused.
 */
import { type PricedUsage, type Subject, type UsageRecord, useQuantityMax } from '../collector.ts';
import { checkInstantIpRecord } from '../instant-ip/record.ts';
import { readAttributes } from './attributes.ts';
import { parseRfc3339 } from './rfc3339.ts';

/** What the sender may do, and what only the caller knows. */
export interface EventContext {
  /** Whose events these are; null for an operator's own. */
  readonly provider: string | null;
  readonly rights: ReadonlySet<'usage' | 'charges' | 'credits' | 'accounts'>;
  readonly nowMs: number;
  /** Use that ended longer ago is refused, since its key may be forgotten. */
  readonly pastMsMax: number;
  readonly futureMsMax: number;
  /** The base quantity of a decimal in a unit, of a meter: or what is wrong with it, in words. */
  readonly baseQuantity: (meter: string, quantity: string, unit: string | null) => bigint | string;
}

export type RefusedEventReason =
  | 'not-cloudevent'
  | 'type-unknown'
  | 'subject-missing'
  | 'data-invalid'
  | 'quantity-invalid'
  | 'time-invalid'
  | 'too-old'
  | 'in-future'
  | 'not-allowed';

export interface EventRefusal {
  readonly ok: false;
  readonly reason: RefusedEventReason;
  /** One sentence that names the field, what stood there and what may stand there. */
  readonly detail: string;
}

export type EventRead = { readonly ok: true; readonly record: UsageRecord } | EventRefusal;

const usagePrefix = 'meterd.usage.';
export const usageEventType = { usagePrefix, charge: 'meterd.charge' } as const;

const identityMax = 256;
const subjectMax = 256;
/** Rating refuses longer use, since it is cut at every window's edge. */
const durationMsMax = 400 * 86_400_000;
/** A replay at speed runs ahead of the clock: priced use may lie this much further in the future. */
export const chargeFutureMs = 31 * 86_400_000;

/** `id` and `source` of anything that came as an event, for the answer; empty where they are missing. */
export function eventIdentity(value: unknown): { readonly id: string; readonly source: string } {
  const event = objectOf(value);
  const text = (name: string) => {
    const found = own(event, name);
    return typeof found === 'string' ? found.slice(0, identityMax) : '';
  };
  return { id: text('id'), source: text('source') };
}

export function readUsageEvent(value: unknown, context: EventContext): EventRead {
  try {
    return { ok: true, record: recordOf(value, context) };
  } catch (cause) {
    if (cause instanceof Refused) return { ok: false, reason: cause.reason, detail: cause.message };
    throw cause;
  }
}

class Refused extends Error {
  readonly reason: RefusedEventReason;
  constructor(reason: RefusedEventReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

function refuse(reason: RefusedEventReason, detail: string): never {
  throw new Refused(reason, detail);
}

type Json = Readonly<Record<string, unknown>>;

function recordOf(value: unknown, context: EventContext): UsageRecord {
  const event = objectOf(value);
  if (event === null) return refuse('not-cloudevent', 'an event must be a JSON object');
  if (own(event, 'specversion') !== '1.0') refuse('not-cloudevent', 'specversion must be "1.0"');
  const id = identityText(event, 'id');
  const source = identityText(event, 'source');
  const type = own(event, 'type');
  const data = objectOf(own(event, 'data'));
  if (data === null) return refuse('data-invalid', 'data must be a JSON object');
  const device = `events/${context.provider ?? ''}`;
  const common = {
    key: `${context.provider ?? ''}\n${source}\n${id}`,
    status: 'event',
    subjects: subjectsOf(event, context),
    cumulative: false,
    startKnown: true,
  } as const;
  if (type === usageEventType.charge) {
    const { priced, atMs } = pricedOf(data, context);
    checkTimes(atMs, atMs, context, context.futureMsMax + chargeFutureMs);
    const record = { ...common, readings: [], startMs: atMs, endMs: atMs, attributes: {}, priced };
    return { ...record, source: { collector: 'http', device } };
  }
  if (typeof type !== 'string' || !type.startsWith(usagePrefix)) {
    const types = `${usagePrefix}<meter> or ${usageEventType.charge}`;
    return refuse('type-unknown', `type must be ${types}, not ${shown(type)}`);
  }
  if (!context.rights.has('usage')) refuse('not-allowed', 'this token may not report use');
  const meter = type.slice(usagePrefix.length);
  const { startMs, endMs } = timesOf(event, data);
  checkTimes(startMs, endMs, context, context.futureMsMax);
  const attributes = readAttributes(own(data, 'attributes'), meter);
  if (typeof attributes === 'string') return refuse('data-invalid', attributes);
  const session = own(data, 'session');
  if (session !== undefined && (typeof session !== 'string' || !isIdentity(session))) {
    refuse('data-invalid', `data.session must be a text of 1 to ${identityMax} characters`);
  }
  return {
    ...common,
    readings: [{ meter, quantity: quantityOf(data, meter, context) }],
    startMs,
    endMs,
    attributes,
    source: { collector: 'http', device, ...(typeof session === 'string' ? { session } : {}) },
  };
}

/** The provider's own local id before the account's id, which needs a right of its own. */
function subjectsOf(event: Json, { provider, rights }: EventContext): Subject[] {
  const value = own(event, 'subject');
  if (typeof value !== 'string' || !isIdentity(value) || value.length > subjectMax) {
    return refuse('subject-missing', `subject must name the account or local id, in 1 to ${subjectMax} characters`);
  }
  const subjects: Subject[] = provider === null ? [] : [{ kind: 'local-id', value, provider }];
  if (rights.has('accounts')) subjects.push({ kind: 'account', value });
  if (subjects.length === 0) refuse('not-allowed', 'this token may not name accounts');
  return subjects;
}

function quantityOf(data: Json, meter: string, { baseQuantity }: EventContext): bigint {
  const given = own(data, 'quantity');
  const unit = own(data, 'unit');
  if (unit !== undefined && typeof unit !== 'string') refuse('quantity-invalid', 'data.unit must be a text');
  const text = typeof given === 'number' && Number.isSafeInteger(given) ? String(given) : given;
  if (typeof text !== 'string' || !/^\d{1,30}(\.\d{1,12})?$/.test(text)) {
    const wanted = 'a whole number up to 2^53 or a decimal string, not negative';
    return refuse('quantity-invalid', `data.quantity must be ${wanted}, not ${shown(given)}`);
  }
  const quantity = baseQuantity(meter, text, unit ?? null);
  if (typeof quantity !== 'bigint') return refuse('quantity-invalid', quantity);
  if (quantity < useQuantityMax) return quantity;
  return refuse('quantity-invalid', `data.quantity must be less than 2^62 in base units, not ${quantity}`);
}

/** `start` and `end` of the data; one alone is both, and without either the event's own `time` is. */
function timesOf(event: Json, data: Json): { startMs: number; endMs: number } {
  const start = momentOf(data, 'start', 'data.start');
  const end = momentOf(data, 'end', 'data.end');
  const endMs = end ?? start ?? momentOf(event, 'time', 'time');
  if (endMs === null) return refuse('time-invalid', 'data.start and data.end are missing, and time as well');
  const startMs = start ?? endMs;
  if (endMs < startMs) refuse('time-invalid', `data.end ${iso(endMs)} is before data.start ${iso(startMs)}`);
  if (endMs - startMs > durationMsMax) refuse('time-invalid', 'data.end must be within 400 days of data.start');
  return { startMs, endMs };
}

/** Null where it is absent. */
function momentOf(json: Json, name: string, path: string): number | null {
  const value = own(json, name);
  if (value === undefined) return null;
  const ms = typeof value === 'string' ? parseRfc3339(value) : null;
  return ms ?? refuse('time-invalid', `${path} must be a time such as 2026-01-31T12:00:00Z, not ${shown(value)}`);
}

function checkTimes(startMs: number, endMs: number, context: EventContext, futureMsMax: number): void {
  if (endMs < context.nowMs - context.pastMsMax) {
    refuse('too-old', `the use ended at ${iso(endMs)}, longer ago than events are kept apart (dedupe.days)`);
  }
  if (startMs > context.nowMs + futureMsMax || endMs > context.nowMs + futureMsMax) {
    refuse('in-future', `the use ends at ${iso(endMs)}, but it is ${iso(context.nowMs)}`);
  }
}

function pricedOf(data: Json, { rights }: EventContext): { priced: PricedUsage; atMs: number } {
  if (!rights.has('charges')) refuse('not-allowed', 'this token may not post priced charges');
  const check = checkInstantIpRecord(data);
  if (!check.ok) {
    const { field, found, expected } = check.problems[0]!;
    return refuse('data-invalid', `data.${field} must be ${expected}, not ${shown(found)}`);
  }
  const { record } = check;
  if (record.chargeThousandths < 0n && !rights.has('credits')) {
    refuse('not-allowed', 'this token may not post credits, which are negative charges');
  }
  const priced: PricedUsage = {
    description: record.usageDescription,
    additional: record.additionalUsageDescription,
    units: record.unitsThousandths,
    unit: record.unitOfMeasure,
    vendor: record.vendor,
    charge: record.chargeThousandths,
    currency: record.currency,
    attribution: record.usageAttribution,
  };
  return { priced, atMs: record.dateTimeMs };
}

function identityText(event: Json, name: 'id' | 'source'): string {
  const value = own(event, name);
  if (typeof value === 'string' && isIdentity(value)) return value;
  return refuse('not-cloudevent', `${name} must be a text of 1 to ${identityMax} characters, not ${shown(value)}`);
}

function isIdentity(text: string): boolean {
  return text !== '' && text.length <= identityMax && !/[\p{Cc}\p{Cs}]/u.test(text);
}

function objectOf(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

/** Null counts as absent. */
function own(event: Json | null, name: string): unknown {
  return event !== null && Object.hasOwn(event, name) ? (event[name] ?? undefined) : undefined;
}

/** What stood there, shortened. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'object' ? 'an object or list' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

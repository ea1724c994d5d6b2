/**
 * What the collector must not forget when the daemon restarts, as plain data: templates, so that no data waits for the
 * next announcement; sampling rates, so that none is unknown; sequence numbers, so that what was missed meanwhile is a gap
 * that shows. It comes from a file or a store and is checked like anything else that comes in.
 */
import type { FlowVersion } from './message.ts';
import type { SamplerState } from './sampling.ts';
import type { SequenceState } from './sequence.ts';
import type { FlowStream, StreamIdentity } from './stream.ts';
import type { TemplatePlan } from './template.ts';

export interface StreamMemory extends StreamIdentity {
  readonly lastReceivedAtMs: number;
  readonly bootMs: number;
  readonly sequence: SequenceState | null;
  readonly samplers: readonly SamplerState[];
  readonly templates: readonly (TemplatePlan & { readonly announcedAtMs: number })[];
}

export interface FlowMemory {
  readonly form: 1;
  readonly streams: readonly StreamMemory[];
}

export function memoryOf(streams: Iterable<FlowStream>): FlowMemory {
  return { form: 1, streams: Array.from(streams, streamMemory) };
}

function streamMemory(stream: FlowStream): StreamMemory {
  const { exporter, version, domain, lastReceivedAtMs, bootMs } = stream;
  return {
    ...{ exporter, version, domain, lastReceivedAtMs, bootMs },
    sequence: stream.sequence.state(),
    samplers: stream.sampling.state(),
    templates: Array.from(stream.templates, ({ id, isOptions, scopeCount, fields, announcedAtMs }) => ({
      ...{ id, isOptions, scopeCount, fields, announcedAtMs },
    })),
  };
}

/** Puts memory into a stream that has just been made. */
export function restoreStream(stream: FlowStream, kept: StreamMemory, fieldsMax: number): void {
  stream.lastReceivedAtMs = kept.lastReceivedAtMs;
  stream.bootMs = kept.bootMs;
  if (kept.sequence !== null) stream.sequence.restore(kept.sequence);
  for (const sampler of kept.samplers) stream.sampling.restore(sampler);
  for (const { announcedAtMs, ...plan } of kept.templates) {
    if (isPlan(plan, fieldsMax)) stream.templates.announce(plan, announcedAtMs);
  }
}

function isPlan({ id, scopeCount, fields }: TemplatePlan, fieldsMax: number): boolean {
  const isUint16 = (value: number) => Number.isInteger(value) && value >= 0 && value <= 0xffff;
  if (!isUint16(id) || id < 256 || fields.length === 0 || fields.length > fieldsMax) return false;
  if (!Number.isInteger(scopeCount) || scopeCount < 0 || scopeCount > fields.length) return false;
  return fields.every((field) => isUint16(field.id) && isUint16(field.length) && Number.isInteger(field.enterprise));
}

/** Checks the shape of what was read from outside; null where it is no memory of this form. */
export function flowMemoryFrom(value: unknown): FlowMemory | null {
  if (!isObject(value) || value.form !== 1 || !Array.isArray(value.streams)) return null;
  return value.streams.every(isStreamMemory) ? { form: 1, streams: value.streams } : null;
}

function isStreamMemory(value: unknown): value is StreamMemory {
  if (!isObject(value)) return false;
  const { exporter, version, domain, lastReceivedAtMs, bootMs, sequence, samplers, templates } = value;
  const versions: readonly FlowVersion[] = [5, 9, 10];
  return (
    typeof exporter === 'string' &&
    versions.some((known) => known === version) &&
    [domain, lastReceivedAtMs, bootMs].every(isCount) &&
    (sequence === null || (isObject(sequence) && isCount(sequence.expected) && isCount(sequence.exportMs))) &&
    Array.isArray(samplers) &&
    samplers.every((sampler) => isObject(sampler) && isCount(sampler.id) && isObject(sampler.rate)) &&
    Array.isArray(templates) &&
    templates.every((plan) => isObject(plan) && Array.isArray(plan.fields) && plan.fields.every(isObject))
  );
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * Follows a template's steps through the octets of one record and leaves the values in the flow record. All bounds are
 * checked before: a fixed record by its length, a varying one while it is walked.
 */
import type { FlowRecord } from './flow-record.ts';
import { step, stepWidth, type Template, variableLength } from './template.ts';

/** Seconds from 1900 to 1970 (RFC 5905 §6); timestamps below 2^31 are of the era that begins in 2036. */
const ntpToUnixSeconds = 2_208_988_800;
const ntpEraSeconds = 2 ** 32;

/** Reads one record of fixed length; the caller knows that `recordOctets` are there. */
export function readFixedRecord(
  view: DataView,
  at: number,
  template: Template,
  into: FlowRecord,
  exportMs: number,
): void {
  const { steps, groupEnds } = template;
  const { values, addresses } = into;
  let index = 0;
  for (const end = groupEnds[0]!; index < end; index += stepWidth) {
    values[steps[index + 2]!] = view.getUint8(at + steps[index + 1]!);
  }
  for (const end = groupEnds[1]!; index < end; index += stepWidth) {
    values[steps[index + 2]!] = view.getUint16(at + steps[index + 1]!);
  }
  for (const end = groupEnds[2]!; index < end; index += stepWidth) {
    values[steps[index + 2]!] = view.getUint32(at + steps[index + 1]!);
  }
  for (const end = groupEnds[3]!; index < end; index += stepWidth) {
    const from = at + steps[index + 1]!;
    values[steps[index + 2]!] = view.getUint32(from) * 2 ** 32 + view.getUint32(from + 4);
  }
  for (const end = groupEnds[4]!; index < end; index += stepWidth) {
    addresses[steps[index + 2]!] = view.getUint32(at + steps[index + 1]!);
  }
  for (; index < steps.length; index += stepWidth) {
    const from = at + steps[index + 1]!;
    readStep(view, from, steps[index]!, steps[index + 2]!, steps[index + 3]!, into, exportMs);
  }
}

/**
 * Reads one record of varying length that must end at or before `end`. Answers where it ends, or −1 where it runs over.
 * A known field that comes with a length it cannot have is 0, as if it were not there.
 */
export function readVaryingRecord(
  view: DataView,
  at: number,
  end: number,
  template: Template,
  into: FlowRecord,
  exportMs: number,
): number {
  const { steps } = template;
  into.values.fill(0);
  into.addresses.fill(0);
  let from = at;
  for (let index = 0; index < steps.length; index += stepWidth) {
    let length = steps[index + 3]!;
    const code = steps[index]!;
    const isVarying = length === variableLength;
    if (isVarying) {
      if (from + 1 > end) return -1;
      length = view.getUint8(from++);
      if (length === 255) {
        if (from + 2 > end) return -1;
        length = view.getUint16(from);
        from += 2;
      }
    }
    if (from + length > end) return -1;
    if (code !== step.skip && (!isVarying || fits(code, length))) {
      readStep(view, from, code, steps[index + 2]!, length, into, exportMs);
    }
    from += length;
  }
  return from;
}

function fits(code: number, length: number): boolean {
  if (code === step.ipv4) return length === 4;
  if (code === step.ipv6) return length === 16;
  if (code === step.ntp) return length === 8;
  return length >= 1 && length <= 8;
}

function readStep(
  view: DataView,
  from: number,
  code: number,
  to: number,
  length: number,
  { values, addresses }: FlowRecord,
  exportMs: number,
): void {
  switch (code) {
    case step.ipv4:
      addresses[to] = view.getUint32(from);
      break;
    case step.ipv6:
      addresses[to] = view.getUint32(from);
      addresses[to + 1] = view.getUint32(from + 4);
      addresses[to + 2] = view.getUint32(from + 8);
      addresses[to + 3] = view.getUint32(from + 12);
      break;
    case step.seconds:
      values[to] = readUint(view, from, length) * 1000;
      break;
    case step.ntp:
      values[to] = ntpMs(view.getUint32(from), view.getUint32(from + 4));
      break;
    case step.microsecondsBeforeExport:
      values[to] = exportMs - Math.ceil(readUint(view, from, length) / 1000);
      break;
    case step.microseconds:
      values[to] = Math.ceil(readUint(view, from, length) / 1000);
      break;
    case step.dscp:
      values[to] = (readUint(view, from, length) & 0x3f) << 2;
      break;
    default:
      values[to] = readUint(view, from, length);
  }
}

/**
 * An unsigned integer of 1 to 8 octets, most significant first. Above 2^53 it is rounded, which nobody sees: every limit
 * it is held against is far below.
 */
function readUint(view: DataView, from: number, length: number): number {
  switch (length) {
    case 8:
      return view.getUint32(from) * 2 ** 32 + view.getUint32(from + 4);
    case 4:
      return view.getUint32(from);
    case 2:
      return view.getUint16(from);
    case 1:
      return view.getUint8(from);
  }
  let value = 0;
  for (let index = 0; index < length; index++) value = value * 256 + view.getUint8(from + index);
  return value;
}

/** Times of 154 to 157 are NTP timestamps, not counts of µs or ns (RFC 7011 §6.1.9); zero is none. */
function ntpMs(seconds: number, fraction: number): number {
  if (seconds === 0 && fraction === 0) return 0;
  const era = seconds < 2 ** 31 ? ntpEraSeconds : 0;
  return (seconds + era - ntpToUnixSeconds) * 1000 + Math.floor((fraction * 1000) / 2 ** 32);
}

/**
 * When a flow was: whatever form its times came in, start and end become UTC epoch ms, plausible beside the receiver's
 * clock. A flow is never without times: what is missing is filled from what is there, last from the export time.
 */
import { type FlowRecord, slot } from './flow-record.ts';
import type { TemplateContent } from './template.ts';

const uptimeWrapMs = 2 ** 32;
/** A flow whose switched time lies this little after the header's uptime was stamped in between, not 49 days ago. */
const stampJitterMs = 60_000;

export interface MessageTimes {
  /** The header's export time, UTC epoch ms. */
  exportMs: number;
  /** The header's sysUptime, ms, or −1 where the format has none. */
  uptimeMs: number;
  /** Boot time told by options (element 160), or 0. */
  bootMs: number;
  receivedAtMs: number;
}

export interface TimeLimits {
  /** How far a flow's end may lie after its arrival, ms. */
  readonly clockSkewMsMax: number;
  /** How far before, ms. */
  readonly flowAgeMsMax: number;
  /** Longest flow; the start of a longer one is moved, ms. */
  readonly flowDurationMsMax: number;
}

export interface TimeCounts {
  /** Without any usable time. */
  timesAssumed: number;
  /** Ended before it began, by some ms or by nonsense. */
  timesSwapped: number;
  /** Moved to the time of arrival, because the exporter's clock is far off. */
  timesMoved: number;
  durationsCut: number;
}

/** Settles `startMs` and `endMs` of a record whose fields have just been read. */
export function settleTimes(
  record: FlowRecord,
  has: TemplateContent,
  message: MessageTimes,
  rules: { limits: TimeLimits; counts: TimeCounts },
): void {
  const { values } = record;
  // A column that this template does not send may still hold what was settled for the record before.
  let start = has.startUptime
    ? uptimeToMs(values[slot.startUptime]!, values[slot.bootMs]!, message)
    : has.start
      ? values[slot.startMs]!
      : 0;
  let end = has.endUptime
    ? uptimeToMs(values[slot.endUptime]!, values[slot.bootMs]!, message)
    : has.end
      ? values[slot.endMs]!
      : 0;
  if (has.duration) {
    const duration = values[slot.durationMs]!;
    if (start === 0 && end > 0) start = end - duration;
    else if (end === 0 && start > 0) end = start + duration;
  }
  record.startAssumed = start === 0;
  record.timeAssumed = start === 0 && end === 0;
  if (end === 0) end = start;
  if (record.timeAssumed) {
    rules.counts.timesAssumed++;
    end = message.exportMs;
  }
  if (start === 0) start = end;
  if (start > end) {
    rules.counts.timesSwapped++;
    start = end;
  }
  const { clockSkewMsMax, flowAgeMsMax, flowDurationMsMax } = rules.limits;
  if (end - start > flowDurationMsMax) {
    rules.counts.durationsCut++;
    start = end - flowDurationMsMax;
  }
  if (!(end <= message.receivedAtMs + clockSkewMsMax && end >= message.receivedAtMs - flowAgeMsMax)) {
    rules.counts.timesMoved++;
    // Beyond 2^53 differences are no longer exact, and such a duration means nothing.
    const duration = end < 2 ** 52 ? Math.max(0, end - start) : 0;
    end = message.receivedAtMs;
    start = end - duration;
  }
  values[slot.startMs] = start;
  values[slot.endMs] = end;
}

/** A time in ms since boot; 0 where no boot time is known. */
function uptimeToMs(uptime: number, recordBootMs: number, { exportMs, uptimeMs, bootMs }: MessageTimes): number {
  if (recordBootMs > 0) return recordBootMs + uptime;
  if (uptimeMs >= 0) {
    // Both wrap after 49.7 days; their difference is the flow's age all the same.
    const age = (uptimeMs - uptime) >>> 0;
    return exportMs - (age > uptimeWrapMs - stampJitterMs ? age - uptimeWrapMs : age);
  }
  return bootMs > 0 ? bootMs + uptime : 0;
}

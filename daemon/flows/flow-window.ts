/**
 * A window of flows: what was summed since the one before it, by account, class and minute of use, as columns that pass
 * from the flow thread to the one that writes the usage log; and the records it becomes there.
 */
import { type Cells, type UsageRecord, waitingSubject } from '../../collectors/index.ts';

export interface FlowWindow {
  readonly count: number;
  /** Account numbers; from `waitingSubject` on, places in `waiting`. */
  readonly subjects: Int32Array<ArrayBuffer>;
  readonly classes: Int32Array<ArrayBuffer>;
  readonly startMs: Float64Array<ArrayBuffer>;
  readonly endMs: Float64Array<ArrayBuffer>;
  readonly octetsIn: BigUint64Array<ArrayBuffer>;
  readonly octetsOut: BigUint64Array<ArrayBuffer>;
  /** Addresses of ours that nobody is known to hold. */
  readonly waiting: readonly string[];
  /** How far each exporter's numbering has been taken into windows up to this one (flow-sequences.ts). */
  readonly sequences: string;
}

export const collectorName = 'netflow';

export function windowOf(cells: Cells | null, waiting: readonly string[], sequences: string): FlowWindow {
  const count = cells?.count ?? 0;
  const window = {
    ...{ count, waiting, sequences },
    subjects: new Int32Array(count),
    classes: new Int32Array(count),
    startMs: new Float64Array(count),
    endMs: new Float64Array(count),
    octetsIn: new BigUint64Array(count),
    octetsOut: new BigUint64Array(count),
  };
  for (let at = 0; cells !== null && at < count; at++) {
    window.subjects[at] = cells.subject(at);
    window.classes[at] = cells.class(at);
    window.startMs[at] = cells.startMs(at);
    window.endMs[at] = cells.endMs(at);
    window.octetsIn[at] = cells.octets(at, true);
    window.octetsOut[at] = cells.octets(at, false);
  }
  return window;
}

/** The memory of a window, to be handed to another thread rather than copied. */
export function memoryOfWindow(window: FlowWindow): ArrayBuffer[] {
  const { subjects, classes, startMs, endMs, octetsIn, octetsOut } = window;
  return [subjects, classes, startMs, endMs, octetsIn, octetsOut].map(({ buffer }) => buffer);
}

export function octetsOfWindow({ octetsIn, octetsOut }: FlowWindow): bigint {
  let sum = 0n;
  for (const octets of octetsIn) sum += octets;
  for (const octets of octetsOut) sum += octets;
  return sum;
}

/** The address that a sum waits for, or null where its account is known. */
export function waitingAddress({ subjects, waiting }: FlowWindow, at: number): string | null {
  const subject = subjects[at]!;
  return subject < waitingSubject ? null : waiting[subject - waitingSubject]!;
}

/** One sum as a usage record. Its key is its own: a window is made once, and nobody can send it again. */
export function recordOf(
  window: FlowWindow,
  at: number,
  { key, classNames }: { readonly key: string; readonly classNames: readonly string[] },
): UsageRecord {
  const address = waitingAddress(window, at);
  const name = classNames[window.classes[at]!]!;
  const octetsIn = window.octetsIn[at]!;
  const octetsOut = window.octetsOut[at]!;
  const readings = [];
  if (octetsIn > 0n) readings.push({ meter: 'octets-in', quantity: octetsIn });
  if (octetsOut > 0n) readings.push({ meter: 'octets-out', quantity: octetsOut });
  return {
    key,
    status: 'event',
    subjects: address === null ? [] : [{ kind: 'address', value: address }],
    readings,
    cumulative: false,
    startMs: window.startMs[at]!,
    endMs: window.endMs[at]!,
    startKnown: true,
    source: { collector: collectorName, device: collectorName },
    attributes: name === '' ? {} : { class: name },
  };
}

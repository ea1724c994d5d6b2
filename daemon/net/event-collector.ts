/**
 * Usage events over HTTP (DESIGN §7): each becomes a record or a refusal, and is answered for when it is durable. The
 * route that reads the request is http/usage-events.ts; what an event may say is collectors/cloud-events/.
 */
import { chargeFutureMs, type EventContext, eventIdentity, readUsageEvent } from '../../collectors/index.ts';
import { meterNamed, toBaseUnits, unitNamed } from '../../rating/index.ts';
import type { UsageVerdict } from '../contract.ts';
import type { CollectorCounters } from '../counters.ts';
import { meterdError } from '../errors.ts';
import type { Fate, Pipeline } from '../pipeline.ts';

export interface EventCollectorOptions {
  readonly pipeline: Pick<Pipeline, 'submit'>;
  readonly counters: CollectorCounters;
  /** UTC epoch ms, maybe simulated. */
  readonly clock: () => number;
  readonly pastMsMax: number;
  readonly futureMsMax: number;
}

/** Events read in one turn of the event loop, so that datagrams are not kept waiting. */
const eventsInTurn = 500;
/** More than any request takes from the look at the clock to the look at the keys. */
const requestMsMax = 86_400_000;

export class EventCollector {
  readonly #options: EventCollectorOptions;

  constructor(options: EventCollectorOptions) {
    this.#options = options;
  }

  /**
   * How long after it was made durable an event's key must be kept, so that none is forgotten while the event could be
   * taken again: what lay in the future is too old later by as much.
   */
  get keysKeptMs(): number {
    const { pastMsMax, futureMsMax } = this.#options;
    return pastMsMax + futureMsMax + chargeFutureMs + requestMsMax;
  }

  /**
   * One verdict an event, in their order, when all are durable.
   * @throws MeterdError `log-unavailable` where one could not be made so; all of them can be sent again
   */
  async take(events: readonly unknown[], sender: Pick<EventContext, 'provider' | 'rights'>): Promise<UsageVerdict[]> {
    const { clock, pastMsMax, futureMsMax, counters } = this.#options;
    counters.received += events.length;
    counters.inFlight += events.length;
    const context = { ...sender, nowMs: clock(), pastMsMax, futureMsMax, baseQuantity };
    const verdicts: Promise<UsageVerdict | null>[] = [];
    for (let begin = 0; begin < events.length; begin += eventsInTurn) {
      for (const event of events.slice(begin, begin + eventsInTurn)) verdicts.push(this.#takeOne(event, context));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const all = await Promise.all(verdicts);
    const durable = all.filter((verdict) => verdict !== null);
    if (durable.length < all.length) {
      throw meterdError('log-unavailable', 'the usage log could not be written; send the same events again');
    }
    return durable;
  }

  /** Null where the record could not be made durable. */
  #takeOne(event: unknown, context: EventContext): Promise<UsageVerdict | null> {
    const { pipeline, counters } = this.#options;
    const identity = eventIdentity(event);
    const read = readUsageEvent(event, context);
    if (!read.ok) {
      counters.inFlight--;
      counters.refuse(read.reason);
      return Promise.resolve({ ...identity, verdict: 'refused', reason: read.reason, detail: read.detail });
    }
    return new Promise((resolve) => {
      pipeline.submit(read.record, counters, (fate: Fate) => {
        counters.inFlight--;
        if (fate === null) counters.refuse('log-unavailable');
        resolve(fate === null ? null : { ...identity, verdict: fate });
      });
    });
  }
}

function baseQuantity(meter: string, quantity: string, unit: string | null): bigint | string {
  const dimension = meterNamed(meter)?.dimension;
  if (dimension === undefined) {
    const hint = meter === 'octets' ? ': report octets-in and octets-out' : '';
    return `${JSON.stringify(meter.slice(0, 64))} is not a meter${hint}`;
  }
  const known = unitNamed(unit ?? '1');
  if (known === undefined) return `${JSON.stringify(unit?.slice(0, 64))} is not a unit`;
  if (unit !== null && known.dimension !== dimension) return `${unit} is not a unit of ${meter}`;
  const base = toBaseUnits(quantity, { dimension, base: unit === null ? 1n : known.base });
  return base ?? `data.quantity ${quantity} is not a whole number of the meter's base unit`;
}

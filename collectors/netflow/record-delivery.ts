/**
 * From a record's fields, just read, to what a sink gets: plausible times, one address family, differences instead of
 * running totals, octets times the sampling rate, and a second record for the other direction of a biflow.
 */
import { addressAt, counterLimit, type FlowRecord, type FlowSink, slot, swapEnds } from './flow-record.ts';
import { type MessageTimes, settleTimes, type TimeLimits } from './flow-times.ts';
import { type SamplingRate, scaled } from './sampling.ts';
import type { FlowStream } from './stream.ts';
import type { Template } from './template.ts';
import type { TotalsTable } from './totals.ts';

/** What became of a record; `held` asks the caller to keep its octets until the sampling rate is known. */
export type Delivery = 'delivered' | 'held';

export class RecordDelivery {
  readonly #record: FlowRecord;
  readonly #totals: TotalsTable;
  readonly #limits: TimeLimits;

  constructor(record: FlowRecord, totals: TotalsTable, limits: TimeLimits) {
    this.#record = record;
    this.#totals = totals;
    this.#limits = limits;
  }

  deliver(stream: FlowStream, template: Template, times: MessageTimes, sink: FlowSink): Delivery {
    const record = this.#record;
    const { values } = record;
    const { has } = template;
    const rate = stream.sampling.rateOf(record, template);
    if (rate === null && stream.settings.sampling.unknown === 'hold') return 'held';
    settleTimes(record, has, times, { limits: this.#limits, counts: stream.counts });
    if (has.family === 46) settleFamily(record);
    else values[slot.family] = has.family;
    if (has.natFamily === 46) settleNatFamily(record);
    else values[slot.natFamily] = has.natFamily;
    record.stream = stream;
    record.hasDirection = has.direction;
    record.reverse = false;
    record.samplingKnown = rate !== null;
    if (!has.totals || this.#differ(times)) this.#handOn(rate, sink);
    if (has.reverse) this.#deliverReverse(template, times, rate, sink);
    return 'delivered';
  }

  #deliverReverse(template: Template, times: MessageTimes, rate: SamplingRate | null, sink: FlowSink): void {
    const record = this.#record;
    const { values } = record;
    const { has } = template;
    const counted = has.totals ? values[slot.reverseOctetsTotal]! : values[slot.reverseOctets]!;
    if (counted === 0 && values[slot.reversePackets] === 0) return;
    if (has.totals || has.reverseTimes) {
      // The difference of the forward totals may have moved the start, and the reverse side may have times of its own.
      settleTimes(record, has, times, { limits: this.#limits, counts: record.stream.counts });
      const own = values[slot.reverseStartMs]!;
      const end = values[slot.reverseEndMs]!;
      if (own > 0 && own >= values[slot.startMs]! && own <= values[slot.endMs]!) values[slot.startMs] = own;
      if (end > 0 && end >= values[slot.startMs]! && end <= values[slot.endMs]!) values[slot.endMs] = end;
    }
    const tos = values[slot.tos]!;
    if (has.reverseTos) values[slot.tos] = values[slot.reverseTos]!;
    record.reverse = true;
    swapEnds(record);
    // What comes in at an interface in one direction goes out at it in the other.
    if (has.direction) values[slot.direction] = 1 - (values[slot.direction]! & 1);
    if (!has.totals || this.#differ(times)) this.#handOn(rate, sink);
    swapEnds(record);
    values[slot.tos] = tos;
  }

  #differ(times: MessageTimes): boolean {
    const { values, stream: of } = this.#record;
    if (!(values[slot.octetsTotal]! < counterLimit && values[slot.packetsTotal]! < counterLimit)) {
      of.refusals['counter-out-of-range']++;
      return false;
    }
    return this.#totals.differ(this.#record, of.number, times.receivedAtMs);
  }

  #handOn(rate: SamplingRate | null, sink: FlowSink): void {
    const record = this.#record;
    const { values } = record;
    const { counts, refusals } = record.stream;
    if (rate !== null && rate.packets !== rate.of) {
      values[slot.octets] = scaled(values[slot.octets]!, rate);
      values[slot.packets] = scaled(values[slot.packets]!, rate);
    }
    const octets = values[slot.octets]!;
    if (!(octets < counterLimit && values[slot.packets]! < counterLimit)) {
      refusals['counter-out-of-range']++;
      return;
    }
    counts.records++;
    counts.octets.add(octets);
    if (rate === null) {
      counts.samplingUnknown++;
      counts.samplingUnknownOctets.add(octets);
    }
    sink.flow(record);
  }
}

/** One family where a template has places for both: the one the record names, else the one whose addresses are not 0. */
function settleFamily({ values, addresses }: FlowRecord): void {
  const version = values[slot.ipVersion]!;
  const isIpv6 =
    version === 6 ||
    (version !== 4 && (anyWord(addresses, addressAt.source6) || anyWord(addresses, addressAt.destination6)));
  values[slot.family] = isIpv6 ? 6 : 4;
  settleAddress(addresses, addressAt.source, isIpv6 ? addressAt.source6 : -1);
  settleAddress(addresses, addressAt.destination, isIpv6 ? addressAt.destination6 : -1);
}

function settleNatFamily({ values, addresses }: FlowRecord): void {
  const isIpv6 = anyWord(addresses, addressAt.natSource6) || anyWord(addresses, addressAt.natDestination6);
  values[slot.natFamily] = isIpv6 ? 6 : 4;
  settleAddress(addresses, addressAt.natSource, isIpv6 ? addressAt.natSource6 : -1);
  settleAddress(addresses, addressAt.natDestination, isIpv6 ? addressAt.natDestination6 : -1);
}

const anyWord = (addresses: Uint32Array, at: number): boolean =>
  (addresses[at]! | addresses[at + 1]! | addresses[at + 2]! | addresses[at + 3]!) !== 0;

/** Copies the IPv6 address, or clears what one before has left behind an IPv4 address. */
function settleAddress(addresses: Uint32Array, at: number, from6: number): void {
  if (from6 >= 0) addresses.copyWithin(at, from6, from6 + 4);
  else addresses.fill(0, at + 1, at + 4);
}

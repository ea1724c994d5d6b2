/**
 * How many packets each counted packet of a stream stands for. A rate is told, in this order, by the configuration that
 * overrides, the record itself, its sampler (48) or selector (302), its interface, the stream as a whole (v5 header or
 * options), or the configuration's default. Where nothing tells it, it is unknown, never silently 1.
 *
 * Options (RFC 3954 §8, RFC 5477): 34 one of so many · 50 the same, of a sampler · 305 packets taken and 306 passed over,
 * rate (305 + 306) / 305 · 309 taken of 310, rate 310 / 309.
 */
import { counterLimit, type FlowRecord, slot } from './flow-record.ts';
import type { Template } from './template.ts';

/** `packets / of`: a counted octet stands for `packets / of` octets. Both are at least 1. */
export interface SamplingRate {
  readonly packets: number;
  readonly of: number;
}

/** What the configuration says of an exporter's sampling. */
export interface SamplingSettings {
  /** One of so many packets is counted; absent where the exporter is to tell. */
  readonly rate?: number;
  /** True: `rate` holds whatever the exporter tells. */
  readonly override?: boolean;
  /** A record of unknown rate is taken as it is and flagged, or held until the rate is told. */
  readonly unknown: 'flag' | 'hold';
}

export interface SamplerState {
  readonly of: 'stream' | 'sampler' | 'selector' | 'interface';
  readonly id: number;
  readonly rate: SamplingRate;
}

/** Samplers, selectors and interfaces of one stream whose rates are remembered. */
const samplersMax = 1024;
const rateMax = 2 ** 32;

export class Sampling {
  readonly settings: SamplingSettings;
  /** How often a rate was told that was not known. */
  changes = 0;
  readonly #override: SamplingRate | null;
  readonly #default: SamplingRate | null;
  #stream: SamplingRate | null = null;
  readonly #samplers = new Map<number, SamplingRate>();
  readonly #selectors = new Map<number, SamplingRate>();
  readonly #interfaces = new Map<number, SamplingRate>();

  constructor(settings: SamplingSettings) {
    this.settings = settings;
    const configured = settings.rate === undefined ? null : { packets: settings.rate, of: 1 };
    this.#override = settings.override ? configured : null;
    this.#default = configured;
  }

  /** The rate of a record, or null where nobody told it. */
  rateOf({ values }: FlowRecord, template: Template | null): SamplingRate | null {
    if (this.#override !== null) return this.#override;
    if (template !== null) {
      if (template.has.sampling) {
        const told = rateIn(values);
        if (told !== null) return told;
      }
      if (template.has.sampler) {
        const sampler = values[slot.samplerId]!;
        const told = this.#samplers.get(sampler);
        // A sampler other than the one called 0 has a rate of its own, which the stream's is not.
        if (told !== undefined || sampler !== 0) return told ?? this.#default;
      }
      if (template.has.selector) {
        const told = this.#selectors.get(values[slot.selectorId]!);
        if (told !== undefined) return told;
      }
    }
    if (this.#interfaces.size > 0) {
      const told =
        this.#interfaces.get(values[slot.ingressInterface]!) ?? this.#interfaces.get(values[slot.egressInterface]!);
      if (told !== undefined) return told;
    }
    return this.#stream ?? this.#default;
  }

  /** Learns from a v5 header: 14 bits of interval, 0 and 1 meaning that every packet is counted. */
  learnInterval(interval: number): void {
    if (this.#stream?.packets !== interval || this.#stream.of !== 1) {
      this.#tellStream({ packets: Math.max(1, interval), of: 1 });
    }
  }

  /**
   * Learns from an options record that was just read. `not-sampling` where it tells no rate; `scopeInterface` is in its
   * column where the record is about one interface.
   */
  learn({ values }: FlowRecord, template: Template): 'learned' | 'not-sampling' | 'bad-sampling' | 'sampler-flood' {
    if (!template.has.sampling) return 'not-sampling';
    const rate = rateIn(values);
    if (rate === null) return 'bad-sampling';
    if (template.has.sampler) return this.#remember(this.#samplers, values[slot.samplerId]!, rate);
    if (template.has.selector) {
      // A selector that records do not name is the stream's own.
      this.#tellStream(rate);
      return this.#remember(this.#selectors, values[slot.selectorId]!, rate);
    }
    const scope = values[slot.scopeInterface]! || values[slot.ingressInterface]! || values[slot.egressInterface]!;
    if (scope > 0) return this.#remember(this.#interfaces, scope, rate);
    this.#tellStream(rate);
    return 'learned';
  }

  /** All that was told, as plain data. */
  state(): SamplerState[] {
    const of = (kind: SamplerState['of'], rates: ReadonlyMap<number, SamplingRate>): SamplerState[] =>
      [...rates].map(([id, rate]) => ({ of: kind, id, rate }));
    return [
      ...(this.#stream === null ? [] : of('stream', new Map([[0, this.#stream]]))),
      ...of('sampler', this.#samplers),
      ...of('selector', this.#selectors),
      ...of('interface', this.#interfaces),
    ];
  }

  restore({ of, id, rate }: SamplerState): void {
    if (!(rate.of >= 1 && rate.packets >= rate.of && rate.packets / rate.of <= rateMax)) return;
    if (of === 'stream') this.#tellStream(rate);
    else
      this.#remember({ sampler: this.#samplers, selector: this.#selectors, interface: this.#interfaces }[of], id, rate);
  }

  #tellStream(rate: SamplingRate): void {
    if (!isSame(this.#stream ?? undefined, rate)) this.changes++;
    this.#stream = rate;
  }

  #remember(rates: Map<number, SamplingRate>, id: number, rate: SamplingRate): 'learned' | 'sampler-flood' {
    const known = rates.get(id);
    if (known === undefined && rates.size >= samplersMax) return 'sampler-flood';
    if (!isSame(known, rate)) this.changes++;
    rates.set(id, rate);
    return 'learned';
  }
}

function isSame(known: SamplingRate | undefined, told: SamplingRate): boolean {
  return known?.packets === told.packets && known.of === told.of;
}

/** `count` times the rate, rounded down; infinite where it is no counter of a flow any more. */
export function scaled(count: number, { packets, of }: SamplingRate): number {
  const product = count * packets;
  if (product < counterLimit) return of === 1 ? product : Math.floor(product / of);
  const exact = (BigInt(count) * BigInt(packets)) / BigInt(of);
  return exact < BigInt(counterLimit) ? Number(exact) : Number.POSITIVE_INFINITY;
}

/** The rate that the columns of a record tell, or null. An interval of 0 means that every packet is counted. */
function rateIn(values: Float64Array): SamplingRate | null {
  const size = values[slot.samplingSize]!;
  if (size > 0) return checked(values[slot.samplingPopulation]!, size);
  const taken = values[slot.samplingPacketInterval]!;
  if (taken > 0) return checked(taken + values[slot.samplingPacketSpace]!, taken);
  const interval = values[slot.samplerRandomInterval]! || values[slot.samplingInterval]!;
  return checked(Math.max(1, interval), 1);
}

function checked(packets: number, of: number): SamplingRate | null {
  return packets >= of && packets <= rateMax && of <= rateMax ? { packets, of } : null;
}

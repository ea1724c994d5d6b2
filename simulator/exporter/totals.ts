/** The auditor's side of a simulated exporter: exactly what was sent, per subscriber, as a collector must bill it. */
import type { SimulatedFlow } from './flow.ts';
import { subscriberAddress } from './flow.ts';

/** As the subscriber sees them: in = download. */
export interface SubscriberTotals {
  records: number;
  octetsIn: bigint;
  octetsOut: bigint;
  packetsIn: bigint;
  packetsOut: bigint;
}

const columns = 5;

/** Sums per subscriber. A column stays an exact integer below 2^53, which is checked. */
export class FlowTotals {
  readonly #sums: Readonly<Record<4 | 6, Float64Array>>;
  records = 0;
  octets = 0n;
  packets = 0n;

  constructor(subscribers: number) {
    this.#sums = { 4: new Float64Array(subscribers * columns), 6: new Float64Array(subscribers * columns) };
  }

  /** Adds a flow, each counted packet of which stands for `sampling`. */
  add(flow: SimulatedFlow, sampling: number): void {
    this.#addOne(flow, flow.isDownload, flow.octets * sampling, flow.packets * sampling);
    if (flow.reverseOctets > 0) {
      this.#addOne(flow, !flow.isDownload, flow.reverseOctets * sampling, flow.reversePackets * sampling);
    }
  }

  #addOne({ family, subscriber }: SimulatedFlow, isIn: boolean, octets: number, packets: number): void {
    const sums = this.#sums[family];
    const at = subscriber * columns;
    sums[at]! += 1;
    sums[at + (isIn ? 1 : 2)]! += octets;
    sums[at + (isIn ? 3 : 4)]! += packets;
    if (!Number.isSafeInteger(sums[at + (isIn ? 1 : 2)]!)) throw new Error('the totals of a subscriber exceed 2^53');
    this.records++;
    this.octets += BigInt(octets);
    this.packets += BigInt(packets);
  }

  /** Totals by address of those who had any flow. */
  byAddress(): Map<string, SubscriberTotals> {
    const totals = new Map<string, SubscriberTotals>();
    for (const family of [4, 6] as const) {
      const sums = this.#sums[family];
      for (let at = 0; at < sums.length; at += columns) {
        if (sums[at] === 0) continue;
        const [octetsIn, octetsOut, packetsIn, packetsOut] = Array.from(sums.subarray(at + 1, at + columns), BigInt);
        totals.set(subscriberAddress(at / columns, family), {
          records: sums[at]!,
          ...{ octetsIn: octetsIn!, octetsOut: octetsOut!, packetsIn: packetsIn!, packetsOut: packetsOut! },
        });
      }
    }
    return totals;
  }
}

/** Merges what several exporters sent. */
export function mergedTotals(all: readonly FlowTotals[]): Map<string, SubscriberTotals> {
  const merged = new Map<string, SubscriberTotals>();
  for (const totals of all) {
    for (const [address, sums] of totals.byAddress()) {
      const known = merged.get(address);
      if (known === undefined) merged.set(address, { ...sums });
      else {
        known.records += sums.records;
        known.octetsIn += sums.octetsIn;
        known.octetsOut += sums.octetsOut;
        known.packetsIn += sums.packetsIn;
        known.packetsOut += sums.packetsOut;
      }
    }
  }
  return merged;
}

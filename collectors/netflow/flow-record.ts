/**
 * One flow as the decoders hand it on: a single view over typed arrays that is filled again for every record, so that a
 * record costs no object and no string. What a sink wants to keep, it must copy.
 *
 * Addresses are four 32-bit words each, most significant first; an IPv4 address is in the first, the others are 0.
 */
import type { FlowStream } from './stream.ts';

/** Columns of `FlowRecord.values`. A field the exporter did not send is 0. */
export const slot = {
  /** Of this record alone, scaled by the sampling rate before a sink sees it. Exact integers below 2^52. */
  octets: 0,
  packets: 1,
  /** Running totals of the flow (elements 85, 86); the collector makes differences of them. */
  octetsTotal: 2,
  packetsTotal: 3,
  /** The other direction of a biflow (RFC 5103, or responder counters); handed on as a record of its own. */
  reverseOctets: 4,
  reversePackets: 5,
  reverseOctetsTotal: 6,
  reversePacketsTotal: 7,
  reverseTos: 8,
  reverseStartMs: 9,
  reverseEndMs: 10,
  protocol: 11,
  /** Whole octet: DSCP in the upper six bits. */
  tos: 12,
  sourcePort: 13,
  destinationPort: 14,
  sourceAs: 15,
  destinationAs: 16,
  ingressInterface: 17,
  egressInterface: 18,
  /** UTC epoch ms. */
  startMs: 19,
  endMs: 20,
  /** As sent, ms since the exporter's boot. */
  startUptime: 21,
  endUptime: 22,
  /** systemInitTimeMilliseconds (160). */
  bootMs: 23,
  durationMs: 24,
  /** Where it was observed (element 61): 0 ingress, 1 egress; means nothing unless `hasDirection`. */
  direction: 25,
  natEvent: 26,
  natSourcePort: 27,
  natDestinationPort: 28,
  ipVersion: 29,
  forwardingStatus: 30,
  flowEndReason: 31,
  flowId: 32,
  samplerId: 33,
  selectorId: 34,
  samplingInterval: 35,
  samplerRandomInterval: 36,
  samplingPacketInterval: 37,
  samplingPacketSpace: 38,
  samplingSize: 39,
  samplingPopulation: 40,
  /** Interface a v9 options record is scoped to. */
  scopeInterface: 41,
  /** 4 or 6; 0 where the record has no addresses. */
  family: 42,
  /** The same of the addresses after translation. */
  natFamily: 43,
} as const;

export const slotCount = 44;

/** Where an address begins in `FlowRecord.addresses`, in words. */
export const addressAt = {
  source: 0,
  destination: 4,
  natSource: 8,
  natDestination: 12,
  /** IPv6 addresses of templates that carry both families; settled into the ones above. */
  source6: 16,
  destination6: 20,
  natSource6: 24,
  natDestination6: 28,
} as const;

export const addressWords = 32;

/** A counter of one record at or above this is no counter of a flow (4.5 petabytes) and is refused. */
export const counterLimit = 2 ** 52;

export class FlowRecord {
  readonly values = new Float64Array(slotCount);
  readonly addresses = new Uint32Array(addressWords);
  /** Exporter, domain and version it came from. */
  stream!: FlowStream;
  /** False where nothing tells the sampling rate and the record was let through, flagged, as it is. */
  samplingKnown = false;
  /** True where the exporter sent no usable time and the export time stands in. */
  timeAssumed = false;
  /** True where only the end, or nothing, was sent, and the start is the end. */
  startAssumed = false;
  /** True for the second record made of a biflow. */
  reverse = false;
  hasDirection = false;

  get octets(): number {
    return this.values[slot.octets]!;
  }
  get packets(): number {
    return this.values[slot.packets]!;
  }
  get startMs(): number {
    return this.values[slot.startMs]!;
  }
  get endMs(): number {
    return this.values[slot.endMs]!;
  }
  /** 4 or 6, of source and destination alike; 0 where there is none. */
  get family(): number {
    return this.values[slot.family]!;
  }
  get protocol(): number {
    return this.values[slot.protocol]!;
  }
  get dscp(): number {
    return this.values[slot.tos]! >> 2;
  }
  get sourcePort(): number {
    return this.values[slot.sourcePort]!;
  }
  get destinationPort(): number {
    return this.values[slot.destinationPort]!;
  }
  get sourceAs(): number {
    return this.values[slot.sourceAs]!;
  }
  get destinationAs(): number {
    return this.values[slot.destinationAs]!;
  }
  get ingressInterface(): number {
    return this.values[slot.ingressInterface]!;
  }
  get egressInterface(): number {
    return this.values[slot.egressInterface]!;
  }
  get direction(): number {
    return this.values[slot.direction]!;
  }
}

/** Takes the flows; called once per record with the same view. */
export interface FlowSink {
  flow(record: FlowRecord): void;
}

/** Turns a record into its other direction, and back when called again. */
export function swapEnds({ values, addresses }: FlowRecord): void {
  swap(values, slot.octets, slot.reverseOctets);
  swap(values, slot.packets, slot.reversePackets);
  swap(values, slot.octetsTotal, slot.reverseOctetsTotal);
  swap(values, slot.packetsTotal, slot.reversePacketsTotal);
  swap(values, slot.sourcePort, slot.destinationPort);
  swap(values, slot.sourceAs, slot.destinationAs);
  swap(values, slot.ingressInterface, slot.egressInterface);
  swap(values, slot.natSourcePort, slot.natDestinationPort);
  for (let word = 0; word < 4; word++) {
    swap(addresses, addressAt.source + word, addressAt.destination + word);
    swap(addresses, addressAt.natSource + word, addressAt.natDestination + word);
  }
}

function swap(array: Float64Array | Uint32Array, left: number, right: number): void {
  const kept = array[left]!;
  array[left] = array[right]!;
  array[right] = kept;
}

/**
 * The information elements meterd understands (IANA IPFIX registry, RFC 5102, RFC 5103; NetFlow v9 uses the same
 * numbers below 128) and where their values go. One line makes one more element known; all others are skipped by their
 * length.
 */
import { addressAt, slot } from './flow-record.ts';

/** How octets become a value. Integers may be sent in fewer octets than their type has (RFC 7011 §6.2). */
export type Reading =
  | 'integer'
  | 'seconds'
  | 'ntp'
  | 'microseconds-before-export'
  | 'microseconds'
  | 'dscp'
  | 'ipv4'
  | 'ipv6';

export interface Element {
  readonly reading: Reading;
  /** Column of `values`, or first word of `addresses`. */
  readonly to: number;
  /** Of several elements of one template that go to the same place, the lowest counts. */
  readonly rank: number;
}

/** Private enterprise number of the reverse elements of a biflow (RFC 5103 §6.1). */
export const reverseEnterprise = 29305;

type Line = readonly [id: number, to: number, reading?: Reading, rank?: number];

const own: readonly Line[] = [
  [1, slot.octets],
  [231, slot.octets, 'integer', 1],
  // Octets after a middlebox: of the same direction, hence only where nothing else counts it.
  [23, slot.octets, 'integer', 2],
  [2, slot.packets],
  [298, slot.packets, 'integer', 1],
  [24, slot.packets, 'integer', 2],
  [85, slot.octetsTotal],
  [171, slot.octetsTotal, 'integer', 1],
  [86, slot.packetsTotal],
  [172, slot.packetsTotal, 'integer', 1],
  // Responder counters are the other direction (Cisco NSEL).
  [232, slot.reverseOctets, 'integer', 1],
  [299, slot.reversePackets, 'integer', 1],
  [4, slot.protocol],
  [5, slot.tos],
  [195, slot.tos, 'dscp', 1],
  [7, slot.sourcePort],
  [182, slot.sourcePort, 'integer', 1],
  [180, slot.sourcePort, 'integer', 2],
  [11, slot.destinationPort],
  [183, slot.destinationPort, 'integer', 1],
  [181, slot.destinationPort, 'integer', 2],
  [8, addressAt.source, 'ipv4'],
  [12, addressAt.destination, 'ipv4'],
  [27, addressAt.source6, 'ipv6'],
  [28, addressAt.destination6, 'ipv6'],
  [225, addressAt.natSource, 'ipv4'],
  [226, addressAt.natDestination, 'ipv4'],
  [281, addressAt.natSource6, 'ipv6'],
  [282, addressAt.natDestination6, 'ipv6'],
  [227, slot.natSourcePort],
  [228, slot.natDestinationPort],
  [230, slot.natEvent],
  [10, slot.ingressInterface],
  [14, slot.egressInterface],
  [16, slot.sourceAs],
  [17, slot.destinationAs],
  [61, slot.direction],
  [60, slot.ipVersion],
  [89, slot.forwardingStatus],
  [136, slot.flowEndReason],
  [148, slot.flowId],
  [152, slot.startMs],
  [154, slot.startMs, 'ntp', 1],
  [156, slot.startMs, 'ntp', 2],
  [150, slot.startMs, 'seconds', 3],
  [158, slot.startMs, 'microseconds-before-export', 4],
  [153, slot.endMs],
  [155, slot.endMs, 'ntp', 1],
  [157, slot.endMs, 'ntp', 2],
  [151, slot.endMs, 'seconds', 3],
  [159, slot.endMs, 'microseconds-before-export', 4],
  // Observation times of single events.
  [323, slot.endMs, 'integer', 5],
  [322, slot.endMs, 'seconds', 6],
  [22, slot.startUptime],
  [21, slot.endUptime],
  [160, slot.bootMs],
  [161, slot.durationMs],
  [162, slot.durationMs, 'microseconds', 1],
  [48, slot.samplerId],
  [302, slot.selectorId],
  [34, slot.samplingInterval],
  [50, slot.samplerRandomInterval],
  [305, slot.samplingPacketInterval],
  [306, slot.samplingPacketSpace],
  [309, slot.samplingSize],
  [310, slot.samplingPopulation],
];

const reverse: readonly Line[] = [
  [1, slot.reverseOctets],
  [2, slot.reversePackets],
  [85, slot.reverseOctetsTotal],
  [86, slot.reversePacketsTotal],
  [5, slot.reverseTos],
  [152, slot.reverseStartMs],
  [154, slot.reverseStartMs, 'ntp', 1],
  [156, slot.reverseStartMs, 'ntp', 2],
  [150, slot.reverseStartMs, 'seconds', 3],
  [158, slot.reverseStartMs, 'microseconds-before-export', 4],
  [153, slot.reverseEndMs],
  [155, slot.reverseEndMs, 'ntp', 1],
  [157, slot.reverseEndMs, 'ntp', 2],
  [151, slot.reverseEndMs, 'seconds', 3],
  [159, slot.reverseEndMs, 'microseconds-before-export', 4],
];

const elementsOf = (lines: readonly Line[]): ReadonlyMap<number, Element> =>
  new Map(lines.map(([id, to, reading = 'integer', rank = 0]) => [id, { reading, to, rank }]));

const ownElements = elementsOf(own);
const reverseElements = elementsOf(reverse);

/** The element of that number, or undefined where nobody here knows it. Enterprise 0 is IANA's own. */
export function elementOf(enterprise: number, id: number): Element | undefined {
  if (enterprise === 0) return ownElements.get(id);
  return enterprise === reverseEnterprise ? reverseElements.get(id) : undefined;
}

/** Scope field type 2 of NetFlow v9 options (RFC 3954 §6.1): the interface they are about. */
export const scopeInterfaceElement: Element = { reading: 'integer', to: slot.scopeInterface, rank: 0 };

/** Octets that a reading can have. */
export function readable(reading: Reading, octets: number): boolean {
  if (reading === 'ipv4') return octets === 4;
  if (reading === 'ipv6') return octets === 16;
  if (reading === 'ntp') return octets === 8;
  return octets >= 1 && octets <= 8;
}

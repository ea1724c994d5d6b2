/** The flows a simulated exporter tells of: flow n of a seed is always the same, whatever the format it is sent in. */
import { chanceAt } from '../nas/random.ts';

/** One flow; the object is filled again for every record. Octets and packets are exact integers. */
export interface SimulatedFlow {
  /** Number of the subscriber, from 0. */
  subscriber: number;
  /** The subscriber is the destination. */
  isDownload: boolean;
  family: 4 | 6;
  octets: number;
  packets: number;
  /** The other direction, where flows are told in pairs; otherwise 0. */
  reverseOctets: number;
  reversePackets: number;
  protocol: number;
  tos: number;
  localPort: number;
  remotePort: number;
  remoteAs: number;
  /** 17 bits that tell far ends apart. */
  remote: number;
  /** UTC epoch ms. */
  startMs: number;
  endMs: number;
}

export interface FlowPopulation {
  readonly seed: number;
  readonly subscribers: number;
  readonly family: 4 | 6 | 'mix';
  readonly biflow: boolean;
}

export function emptyFlow(): SimulatedFlow {
  return {
    ...{ subscriber: 0, isDownload: false, family: 4, octets: 0, packets: 0, reverseOctets: 0, reversePackets: 0 },
    ...{ protocol: 6, tos: 0, localPort: 0, remotePort: 0, remoteAs: 0, remote: 0, startMs: 0, endMs: 0 },
  };
}

const applications = [
  { protocol: 6, port: 443, tos: 0 },
  { protocol: 6, port: 80, tos: 0 },
  { protocol: 6, port: 21, tos: 0x20 },
  { protocol: 17, port: 443, tos: 0 },
  // Voice: expedited forwarding (RFC 3246).
  { protocol: 17, port: 5060, tos: 0xb8 },
] as const;

/** Octets of one flow are from 64 to this. */
const octetsMax = 60_063;
const durationMsMax = 46_000;
const lagMsMax = 8_000;

/** Flow `n`, told at `exportMs` in a datagram of that family. */
export function describeFlow(
  n: number,
  population: FlowPopulation,
  told: { exportMs: number; family: 4 | 6 },
  into: SimulatedFlow,
): void {
  const { seed, subscribers, biflow } = population;
  const chance = (salt: number) => chanceAt(seed ^ salt, n);
  const size = chance(0x01);
  const kind = chance(0x02);
  const application = applications[kind % applications.length]!;
  into.subscriber = n % subscribers;
  into.isDownload = (kind & 0x8000) !== 0;
  into.family = told.family;
  into.octets = 64 + (size % (octetsMax - 63));
  into.packets = 1 + Math.floor(into.octets / 1000);
  into.reverseOctets = biflow ? (size >>> 8) % 9000 : 0;
  into.reversePackets = biflow ? Math.ceil(into.reverseOctets / 1000) : 0;
  into.protocol = application.protocol;
  into.tos = application.tos;
  into.remotePort = application.port;
  into.localPort = 1024 + ((kind >>> 16) & 0x7fff);
  into.remote = chance(0x03) & 0x1ffff;
  into.remoteAs = 64_500 + (into.remote & 7);
  into.endMs = told.exportMs - (chance(0x04) % lagMsMax);
  into.startMs = into.endMs - (chance(0x05) % durationMsMax);
}

/** Addresses: subscriber n is 10.0.0.0 + n or 2001:db8:HHHH:LLLL::1; far ends are in 198.18.0.0/15 and 2001:db9::/96. */
export const subscriberBase4 = 0x0a00_0000;
const remoteBase4 = 0xc612_0000;

export const subscriberAddress4 = (subscriber: number): number => (subscriberBase4 + subscriber) >>> 0;
export const remoteAddress4 = (remote: number): number => (remoteBase4 | remote) >>> 0;
export const subscriberWords6 = (subscriber: number): readonly [number, number, number, number] => [
  0x2001_0db8,
  subscriber,
  0,
  1,
];
export const remoteWords6 = (remote: number): readonly [number, number, number, number] => [0x2001_0db9, 0, 0, remote];

/** A subscriber's address as text. */
export function subscriberAddress(subscriber: number, family: 4 | 6): string {
  if (family === 6) return `2001:db8:${(subscriber >>> 16).toString(16)}:${(subscriber & 0xffff).toString(16)}::1`;
  const address = subscriberAddress4(subscriber);
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.');
}

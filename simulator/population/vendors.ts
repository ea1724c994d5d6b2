/**
 * How the devices of each vendor tell what they tell: forms of Acct-Session-Id and Calling-Station-Id, counters, and the
 * attributes of their own that come with every report. Numbers are those of the vendors' documents (MikroTik "RADIUS
 * Client"; Cisco IOS "RADIUS Vendor-Specific Attributes"; Juniper VSAs 4874; Huawei "RADIUS Attributes"; Nokia "7750 SR
 * RADIUS Attributes Reference Guide"), written down here once more, since the daemon's dictionary is what they test.
 *
 * Acct-*-Octets hold everything; what ERX and Huawei count apart for IPv6 is a part of it (`separateIpv6Octets: ignore`).
 */
import { putInteger, putText } from '../nas/request.ts';

export const vendorNames = ['mikrotik', 'cisco', 'juniper-erx', 'huawei', 'nokia-sr', 'legacy'] as const;

export type VendorName = (typeof vendorNames)[number];

/** What a vendor's own attributes are made of. */
export interface Told {
  readonly login: string;
  /** The subscriber's line, a number below 2^32. */
  readonly line: number;
  readonly port: number;
  /** Cumulative, from and to the subscriber, B. */
  readonly inputOctets: number;
  readonly outputOctets: number;
  /** Start tells no counters. */
  readonly counts: boolean;
}

export interface Vendor {
  /** Sends NAS-Identifier; else it is known by NAS-IP-Address. */
  readonly namesItself: boolean;
  /** Acct-Session-Id of the nth session since the device's start. */
  sessionId(n: number, port: number): string;
  /** Calling-Station-Id of a MAC address of twelve hexadecimal digits. */
  station(digits: string): string;
  /** Where octets are told: Acct-*-Octets with Gigawords always, from 2^32 on, or never; or by queue, without either. */
  readonly octets: 'gigawords' | 'gigawords-when-needed' | 'modulo-2-32' | 'by-queue';
  /** Writes the vendor's own attributes and answers where they end. */
  putOwn(target: Buffer, at: number, told: Told): number;
}

const wrap = 0x1_0000_0000;

export const vendors: Readonly<Record<VendorName, Vendor>> = {
  mikrotik: {
    namesItself: true,
    sessionId: (n) => (0x81000000 + n).toString(16),
    station: (digits) => pairs(digits, ':').toUpperCase(),
    octets: 'gigawords',
    putOwn(target, start, told) {
      let at = putText(target, start, 87, `ether${(told.port % 24) + 1}`); // NAS-Port-Id
      at = putVendorText(target, at, 14988, 9, 'example.net'); // Mikrotik-Realm
      return putVendorText(target, at, 14988, 8, '20M/100M'); // Mikrotik-Rate-Limit
    },
  },
  cisco: {
    namesItself: true,
    sessionId: (n) => n.toString(16).toUpperCase().padStart(8, '0'),
    station: (digits) => digits.replace(/(.{4})(?=.)/g, '$1.'),
    octets: 'gigawords-when-needed',
    putOwn(target, start, told) {
      let at = putText(target, start, 87, `0/0/1/${told.port}`);
      at = putVendorText(target, at, 9, 2, `0/0/1/${told.port}`); // Cisco-NAS-Port
      at = putVendorText(target, at, 9, 1, 'connect-progress=Call Up'); // Cisco-AVPair, repeated
      return putVendorText(target, at, 9, 1, 'nas-tx-speed=100000000');
    },
  },
  'juniper-erx': {
    namesItself: true,
    sessionId: (n, port) => `erx GigabitEthernet 2/0.${port}:${port}:${String(n).padStart(10, '0')}`,
    station: (digits) => pairs(digits, '-'),
    octets: 'gigawords',
    putOwn(target, start, told) {
      let at = putVendorText(target, start, 4874, 1, 'default'); // Virtual-Router
      at = putVendorText(target, at, 4874, 11, 'out-100m'); // Egress-Policy-Name
      at = putVendorText(target, at, 4874, 24, `pppoe ${told.line.toString(16)}`); // Pppoe-Description
      if (!told.counts) return at;
      at = putVendorInteger(target, at, 4874, 42, 0); // Input-Gigapkts
      return putIpv6Counters(target, at, told, { vendor: 4874, octets: 151, gigawords: 155 });
    },
  },
  huawei: {
    namesItself: true,
    sessionId: (n, port) => `ME60-1${String(port).padStart(15, '0')}${n.toString(16).padStart(6, '0')}`,
    station: (digits) => digits.replace(/(.{4})(?=.)/g, '$1-'),
    octets: 'gigawords',
    putOwn(target, start, told) {
      let at = putVendorInteger(target, start, 2011, 26, told.port); // HW-Connect-ID
      at = putVendorText(target, at, 2011, 138, 'example.net'); // HW-Domain-Name
      if (!told.counts) return at;
      return putIpv6Counters(target, at, told, { vendor: 2011, octets: 144, gigawords: 148 });
    },
  },
  'nokia-sr': {
    namesItself: true,
    sessionId: (n) => `242FFF${n.toString(16).toUpperCase().padStart(10, '0')}`,
    station: (digits) => pairs(digits, ':'),
    octets: 'by-queue',
    putOwn(target, start, told) {
      let at = putVendorText(target, start, 6527, 11, `line-${told.line}`); // Alc-Subsc-ID-Str
      at = putVendorText(target, at, 6527, 13, 'sla-100m'); // Alc-SLA-Prof-Str
      if (!told.counts) return at;
      // Alc-Acct-I/O-Inprof/Outprof-Octets-64: two octets of queue, eight of count; queue 2 takes a quarter.
      for (const [inProfile, outProfile, octets] of [
        [19, 20, told.inputOctets],
        [21, 22, told.outputOctets],
      ] as const) {
        const second = Math.floor(octets / 4);
        const out = Math.floor(octets / 16);
        at = putQueueCounter(target, at, inProfile, 1, octets - second - out);
        at = putQueueCounter(target, at, inProfile, 2, second);
        at = putQueueCounter(target, at, outProfile, 1, out);
      }
      return at;
    },
  },
  // A device of before RFC 2869: counters end at 2^32 and begin anew, and it does not tell its name.
  legacy: {
    namesItself: false,
    sessionId: (n) => String(n).padStart(8, '0'),
    station: (digits) => digits,
    octets: 'modulo-2-32',
    putOwn: (_target, at) => at,
  },
};

function pairs(digits: string, separator: string): string {
  return digits.replace(/(..)(?=.)/g, `$1${separator}`);
}

/** The part of IPv6, three tenths, as octets in and out and their gigawords in and out. */
function putIpv6Counters(
  target: Buffer,
  start: number,
  told: Told,
  numbers: { readonly vendor: number; readonly octets: number; readonly gigawords: number },
): number {
  let at = start;
  for (const [offset, octets] of [told.inputOctets, told.outputOctets].entries()) {
    const part = Math.floor(octets * 0.3);
    at = putVendorInteger(target, at, numbers.vendor, numbers.octets + offset, part % wrap);
    at = putVendorInteger(target, at, numbers.vendor, numbers.gigawords + offset, Math.floor(part / wrap));
  }
  return at;
}

function putQueueCounter(target: Buffer, start: number, type: number, queue: number, octets: number): number {
  const at = putVendorHead(target, start, 6527, type, 10);
  target.writeUInt16BE(queue, at);
  target.writeBigUInt64BE(BigInt(octets), at + 2);
  return at + 10;
}

function putVendorText(target: Buffer, start: number, vendor: number, type: number, value: string): number {
  const octets = Buffer.byteLength(value);
  const at = putVendorHead(target, start, vendor, type, octets);
  return at + target.write(value, at, octets, 'utf8');
}

function putVendorInteger(target: Buffer, start: number, vendor: number, type: number, value: number): number {
  return target.writeUInt32BE(value, putVendorHead(target, start, vendor, type, 4));
}

/** Vendor-Specific (RFC 2865 §5.26) with one attribute of the usual form. */
function putVendorHead(target: Buffer, start: number, vendor: number, type: number, octets: number): number {
  target[start] = 26;
  target[start + 1] = 8 + octets;
  target.writeUInt32BE(vendor, start + 2);
  target[start + 6] = type;
  target[start + 7] = 2 + octets;
  return start + 8;
}

/** Acct-Input-Octets, Acct-Output-Octets and their gigawords, as far as the vendor tells them. */
export function putOctets(target: Buffer, start: number, vendor: Vendor, told: Told): number {
  const { inputOctets, outputOctets } = told;
  if (vendor.octets === 'by-queue') return start;
  let at = putInteger(target, start, 42, inputOctets % wrap);
  at = putInteger(target, at, 43, outputOctets % wrap);
  if (vendor.octets === 'modulo-2-32') return at;
  const needed = inputOctets >= wrap || outputOctets >= wrap;
  if (vendor.octets === 'gigawords-when-needed' && !needed) return at;
  at = putInteger(target, at, 52, Math.floor(inputOctets / wrap));
  return putInteger(target, at, 53, Math.floor(outputOctets / wrap));
}

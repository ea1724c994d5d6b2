/**
 * The header of a datagram, in one shape for the three formats. Times are UTC epoch ms.
 *
 * - v5: version, count, sysUptime, seconds, nanoseconds, flow sequence, engine type and id, sampling; 24 octets.
 * - v9 (RFC 3954 §5.1): version, count, sysUptime, seconds, sequence, source id; 20 octets. Its count is not believed:
 *   exporters disagree on what it counts.
 * - IPFIX (RFC 7011 §3.1): version, length, seconds, sequence, observation domain; 16 octets.
 */
import type { FlowRefusal } from './refusals.ts';

export type FlowVersion = 5 | 9 | 10;

export const v5RecordOctets = 48;
const v5HeaderOctets = 24;
const v9HeaderOctets = 20;
const ipfixHeaderOctets = 16;

export interface MessageHeader {
  version: FlowVersion;
  /** Source id, observation domain, or engine type and id of v5. */
  domain: number;
  sequence: number;
  exportMs: number;
  /** −1 where the format has none. */
  uptimeMs: number;
  /** Of v5: its 14 bits of sampling interval. */
  samplingInterval: number;
  /** Where records or sets begin and end. */
  from: number;
  end: number;
}

export function emptyHeader(): MessageHeader {
  return {
    ...{ version: 5, domain: 0, sequence: 0, exportMs: 0, uptimeMs: -1, samplingInterval: 0, from: 0, end: 0 },
  };
}

/** Reads the header of a datagram of so many octets; a refusal where it is none. */
export function readHeader(view: DataView, octets: number, into: MessageHeader): FlowRefusal | null {
  if (octets < ipfixHeaderOctets) return 'too-short';
  const version = view.getUint16(0);
  switch (version) {
    case 5:
      return readV5Header(view, octets, into);
    case 9:
      if (octets < v9HeaderOctets) return 'too-short';
      into.version = 9;
      into.uptimeMs = view.getUint32(4);
      into.exportMs = view.getUint32(8) * 1000;
      into.sequence = view.getUint32(12);
      into.domain = view.getUint32(16);
      into.from = v9HeaderOctets;
      into.end = octets;
      return null;
    case 10: {
      const length = view.getUint16(2);
      if (length < ipfixHeaderOctets || length > octets) return 'bad-length';
      into.version = 10;
      into.uptimeMs = -1;
      into.exportMs = view.getUint32(4) * 1000;
      into.sequence = view.getUint32(8);
      into.domain = view.getUint32(12);
      into.from = ipfixHeaderOctets;
      into.end = length;
      return null;
    }
    default:
      return 'bad-version';
  }
}

function readV5Header(view: DataView, octets: number, into: MessageHeader): FlowRefusal | null {
  if (octets < v5HeaderOctets) return 'too-short';
  const count = view.getUint16(2);
  const end = v5HeaderOctets + count * v5RecordOctets;
  if (count === 0 || end > octets) return 'bad-length';
  into.version = 5;
  into.uptimeMs = view.getUint32(4);
  into.exportMs = view.getUint32(8) * 1000 + Math.floor(view.getUint32(12) / 1e6);
  into.sequence = view.getUint32(16);
  into.domain = view.getUint16(20);
  into.samplingInterval = view.getUint16(22) & 0x3fff;
  into.from = v5HeaderOctets;
  into.end = end;
  return null;
}

/**
 * Encodes one Accounting-Request (RFC 2866 §4.1) straight into a buffer, and signs it. Written from the RFCs alone:
 * the daemon's decoder is tested against it, so the two share no code.
 *
 *    0        1        2        4                     20
 *   +--------+--------+--------+---------------------+---------------------------
 *   | Code 4 | Ident. | Length | Request Authenticator | attributes: type, length, value …
 *   +--------+--------+--------+---------------------+---------------------------
 */
import { digestOctets, writeHmacMd5, writeMd5 } from './digest.ts';
import { type AccountingReport, statusStart, statusStop } from './report.ts';

/** Room for the longest request this encoder makes, and the secret signed behind it. */
export const requestOctetsMax = 1024;

/** An attribute's value (RFC 2865 §5). */
const textOctetsMax = 253;

export interface Signing {
  readonly secret: Buffer;
  /** Add Message-Authenticator (RFC 3579 §3.2), computed with the Request Authenticator zeroed. */
  readonly messageAuthenticator: boolean;
}

/** Encodes and signs `report` at the start of `target`; answers the packet's length. */
export function encodeRequest(report: AccountingReport, target: Buffer, identifier: number, signing: Signing): number {
  target[0] = 4;
  target[1] = identifier;
  for (let at = 4; at < 20; at++) target[at] = 0;
  let at = 20;
  at = putInteger(target, at, 40, report.status);
  at = putText(target, at, 1, report.userName);
  at = putText(target, at, 44, report.sessionId);
  at = putText(target, at, 32, report.nasIdentifier);
  at = putInteger(target, at, 4, report.nasAddress);
  at = putInteger(target, at, 5, report.nasPort);
  at = putInteger(target, at, 61, 15); // NAS-Port-Type Ethernet
  at = putInteger(target, at, 6, 2); // Service-Type Framed
  at = putInteger(target, at, 7, 1); // Framed-Protocol PPP
  at = putInteger(target, at, 8, report.framedAddress);
  at = putText(target, at, 31, report.callingStationId);
  at = putText(target, at, 30, report.calledStationId);
  at = putInteger(target, at, 45, 1); // Acct-Authentic RADIUS
  at = putInteger(target, at, 41, 0); // Acct-Delay-Time
  at = putInteger(target, at, 55, report.eventSeconds);
  if (report.status !== statusStart) at = putCounters(target, at, report);
  if (report.status === statusStop) at = putInteger(target, at, 49, report.terminateCause);
  return sign(target, at, signing);
}

function putCounters(target: Buffer, start: number, report: AccountingReport): number {
  let at = putInteger(target, start, 46, report.sessionSeconds);
  at = putInteger(target, at, 42, report.inputOctets % 0x1_0000_0000);
  at = putInteger(target, at, 43, report.outputOctets % 0x1_0000_0000);
  at = putInteger(target, at, 47, report.inputPackets % 0x1_0000_0000);
  at = putInteger(target, at, 48, report.outputPackets % 0x1_0000_0000);
  if (!report.gigawords && report.inputOctets < 0x1_0000_0000 && report.outputOctets < 0x1_0000_0000) return at;
  at = putInteger(target, at, 52, Math.floor(report.inputOctets / 0x1_0000_0000));
  return putInteger(target, at, 53, Math.floor(report.outputOctets / 0x1_0000_0000));
}

/** Appends Message-Authenticator if asked for, sets Length and Request Authenticator; answers the packet's length. */
export function sign(target: Buffer, end: number, { secret, messageAuthenticator }: Signing): number {
  let length = end;
  if (messageAuthenticator) length = end + 2 + digestOctets;
  target[2] = length >>> 8;
  target[3] = length & 0xff;
  if (messageAuthenticator) {
    target[end] = 80;
    target[end + 1] = 2 + digestOctets;
    target.fill(0, end + 2, length);
    writeHmacMd5(secret, target.subarray(0, length), target, end + 2);
  }
  for (let at = 0; at < secret.length; at++) target[length + at] = secret[at]!;
  writeMd5(target.subarray(0, length + secret.length), target, 4);
  return length;
}

export function putInteger(target: Buffer, at: number, type: number, value: number): number {
  target[at] = type;
  target[at + 1] = 6;
  target[at + 2] = value >>> 24;
  target[at + 3] = (value >>> 16) & 0xff;
  target[at + 4] = (value >>> 8) & 0xff;
  target[at + 5] = value & 0xff;
  return at + 6;
}

/** An empty text is left out: an attribute's value has at least one octet (RFC 2865 §5). */
export function putText(target: Buffer, at: number, type: number, value: string): number {
  if (value === '') return at;
  const octets = putAscii(target, at + 2, value) ?? target.write(value, at + 2, textOctetsMax, 'utf8');
  target[at] = type;
  target[at + 1] = octets + 2;
  return at + 2 + octets;
}

/** Returns the number of octets, null where the text is longer or not all ASCII: for short texts quicker than `write`. */
function putAscii(target: Buffer, begin: number, value: string): number | null {
  if (value.length > textOctetsMax) return null;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code > 0x7f) return null;
    target[begin + at] = code;
  }
  return value.length;
}

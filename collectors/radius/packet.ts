/**
 * A RADIUS packet as octets: its frame, its authenticators, and the answer to it. It knows nothing of accounts,
 * sessions or meters (see accounting.ts).
 *
 * Frame (RFC 2866 §3): code 1 · identifier 1 · length 2 · authenticator 16 · attributes (type 1, length 1, value).
 * Octets after Length are padding and ignored; a datagram shorter than Length is refused.
 */
import { attribute, attributesAt, packetCode } from './attributes.ts';
import { hasRequestDigest, hasSignature, writeResponseDigest, writeSignature } from './md5.ts';

/** RFC 2866 §3 says 4095, RFC 2865 §3 says 4096; the larger is accepted. */
const packetOctetsMax = 4096;
/** A Message-Authenticator with its type and length (RFC 2869 §5.14). */
const signatureOctets = 18;

/** Why a datagram was refused; every reason is a counter (DESIGN §1). A refused datagram gets no answer. */
export type RefusedReason =
  | 'unknown-client'
  | 'too-short'
  | 'bad-length'
  | 'bad-code'
  | 'bad-attribute-framing'
  | 'bad-authenticator'
  | 'bad-message-authenticator'
  | 'missing-message-authenticator';

/** A request whose frame is sound and whose authenticators were verified with `secret`. */
export interface AccountingPacket {
  /** `status` is a Status-Server (RFC 5997): it asks whether somebody is there, and tells of no use. */
  readonly kind: 'accounting' | 'status';
  readonly identifier: number;
  /**
   * The packet without padding, in the datagram's own memory. From `attributesAt` on stand attributes whose frame is
   * sound: each a type, its whole length of 2 or more, and a value.
   */
  readonly octets: Buffer;
  /** The secret that verified, of the client's one or two. */
  readonly secret: Buffer;
}

export type PacketResult =
  | { readonly ok: true; readonly packet: AccountingPacket }
  | { readonly ok: false; readonly reason: RefusedReason };

/** Secrets of the client the datagram came from, and whether it must send a Message-Authenticator. */
export interface PacketTrust {
  readonly secrets: readonly Buffer[];
  readonly requireMessageAuthenticator: boolean;
}

const refused = (reason: RefusedReason): PacketResult => ({ ok: false, reason });

/**
 * Reads and verifies one Accounting-Request, or Status-Server. Digests are compared in constant time; nothing of the
 * content is used before they match (RFC 2866 §3, RFC 5080 §2.2.2). The Request Authenticator of a Status-Server is any
 * 16 octets, so that its Message-Authenticator, keyed with them in place, is all there is to verify (RFC 5997 §3).
 */
export function readAccountingRequest(bytes: Uint8Array, trust: PacketTrust): PacketResult {
  const datagram = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (datagram.length < attributesAt) return refused('too-short');
  const length = datagram.readUInt16BE(2);
  if (length < attributesAt || length > packetOctetsMax || length > datagram.length) return refused('bad-length');
  const status = datagram[0] === packetCode.statusServer;
  if (datagram[0] !== packetCode.accountingRequest && !status) return refused('bad-code');
  const packet = length === datagram.length ? datagram : datagram.subarray(0, length);
  const frame = scanFrame(packet);
  if (!frame.ok) return refused('bad-attribute-framing');
  const verify = status ? verifyStatus : verifyAccounting;
  const verified = verify(packet, frame.messageAuthenticatorAt, trust);
  if (typeof verified === 'string') return refused(verified);
  const kind = status ? 'status' : 'accounting';
  return { ok: true, packet: { kind, identifier: packet[1]!, octets: packet, secret: verified } };
}

/** The secret that signed an Accounting-Request, or why it is refused. */
function verifyAccounting(packet: Buffer, messageAuthenticatorAt: number | null, trust: PacketTrust) {
  const secret = trust.secrets.find((candidate) => hasRequestDigest(packet, candidate));
  if (secret === undefined) return 'bad-authenticator';
  if (messageAuthenticatorAt === null)
    return trust.requireMessageAuthenticator ? 'missing-message-authenticator' : secret;
  return hasSignature(packet, secret, messageAuthenticatorAt + 2, 'zeroed') ? secret : 'bad-message-authenticator';
}

function verifyStatus(packet: Buffer, messageAuthenticatorAt: number | null, trust: PacketTrust) {
  if (messageAuthenticatorAt === null) return 'missing-message-authenticator';
  const secret = trust.secrets.find((candidate) => hasSignature(packet, candidate, messageAuthenticatorAt + 2, 'kept'));
  return secret ?? 'bad-message-authenticator';
}

/**
 * The Accounting-Response to a request: Proxy-State echoed in order (RFC 2866 §2.1) and the Response Authenticator
 * MD5(code, id, length, request authenticator, attributes, secret). That to an Accounting-Request carries no
 * Message-Authenticator: clients disagree on how to compute one there, and the digest already covers the answer. That to
 * a Status-Server does, keyed over the request's authenticator (RFC 2869 §5.14; docs/decisions/0004).
 */
export function accountingResponse(request: AccountingPacket): Buffer {
  const { octets } = request;
  const signed = request.kind === 'status';
  const proxyStates = octetsOfProxyStates(octets);
  const length = attributesAt + (signed ? signatureOctets : 0) + proxyStates;
  const response = Buffer.allocUnsafe(length);
  response[0] = packetCode.accountingResponse;
  response[1] = request.identifier;
  response[2] = length >>> 8;
  response[3] = length & 0xff;
  // `copy` makes an object for a part of a buffer.
  for (let i = 4; i < attributesAt; i++) response[i] = octets[i]!;
  let at = attributesAt;
  if (signed) {
    response[at] = attribute.messageAuthenticator;
    response[at + 1] = signatureOctets;
    at += signatureOctets;
  }
  if (proxyStates > 0) copyProxyStates(octets, response, at);
  if (signed) writeSignature(response, request.secret, attributesAt + 2);
  writeResponseDigest(response, request.secret);
  return response;
}

/** The frame was found sound before, so every length in it is. */
function octetsOfProxyStates(packet: Buffer): number {
  let octets = 0;
  for (let at = attributesAt; at < packet.length; at += packet[at + 1]!) {
    if (packet[at] === attribute.proxyState) octets += packet[at + 1]!;
  }
  return octets;
}

function copyProxyStates(packet: Buffer, response: Buffer, begin: number): void {
  let to = begin;
  for (let at = attributesAt; at < packet.length; at += packet[at + 1]!) {
    if (packet[at] === attribute.proxyState) to += packet.copy(response, to, at, at + packet[at + 1]!);
  }
}

/** Walks the frame once; reports where the Message-Authenticator's attribute begins, if there is exactly one. */
function scanFrame(packet: Buffer): { ok: boolean; messageAuthenticatorAt: number | null } {
  let messageAuthenticatorAt: number | null = null;
  let at = attributesAt;
  while (at < packet.length) {
    if (at + 2 > packet.length) return { ok: false, messageAuthenticatorAt };
    const length = packet[at + 1]!;
    if (length < 2 || at + length > packet.length) return { ok: false, messageAuthenticatorAt };
    if (packet[at] === attribute.messageAuthenticator) {
      // RFC 2869 §5.14: 18 octets, and it appears once; anything else can't be verified.
      if (length !== signatureOctets || messageAuthenticatorAt !== null) return { ok: false, messageAuthenticatorAt };
      messageAuthenticatorAt = at;
    }
    at += length;
  }
  return { ok: true, messageAuthenticatorAt };
}

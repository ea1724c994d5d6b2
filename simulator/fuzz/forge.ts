/**
 * Signs damaged RADIUS requests again, as an enemy who knows the secret could: otherwise nearly all damage would end at
 * the authenticators. Some are left as they are.
 */
import { createHash, createHmac } from 'node:crypto';
import { chanceAt } from '../nas/random.ts';

const requestCode = 4;
const statusCode = 12;
const headerOctets = 20;
const packetOctetsMax = 4096;
const messageAuthenticator = 80;

/** The same datagram, signed with one of the secrets seven times in eight; the same number is signed the same way. */
export function signedAgain(
  datagram: Uint8Array,
  secrets: readonly Buffer[],
  seed: number,
  number: number,
): Uint8Array {
  const chance = chanceAt(seed ^ 0x51ed270b, number);
  const secret = secrets[(chance >>> 8) % Math.max(1, secrets.length)];
  if (secret === undefined || (chance & 7) === 0 || datagram.length < headerOctets) return datagram;
  const packet = Buffer.from(datagram);
  if (packet[0] !== statusCode && (chance & 0x30) !== 0) packet[0] = requestCode;
  const claimed = packet.readUInt16BE(2);
  const keepsLength = (chance & 0xc0) === 0 && claimed >= headerOctets && claimed <= packet.length;
  const length = keepsLength ? claimed : Math.min(packet.length, packetOctetsMax);
  packet.writeUInt16BE(length, 2);
  if ((chance & 0x300) !== 0) mendFrame(packet.subarray(0, length));
  sign(packet.subarray(0, length), secret);
  return packet;
}

/** Damage inside attributes is met only where the frame around them is sound. */
function mendFrame(packet: Buffer): void {
  let last = headerOctets;
  for (let at = headerOctets; at < packet.length; at += packet[at + 1]!) {
    const room = packet.length - at;
    if (room === 1) {
      // One octet is no attribute: it becomes the end of the one before.
      if (last < at && packet[last + 1]! < 255) packet[last + 1] = packet[last + 1]! + 1;
      return;
    }
    if (packet[at + 1]! < 2 || packet[at + 1]! > room) packet[at + 1] = Math.min(room, 255);
    last = at;
  }
}

/** RFC 2866 §3 and RFC 2869 §5.14; a Status-Server's authenticator is its own (RFC 5997 §3). */
function sign(packet: Buffer, secret: Buffer): void {
  const isStatus = packet[0] === statusCode;
  const at = signatureAt(packet);
  if (!isStatus) packet.fill(0, 4, headerOctets);
  if (at !== null) {
    packet.fill(0, at, at + 16);
    createHmac('md5', secret).update(packet).digest().copy(packet, at);
  }
  if (!isStatus) createHash('md5').update(packet).update(secret).digest().copy(packet, 4);
}

/** Where the value of the first Message-Authenticator stands, if the frame is sound so far. */
function signatureAt(packet: Buffer): number | null {
  for (let at = headerOctets; at + 2 <= packet.length; ) {
    const length = packet[at + 1]!;
    if (length < 2 || at + length > packet.length) return null;
    if (packet[at] === messageAuthenticator) return length === 18 ? at + 2 : null;
    at += length;
  }
  return null;
}

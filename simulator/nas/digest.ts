/**
 * The two digests of RADIUS accounting, computed with node:crypto: MD5 over packet and secret for the authenticators
 * (RFC 2866 §3), HMAC-MD5 for Message-Authenticator (RFC 3579 §3.2). Shares nothing with the daemon's.
 */
import * as crypto from 'node:crypto';

/** `crypto.hash` (Node 20.12 on) takes 0.6 µs over a 260-octet packet where `createHash` takes 1.2 µs. */
const md5: (bytes: Uint8Array) => string =
  typeof crypto.hash === 'function'
    ? (bytes) => crypto.hash('md5', bytes, 'binary')
    : (bytes) => crypto.createHash('md5').update(bytes).digest('binary');

export const digestOctets = 16;

// Octet by octet: for so few, a call of Buffer's own takes several times as long.

/** Writes MD5(`bytes`) into `target` at `offset`. */
export function writeMd5(bytes: Uint8Array, target: Buffer, offset: number): void {
  const digest = md5(bytes);
  for (let i = 0; i < digestOctets; i++) target[offset + i] = digest.charCodeAt(i);
}

/** Whether MD5(`bytes`) stands in `target` at `offset`. */
export function isMd5(bytes: Uint8Array, target: Buffer, offset: number): boolean {
  const digest = md5(bytes);
  for (let i = 0; i < digestOctets; i++) if (target[offset + i] !== digest.charCodeAt(i)) return false;
  return true;
}

/** Writes HMAC-MD5(`secret`, `bytes`) into `target` at `offset`. */
export function writeHmacMd5(secret: Uint8Array, bytes: Uint8Array, target: Buffer, offset: number): void {
  crypto.createHmac('md5', secret).update(bytes).digest().copy(target, offset);
}

import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasRequestDigest, hasSignature, writeResponseDigest, writeSignature } from '../../../collectors/radius/md5.ts';

const packets = fc.uint8Array({ minLength: 20, maxLength: 400 });
const secrets = fc.uint8Array({ minLength: 1, maxLength: 200 });
const md5 = (...parts: Uint8Array[]) => createHash('md5').update(Buffer.concat(parts)).digest();

test('an answer is given the MD5 that node:crypto makes of it and its secret', () => {
  fc.assert(
    fc.property(packets, secrets, (packet, secret) => {
      const expected = Buffer.from(packet);
      md5(packet, secret).copy(expected, 4);
      writeResponseDigest(packet, secret);
      expect(Buffer.from(packet)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test('a request is known by its MD5, and no longer when any of its octets, or the secret, is another', () => {
  fc.assert(
    fc.property(packets, secrets, fc.nat(), fc.integer({ min: 1, max: 255 }), (packet, secret, place, change) => {
      packet.fill(0, 4, 20);
      packet.set(md5(packet, secret), 4);
      expect(hasRequestDigest(packet, secret)).toBe(true);
      packet[place % packet.length]! ^= change;
      expect(hasRequestDigest(packet, secret)).toBe(false);
      packet[place % packet.length]! ^= change;
      secret[place % secret.length]! ^= change;
      expect(hasRequestDigest(packet, secret)).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test.each([20, 21, 35, 36, 37, 99, 100, 101, 4095, 4096])(
  'a packet of %i octets, at the edges of a block',
  (octets) => {
    const packet = new Uint8Array(octets).fill(0xff);
    const secret = new Uint8Array(20).fill(0x80);
    packet.fill(0, 4, 20);
    packet.set(md5(packet, secret), 4);
    expect(hasRequestDigest(packet, secret)).toBe(true);
  },
);

test('a secret longer than any packet is digested like others', () => {
  const packet = new Uint8Array(50);
  const secret = new Uint8Array(90_000).fill(7);
  packet.set(md5(packet, secret), 4);
  expect(hasRequestDigest(packet, secret)).toBe(true);
});

test('a signature is the HMAC-MD5 that node:crypto makes, and none any more when an octet, or the secret, is another', () => {
  const signed = fc.uint8Array({ minLength: 36, maxLength: 400 });
  const changes = fc.integer({ min: 1, max: 255 });
  fc.assert(
    fc.property(
      signed,
      secrets,
      fc.nat(),
      fc.boolean(),
      fc.nat(),
      changes,
      (packet, secret, n, kept, place, change) => {
        const at = 20 + (n % (packet.length - 35));
        const authenticator = kept ? 'kept' : 'zeroed';
        packet.fill(0, at, at + 16);
        const digested = Buffer.from(packet);
        if (!kept) digested.fill(0, 4, 20);
        packet.set(createHmac('md5', secret).update(digested).digest(), at);
        expect(hasSignature(packet, secret, at, authenticator)).toBe(true);
        if (kept) {
          const unsigned = Uint8Array.from(packet).fill(0xff, at, at + 16);
          writeSignature(unsigned, secret, at);
          expect(unsigned).toEqual(packet);
        }
        // Asked again, the secret is known.
        expect(hasSignature(packet, secret, at, authenticator)).toBe(true);
        const other = Uint8Array.from(secret);
        other[place % other.length]! ^= change;
        expect(hasSignature(packet, other, at, authenticator)).toBe(false);
        const changed = place % packet.length;
        packet[changed]! ^= change;
        const counts = kept || changed < 4 || changed >= 20;
        expect(hasSignature(packet, secret, at, authenticator)).toBe(!counts);
      },
    ),
    { numRuns: 500 },
  );
});

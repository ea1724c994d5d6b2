import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributesAt } from '../../../collectors/radius/attributes.ts';
import { type AccountingPacket, accountingResponse, readAccountingRequest } from '../../../collectors/radius/packet.ts';
import {
  framed,
  handMadeRequest,
  type PeerAttribute,
  peer,
  peerRequest,
  type RawAttribute,
  sign,
  uint32,
} from '../../fixtures/radius-peer.ts';

const secret = 'a secret of twenty-4 chars';
const trust = { secrets: [Buffer.from(secret)], requireMessageAuthenticator: false };
const strict = { ...trust, requireMessageAuthenticator: true };

const interim: PeerAttribute[] = [
  ['Acct-Status-Type', 'Interim-Update'],
  ['User-Name', 'anna'],
  ['NAS-Identifier', 'nas-1'],
  ['Acct-Session-Id', '0001'],
  ['Acct-Session-Time', 300],
  ['Acct-Input-Octets', 1000],
  ['Acct-Output-Octets', 2000],
];
const interimByHand: RawAttribute[] = [
  [40, uint32(3)],
  [1, Buffer.from('anna')],
  [44, Buffer.from('0001')],
  [46, uint32(300)],
];

function reasonOf(datagram: Uint8Array, trusted = trust): string {
  const result = readAccountingRequest(datagram, trusted);
  return result.ok ? 'accepted' : result.reason;
}

function accepted(datagram: Uint8Array, trusted = trust): AccountingPacket {
  const result = readAccountingRequest(datagram, trusted);
  if (!result.ok) throw new Error(`refused: ${result.reason}`);
  return result.packet;
}

function attributesOf(packet: AccountingPacket): [number, string][] {
  const list: [number, string][] = [];
  const { octets } = packet;
  for (let at = attributesAt; at < octets.length; at += octets[at + 1]!) {
    list.push([octets[at]!, octets.toString('latin1', at + 2, at + octets[at + 1]!)]);
  }
  return list;
}

describe('a request made by the peer', () => {
  it('is accepted, with its attributes in order', () => {
    const packet = accepted(peerRequest(secret, interim, 201));
    expect(packet.identifier).toBe(201);
    expect(attributesOf(packet).map(([type]) => type)).toEqual([40, 1, 32, 44, 46, 42, 43]);
    expect(attributesOf(packet)[1]).toEqual([1, 'anna']);
  });

  it('is accepted whatever view of memory it comes in', () => {
    const request = peerRequest(secret, interim);
    const roomy = new Uint8Array(request.length + 64);
    roomy.set(request, 17);
    expect(reasonOf(roomy.subarray(17, 17 + request.length))).toBe('accepted');
  });

  it('is accepted with the second of two secrets, and answered with that one', () => {
    const rotation = { ...trust, secrets: [Buffer.from('the secret of tomorrow'), Buffer.from(secret)] };
    const request = peerRequest(secret, interim);
    const packet = accepted(request, rotation);
    expect(packet.secret.toString()).toBe(secret);
    expect(peer.verify_response({ request, response: accountingResponse(packet), secret })).toBe(true);
  });

  it('is refused with none of the secrets', () => {
    expect(reasonOf(peerRequest('another secret', interim))).toBe('bad-authenticator');
    expect(reasonOf(peerRequest(secret, interim), { ...trust, secrets: [] })).toBe('bad-authenticator');
  });
});

describe('forgeries', () => {
  it('refuses an all-zero authenticator (RFC 5080 §2.3.3)', () => {
    expect(reasonOf(peerRequest(secret, interim).fill(0, 4, 20))).toBe('bad-authenticator');
  });

  it('refuses any single changed bit of what Length covers', () => {
    const request = peerRequest(secret, interim);
    for (let bit = 0; bit < request.length * 8; bit++) {
      const forged = Buffer.from(request);
      forged[bit >> 3] = forged[bit >> 3]! ^ (1 << (bit & 7));
      expect([bit, reasonOf(forged)]).not.toEqual([bit, 'accepted']);
    }
  });

  it.each([
    [1, 'Access-Request'],
    [2, 'Access-Accept'],
    [5, 'Accounting-Response'],
    [13, 'Status-Client'],
    [0, 'no code'],
  ])('refuses code %i (%s), even signed', (code) => {
    expect(reasonOf(handMadeRequest({ secret, code, attributes: interimByHand }))).toBe('bad-code');
  });
});

describe('Message-Authenticator', () => {
  it.each([0, 1, 4])('is verified at place %i', (at) => {
    const request = handMadeRequest({ secret, attributes: interimByHand, messageAuthenticator: { at } });
    expect(reasonOf(request, strict)).toBe('accepted');
  });

  it('is refused where it is wrong although the authenticator is right', () => {
    const messageAuthenticator = { secret: 'another secret' };
    const request = handMadeRequest({ secret, attributes: interimByHand, messageAuthenticator });
    expect(reasonOf(request)).toBe('bad-message-authenticator');
  });

  it('is refused where it is missing and required', () => {
    expect(reasonOf(handMadeRequest({ secret, attributes: interimByHand }), strict)).toBe(
      'missing-message-authenticator',
    );
  });

  it('is refused where there are two', () => {
    const attributes: RawAttribute[] = [...interimByHand, [80, Buffer.alloc(16, 1)]];
    const request = handMadeRequest({ secret, attributes, messageAuthenticator: { at: 0 } });
    expect(reasonOf(request)).toBe('bad-attribute-framing');
  });

  it.each([0, 15, 17])('is refused with %i octets', (octets) => {
    const attributes: RawAttribute[] = [...interimByHand, [80, Buffer.alloc(octets)]];
    expect(reasonOf(handMadeRequest({ secret, attributes }))).toBe('bad-attribute-framing');
  });

  it('is not in the answer, whose authenticator covers it already (docs/decisions/0004)', () => {
    const attributes: RawAttribute[] = [...interimByHand, [33, Buffer.from('hop')]];
    const request = handMadeRequest({ secret, attributes, messageAuthenticator: {} });
    const response = accountingResponse(accepted(request));
    expect(response.subarray(20).equals(framed([[33, Buffer.from('hop')]]))).toBe(true);
    expectSigned(response, request);
  });
});

describe('the frame', () => {
  it('refuses the datagram cut off at every length', () => {
    const request = peerRequest(secret, interim);
    for (let length = 0; length < request.length; length++) {
      const reason = length < 20 ? 'too-short' : 'bad-length';
      expect([length, reasonOf(request.subarray(0, length))]).toEqual([length, reason]);
    }
  });

  it.each([0, 1, 19, 4097, 65_535])('refuses a Length of %i', (length) => {
    const datagram = Buffer.alloc(65_536 - 8);
    peerRequest(secret, interim).copy(datagram);
    datagram.writeUInt16BE(length, 2);
    expect(reasonOf(datagram)).toBe('bad-length');
  });

  it('ignores octets after Length, and does not sign them', () => {
    const request = peerRequest(secret, interim);
    const padded = Buffer.concat([request, Buffer.from([80, 0, 255, 1, 2])]);
    expect(attributesOf(accepted(padded))).toEqual(attributesOf(accepted(request)));
  });

  it('accepts 4096 octets and no more (RFC 2865 §3)', () => {
    // 20 + 15 · 255 + 251 = 4096.
    const full: RawAttribute[] = Array.from({ length: 15 }, () => [33, Buffer.alloc(253)] as const);
    const request = handMadeRequest({ secret, attributes: [...full, [33, Buffer.alloc(249)]] });
    expect(request.length).toBe(4096);
    expect(reasonOf(request)).toBe('accepted');
    const larger = handMadeRequest({ secret, attributes: [...full, [33, Buffer.alloc(250)]] });
    expect(reasonOf(larger)).toBe('bad-length');
  });

  it('accepts a request without attributes', () => {
    expect(reasonOf(handMadeRequest({ secret, attributes: [] }))).toBe('accepted');
  });

  it.each([
    ['a length of 0', [1, 0]],
    ['a length of 1', [1, 1]],
    ['a type without length', [1]],
    ['an overrun by one', [1, 4, 65]],
    ['an overrun by far', [1, 255, 65]],
    ['a good attribute before a bad one', [1, 3, 65, 2, 9]],
  ])('refuses %s, even signed (RFC 2866 §5)', (_, octets) => {
    const packet = Buffer.concat([Buffer.from([4, 1, 0, 20 + octets.length]), Buffer.alloc(16), Buffer.from(octets)]);
    expect(reasonOf(sign(packet, secret))).toBe('bad-attribute-framing');
  });
});

describe('the answer', () => {
  it('verifies at the peer', () => {
    const request = peerRequest(secret, interim, 99);
    const response = accountingResponse(accepted(request));
    expect(response.length).toBe(20);
    expect([response[0], response[1]]).toEqual([5, 99]);
    expect(peer.verify_response({ request, response, secret })).toBe(true);
  });

  it('echoes every Proxy-State, in order, octet for octet (RFC 2866 §2.1)', () => {
    const states = [Buffer.from([0, 255, 0]), Buffer.from('same'), Buffer.from('same'), Buffer.alloc(253, 9)];
    const attributes: RawAttribute[] = [[33, states[0]!], ...interimByHand];
    attributes.push(...states.slice(1).map((state): RawAttribute => [33, state]));
    const request = handMadeRequest({ secret, attributes });
    const response = accountingResponse(accepted(request));
    expect(response.subarray(20).equals(framed(states.map((state) => [33, state])))).toBe(true);
    expect(peer.verify_response({ request, response, secret })).toBe(true);
  });

  it('of another request does not verify', () => {
    const request = peerRequest(secret, interim, 1);
    const other = peerRequest(secret, [...interim, ['Acct-Delay-Time', 3]], 1);
    const response = accountingResponse(accepted(other));
    expect(peer.verify_response({ request, response, secret })).toBe(false);
  });

  it('is the same octets each time', () => {
    const packet = accepted(handMadeRequest({ secret, attributes: interimByHand, messageAuthenticator: {} }));
    expect(accountingResponse(packet).equals(accountingResponse(packet))).toBe(true);
  });
});

describe('hostile datagrams', () => {
  const attributes = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 40 })).map(
      // Any type but 80: a random Message-Authenticator is never right.
      ([type, value]): RawAttribute => [type === 80 ? 81 : type, Buffer.from(value)],
    ),
    { maxLength: 12 },
  );

  it('never throws on noise, and never believes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(reasonOf(noise)).not.toBe('accepted');
      }),
    );
  });

  it('never throws on noise under a sound header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (noise, signed) => {
        const packet = Buffer.concat([Buffer.from([4, 1, 0, 0]), Buffer.alloc(16), noise]);
        packet.writeUInt16BE(packet.length, 2);
        if (signed) sign(packet, secret);
        const reason = reasonOf(packet);
        if (!signed) expect(['bad-authenticator', 'bad-attribute-framing']).toContain(reason);
      }),
    );
  });

  it('accepts whatever is framed and signed, and gives back the same attributes', () => {
    fc.assert(
      fc.property(attributes, fc.boolean(), (list, withMessageAuthenticator) => {
        const messageAuthenticator = withMessageAuthenticator ? { messageAuthenticator: { at: 0 } } : {};
        const packet = accepted(handMadeRequest({ secret, attributes: list, ...messageAuthenticator }));
        const read = attributesOf(packet).filter(([type]) => type !== 80);
        expect(read).toEqual(list.map(([type, value]) => [type, value.toString('latin1')]));
      }),
    );
  });

  it('refuses every change of authenticated octets', () => {
    const mutations = fc.array(
      fc.record({
        at: fc.nat(400),
        change: fc.integer({ min: 1, max: 255 }),
        how: fc.constantFrom('xor', 'cut', 'insert'),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(attributes, fc.boolean(), mutations, (list, withMessageAuthenticator, changes) => {
        const messageAuthenticator = withMessageAuthenticator ? { messageAuthenticator: {} } : {};
        const request = handMadeRequest({ secret, attributes: list, ...messageAuthenticator });
        let mutated = Buffer.from(request);
        for (const { at, change, how } of changes) mutated = mutate(mutated, at % mutated.length, change, how);
        const length = request.length;
        const same = mutated.length >= length && mutated.subarray(0, length).equals(request);
        // Octets after Length are padding, so an insertion behind it changes nothing that is authenticated.
        expect(reasonOf(mutated) === 'accepted').toBe(same);
      }),
      { numRuns: 500 },
    );
  });
});

function mutate(datagram: Buffer, at: number, change: number, how: string): Buffer<ArrayBuffer> {
  const before = datagram.subarray(0, at);
  if (how === 'cut' && at > 0) return Buffer.from(before);
  if (how === 'insert') return Buffer.concat([before, Buffer.from([change]), datagram.subarray(at)]);
  const changed = Buffer.from(datagram);
  changed[at] = changed[at]! ^ change;
  return changed;
}

/** Response Authenticator = MD5(code, id, length, request authenticator, attributes, secret). */
function expectSigned(response: Buffer, request: Buffer): void {
  const keyed = Buffer.from(response);
  request.copy(keyed, 4, 4, 20);
  expect(response.subarray(4, 20).equals(createHash('md5').update(keyed).update(secret).digest())).toBe(true);
}

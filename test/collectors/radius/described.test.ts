import { describe, expect, it } from 'vitest';
import { type AccountingContext, accountingRecord, meterOfCounter } from '../../../collectors/radius/accounting.ts';
import { attributeCharactersMax, attributesMax } from '../../../collectors/radius/described.ts';
import { readAccountingRequest } from '../../../collectors/radius/packet.ts';
import { builtInDictionary } from '../../fixtures/dictionary.ts';
import {
  handMadeRequest,
  type PeerAttribute,
  peerRequest,
  type RawAttribute,
  uint32,
} from '../../fixtures/radius-peer.ts';

const secret = 'a secret of twenty-4 chars';
const dictionary = builtInDictionary(`
  attribute 200 Level byte
  attribute 201 Lane short
  attribute 202 Until time
  attribute 203 Total integer64
  attribute 204 Peer address
  attribute 205 Net ipv4-prefix
  attribute 245.9 Long text
  attribute 241.200 Tree tlv
  attribute 241.200.1 Tree-Leaf text
  attribute 241.200.2 Tree-Branch tlv
  attribute 241.200.2.1 Tree-Twig integer
  vendor 32473 Example
  attribute 1 Example-Tier integer
  value Example-Tier 1 gold
  attribute 2 Example-Box tlv
  attribute 2.9 Example-Serial text
  attribute 3 Example-Note text
  attribute 241.26.5 Example-Site text
  attribute 245.26.6 Example-Story text
  vendor 429 USR format=4,0
  attribute 36864 USR-Note text
  vendor 4846 Lucent format=2,1
  attribute 300 Lucent-Note text
  vendor 8164 Starent format=2,2
  attribute 301 SN-Note text
  vendor 24757 WiMAX format=1,1,c
  attribute 3 WiMAX-Note text
  attribute 4 WiMAX-Box tlv
  attribute 4.1 WiMAX-Serial text
`);

function read(attributes: RawAttribute[], changes: Partial<AccountingContext> = {}) {
  return recordOf(handMadeRequest({ secret, attributes: [[40, uint32(3)], ...attributes] }), changes);
}

function recordOf(datagram: Buffer, changes: Partial<AccountingContext> = {}) {
  const trust = { secrets: [Buffer.from(secret)], requireMessageAuthenticator: false };
  const result = readAccountingRequest(datagram, trust);
  if (!result.ok) throw new Error(result.reason);
  return accountingRecord(result.packet, {
    group: 'access',
    sourceAddress: '192.0.2.9',
    receivedAtMs: 0,
    swapDirections: false,
    separateIpv6Octets: 'ignore',
    dictionary,
    clockPastMsMax: 1,
    clockFutureMsMax: 1,
    ...changes,
  }).record;
}

const told = (...attributes: RawAttribute[]) => read(attributes).attributes;
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const vsa = (vendor: number, ...rest: Buffer[]): RawAttribute => [26, Buffer.concat([uint32(vendor), ...rest])];
const tlv = (type: number, value: Buffer) => Buffer.concat([Buffer.from([type, value.length + 2]), value]);

describe('a value', () => {
  it.each([
    ['of an address', 8, 'c6336407', { 'Framed-IP-Address': '198.51.100.7' }],
    ['of a named number', 61, '0000000f', { 'NAS-Port-Type': 'Ethernet' }],
    ['of a number without a name', 61, '000003e8', { 'NAS-Port-Type': '1000' }],
    ['of octets', 25, '00ff', { Class: '0x00ff' }],
    ['of a tagged text', 67, '01 31302e30', { 'Tunnel-Server-Endpoint': '10.0' }],
    ['of a text without a tag', 67, '31302e30', { 'Tunnel-Server-Endpoint': '10.0' }],
    ['of a tagged number', 64, '05 000003', { 'Tunnel-Type': 'L2TP' }],
    ['of an interface', 96, '0200000000000001', { 'Framed-Interface-Id': '200:0:0:1' }],
    ['of an octet', 200, '07', { Level: '7' }],
    ['of two octets', 201, '0107', { Lane: '263' }],
    ['of a time', 202, '00000000', { Until: '1970-01-01T00:00:00.000Z' }],
    ['of eight octets', 203, 'ffffffffffffffff', { Total: '18446744073709551615' }],
    ['of either protocol, IPv4', 204, '0a000001', { Peer: '10.0.0.1' }],
    ['of either protocol, IPv6', 204, '20010db8000000000000000000000001', { Peer: '2001:db8::1' }],
    ['of an IPv4 prefix', 205, '00 18 cb007105', { Net: '203.0.113.0/24' }],
  ])('%s', (_, type, value, attributes) => {
    expect(told([type, hex(value)])).toEqual(attributes);
  });

  it.each([
    ['20010db8000100000000000000000000', '2001:db8:1::'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['2001000000000001000100000000 0001', '2001::1:1:0:0:1'],
  ])('of IPv6 %s is %s (RFC 5952)', (value, text) => {
    expect(told([168, hex(value)])).toEqual({ 'Framed-IPv6-Address': text });
  });

  it.each([
    ['00 40 20010db800010002', '2001:db8:1:2::/64'],
    ['00 38 20010db8000100', '2001:db8:1::/56'],
    ['00 38 20010db80001ffff0000000000000000', '2001:db8:1:ff00::/56'],
    ['00 3d 20010db8000100ff', '2001:db8:1:f8::/61'],
    ['00 80 20010db8000000000000000000000001', '2001:db8::1/128'],
    ['00 00', '::/0'],
  ])('of the prefix %s is %s', (value, text) => {
    expect(told([123, hex(value)])).toEqual({ 'Delegated-IPv6-Prefix': text });
  });

  it.each([
    [8, 'c63364'],
    [61, '0f'],
    [64, '000003'],
    [96, '02'],
    [97, '00'],
    [97, '00 81 20010db8000000000000000000000001'],
    [97, '00 40 20010db80001'],
    [97, '00 40 20010db80001000200000000000000000000'],
    [168, '2001'],
    [200, '0102'],
    [201, '01'],
    [203, '01'],
    [204, '010203'],
    [241, '05'],
    [26, '000000'],
  ])('of attribute %i of a wrong size (%s) is dropped, and nothing else', (type, value) => {
    expect(told([type, hex(value)], [87, Buffer.from('ge-0/0/1')])).toEqual({ 'NAS-Port-Id': 'ge-0/0/1' });
  });
});

describe('vendor-specific attributes', () => {
  it('are found by vendor and number, several in one', () => {
    const both = vsa(14_988, tlv(9, Buffer.from('hotspot')), tlv(10, hex('0a000001')));
    expect(told(both)).toEqual({ 'Mikrotik-Realm': 'hotspot', 'Mikrotik-Host-IP': '10.0.0.1' });
  });

  it('that the peer encodes are read', () => {
    const attributes = [
      ['Acct-Status-Type', 'Start'],
      ['Vendor-Specific', 14_988, [[9, Buffer.from('hotspot')]]],
    ] as unknown as PeerAttribute[];
    expect(recordOf(peerRequest(secret, attributes)).attributes).toEqual({ 'Mikrotik-Realm': 'hotspot' });
  });

  it.each([
    ['USR (type 4, no length)', vsa(429, hex('00009000'), Buffer.from('abc')), { 'USR-Note': 'abc' }],
    ['Lucent (2, 1)', vsa(4846, hex('012c 06'), Buffer.from('abc')), { 'Lucent-Note': 'abc' }],
    ['Starent (2, 2)', vsa(8164, hex('012d 0007'), Buffer.from('abc')), { 'SN-Note': 'abc' }],
    ['WiMAX (1, 1, continuation)', vsa(24_757, hex('03 06 00'), Buffer.from('abc')), { 'WiMAX-Note': 'abc' }],
  ])('of %s are read in their own form', (_, attribute, attributes) => {
    expect(told(attribute)).toEqual(attributes);
  });

  it.each([
    ['of an unknown vendor', vsa(1, tlv(1, uint32(1)))],
    ['of an unknown number', vsa(32_473, tlv(77, uint32(1)))],
    ['shorter than a length', vsa(32_473, hex('0109 00'))],
    ['with a length of zero', vsa(32_473, hex('0100 00000001'))],
    ['without a value', vsa(32_473, hex('0102'))],
    ['with nothing in them', vsa(32_473)],
  ])('%s are left', (_, attribute) => {
    expect(told(attribute)).toEqual({});
  });

  it('after a malformed one of the same attribute are lost, those of another are not', () => {
    const good = tlv(1, uint32(1));
    expect(told(vsa(32_473, good, hex('01ff')), [87, Buffer.from('p')])).toEqual({
      'Example-Tier': 'gold',
      'NAS-Port-Id': 'p',
    });
  });

  it('of WiMAX go on in the next of the same type where their octet of continuation says so', () => {
    const part = (type: number, flags: number, text: string) =>
      tlv(type, Buffer.concat([Buffer.from([flags]), Buffer.from(text)]));
    const wimax = (...parts: Buffer[]) => vsa(24_757, ...parts);
    const whole = { 'WiMAX-Note': 'helloworld' };
    expect(told(wimax(part(3, 0x80, 'hello')), wimax(part(3, 0, 'world')))).toEqual(whole);
    expect(told(wimax(part(3, 0x80, 'hello'), part(3, 0, 'world')))).toEqual(whole);
    expect(told(wimax(part(3, 0x80, 'he')), wimax(part(3, 0x80, 'llo')), wimax(part(3, 0, 'world')))).toEqual(whole);
    expect(told(wimax(part(3, 0, 'hello')), wimax(part(3, 0, 'world')))).toEqual({ 'WiMAX-Note': 'hello\nworld' });
    expect(told(wimax(part(3, 0x80, 'hello')))).toEqual({});
    // A TLV may be cut anywhere, and another type may come between.
    const cut = [wimax(part(4, 0x80, '\x01\x07ab')), wimax(part(3, 0, 'note')), wimax(part(4, 0, 'cde'))];
    expect(told(...cut)).toEqual({ 'WiMAX-Serial': 'abcde', 'WiMAX-Note': 'note' });
  });

  it('of pairs become attributes by the name in them', () => {
    const pair = (text: string) => vsa(9, tlv(1, Buffer.from(text)));
    expect(
      told(pair('connect-progress=Call Up'), pair('nas-tx-speed=1'), pair('nas-tx-speed=2'), pair('no name')),
    ).toEqual({
      'Cisco-AVPair:connect-progress': 'Call Up',
      'Cisco-AVPair:nas-tx-speed': '1\n2',
      'Cisco-AVPair': 'no name',
    });
  });
});

describe('extended attributes (RFC 6929)', () => {
  it('are read, and those of vendors', () => {
    const site = Buffer.concat([Buffer.from([26]), uint32(32_473), Buffer.from([5]), Buffer.from('north')]);
    expect(told([241, site], [241, hex('08 6161')])).toEqual({
      'Example-Site': 'north',
      'Operator-NAS-Identifier': '0x6161',
    });
  });

  it('hold TLVs inside TLVs', () => {
    const branch = tlv(2, tlv(1, uint32(9)));
    const tree = Buffer.concat([Buffer.from([200]), tlv(1, Buffer.from('leaf')), branch, tlv(99, uint32(1))]);
    expect(told([241, tree])).toEqual({ 'Tree-Leaf': 'leaf', 'Tree-Twig': '9' });
  });

  it.each([
    ['shorter than 3 octets, first', '0102 0106 6c656166'],
    ['shorter than 3 octets, last', '0106 6c656166 0102'],
    ['of length 0', '0106 6c656166 0100'],
    ['beyond the end', '0106 6c656166 0109 00'],
    ['of one octet', '0106 6c656166 01'],
    ['beyond the end of the TLV around it', '0106 6c656166 0206 0107 00000009'],
    ['unknown, beyond the end', '0106 6c656166 6309 00'],
  ])('with a TLV %s are invalid as a whole, and nothing else is (§2.3)', (_, value) => {
    const attributes: RawAttribute[] = [
      [241, hex(`c8 ${value}`)],
      [87, Buffer.from('p')],
    ];
    expect(told(...attributes)).toEqual({ 'NAS-Port-Id': 'p' });
  });

  it('of vendors with such a TLV are lost, but not those beside them in the same attribute', () => {
    const box = (value: string) => vsa(32_473, tlv(1, uint32(1)), tlv(2, hex(value)), tlv(3, Buffer.from('n')));
    expect(told(box('0904 6161'))).toEqual({ 'Example-Tier': 'gold', 'Example-Serial': 'aa', 'Example-Note': 'n' });
    expect(told(box('0904 6161 0902'))).toEqual({ 'Example-Tier': 'gold', 'Example-Note': 'n' });
  });
});

describe('long extended attributes (RFC 6929 §2.2)', () => {
  const part = (flags: number, text: string, extendedType = 9): RawAttribute => [
    245,
    Buffer.concat([Buffer.from([extendedType, flags]), Buffer.from(text)]),
  ];
  const full = 'x'.repeat(251);
  const port: RawAttribute = [87, Buffer.from('p')];
  const portOnly = { 'NAS-Port-Id': 'p' };

  it('come in fragments, of which the last ends them', () => {
    expect(told(part(0, 'all'))).toEqual({ Long: 'all' });
    expect(told(part(0x80, full), part(0, 'end'), port)).toEqual({ Long: `${full}end`, ...portOnly });
    expect(told(part(0x80, full), part(0x80, full), part(0, 'end'))).toEqual({ Long: `${'x'.repeat(255)}…` });
    expect(told(part(0x80, full), part(0, 'end'), part(0, 'a'))).toEqual({ Long: `${full}end\na` });
  });

  it('of a vendor are read when they are whole', () => {
    const site = Buffer.concat([uint32(32_473), Buffer.from([6]), Buffer.alloc(246, 'y')]);
    const first: RawAttribute = [245, Buffer.concat([Buffer.from([26, 0x80]), site])];
    expect(told(first, part(0, 'end', 26))).toEqual({ 'Example-Story': `${'y'.repeat(246)}end` });
  });

  it.each([
    ['that never end', [part(0x80, full), port]],
    ['without flags', [[245, hex('09')], port]],
    ['without a value', [[245, hex('0900')], port]],
    ['whose last fragment has no value', [part(0x80, full), part(0, ''), port]],
    ['with an attribute between their fragments', [part(0x80, full), port, part(0, 'end')]],
    ['with one between that the record is made of', [part(0x80, full), [44, Buffer.from('s')], part(0, 'end'), port]],
    ['with one of another extended type between', [part(0x80, full), part(0, 'other', 8), part(0, 'end'), port]],
    ['that another one breaks off', [part(0x80, full), part(0x80, full, 8), part(0, 'end'), part(0, 'e', 8), port]],
    ['with a fragment before the last that is not full', [part(0x80, 'short'), part(0, 'end'), port]],
    ['with one later that is not', [part(0x80, full), part(0x80, 'short'), part(0x80, full), part(0, 'end'), port]],
  ] satisfies [string, RawAttribute[]][])('%s are invalid, and nothing else is', (_, attributes) => {
    expect(told(...attributes)).toEqual(portOnly);
  });

  it('that are invalid take nothing that follows their end', () => {
    expect(told(part(0x80, 'short'), part(0, 'end'), part(0, 'all'))).toEqual({ Long: 'all' });
  });
});

describe('bounds', () => {
  it('a repeated attribute has its values one a line', () => {
    expect(told([97, hex('00 40 20010db800010001')], [97, hex('00 40 20010db800010002')])).toEqual({
      'Framed-IPv6-Prefix': '2001:db8:1:1::/64\n2001:db8:1:2::/64',
    });
  });

  it('a long value is cut, and says so', () => {
    const cut = told([87, Buffer.alloc(200, 'a')], [87, Buffer.alloc(200, 'b')])['NAS-Port-Id']!;
    expect(cut).toHaveLength(attributeCharactersMax);
    expect(cut.endsWith('b…')).toBe(true);
  });

  it('beyond the limit attributes are left out, and their number is told', () => {
    const pairs = Array.from({ length: attributesMax + 5 }, (_, index) => vsa(9, tlv(1, Buffer.from(`n${index}=x`))));
    const attributes = told(...pairs);
    expect(Object.keys(attributes)).toHaveLength(attributesMax + 1);
    expect(attributes.attributesLeftOut).toBe('5');
  });
});

describe('octets of IPv6 that are counted apart', () => {
  const counters: RawAttribute[] = [
    [42, uint32(100)],
    [43, uint32(1000)],
    vsa(4874, tlv(151, uint32(5)), tlv(152, uint32(7)), tlv(156, uint32(1))),
  ];
  const quantities = (changes: Partial<AccountingContext>) =>
    Object.fromEntries(read(counters, changes).readings.map(({ meter, quantity }) => [meter, quantity]));

  it('are not counted where the others hold them', () => {
    expect(quantities({ separateIpv6Octets: 'ignore' })).toEqual({ 'octets-in': 1000n, 'octets-out': 100n });
  });

  it('are counters of their own where they are use beside', () => {
    const own = { 'octets-in+ipv6': 2n ** 32n + 7n, 'octets-out+ipv6': 5n };
    expect(quantities({ separateIpv6Octets: 'add' })).toEqual({ 'octets-in': 1000n, 'octets-out': 100n, ...own });
    expect(Object.keys(own).map(meterOfCounter)).toEqual(['octets-in', 'octets-out']);
    expect(read(counters, { separateIpv6Octets: 'add' }).source.wide).toBe(true);
    expect(read(counters).source.wide).toBe(false);
  });

  it('change sides with the others', () => {
    expect(quantities({ separateIpv6Octets: 'add', swapDirections: true })).toMatchObject({
      'octets-in': 100n,
      'octets-in+ipv6': 5n,
    });
  });

  it('of Huawei as well, and none of them stands among the attributes', () => {
    const huawei = vsa(2011, tlv(144, uint32(1)), tlv(145, uint32(2)), tlv(148, uint32(0)), tlv(149, uint32(3)));
    const record = read([huawei], { separateIpv6Octets: 'add' });
    expect(record.readings).toEqual([
      { meter: 'octets-in+ipv6', quantity: 3n * 2n ** 32n + 2n },
      { meter: 'octets-out+ipv6', quantity: 1n },
    ]);
    expect(record.attributes).toEqual({});
  });
});

describe('octets by queue (Nokia SR)', () => {
  const queue = (type: number, value: string) => vsa(6527, tlv(type, hex(value)));

  it('are summed over queues and policers, in and out of profile, where the RFC’s own are missing', () => {
    const record = read([
      queue(19, '0001 0000000000000064'),
      queue(19, '8002 0000000000000005'),
      queue(20, '0001 0000000000000001'),
      queue(21, '0001 0000000100000000'),
      // Of application assurance: these count the same octets again.
      queue(21, '4001 0000000000000009'),
      queue(22, '0001 00'),
    ]);
    expect(record.readings).toEqual([
      { meter: 'octets-in', quantity: 2n ** 32n },
      { meter: 'octets-out', quantity: 106n },
    ]);
    expect(record.source.wide).toBe(true);
  });

  it('are not used beside the RFC’s own', () => {
    expect(read([[42, uint32(7)], queue(19, '0001 0000000000000064')]).readings).toEqual([
      { meter: 'octets-out', quantity: 7n },
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UsageRecord } from '../../../collectors/index.ts';
import {
  type AccountingContext,
  type AccountingResult,
  accountingRecord,
  normalStation,
} from '../../../collectors/radius/accounting.ts';
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
const arrival = Date.UTC(2026, 2, 14, 12, 0, 0, 250);
const hour = 3_600_000;
const context: AccountingContext = {
  group: 'access',
  sourceAddress: '192.0.2.9',
  receivedAtMs: arrival,
  swapDirections: false,
  separateIpv6Octets: 'ignore',
  dictionary: builtInDictionary(),
  clockPastMsMax: 48 * hour,
  clockFutureMsMax: 300_000,
};

function read(datagram: Buffer, changes: Partial<AccountingContext> = {}): AccountingResult {
  const result = readAccountingRequest(datagram, {
    secrets: [Buffer.from(secret)],
    requireMessageAuthenticator: false,
  });
  if (!result.ok) throw new Error(`refused: ${result.reason}`);
  return accountingRecord(result.packet, { ...context, ...changes });
}

function fromPeer(attributes: PeerAttribute[], changes: Partial<AccountingContext> = {}): UsageRecord {
  return read(peerRequest(secret, attributes), changes).record;
}

function byHand(attributes: RawAttribute[], changes: Partial<AccountingContext> = {}): UsageRecord {
  return read(handMadeRequest({ secret, attributes }), changes).record;
}

const quantities = (record: UsageRecord) =>
  Object.fromEntries(record.readings.map(({ meter, quantity }) => [meter, quantity]));

const session: PeerAttribute[] = [
  ['User-Name', 'anna@example.net'],
  ['Calling-Station-Id', '00-1B-44-11-3A-B7'],
  ['NAS-Identifier', 'nas-1'],
  ['Acct-Session-Id', '8000001F'],
];

describe('a whole record made by the peer', () => {
  const eventMs = arrival - 60_250;
  const record = fromPeer([
    ['Acct-Status-Type', 'Interim-Update'],
    ...session,
    ['Called-Station-Id', 'pop-7'],
    ['Framed-IP-Address', '198.51.100.7'],
    ['Acct-Session-Time', 3600],
    ['Acct-Input-Octets', 1111],
    ['Acct-Output-Octets', 2222],
    ['Event-Timestamp', new Date(eventMs)],
  ]);

  it('tells session, device, subjects and attributes', () => {
    expect(record.status).toBe('interim');
    expect(record.cumulative).toBe(true);
    expect(record.source).toMatchObject({ collector: 'radius', device: 'access/nas-1', session: '8000001F' });
    expect(record.subjects).toEqual([
      { kind: 'login', value: 'anna@example.net' },
      { kind: 'station', value: '001b44113ab7' },
    ]);
    expect(record.attributes).toEqual({ 'Framed-IP-Address': '198.51.100.7', 'Called-Station-Id': 'pop-7' });
  });

  it('tells the use as the subscriber sees it: what the NAS sent is a download', () => {
    expect(quantities(record)).toEqual({ time: 3600n, 'octets-in': 2222n, 'octets-out': 1111n });
  });

  it('places the session between event less session time and event', () => {
    expect([record.startMs, record.endMs, record.startKnown]).toEqual([eventMs - hour, eventMs, true]);
  });
});

describe('status', () => {
  it.each([
    ['Start', 'start'],
    ['Stop', 'stop'],
    ['Interim-Update', 'interim'],
    ['Accounting-On', 'accounting-on'],
    ['Accounting-Off', 'accounting-off'],
    ['Tunnel-Start', 'other'],
    ['Failed', 'other'],
  ])('%s is %s', (name, status) => {
    const value = name === 'Failed' ? uint32(15) : name;
    expect(fromPeer([['Acct-Status-Type', value], ...session]).status).toBe(status);
  });

  it('is other where it is missing or unheard of', () => {
    expect(fromPeer(session).status).toBe('other');
    expect(byHand([[40, uint32(4_000_000_000)]]).status).toBe('other');
  });

  it('of a device names no subject', () => {
    expect(fromPeer([['Acct-Status-Type', 'Accounting-On'], ...session]).subjects).toEqual([]);
  });
});

describe('counters (RFC 2869 §5.1)', () => {
  it.each([
    ['low octets alone', [[43, uint32(4_294_967_295)]], 4_294_967_295n, false],
    [
      'one gigaword',
      [
        [43, uint32(5)],
        [53, uint32(1)],
      ],
      4_294_967_301n,
      true,
    ],
    [
      'gigawords of 0',
      [
        [43, uint32(5)],
        [53, uint32(0)],
      ],
      5n,
      true,
    ],
    ['gigawords without octets', [[53, uint32(2)]], 8_589_934_592n, true],
    [
      'all ones',
      [
        [43, uint32(0xffffffff)],
        [53, uint32(0xffffffff)],
      ],
      18_446_744_073_709_551_615n,
      true,
    ],
    [
      'beyond a double',
      [
        [43, uint32(1)],
        [53, uint32(2 ** 21)],
      ],
      9_007_199_254_740_993n,
      true,
    ],
  ] as [string, RawAttribute[], bigint, boolean][])('%s', (_, attributes, octets, wide) => {
    const record = byHand([[40, uint32(3)], ...attributes]);
    expect(quantities(record)).toEqual({ 'octets-in': octets });
    expect(record.source.wide).toBe(wide);
  });

  it('are absent where the attribute is absent, and zero where it is zero', () => {
    expect(quantities(byHand([[40, uint32(2)]]))).toEqual({});
    expect(
      quantities(
        byHand([
          [40, uint32(2)],
          [42, uint32(0)],
          [46, uint32(0)],
        ]),
      ),
    ).toEqual({
      time: 0n,
      'octets-out': 0n,
    });
  });

  it('change sides for devices that count the other way round', () => {
    const attributes: RawAttribute[] = [
      [40, uint32(3)],
      [42, uint32(10)],
      [52, uint32(1)],
      [43, uint32(20)],
    ];
    expect(quantities(byHand(attributes, { swapDirections: true }))).toEqual({
      'octets-in': 2n ** 32n + 10n,
      'octets-out': 20n,
    });
  });

  it('are read from the first of repeated attributes', () => {
    expect(
      quantities(
        byHand([
          [40, uint32(3)],
          [43, uint32(1)],
          [43, uint32(9)],
        ]),
      ),
    ).toEqual({ 'octets-in': 1n });
  });
});

describe('attributes of the wrong size (RFC 6929 §2.8)', () => {
  const numbers = [40, 41, 42, 43, 46, 49, 52, 53, 55];
  it.each(numbers)('type %i is dropped and the packet kept', (type) => {
    for (const octets of [0, 1, 3, 5, 8]) {
      const good: RawAttribute[] = [
        [40, uint32(3)],
        [44, Buffer.from('s')],
        [46, uint32(60)],
        [43, uint32(7)],
      ];
      const others = good.filter(([other]) => other !== type);
      const record = byHand([[type, Buffer.alloc(octets, 1)], ...others]);
      expect(record).toEqual(byHand(others));
    }
  });

  it('do not hide a right one behind them', () => {
    expect(
      quantities(
        byHand([
          [40, uint32(3)],
          [43, Buffer.alloc(8)],
          [43, uint32(7)],
        ]),
      ),
    ).toEqual({ 'octets-in': 7n });
  });

  it('of addresses are dropped', () => {
    const record = byHand([
      [40, uint32(1)],
      [8, Buffer.alloc(3)],
      [4, Buffer.alloc(5)],
      [95, Buffer.alloc(4)],
    ]);
    expect(record.attributes).toEqual({});
    expect(record.source.device).toBe('access/192.0.2.9');
  });

  it('of names, which is empty, are dropped (RFC 2865 §5)', () => {
    const empty = Buffer.alloc(0);
    const record = byHand([
      [40, uint32(1)],
      [32, empty],
      [4, Buffer.from([10, 0, 0, 1])],
      [1, empty],
      [44, empty],
    ]);
    expect(record.source.device).toBe('access/10.0.0.1');
    expect(record.source.session).toBeUndefined();
    expect(record.subjects).toEqual([]);
  });
});

describe('time', () => {
  const at = (seconds: number): RawAttribute => [55, uint32(Math.floor(arrival / 1000) + seconds)];

  it('of the event is Event-Timestamp, whatever Acct-Delay-Time says', () => {
    const record = byHand([[40, uint32(3)], at(-100), [41, uint32(3600)]]);
    expect(record.endMs).toBe(Math.floor(arrival / 1000) * 1000 - 100_000);
  });

  it('of the event is arrival less Acct-Delay-Time without Event-Timestamp', () => {
    const record = byHand([
      [40, uint32(3)],
      [41, uint32(3600)],
      [46, uint32(600)],
    ]);
    expect([record.startMs, record.endMs]).toEqual([arrival - 4200_000, arrival - hour]);
  });

  it('of the event is arrival without either', () => {
    expect(byHand([[40, uint32(3)]]).endMs).toBe(arrival);
  });

  it.each([
    ['an unset clock', [55, uint32(0)], arrival - 48 * hour],
    ['a clock far behind', at(-49 * 3600), arrival - 48 * hour],
    ['a clock far ahead', at(3600), arrival + 300_000],
    ['a delay beyond belief', [41, uint32(0xffffffff)], arrival - 48 * hour],
  ] as [string, RawAttribute, number][])('is clamped for %s, and says so', (_, attribute, endMs) => {
    const record = byHand([[40, uint32(3)], attribute, [46, uint32(60)]]);
    expect([record.startMs, record.endMs]).toEqual([endMs - 60_000, endMs]);
    expect(record.attributes.clock).toBe('clamped');
  });

  it.each([-48 * 3600 + 1, 0, 300])('is not clamped within the limits (%i s)', (seconds) => {
    const record = byHand([[40, uint32(3)], at(seconds)]);
    expect(record.endMs).toBe(Math.floor(arrival / 1000) * 1000 + seconds * 1000);
    expect(record.attributes.clock).toBe(Math.abs(seconds) > 600 ? 'apart' : undefined);
  });

  it.each([
    [[], true],
    [[41, uint32(0)], true],
    [at(0), undefined],
  ])('is remarked where it is but that of the arrival (%o)', (attribute, timedByArrival) => {
    const attributes = attribute.length === 0 ? [] : [attribute as [number, Buffer]];
    expect(byHand([[40, uint32(3)], ...attributes]).timedByArrival).toBe(timedByArrival);
  });

  it('that was told late, with its delay, is not apart from ours', () => {
    expect(byHand([[40, uint32(3)], at(-3600), [41, uint32(3600)]]).attributes.clock).toBeUndefined();
    expect(byHand([[40, uint32(3)], at(-3600)]).attributes.clock).toBe('apart');
  });

  it('of the session is the event of a Start, though it may tell a session time', () => {
    const record = byHand([[40, uint32(1)], at(0), [46, uint32(500)]]);
    expect([record.startMs, record.startKnown]).toEqual([record.endMs, true]);
  });

  it('of the session is unknown without session time', () => {
    const record = byHand([[40, uint32(2)], at(0), [43, uint32(5)]]);
    expect([record.startMs, record.startKnown]).toEqual([record.endMs, false]);
  });

  it('tells how far the device is off, before clamping, where it told its time', () => {
    const skew = (attributes: RawAttribute[]) => read(handMadeRequest({ secret, attributes })).clockSkewMs;
    expect(skew([[40, uint32(3)], at(3600)])).toBe(hour - 250);
    expect(
      skew([
        [40, uint32(3)],
        [41, uint32(5)],
      ]),
    ).toBeNull();
  });
});

describe('the device', () => {
  it('is its NAS-Identifier, else its address, else where it sends from, within its group', () => {
    const device = (...attributes: RawAttribute[]) => byHand([[40, uint32(7)], ...attributes]).source.device;
    const id: RawAttribute = [32, Buffer.from('bras')];
    const v4: RawAttribute = [4, Buffer.from([203, 0, 113, 5])];
    const v6: RawAttribute = [95, Buffer.from('20010db8000000000000000000000001', 'hex')];
    expect(device(v4, id)).toBe('access/bras');
    expect(device(v4)).toBe('access/203.0.113.5');
    expect(device(v6)).toBe('access/2001:db8::1');
    expect(device()).toBe('access/192.0.2.9');
  });
});

describe('names', () => {
  it('are UTF-8 where they are', () => {
    expect(
      byHand([
        [40, uint32(1)],
        [1, Buffer.from('jürgen€')],
      ]).subjects,
    ).toEqual([{ kind: 'login', value: 'jürgen€' }]);
  });

  it('are kept apart where they are not', () => {
    const login = (octets: number[]) =>
      byHand([
        [40, uint32(1)],
        [1, Buffer.from(octets)],
      ]).subjects[0]!.value;
    expect(login([0xff, 0x41])).not.toBe(login([0xfe, 0x41]));
  });

  it.each([
    ['00-1B-44-11-3A-B7', '001b44113ab7'],
    ['00:1b:44:11:3a:b7', '001b44113ab7'],
    ['001b.4411.3ab7', '001b44113ab7'],
    [' 001B44113AB7 ', '001b44113ab7'],
    ['+49 30 1234', '+49 30 1234'],
    ['00-1B-44-11-3A-B7:ssid', '00-1B-44-11-3A-B7:ssid'],
  ])('of station %s is %s', (told, normal) => {
    expect(normalStation(told)).toBe(normal);
  });
});

describe('anything signed', () => {
  const attribute = fc.oneof(
    fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 20 })),
    fc.tuple(fc.constantFrom(26, 241, 242, 245, 246), fc.uint8Array({ minLength: 1, maxLength: 40 })),
    fc.tuple(fc.constantFrom(40, 41, 42, 43, 46, 49, 52, 53, 55, 4, 8), fc.uint8Array({ minLength: 4, maxLength: 4 })),
  );

  it('becomes a record within bounds, and the same one each time', () => {
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 12 }), (list) => {
        const attributes = list
          .filter(([type]) => type !== 80)
          .map(([type, value]): RawAttribute => [type, Buffer.from(value)]);
        const record = byHand(attributes);
        expect(record).toEqual(byHand(attributes));
        expect(record.endMs).toBeGreaterThanOrEqual(arrival - context.clockPastMsMax);
        expect(record.endMs).toBeLessThanOrEqual(arrival + context.clockFutureMsMax);
        expect(record.startMs).toBeLessThanOrEqual(record.endMs);
        for (const { quantity } of record.readings) expect(quantity >= 0n && quantity < 2n ** 64n).toBe(true);
      }),
    );
  });
});

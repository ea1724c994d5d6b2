import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventIdentity, readUsageEvent } from '../../../collectors/index.ts';
import {
  chargeEvent,
  dayMs,
  eventContext,
  eventsNowMs,
  meterEvent,
  recordOf,
  refusalOf,
  usageEvent,
} from '../../fixtures/usage-events.ts';

const at = (ms: number) => new Date(ms).toISOString();

describe('a usage event', () => {
  it('is one record of its meter, quantity, interval and attributes', () => {
    const data = { quantity: '25', start: '2026-03-01T10:00:00+01:00', end: '2026-03-01T09:30:00Z' };
    const attributes = { calledNumber: '+33612345678' };
    expect(recordOf(meterEvent('voice', { ...data, attributes, session: 'call-7' }))).toEqual({
      key: 'voip-1\nurn:mail:1\ne1',
      status: 'event',
      subjects: [
        { kind: 'local-id', value: 'anna', provider: 'voip-1' },
        { kind: 'account', value: 'anna' },
      ],
      readings: [{ meter: 'voice', quantity: 25n }],
      cumulative: false,
      startMs: Date.UTC(2026, 2, 1, 9),
      endMs: Date.UTC(2026, 2, 1, 9, 30),
      startKnown: true,
      source: { collector: 'http', device: 'events/voip-1', session: 'call-7' },
      attributes: { calledNumber: '33612345678' },
    });
  });

  it.each([
    ['not an object', 'x', 'not-cloudevent'],
    ['null', null, 'not-cloudevent'],
    ['a list', [], 'not-cloudevent'],
    ['without specversion', usageEvent({ specversion: undefined }), 'not-cloudevent'],
    ['of version 0.3', usageEvent({ specversion: '0.3' }), 'not-cloudevent'],
    ['whose version is a number', usageEvent({ specversion: 1 }), 'not-cloudevent'],
    ['without id', usageEvent({ id: undefined }), 'not-cloudevent'],
    ['with an empty id', usageEvent({ id: '' }), 'not-cloudevent'],
    ['whose id is a number', usageEvent({ id: 7 }), 'not-cloudevent'],
    ['with an id of 257 characters', usageEvent({ id: 'i'.repeat(257) }), 'not-cloudevent'],
    ['with a line break in its source', usageEvent({ source: 'a\nb' }), 'not-cloudevent'],
    ['with half a surrogate pair in its id', usageEvent({ id: '\udc00' }), 'not-cloudevent'],
    ['without data', { ...usageEvent(), data: undefined }, 'data-invalid'],
    ['with data as text', { ...usageEvent(), data: '{}' }, 'data-invalid'],
    ['without type', usageEvent({ type: undefined }), 'type-unknown'],
    ['of a foreign type', usageEvent({ type: 'com.example.use' }), 'type-unknown'],
    ['of a type in capitals', usageEvent({ type: 'METERD.USAGE.messages' }), 'type-unknown'],
    ['without subject', usageEvent({ subject: undefined }), 'subject-missing'],
    ['with a subject of null', usageEvent({ subject: null }), 'subject-missing'],
    ['with an empty subject', usageEvent({ subject: '' }), 'subject-missing'],
    ['with a subject of 257 characters', usageEvent({ subject: 's'.repeat(257) }), 'subject-missing'],
    ['with a number as session', usageEvent({ data: { session: 7 } }), 'data-invalid'],
    ['with an empty session', usageEvent({ data: { session: '' } }), 'data-invalid'],
    ['with bad attributes', usageEvent({ data: { attributes: [] } }), 'data-invalid'],
  ])('%s is refused', (_, event, reason) => {
    expect(refusalOf(event)[0]).toBe(reason);
  });

  it('takes what stands on the object itself, not on its prototype', () => {
    const heir = Object.create(usageEvent()) as object;
    expect(refusalOf(heir)[0]).toBe('not-cloudevent');
    const poisoned = JSON.parse(JSON.stringify(usageEvent()).replace('"quantity":1', '"__proto__":{"quantity":1}'));
    expect(refusalOf(poisoned)[0]).toBe('quantity-invalid');
  });

  it('may carry extensions, which say nothing', () => {
    expect(recordOf(usageEvent({ traceparent: '00-ab', datacontenttype: 'application/json' }))).toEqual(
      recordOf(usageEvent()),
    );
  });
});

describe('the quantity', () => {
  it.each([
    [0, 0n],
    [1, 1n],
    [-0, 0n],
    [2 ** 53 - 1, 9_007_199_254_740_991n],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['0', 0n],
    ['007', 7n],
    ['4611686018427387903', 2n ** 62n - 1n],
    [`${'0'.repeat(11)}4611686018427387903`, 2n ** 62n - 1n],
  ])('%j is exact', (quantity, expected) => {
    expect(recordOf(usageEvent({ data: { quantity } })).readings).toEqual([{ meter: 'messages', quantity: expected }]);
  });

  it.each([
    [1.5],
    [0.1],
    [2 ** 53],
    [1e300],
    [-1],
    [Number.NaN],
    ['-1'],
    ['+1'],
    ['1e3'],
    ['1,5'],
    [' 1'],
    ['1.'],
    ['.5'],
    ['0x10'],
    ['1'.repeat(31)],
    [`1.${'1'.repeat(13)}`],
    ['Infinity'],
    ['١'],
    [''],
    [null],
    [undefined],
    [true],
    [[1]],
    [{ value: 1 }],
  ])('%j is refused, and shown', (quantity) => {
    const [reason, detail] = refusalOf(usageEvent({ data: { quantity } }));
    expect(reason).toBe('quantity-invalid');
    expect(detail).toMatch(
      /^data\.quantity must be a whole number up to 2\^53 or a decimal string, not negative, not /,
    );
    expect(detail.length).toBeLessThan(160);
  });

  it('is less than 2^62, so that it and another of its kind may be charged together', () => {
    const baseQuantity = (_meter: string, quantity: string) => BigInt(quantity);
    const most = 2n ** 62n - 1n;
    const withQuantity = (quantity: bigint) =>
      usageEvent({ type: 'meterd.usage.x-y', data: { quantity: String(quantity) } });
    expect(recordOf(withQuantity(most), { baseQuantity }).readings).toEqual([{ meter: 'x-y', quantity: most }]);
    expect(refusalOf(withQuantity(most + 1n), { baseQuantity })).toEqual([
      'quantity-invalid',
      'data.quantity must be less than 2^62 in base units, not 4611686018427387904',
    ]);
  });

  it('is given to the meter’s units as it was written, and their complaint is told', () => {
    const asked: unknown[] = [];
    const baseQuantity = (...args: unknown[]) => {
      asked.push(args);
      return args[2] === 'MB' ? 'no MB here' : 7n;
    };
    expect(recordOf(meterEvent('x-y', { quantity: '1.50', unit: 'GB' }), { baseQuantity }).readings).toEqual([
      { meter: 'x-y', quantity: 7n },
    ]);
    expect(recordOf(meterEvent('x-y', { quantity: 3, unit: null }), { baseQuantity }).readings[0]?.quantity).toBe(7n);
    expect(asked).toEqual([
      ['x-y', '1.50', 'GB'],
      ['x-y', '3', null],
    ]);
    expect(refusalOf(meterEvent('x-y', { unit: 'MB' }), { baseQuantity })).toEqual(['quantity-invalid', 'no MB here']);
    expect(refusalOf(meterEvent('x-y', { unit: 5 }))).toEqual(['quantity-invalid', 'data.unit must be a text']);
  });
});

describe('the time', () => {
  const timesOf = (data: object, time?: string) => {
    const { startMs, endMs } = recordOf(usageEvent({ time, data: { start: undefined, end: undefined, ...data } }));
    return [at(startMs), at(endMs)];
  };
  const noon = '2026-03-01T11:00:00.000Z';

  it('is start and end; one alone is both; the event’s own stands in for both', () => {
    const start = '2026-03-01T10:00:00.000Z';
    expect(timesOf({ start, end: noon }, '2020-01-01T00:00:00Z')).toEqual([start, noon]);
    expect(timesOf({ start })).toEqual([start, start]);
    expect(timesOf({ end: noon })).toEqual([noon, noon]);
    expect(timesOf({}, noon)).toEqual([noon, noon]);
    expect(timesOf({ start: null, end: null }, noon)).toEqual([noon, noon]);
  });

  it.each([
    ['missing', {}, undefined, 'data.start and data.end are missing, and time as well'],
    ['Unix seconds', { start: 1_772_359_200 }, undefined, 'data.start must be a time'],
    ['without offset', { start: '2026-03-01T10:00:00' }, undefined, 'data.start must be a time'],
    ['a bad end', { start: noon, end: '2026-02-30T00:00:00Z' }, undefined, 'data.end must be a time'],
    ['a bad end alone', { end: 'noon' }, undefined, 'data.end must be a time such as 2026-01-31T12:00:00Z, not "noon"'],
    ['a bad time', {}, 'noon', 'time must be a time'],
    ['an end before the start', { start: noon, end: '2026-03-01T10:59:59.999Z' }, undefined, 'is before data.start'],
  ])('%s is refused by the name of its field', (_, data, time, complaint) => {
    const [reason, detail] = refusalOf(usageEvent({ time, data: { start: undefined, end: undefined, ...data } }));
    expect(reason).toBe('time-invalid');
    expect(detail).toContain(complaint);
  });

  it('lasts 400 days at most', () => {
    const long = (ms: number) => ({ data: { start: at(eventsNowMs - ms), end: at(eventsNowMs) } });
    expect(recordOf(usageEvent(long(400 * dayMs))).endMs).toBe(eventsNowMs);
    expect(refusalOf(usageEvent(long(400 * dayMs + 1)))).toEqual([
      'time-invalid',
      'data.end must be within 400 days of data.start',
    ]);
  });

  it('that ended longer ago than keys are kept is too old, to the millisecond', () => {
    const ended = (ms: number) => usageEvent({ data: { start: at(ms - 5), end: at(ms) } });
    const context = { pastMsMax: 10 * dayMs };
    expect(recordOf(ended(eventsNowMs - 10 * dayMs), context).endMs).toBe(eventsNowMs - 10 * dayMs);
    expect(refusalOf(ended(eventsNowMs - 10 * dayMs - 1), context)[0]).toBe('too-old');
  });

  it('that ends in the future beyond the clock’s slack is refused, to the millisecond', () => {
    const ends = (ms: number) => usageEvent({ data: { end: at(eventsNowMs + ms) } });
    expect(recordOf(ends(300_000)).endMs).toBe(eventsNowMs + 300_000);
    expect(refusalOf(ends(300_001))[0]).toBe('in-future');
    expect(refusalOf(usageEvent({ data: { start: '9999-12-31T23:59:59-23:59', end: undefined } }))[0]).toBe(
      'in-future',
    );
  });
});

describe('whose it is', () => {
  const rights = (...list: string[]) => ({ rights: new Set(list) as never });

  it('is the provider’s own local id, then the account, where the token may name accounts', () => {
    expect(recordOf(usageEvent(), rights('usage')).subjects).toEqual([
      { kind: 'local-id', value: 'anna', provider: 'voip-1' },
    ]);
    expect(recordOf(usageEvent(), { provider: null }).subjects).toEqual([{ kind: 'account', value: 'anna' }]);
  });

  it.each([
    ['nobody’s', usageEvent(), { provider: null, ...rights('usage') }, 'this token may not name accounts'],
    ['use', usageEvent(), rights('charges', 'credits', 'accounts'), 'this token may not report use'],
    ['a charge', chargeEvent(), rights('usage', 'credits', 'accounts'), 'this token may not post priced charges'],
    ['a credit', chargeEvent({ data: { charge: '-0.001' } }), rights('charges'), 'this token may not post credits'],
    ['anything', usageEvent(), rights(), 'this token may not report use'],
  ])('%s without the right to it is refused', (_, event, context, complaint) => {
    const [reason, detail] = refusalOf(event, context);
    expect([reason, detail]).toEqual(['not-allowed', expect.stringContaining(complaint)]);
  });

  it('is part of the key, so that no provider can claim another’s ids, nor anyone shift text between its parts', () => {
    const keys = [
      recordOf(usageEvent()).key,
      recordOf(usageEvent(), { provider: 'voip-2' }).key,
      recordOf(usageEvent(), { provider: null }).key,
      recordOf(usageEvent({ id: 'e', source: 'urn:mail:11' })).key,
      recordOf(usageEvent({ id: '1', source: 'urn:mail:1e' })).key,
      recordOf(usageEvent({ id: 'E1' })).key,
    ];
    expect(new Set(keys).size).toBe(keys.length);
    // What else stands in the event is no part of it.
    expect(recordOf(usageEvent({ subject: 'bert', data: { quantity: 9 } })).key).toBe(keys[0]);
  });
});

describe('a charge', () => {
  it('is priced use at its moment, without readings', () => {
    expect(recordOf(chargeEvent())).toMatchObject({
      key: 'voip-1\nurn:shop:1\nc1',
      status: 'event',
      readings: [],
      attributes: {},
      startMs: Date.UTC(2026, 2, 1, 11),
      endMs: Date.UTC(2026, 2, 1, 11),
      source: { collector: 'http', device: 'events/voip-1' },
      priced: {
        description: 'Movie',
        additional: 'The Long Night',
        units: 1_000n,
        unit: 'Each',
        vendor: 'Cinema',
        charge: 3_500n,
        currency: 'USD',
        attribution: 'kids',
      },
    });
  });

  it.each([
    ['usageDescription', ''],
    ['usageDescription', 'x'.repeat(21)],
    ['usageDescription', undefined],
    ['additionalUsageDescription', 'x'.repeat(21)],
    ['additionalUsageDescription', 7],
    ['units', '-1'],
    ['units', '1.0001'],
    ['units', 1],
    ['units', 1.5],
    ['units', '100000000'],
    ['unitOfMeasure', ''],
    ['unitOfMeasure', 'Seconds'],
    ['dateTime', '2026-02-30 11:00:00'],
    ['dateTime', '2026-03-01T11:00:00Z'],
    ['dateTime', ''],
    ['vendor', ''],
    ['vendor', ' Cinema'],
    ['vendor', 'x'.repeat(13)],
    ['vendor', 'a\tb'],
    ['charge', 3.5],
    ['charge', '3,5'],
    ['charge', '3.5000'],
    ['charge', '100000000'],
    ['charge', null],
    ['currency', ''],
    ['currency', 'DOLLAR'],
    ['totalToDate', 'much'],
    ['balanceRemaining', undefined],
    ['usageAttribution', 'x'.repeat(13)],
    ['usageAttribution', null],
    ['timeDelaySecond', '1000'],
    ['timeDelaySecond', -1],
    ['timeDelaySecond', '1.5'],
  ])('whose %s is %j is refused by the name of that field', (field, value) => {
    const [reason, detail] = refusalOf(chargeEvent({ data: { [field]: value } }));
    expect([reason, detail.startsWith(`data.${field} must be `)]).toEqual(['data-invalid', true]);
  });

  it.each([['10'], [0], ['999']])('may tell a delay of %j, which is for displays only', (timeDelaySecond) => {
    expect(recordOf(chargeEvent({ data: { timeDelaySecond } })).startMs).toBe(Date.UTC(2026, 2, 1, 11));
  });

  it('may be a credit, and of nothing', () => {
    expect(recordOf(chargeEvent({ data: { charge: '-12.345' } })).priced?.charge).toBe(-12_345n);
    expect(recordOf(chargeEvent({ data: { charge: '0' } }), { rights: new Set(['charges']) }).priced?.charge).toBe(0n);
  });

  it('may lie 31 days further ahead than use, as a replay at speed does, and no further', () => {
    const ahead = (ms: number) =>
      chargeEvent({
        data: {
          dateTime: at(eventsNowMs + ms)
            .slice(0, 19)
            .replace('T', ' '),
        },
      });
    expect(recordOf(ahead(31 * dayMs + 300_000)).startMs).toBe(eventsNowMs + 31 * dayMs + 300_000);
    expect(refusalOf(ahead(31 * dayMs + 301_000))[0]).toBe('in-future');
    expect(refusalOf(ahead(-400 * dayMs - 1_000))[0]).toBe('too-old');
  });
});

describe('the identity told in an answer', () => {
  it.each([
    [usageEvent(), { id: 'e1', source: 'urn:mail:1' }],
    [
      { id: 7, source: null },
      { id: '', source: '' },
    ],
    ['x', { id: '', source: '' }],
    [null, { id: '', source: '' }],
    [{ id: 'i'.repeat(300) }, { id: 'i'.repeat(256), source: '' }],
  ])('of %j is that of the event as far as it has one', (event, identity) => {
    expect(eventIdentity(event)).toEqual(identity);
  });
});

/** Good events of which some members are anything at all. */
const hostile = fc
  .tuple(
    fc.constantFrom(usageEvent(), chargeEvent(), meterEvent('voice', { attributes: { calledNumber: '33' } })),
    fc.array(fc.tuple(fc.nat(30), fc.jsonValue()), { maxLength: 3 }),
  )
  .map(([event, changes]) => {
    const copy = structuredClone(event) as Record<string, unknown>;
    const data = copy.data as Record<string, unknown>;
    const places = [...Object.keys(copy), 'time'].map((name) => [copy, name] as const);
    places.push(...[...Object.keys(data), 'unit', 'session', 'attributes'].map((name) => [data, name] as const));
    for (const [place, value] of changes) {
      const [holder, name] = places[place % places.length]!;
      holder[name] = value;
    }
    return copy as unknown;
  });

it('any JSON value is a record of bounded size or a refusal of one sentence, never a throw', () => {
  fc.assert(
    fc.property(fc.oneof(hostile, fc.jsonValue()), (value) => {
      const identity = eventIdentity(value);
      expect(identity.id.length + identity.source.length).toBeLessThanOrEqual(512);
      const read = readUsageEvent(value, eventContext);
      const text = JSON.stringify(read, (_, one) => (typeof one === 'bigint' ? String(one) : one));
      if (!read.ok) expect(read.detail.length).toBeLessThan(500);
      expect(text.length).toBeLessThan(32 * 330 + 4_000);
    }),
    { numRuns: 3_000 },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PricedUsage, RecordStatus, Subject, UsageRecord } from '../../../collectors/index.ts';
import { decodeEntries, decodeRecord, encodeEntries, encodeRecord } from '../../../daemon/log/entry-codec.ts';
import type { LogEntry } from '../../../daemon/log/usage-log.ts';
import { report } from '../../fixtures/session-reports.ts';

const statuses: RecordStatus[] = ['start', 'interim', 'stop', 'accounting-on', 'accounting-off', 'event', 'other'];
const kinds: Subject['kind'][] = ['login', 'station', 'address', 'prefix', 'local-id', 'account'];
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const instant = fc.integer({ min: -8.64e15, max: 8.64e15 });
const subject = fc.oneof(
  fc.record({ kind: fc.constantFrom(...kinds), value: text }),
  fc.record({ kind: fc.constantFrom(...kinds), value: text, provider: text }),
);
const thousandths = fc.bigInt({ min: -(10n ** 11n), max: 10n ** 11n });
const priced: fc.Arbitrary<PricedUsage> = fc.record({
  description: text,
  additional: text,
  units: thousandths,
  unit: text,
  vendor: text,
  charge: thousandths,
  currency: text,
  attribution: text,
});
const record: fc.Arbitrary<UsageRecord> = fc.record(
  {
    key: text,
    status: fc.constantFrom(...statuses),
    subjects: fc.array(subject, { maxLength: 3 }),
    readings: fc.array(fc.record({ meter: text, quantity: fc.bigInt({ min: 0n, max: 2n ** 96n }) }), { maxLength: 4 }),
    cumulative: fc.boolean(),
    startMs: instant,
    endMs: instant,
    startKnown: fc.boolean(),
    source: fc.record(
      { collector: text, device: text, session: text, wide: fc.constant(true) },
      { requiredKeys: ['collector', 'device'] },
    ),
    attributes: fc.dictionary(fc.oneof(text, fc.constant('__proto__')), text, { maxKeys: 3, noNullPrototype: true }),
    priced,
  },
  {
    requiredKeys: [
      'key',
      'status',
      'subjects',
      'readings',
      'cumulative',
      'startMs',
      'endMs',
      'startKnown',
      'source',
      'attributes',
    ],
  },
);

describe('the codec of entries', () => {
  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(record, fc.nat()), { maxLength: 5 }), (list) => {
        const entries = list.map(([one, account]) => ({ kind: 'usage', account, record: one }) as const);
        expect(decodeEntries(encodeEntries(entries))).toEqual(entries);
        for (const { record: one } of entries) expect(decodeRecord(encodeRecord(one))).toEqual(one);
      }),
    );
  });

  it('decodes ticks, closings and postings among reports, in their order', () => {
    const posting = { id: 'p', label: 'Share', unit: '', amount: '1.50', baseQuantity: 1n << 70n, scale: 2, atMs: 5 };
    const entries = [
      { kind: 'tick', account: 7, atMs: 5 },
      { kind: 'usage', account: 1, record: report({ at: 1 }) },
      { kind: 'close', account: 7, periodFromMs: 4 },
      { kind: 'posting', account: 7, key: 'k', posting },
      { kind: 'usage', account: 2, record: report({ at: 2 }) },
    ] as unknown as LogEntry[];
    const [, first, , , second] = entries;
    for (const entry of [first, second])
      delete (entry as { record: { source: { wide?: boolean } } }).record.source.wide;
    expect(decodeEntries(encodeEntries(entries))).toEqual(entries);
    expect(decodeEntries(encodeEntries([]))).toEqual([]);
  });

  it('decodes batches of version 1, also those of before priced use', () => {
    const { key, status, startMs, endMs, source } = report({ at: 1 });
    const packed = [
      key,
      status,
      [
        ['login', 'anna'],
        ['local-id', '7', 'p'],
      ],
      [['time', '18446744073709551616']],
    ];
    packed.push(7 as never, startMs as never, endMs as never, source.collector as never, source.device as never);
    const batch = [
      1,
      [
        ['u', 3, [...packed, 's1', 0]],
        ['t', 4, 5],
        ['c', 4, 6],
      ],
    ];
    const [entry, ...others] = decodeEntries(JSON.stringify(batch));
    expect(entry).toEqual({
      kind: 'usage',
      account: 3,
      record: {
        ...{ key, status, startMs, endMs, cumulative: true, startKnown: true, attributes: {} },
        subjects: [
          { kind: 'login', value: 'anna' },
          { kind: 'local-id', value: '7', provider: 'p' },
        ],
        readings: [{ meter: 'time', quantity: 1n << 64n }],
        source: { collector: source.collector, device: source.device, session: 's1', wide: true },
      },
    });
    expect(others).toEqual([
      { kind: 'tick', account: 4, atMs: 5 },
      { kind: 'close', account: 4, periodFromMs: 6 },
    ]);
  });

  it('refuses a batch of another format rather than skip it', () => {
    const [, ...rest] = JSON.parse(encodeEntries([{ kind: 'usage', account: 1, record: report({ at: 1 }) }]));
    expect(() => decodeEntries(JSON.stringify([3, ...rest]))).toThrow('format 3');
  });
});

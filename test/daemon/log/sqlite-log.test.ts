import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PricedUsage, RecordStatus, Subject, UsageRecord } from '../../../collectors/index.ts';
import { decodeEntries, decodeRecord, encodeEntries, encodeRecord } from '../../../daemon/log/entry-codec.ts';
import { openSqliteLog } from '../../../daemon/log/sqlite-log.ts';
import { report } from '../../fixtures/session-reports.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { usageLogConformance } from './conformance.ts';

describe('the usage log on SQLite', () => {
  usageLogConformance(() => {
    const file = join(tempFolder(), 'usage-log.db');
    return { open: (options) => openSqliteLog(file, options) };
  });

  it('syncs every commit (WAL, synchronous=FULL), so that what was answered survives a power cut', async () => {
    const file = join(tempFolder(), 'usage-log.db');
    // A new file's first connection has FULL by itself; the ones after a restart have what they are told.
    await openSqliteLog(file).close();
    const pragmas: [string, unknown][] = [];
    const original = Database.prototype.pragma;
    Database.prototype.pragma = function (source, options) {
      const value = original.call(this, source, options);
      pragmas.push([source, original.call(this, 'synchronous', { simple: true })]);
      return value;
    };
    try {
      const log = openSqliteLog(file);
      await log.close();
    } finally {
      Database.prototype.pragma = original;
    }
    const db = new Database(file);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    db.close();
    expect(pragmas.at(-1)?.[1]).toBe(2);
  });

  it('cannot be written through a reader', async () => {
    const file = join(tempFolder(), 'usage-log.db');
    const log = openSqliteLog(file);
    const reader = openSqliteLog(file, { readOnly: true });
    await expect(reader.append([{ kind: 'tick', account: 1, atMs: 1 }], [], 0)).rejects.toThrow(/readonly/);
    expect(await log.lastPosition()).toBe(0);
    await reader.close();
    await log.close();
  });

  it('does not make a log where a reader finds none', () => {
    expect(() => openSqliteLog(join(tempFolder(), 'none.db'), { readOnly: true })).toThrow();
  });
});

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
    attributes: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
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

  it('decodes records of before priced use as records without a price', () => {
    const [version, [[kind, account, packed]]] = JSON.parse(
      encodeEntries([{ kind: 'usage', account: 1, record: report({ at: 1 }) }]),
    );
    expect(packed).toHaveLength(11);
    const [entry] = decodeEntries(JSON.stringify([version, [[kind, account, packed]]]));
    expect(entry).toMatchObject({ record: { key: packed[0] } });
    expect(entry).not.toHaveProperty('record.priced');
  });

  it('refuses a batch of another format rather than skip it', () => {
    const [, ...rest] = JSON.parse(encodeEntries([{ kind: 'usage', account: 1, record: report({ at: 1 }) }]));
    expect(() => decodeEntries(JSON.stringify([2, ...rest]))).toThrow('format 2');
  });
});

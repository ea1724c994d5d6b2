import { expect, test } from 'vitest';
import { type AckedRecord, compareAmounts, expectedTotals, usePieces } from '../../simulator/index.ts';

const noon = Date.UTC(2026, 2, 10, 12) / 1000;

function record(
  status: AckedRecord['status'],
  seconds: number,
  octets: number,
  more: Partial<AckedRecord> = {},
): AckedRecord {
  return {
    session: 'S1',
    user: 'ada',
    nas: 'nas-001',
    status,
    eventSeconds: noon + seconds,
    sessionSeconds: seconds,
    octetsIn: BigInt(octets),
    octetsOut: BigInt(octets) / 10n,
    ...more,
  };
}

test('interims 10, 25, 25, 40 then Stop 40 are 40', () => {
  const log = [10, 25, 25, 40].map((octets, n) => record('interim', (n + 1) * 60, octets));
  const totals = expectedTotals([record('start', 0, 0), ...log, record('stop', 300, 40)]);
  expect(totals.get('ada')).toEqual({ sessions: 1, seconds: 300n, octetsIn: 40n, octetsOut: 4n });
});

test('interim 15 then a late 10 is 15', () => {
  const totals = expectedTotals([record('interim', 120, 15), record('interim', 60, 10)]);
  expect(totals.get('ada')).toEqual({ sessions: 1, seconds: 120n, octetsIn: 15n, octetsOut: 1n });
});

test('the same session id on two NAS is two sessions, and users are kept apart', () => {
  const log = [
    record('stop', 60, 2 ** 33),
    record('stop', 30, 7, { nas: 'nas-002' }),
    record('stop', 10, 1, { user: 'bert', session: 'S2' }),
  ];
  const totals = expectedTotals(log);
  expect(totals.get('ada')).toEqual({ sessions: 2, seconds: 90n, octetsIn: 2n ** 33n + 7n, octetsOut: 858993459n });
  expect(totals.get('bert')).toMatchObject({ sessions: 1, octetsIn: 1n });
});

test('pieces lie end to end inside their session', () => {
  const log = [record('start', 0, 0), record('interim', 60, 100), record('stop', 90, 130)];
  expect([...usePieces(log)]).toEqual([
    { user: 'ada', startSeconds: noon, endSeconds: noon + 60, octetsIn: 100n, octetsOut: 10n },
    { user: 'ada', startSeconds: noon + 60, endSeconds: noon + 90, octetsIn: 30n, octetsOut: 3n },
  ]);
});

test('amounts compare as exact decimals', () => {
  const expected = new Map([
    ['same', '1.50'],
    ['large', '90071992547409930.000001'],
    ['missing', '0.01'],
  ]);
  const actual = new Map([
    ['same', '1.5'],
    ['large', '90071992547409930.000002'],
    ['unexpected', '-2'],
    ['nothing', '0.00'],
  ]);
  expect(compareAmounts(expected, actual)).toEqual([
    { name: 'large', expected: '90071992547409930.000001', actual: '90071992547409930.000002', difference: '0.000001' },
    { name: 'missing', expected: '0.01', actual: '0', difference: '-0.01' },
    { name: 'unexpected', expected: '0', actual: '-2', difference: '-2' },
  ]);
  expect(() => compareAmounts(new Map([['odd', '1e3']]), new Map())).toThrow(/1e3/);
});

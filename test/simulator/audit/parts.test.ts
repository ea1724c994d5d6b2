import fc from 'fast-check';
import { expect, test } from 'vitest';
import { billOf, partsOf } from '../../../simulator/audit/parts.ts';
import type { Piece } from '../../../simulator/audit/use.ts';
import { localClock, startOfLocalDay } from '../../../simulator/local-time.ts';

const at = (text: string) => Date.parse(text) / 1000;

function piece(from: string, to: string, octetsIn = 0n): Piece {
  const [startSeconds, endSeconds] = [at(from), at(to)];
  return { startSeconds, endSeconds, seconds: BigInt(endSeconds - startSeconds), octetsIn, octetsOut: 0n };
}

const evening = (one: Piece, zone: string) =>
  partsOf(one, zone, 1)
    .filter(({ isEvening }) => isEvening)
    .reduce((sum, { seconds }) => sum + seconds, 0n);

test('what ends at 19:00 is day, what begins then is evening, and midnight ends it', () => {
  expect(evening(piece('2026-01-05T18:00:00Z', '2026-01-05T19:00:00Z'), 'UTC')).toBe(0n);
  expect(evening(piece('2026-01-05T19:00:00Z', '2026-01-05T20:00:00Z'), 'UTC')).toBe(3_600n);
  expect(evening(piece('2026-01-05T23:00:00Z', '2026-01-06T01:00:00Z'), 'UTC')).toBe(3_600n);
});

test('evenings are those of the zone, also in half-hour zones and on days that are shorter or longer', () => {
  const day = (zone: string, date: string) => {
    const clock = localClock(zone);
    const from = startOfLocalDay(clock, at(`${date}T12:00:00Z`));
    const to = startOfLocalDay(clock, from + 30 * 3_600);
    const whole: Piece = {
      startSeconds: from,
      endSeconds: to,
      seconds: BigInt(to - from),
      octetsIn: 0n,
      octetsOut: 0n,
    };
    return [to - from, Number(evening(whole, zone))].map((seconds) => seconds / 3_600);
  };
  expect(day('Asia/Kolkata', '2026-01-05')).toEqual([24, 5]);
  expect(day('Europe/Paris', '2026-03-29')).toEqual([23, 5]);
  expect(day('Europe/Paris', '2026-10-25')).toEqual([25, 5]);
  expect(day('Australia/Lord_Howe', '2026-10-04')).toEqual([23.5, 5]);
  // There the clocks change at midnight: the evening before the autumn's change is an hour longer.
  expect(day('America/Santiago', '2026-04-04')).toEqual([25, 6]);
});

test('octets up to a cut are rounded down, and the parts add up', () => {
  // 100 octets in three seconds, cut after the first and after the second at none: floor(100/3) = 33 until midnight.
  const parts = partsOf(piece('2026-01-31T23:59:59Z', '2026-02-01T00:00:02Z', 100n), 'UTC', 1);
  expect(parts.map(({ month, seconds, octets }) => [month, seconds, octets])).toEqual([
    ['2026-01', 1n, 33n],
    ['2026-02', 2n, 67n],
  ]);
});

test('seconds that don’t fill their interval are split as octets are', () => {
  const parts = partsOf({ ...piece('2026-01-31T23:00:00Z', '2026-02-01T01:00:01Z'), seconds: 7_200n }, 'UTC', 1);
  expect(parts.map(({ seconds }) => seconds)).toEqual([3_599n, 3_601n]);
});

test('whatever the cuts, the parts add up to the piece', () => {
  const any = fc.record({
    start: fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2026-12-01T00:00:00Z') }),
    length: fc.integer({ min: 0, max: 5 * 86_400 }),
    seconds: fc.bigInt({ min: 0n, max: 10n ** 6n }),
    octets: fc.bigInt({ min: 0n, max: 2n ** 45n }),
    zone: fc.constantFrom('UTC', 'Europe/Paris', 'Asia/Kathmandu', 'Australia/Lord_Howe'),
    cycleDay: fc.integer({ min: 1, max: 31 }),
  });
  fc.assert(
    fc.property(any, ({ start, length, seconds, octets, zone, cycleDay }) => {
      const whole = {
        startSeconds: start,
        endSeconds: start + length,
        seconds,
        octetsIn: octets,
        octetsOut: octets / 3n,
      };
      const parts = partsOf(whole, zone, cycleDay);
      expect(parts.reduce((sum, part) => sum + part.seconds, 0n)).toBe(seconds);
      expect(parts.reduce((sum, part) => sum + part.octets, 0n)).toBe(octets + octets / 3n);
      expect(parts.every((part) => part.seconds >= 0n && part.octets >= 0n)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test.each([
  [{ year: 2026, month: 2, day: 27 }, 31, '2026-01'],
  [{ year: 2026, month: 2, day: 28 }, 31, '2026-02'],
  [{ year: 2026, month: 3, day: 30 }, 31, '2026-02'],
  [{ year: 2026, month: 3, day: 31 }, 31, '2026-03'],
  [{ year: 2026, month: 1, day: 14 }, 15, '2025-12'],
])('the bill of %j on cycle day %d is that of %s', (day, cycleDay, bill) => {
  expect(billOf({ ...day, minute: 0 }, cycleDay)).toBe(bill);
});

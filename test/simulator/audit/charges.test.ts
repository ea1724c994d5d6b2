import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bills, usageBills } from '../../../simulator/audit/charges.ts';
import { partsOf } from '../../../simulator/audit/parts.ts';
import type { Piece } from '../../../simulator/audit/use.ts';
import { eveningBills } from '../../../simulator/index.ts';
import type { PlanName } from '../../../simulator/population/plans.ts';

const at = (text: string) => Date.parse(`${text}Z`) / 1000;

function hours(from: string, to: string): Piece {
  const [startSeconds, endSeconds] = [at(from), at(to)];
  return { startSeconds, endSeconds, seconds: BigInt(endSeconds - startSeconds), octetsIn: 0n, octetsOut: 0n };
}

function data(from: string, to: string, octetsIn: bigint, octetsOut = 0n): Piece {
  return { ...hours(from, to), octetsIn, octetsOut };
}

function billed(plan: PlanName, pieces: readonly Piece[], zone = 'UTC', cycleDay = 1): Bills {
  return usageBills(
    plan,
    pieces.flatMap((piece) => partsOf(piece, zone, cycleDay)),
  );
}

/** Amounts in millionths by label. */
function amounts(bills: Bills, bill: string): Record<string, bigint> {
  return Object.fromEntries([...(bills.get(bill) ?? [])].map(([label, { amount }]) => [label, amount]));
}

// REQUIREMENTS P-I.
const january = [
  hours('2001-01-02T00:00', '2001-01-04T00:00'),
  hours('2001-01-05T10:00', '2001-01-07T10:00'),
  hours('2001-01-08T17:00', '2001-01-08T23:00'),
  hours('2001-01-09T22:00', '2001-01-10T03:00'),
  hours('2001-01-11T00:00', '2001-01-16T00:00'),
  hours('2001-01-17T09:00', '2001-01-17T15:00'),
  hours('2001-01-20T18:30', '2001-01-20T19:30'),
];
const february = [hours('2001-02-01T00:00', '2001-02-05T04:00'), hours('2001-02-10T20:00', '2001-02-10T21:30')];

describe('Fig 6B', () => {
  test('January of the worked example is 29.5 hours at 1, 100 at 0.50 and 4.5 at 0.25', () => {
    const bills = billed('fig-6b', [...january, ...february]);
    expect(amounts(bills, '2001-01')).toEqual({ 'On-peak hours': 29_500_000n, 'Off-peak hours': 51_125_000n });
    expect(bills.get('2001-01')?.get('On-peak hours')?.quantity).toBe(106_200n);
    expect(bills.get('2001-01')?.get('Off-peak hours')?.quantity).toBe(376_200n);
    expect(amounts(bills, '2001-02')).toEqual({ 'On-peak hours': 1_500_000n });
  });

  test.each([
    [january.slice(0, 2), {}],
    [january.slice(0, 3), { 'On-peak hours': 2_000_000n }],
    [january.slice(0, 4), { 'On-peak hours': 4_000_000n, 'Off-peak hours': 1_500_000n }],
    [january.slice(0, 5), { 'On-peak hours': 29_000_000n, 'Off-peak hours': 49_000_000n }],
    [january.slice(0, 6), { 'On-peak hours': 29_000_000n, 'Off-peak hours': 51_000_000n }],
  ])('the worked example so far, record by record (%#)', (pieces, expected) => {
    expect(amounts(billed('fig-6b', pieces), '2001-01')).toEqual(expected);
  });

  test('a minute across 19:00 past the free hours is 0.0125', () => {
    const bills = billed('fig-6b', [...january.slice(0, 2), hours('2001-01-08T15:00', '2001-01-08T19:00')]);
    expect(amounts(bills, '2001-01')).toEqual({});
    const past = [
      ...january.slice(0, 2),
      hours('2001-01-08T15:00', '2001-01-08T19:00'),
      hours('2001-01-10T18:59:30', '2001-01-10T19:00:30'),
    ];
    expect(amounts(billed('fig-6b', past), '2001-01')).toEqual({ 'On-peak hours': 8_333n, 'Off-peak hours': 4_167n });
  });

  test('a night over the month’s end gives each month its hour', () => {
    const bills = billed('fig-6b', [...january, hours('2001-01-31T23:00', '2001-02-01T01:00')]);
    expect(amounts(bills, '2001-01')['On-peak hours']).toBe(30_500_000n);
    expect(bills.has('2001-02')).toBe(false);
  });

  test('agrees with counting second by second, in any order and any pieces', () => {
    const piece = fc
      .record({ start: fc.integer({ min: 0, max: 40 * 86_400 }), length: fc.integer({ min: 1, max: 30 * 3_600 }) })
      .map(({ start, length }): Piece => {
        const startSeconds = at('2001-01-10T00:00') + start;
        const endSeconds = startSeconds + length;
        return { startSeconds, endSeconds, seconds: BigInt(length), octetsIn: 0n, octetsOut: 0n };
      });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 15 }), (pieces) => {
        const bills = billed('fig-6b', pieces);
        const slow = eveningBills(
          pieces.map((each) => ({ ...each, user: 'ann' })),
          ['2001-01', '2001-02'],
        );
        for (const { month, peakSeconds, offPeakSeconds } of slow) {
          expect(bills.get(month)?.get('On-peak hours')?.quantity ?? 0n).toBe(BigInt(peakSeconds));
          expect(bills.get(month)?.get('Off-peak hours')?.quantity ?? 0n).toBe(BigInt(offPeakSeconds));
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('data', () => {
  const gigabyte = 1_000_000_000n;
  const cost = (octets: bigint) =>
    amounts(billed('graduated', [data('2026-01-05T00:00', '2026-01-06T00:00', octets)]), '2026-01').Data ?? 0n;

  // 0.80 for each of 20 GB, 0.40 for each of 80 more and 1.50 with the first of them, 0.10 for the rest.
  test.each([
    [5n * gigabyte, 0n],
    [6n * gigabyte, 800_000n],
    [25n * gigabyte, 16_000_000n],
    [25n * gigabyte + 1n, 17_500_000n],
    [26n * gigabyte, 17_900_000n],
    [105n * gigabyte, 49_500_000n],
    [205n * gigabyte, 59_500_000n],
  ])('%d octets cost %d millionths', (octets, expected) => {
    expect(cost(octets)).toBe(expected);
  });

  test('download and upload count together', () => {
    const bills = billed('graduated', [data('2026-01-05T00:00', '2026-01-06T00:00', 4n * gigabyte, 2n * gigabyte)]);
    expect(amounts(bills, '2026-01')).toEqual({ Data: 800_000n });
  });

  test('many small pieces cost what one does', () => {
    const pieces = Array.from({ length: 100 }, (_, n) =>
      data(
        `2026-01-05T${String(n % 24).padStart(2, '0')}:00`,
        `2026-01-05T${String(n % 24).padStart(2, '0')}:30`,
        123_456_789n,
      ),
    );
    expect(amounts(billed('graduated', pieces), '2026-01')).toEqual({ Data: cost(12_345_678_900n) });
  });
});

describe('hours', () => {
  test('eighteen tenths of a minute cost what three minutes do', () => {
    const whole = billed('hourly', [hours('2026-01-05T00:00', '2026-01-05T00:03')]);
    const pieces = Array.from({ length: 18 }, (_, n) => {
      const startSeconds = at('2026-01-05T00:00') + n * 10;
      return { startSeconds, endSeconds: startSeconds + 10, seconds: 10n, octetsIn: 0n, octetsOut: 0n };
    });
    expect(amounts(whole, '2026-01')).toEqual({ 'Hours online': 60_000n });
    expect(billed('hourly', pieces)).toEqual(whole);
  });

  test('a bill from the middle of a month has a share of two months, each rounded as one', () => {
    // Twenty seconds cost 0.006666…: 0.006667 for the month whole, of which each half is posted where it belongs.
    const pieces = [
      hours('2026-01-14T23:59:50', '2026-01-15T00:00:00'),
      hours('2026-01-15T00:00:00', '2026-01-15T00:00:10'),
      hours('2026-02-01T00:00:00', '2026-02-01T00:00:10'),
    ];
    const bills = billed('hourly', pieces, 'UTC', 15);
    expect(amounts(bills, '2025-12')).toEqual({ 'Hours online': 3_333n });
    expect(amounts(bills, '2026-01')).toEqual({ 'Hours online': 3_334n + 3_333n });
  });

  test('a flat rate asks nothing for use', () => {
    expect(billed('flat', january).size).toBe(0);
  });
});

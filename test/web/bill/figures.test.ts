import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChargeView, LiveCharge } from '../../../daemon/contract.ts';
import { allowanceShown } from '../../../web/bill/allowance.ts';
import { shownLines } from '../../../web/bill/shown-lines.ts';
import { spendLine } from '../../../web/bill/spend-points.ts';
import { nextSpoken } from '../../../web/bill/spoken-total.tsx';
import { compare, shiftedLeft, sumOf } from '../../../web/decimal.ts';
import { line, sampleBill } from '../sample-bill.ts';

describe('shown lines', () => {
  const cents = fc.bigInt({ min: -1_000_000n, max: 1_000_000n }).map((units) => shiftedLeft(units.toString(), 2));

  test('add up to the shown total, whatever the server says', () => {
    fc.assert(
      fc.property(fc.array(cents), cents, (amounts, total) => {
        const shown = shownLines({ lines: amounts.map((amount) => line('x', '1', 'hour', amount)), total });
        return compare(sumOf(shown.map((row) => row.amount)), total) === 0;
      }),
    );
  });

  test.each([
    ['36.10', 2, undefined],
    ['36.12', 3, 'Rounding'],
    ['36.08', 3, 'Rounding'],
    ['36.13', 3, 'Not itemised yet'],
  ])('with a total of %s there are %i rows, the last of them %s', (total, rows, label) => {
    const shown = shownLines(sampleBill({ total }));
    expect(shown).toHaveLength(rows);
    expect(shown[2]?.label).toBe(label);
  });
});

test.each([
  ['79.99', '100', 'ok', 79, '20.01', null],
  ['80', '100', 'near', 80, '20', null],
  ['99.999999', '100', 'near', 99, '0.000001', null],
  ['100', '100', 'full', 100, '0', null],
  ['340', '300', 'full', 100, '0', '40'],
  ['0', '0', 'full', 100, '0', null],
])('an allowance of which %s of %s is used is %s', (used, limit, state, percent, remaining, over) => {
  expect(allowanceShown({ label: 'x', unit: 'hour', used, limit })).toEqual({ state, percent, remaining, over });
});

describe('the line of spend', () => {
  const bill = sampleBill({ seq: 5, total: '10.00' });

  test('walks back from the total through charges from both sources', () => {
    const { before, points } = spendLine(
      bill,
      [charge(4, '2'), charge(3, '1.5')],
      [liveCharge(5, '0.5'), liveCharge(4, '2')],
    );
    expect(points.map((point) => [point.seq, point.total])).toEqual([
      [3, '7.50'],
      [4, '9.50'],
      [5, '10.00'],
    ]);
    expect(before).toBe('6.00');
  });

  test('begins at nothing with the first charge of a period, although the total is rounded and charges are not', () => {
    const first = sampleBill({ seq: 2, total: '0.01' });
    expect(spendLine(first, [charge(2, '0.0055'), charge(1, '0.0083')], []).before).toBe('0');
    expect(spendLine(first, [charge(2, '0.004')], []).before).toBe('0.006');
  });

  test('ends at a number it does not know, and skips charges of another period', () => {
    const other = { ...charge(4, '100'), period: { from: '2025-12-01', to: '2026-01-01' } };
    const { points } = spendLine(bill, [charge(5, '1'), other, charge(3, '1'), charge(1, '1')], []);
    expect(points.map((point) => point.seq)).toEqual([3, 5]);
  });
});

test('a screen reader hears the total at most every 30 s, and only news', () => {
  const first = { total: '1', atMs: 0 };
  expect(nextSpoken(first, '2', 29_999)).toBe(first);
  expect(nextSpoken(first, '1', 300_000)).toBe(first);
  expect(nextSpoken(first, '2', 30_000)).toEqual({ total: '2', atMs: 30_000 });
});

function charge(seq: number, amount: string): ChargeView {
  const period = { from: '2026-01-01', to: '2026-02-01' };
  const at = new Date(Date.UTC(2026, 0, 15, 0, 0, seq)).toISOString();
  const what = {
    label: 'x',
    plan: 'evening',
    version: 1,
    primitive: 'p',
    kind: 'usage',
    quantity: '1',
    unit: 'hour',
    additional: '',
    vendor: '',
    attribution: '',
  } as const;
  return { ...what, seq, amount, period, at, usage: null };
}

function liveCharge(seq: number, amount: string): LiveCharge {
  const usage = { description: 'x', additional: '', units: '1', unit: 'hour', vendor: '', attribution: '' };
  const at = new Date(Date.UTC(2026, 0, 15, 0, 0, seq)).toISOString();
  return { seq, at, usage, charge: amount, currency: 'EUR', total: '0', balance: '0' };
}

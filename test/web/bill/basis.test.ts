import { expect, test } from 'vitest';
import type { BillView } from '../../../daemon/contract.ts';
import { basisOf } from '../../../web/bill/basis.ts';

const bill = {
  prepaid: true,
  balance: '10.00',
  total: '2.50',
  allowances: [],
  period: { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' },
} as unknown as BillView;

test('prices and forecasts rest on what was paid, to the last cent, on the period and on what has run out, not on use', () => {
  const basis = basisOf(bill);
  expect(basisOf({ ...bill, balance: '7.25', total: '5.25' })).toBe(basis);
  expect(basisOf({ ...bill, balance: '10.01' })).not.toBe(basis);
  expect(basisOf({ ...bill, balance: '0.00', total: '12.50' })).not.toBe(basis);
  expect(basisOf({ ...bill, period: { ...bill.period, from: '2026-04-01T00:00:00Z' } })).not.toBe(basis);
});

import { expect, test } from 'vitest';
import { balanceState } from '../../../web/instant-ip/balance-state.ts';

test.each<[string, string, object]>([
  ['50', '0', { kind: 'enough', percentLeft: 100 }],
  ['13.90', '36.10', { kind: 'enough', percentLeft: 27 }],
  ['5', '45', { kind: 'enough', percentLeft: 10 }],
  ['4.999999', '45.000001', { kind: 'low', percentLeft: 9 }],
  ['0.001', '49.999', { kind: 'low', percentLeft: 0 }],
  ['0', '50', { kind: 'exhausted' }],
  ['0.000', '0', { kind: 'exhausted' }],
  ['-3.50', '53.50', { kind: 'exhausted' }],
  ['60', '-10', { kind: 'enough', percentLeft: 100 }],
  ['99999999999.999', '99999999999.999', { kind: 'enough', percentLeft: 50 }],
])('a prepaid balance of %s after spending %s', (balance, total, state) => {
  expect(balanceState({ prepaid: true, balance, total })).toEqual(state);
});

test('a postpaid account owes or is in credit, and never runs out', () => {
  expect(balanceState({ prepaid: false, balance: '-3.88', total: '3.88' })).toEqual({ kind: 'postpaid', owed: true });
  expect(balanceState({ prepaid: false, balance: '0', total: '3.88' })).toEqual({ kind: 'postpaid', owed: false });
});

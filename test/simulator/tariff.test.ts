import { expect, test } from 'vitest';
import { flatCharge, graduatedCharge, rounded, volumeCharge } from '../../simulator/index.ts';

test('flat: 0.1 a minute for 180 s is 0.3', () => {
  expect(rounded(flatCharge(180n, '0.1', 60n), 6)).toBe('0.300000');
});

test('rounding is half away from zero, once', () => {
  expect(rounded({ numerator: 110_625n, denominator: 1000n }, 2)).toBe('110.63');
  expect(rounded({ numerator: -110_625n, denominator: 1000n }, 2)).toBe('-110.63');
  expect(rounded({ numerator: 1n, denominator: 3n }, 6)).toBe('0.333333');
  expect(rounded({ numerator: 5n, denominator: 2n }, 0)).toBe('3');
});

test('graduated: first 10 at 10 + flat 2, next 10 at 5 + 3, rest at 5 + 3', () => {
  const steps = [
    { upTo: '10', multiplier: '10', constant: '2' },
    { upTo: '20', multiplier: '5', constant: '3' },
    { multiplier: '5', constant: '3' },
  ];
  const total = (quantity: bigint) => rounded(graduatedCharge(quantity, steps, 1n), 0);
  expect([0n, 1n, 10n, 11n, 12n, 21n].map(total)).toEqual(['0', '12', '102', '110', '115', '163']);
});

test('volume: up to 100 at 2 + 10, up to 200 at 1, rest at 0.5 + 50', () => {
  const steps = [
    { upTo: '100', multiplier: '2', constant: '10' },
    { upTo: '200', multiplier: '1' },
    { multiplier: '0.5', constant: '50' },
  ];
  const total = (quantity: bigint, unitSize: bigint) => rounded(volumeCharge(quantity, steps, unitSize), 3);
  expect([100n, 101n, 300n].map((quantity) => total(quantity, 1n))).toEqual(['210.000', '101.000', '200.000']);
  expect(total(100_500n, 1000n)).toBe('100.500');
  expect(total(0n, 1n)).toBe('0.000');
});

test('steps of GB on octets beyond 2^53', () => {
  const steps = [{ upTo: '5', multiplier: '1' }, { multiplier: '0.2' }];
  // 5 GB at 1 and 9,999,995.000000001 GB at 0.2.
  expect(rounded(graduatedCharge(10_000_000_000_000_001n, steps, 1_000_000_000n), 9)).toBe('2000004.000000000');
  expect(rounded(graduatedCharge(10_000_000_000_000_005n, steps, 1_000_000_000n), 9)).toBe('2000004.000000001');
});

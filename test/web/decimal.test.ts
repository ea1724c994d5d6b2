import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compare, decimalsOf, difference, placeBetween, shiftedLeft, sumOf } from '../../web/decimal.ts';

const money = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, scale]) => shiftedLeft(units.toString(), scale));

test('what is added can be taken away again, exactly', () => {
  fc.assert(fc.property(money, money, (a, b) => compare(difference(sumOf([a, b]), b), a) === 0));
});

test('comparing is an order', () => {
  fc.assert(fc.property(money, money, (a, b) => compare(a, b) === -compare(b, a)));
});

test.each([
  [['0.1', '0.2'], '0.3'],
  [['-0.05', '0.049'], '-0.001'],
  [[], '0'],
])('the sum of %j is %s', (amounts, sum) => {
  expect(sumOf(amounts)).toBe(sum);
});

test('places are cut to their span', () => {
  expect(placeBetween('82.5', ['0', '100'], 100)).toBe(82);
  expect(placeBetween('-1', ['0', '100'], 100)).toBe(0);
  expect(placeBetween('340', ['0', '300'], 100)).toBe(100);
  expect(placeBetween('5', ['5', '5'], 100)).toBe(100);
});

test('trailing zeros are no digits', () => {
  expect(decimalsOf('1.2300')).toBe(2);
  expect(decimalsOf('100')).toBe(0);
});

test('what is no number is not computed with', () => {
  expect(() => sumOf(['1e3'])).toThrow(RangeError);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { multipliesOut, unitPriceOf } from '../../../web/bill/unit-price.ts';
import { compare, product, quotient, shiftedLeft } from '../../../web/decimal.ts';

test.each([
  ['16.1', '16.10', '1', true],
  ['0.023611', '0.011806', '0.5', true],
  ['100', '0.6', '0.006', true],
  ['3', '163.000000', '54.3333', false],
  ['1.983', '-0.99150', '-0.5', true],
  ['1000000', '151.2345', '0.0001512', false],
])('%s units for %s cost %s each', (quantity, amount, price, exact) => {
  const found = unitPriceOf(quantity, amount)!;
  expect(found.exact).toBe(exact);
  expect(compare(found.price, price)).toBe(0);
});

test('nothing counted has no price', () => {
  expect(unitPriceOf('0', '20')).toBeNull();
  expect(unitPriceOf('0.000000', '20')).toBeNull();
});

test('a price that is said to be exact multiplies out to the amount', () => {
  const millionths = fc.bigInt({ min: 1n, max: 10n ** 12n });
  fc.assert(
    fc.property(millionths, fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), (units, amountUnits) => {
      const [quantity, amount] = [shiftedLeft(String(units), 6), shiftedLeft(String(amountUnits), 6)];
      const found = unitPriceOf(quantity, amount)!;
      expect(!found.exact || multipliesOut(found.price, quantity, amount)).toBe(true);
    }),
  );
});

test('the price of a flat plan is found again from what it came to', () => {
  const price = fc.bigInt({ min: 1n, max: 10n ** 6n }).map((units) => shiftedLeft(String(units), 4));
  fc.assert(
    fc.property(fc.bigInt({ min: 10n ** 6n, max: 10n ** 10n }), price, (units, flat) => {
      const quantity = shiftedLeft(String(units), 6);
      const amount = quotient(product(quantity, flat), '1', 6);
      const found = unitPriceOf(quantity, amount)!;
      expect(found.exact).toBe(true);
      expect(multipliesOut(found.price, quantity, amount)).toBe(true);
    }),
  );
});

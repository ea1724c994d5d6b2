import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AmountSum, addDecimal, fromScaled } from '../../rating/index.ts';

/** Short ones are read another way than long ones. */
const units = fc.oneof(
  fc.bigInt(-(10n ** 30n), 10n ** 30n),
  fc.bigInt(-(10n ** 15n), 10n ** 15n),
  fc.bigInt(-99n, 99n),
);
const amounts = fc.record({ units, scale: fc.integer({ min: 0, max: 12 }) });

test('a running sum is the sum of its decimals, one after the other, to the last digit', () => {
  fc.assert(
    fc.property(fc.array(amounts, { maxLength: 20 }), (list) => {
      const texts = list.map(({ units, scale }) => fromScaled(units, scale));
      const byUnits = new AmountSum();
      const byText = new AmountSum();
      for (const { units, scale } of list) byUnits.add(units, scale);
      for (const text of texts) byText.addDecimal(text);
      const expected = texts.reduce(addDecimal, '0');
      expect([byUnits.toString(), byText.toString()]).toEqual([expected, expected]);
    }),
  );
});

test('what is taken away again leaves what was there', () => {
  fc.assert(
    fc.property(amounts, amounts, (first, second) => {
      const [kept, taken] = [first, second].map((amount) => fromScaled(amount.units, amount.scale));
      const sum = new AmountSum(kept!);
      sum.addDecimal(taken!);
      sum.addDecimal(taken!, -1);
      expect(sum.rounded(12)).toBe(new AmountSum(kept!).rounded(12));
    }),
  );
});

test.each(['1.2.3', '1e5', '--1', '1-', '0x10', 'x', '1,5', '12345678901234567890.1.2'])('%s is no amount', (text) => {
  expect(() => new AmountSum(text)).toThrow(SyntaxError);
});

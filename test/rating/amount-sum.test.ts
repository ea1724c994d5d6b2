import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AmountSum, addDecimal, fromScaled } from '../../rating/index.ts';

const amounts = fc.record({ units: fc.bigInt(-(10n ** 30n), 10n ** 30n), scale: fc.integer({ min: 0, max: 12 }) });

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

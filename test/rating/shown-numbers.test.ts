/** Numbers as bills show them: the quick ways of safe integers against arithmetic in bigints. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatQuantity, fromScaled, rescaled, roundToMinor, unitNamed, unitNames } from '../../rating/index.ts';

const safe = fc.maxSafeInteger();

test('a quantity has the same digits whether it comes as a number or as a bigint, in every unit', () => {
  fc.assert(
    fc.property(safe, fc.constantFrom(...unitNames, '', 'FILM'), (base, unit) => {
      const divisor = unitNamed(unit)?.base ?? 1n;
      const doubled = BigInt(base < 0 ? -base : base) * 2_000_000n + divisor;
      const millionths = doubled / (2n * divisor);
      const expected = fromScaled(base < 0 ? -millionths : millionths, 6).replace(/\.?0+$/, '');
      expect(formatQuantity(base, unit)).toBe(expected === '-0' ? '0' : expected);
      expect(formatQuantity(BigInt(base), unit)).toBe(formatQuantity(base, unit));
    }),
    { numRuns: 2_000 },
  );
});

test('an amount is rounded to a minor unit as its decimal string is, half away from zero', () => {
  const currency = fc.constantFrom('USD', 'JPY', 'KWD', 'CLF');
  const digits = { USD: 2, JPY: 0, KWD: 3, CLF: 4 } as Readonly<Record<string, number>>;
  const scale = fc.integer({ min: 0, max: 12 });
  fc.assert(
    fc.property(fc.oneof(safe, fc.integer({ min: -20_000, max: 20_000 })), scale, currency, (units, scale, name) => {
      const rounded = fromScaled(rescaled(units, scale, digits[name]!), digits[name]!);
      expect(rounded).toBe(roundToMinor(fromScaled(units, scale), name));
    }),
    { numRuns: 2_000 },
  );
});

test('half a cent is rounded away from zero on both sides', () => {
  expect([5, -5, 4, -4, 15].map((units) => fromScaled(rescaled(units, 3, 2), 2))).toEqual([
    '0.01',
    '-0.01',
    '0.00',
    '0.00',
    '0.02',
  ]);
});

import { expect, test } from 'vitest';
import { typedNumber } from '../../web/typed-number.ts';

test.each([
  ['1000', 'en', 2, '1000'],
  ['12.50', 'en-GB', 2, '12.50'],
  ['0.125', 'en', 2, '0.125'],
  ['1.1250', 'en', 2, '1.1250'],
  ['1.250', 'en', 3, '1.250'],
  ['12,50', 'en-DE', 2, '12.50'],
])('%s in %s, with %d digits usual, is %s', (typed, locale, digits, value) => {
  expect(typedNumber(typed, { locale, digits })).toEqual({ ok: true, value });
});

test.each([
  ['1,000', 'en'],
  ['1.000', 'en'],
  ['1 000', 'en'],
  ['1.000', 'en-DE'],
  ['1,000', 'en-DE'],
  ['12,50', 'en'],
  ['12.50', 'en-DE'],
  ['1,000,000', 'en'],
  ['1,000.00', 'en'],
  ['-5', 'en'],
  ['1e3', 'en'],
  ['.5', 'en'],
  ['9999999999999', 'en'],
])('%s in %s is refused', (typed, locale) => {
  expect(typedNumber(typed, { locale })).toMatchObject({ ok: false });
});

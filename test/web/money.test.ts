import { expect, test } from 'vitest';
import { formatMoney } from '../../web/money.ts';

test.each([
  ['en-US', 'USD', '1234.5', '$1,234.50'],
  ['en-US', 'USD', '-0.05', '-$0.05'],
  ['en-US', 'USD', '0.00', '$0.00'],
  ['en-US', 'USD', '-0.00', '$0.00'],
  ['en-US', 'USD', '0.004167', '$0.004167'],
  ['en-US', 'USD', '10.000000', '$10.00'],
  ['de-DE', 'EUR', '1234567.89', '1.234.567,89 €'],
  ['de-DE', 'EUR', '-3.88', '-3,88 €'],
  ['en-US', 'JPY', '1234', '¥1,234'],
  ['ja-JP', 'JPY', '1234567', '¥1,234,567'],
  ['en-US', 'KWD', '412.5', 'KWD 412.500'],
  ['en-IN', 'INR', '12345678.9', '₹1,23,45,678.90'],
  ['en-US', 'USD', '12345678901234567890.12', '$12,345,678,901,234,567,890.12'],
  ['en-US', 'XX9', '1.5', '1.50'],
  ['en-US', 'USD', 'NaN', '—'],
])('%s %s %s is %s', (locale, currency, amount, shown) => {
  expect(formatMoney(amount, currency, { locale }).replaceAll('\u00a0', ' ').replace('￥', '¥')).toBe(shown);
});

test('an estimate is cut to the currency and signed', () => {
  expect(formatMoney('0.423411', 'USD', { locale: 'en-US', estimate: true, signed: true })).toBe('+$0.42');
});

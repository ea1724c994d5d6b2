import { expect, test } from 'vitest';
import { formatOctets, formatQuantity, formatSeconds } from '../../web/quantity.ts';

test.each([
  ['0', '0 byte', '0 octets'],
  ['999', '999 byte', '999 octets'],
  ['1000', '1 kB', '1,000 octets'],
  ['1999999', '1.99 MB', '1,999,999 octets'],
  ['4294967296', '4.29 GB', '4,294,967,296 octets'],
  ['18446744073709551615', '18,446.74 PB', '18,446,744,073,709,551,615 octets'],
])('%s octets are %s', (octets, text, exact) => {
  expect(formatOctets(octets, 'en-US')).toEqual({ text, exact });
});

test.each([
  ['155', 'hour', '155 hours'],
  ['1', 'hour', '1 hour'],
  ['1.0', 'hour', '1 hour'],
  ['105.555556', 'hour', '105.555556 hours'],
  ['12345.5', 'GB', '12,345.5 GB'],
  ['42', '1', '42'],
  ['3', 'graphs', '3 graphs'],
])('%s %s reads %s', (quantity, unit, text) => {
  expect(formatQuantity(quantity, unit, 'en-US').replace('\u00a0', ' ')).toBe(text);
});

test.each([
  ['59', '59 s'],
  ['61', '1 min 1 s'],
  ['172800', '48 h 0 min'],
])('%s seconds are %s', (seconds, text) => {
  expect(formatSeconds(seconds, 'en-US').text).toBe(text);
});

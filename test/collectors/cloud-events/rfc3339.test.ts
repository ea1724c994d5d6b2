import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRfc3339 } from '../../../collectors/cloud-events/rfc3339.ts';

describe('a date-time of RFC 3339', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00+01:00', '2026-01-31T11:00:00.000Z'],
    ['2026-01-31T12:00:00-00:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T23:30:00-23:59', '2026-02-01T23:29:00.000Z'],
    ['2026-03-29T02:30:00+01:00', '2026-03-29T01:30:00.000Z'],
    ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500Z'],
    ['2026-01-31T12:00:00.999999999Z', '2026-01-31T12:00:00.999Z'],
    ['1900-01-01T00:00:00Z', '1900-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseRfc3339(text)).toBe(Date.parse(instant));
  });

  it.each([
    ['2026-02-29T00:00:00Z', 'no leap year'],
    ['1900-02-29T00:00:00Z', 'a century that has no leap day'],
    ['2026-04-31T00:00:00Z', 'a month of 30 days'],
    ['2026-00-10T00:00:00Z', 'no month'],
    ['2026-13-10T00:00:00Z', 'a 13th month'],
    ['2026-01-00T00:00:00Z', 'no day'],
    ['2026-01-31T24:00:00Z', '24:00'],
    ['2026-01-31T12:60:00Z', '60 minutes'],
    ['2026-12-31T23:59:60Z', 'a leap second'],
    ['2026-01-31T12:00:00', 'no offset'],
    ['2026-01-31T12:00:00+24:00', 'an offset of a day'],
    ['2026-01-31T12:00:00+01:60', 'an offset of 60 minutes'],
    ['2026-01-31T12:00:00+0100', 'an offset without colon'],
    ['2026-01-31T12:00Z', 'no seconds'],
    ['2026-01-31', 'no time'],
    ['2026-01-31T12:00:00.Z', 'a point without digits'],
    ['2026-01-31T12:00:00.1234567890Z', 'ten decimals'],
    ['1899-12-31T23:59:59Z', 'before 1900'],
    ['0099-01-01T00:00:00Z', 'a year that Date would move to 1999'],
    ['+002026-01-31T12:00:00Z', 'a signed year'],
    ['٢٠٢٦-01-31T12:00:00Z', 'digits of another script'],
    [' 2026-01-31T12:00:00Z', 'a space before'],
    ['2026-01-31T12:00:00Z\n', 'a line break behind'],
    ['1767182400', 'Unix seconds'],
    ['', 'nothing'],
  ])('%j is none: %s', (text) => {
    expect(parseRfc3339(text)).toBeNull();
  });

  it('of any instant and offset is that instant', () => {
    const instant = fc.date({ min: new Date('1900-01-02'), max: new Date('9999-12-30'), noInvalidDate: true });
    const minutes = fc.integer({ min: -(24 * 60 - 1), max: 24 * 60 - 1 });
    fc.assert(
      fc.property(instant, minutes, (date, offset) => {
        const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1);
        const two = (n: number) => String(n).padStart(2, '0');
        const size = Math.abs(offset);
        const text = `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        expect(parseRfc3339(text)).toBe(date.getTime());
      }),
    );
  });
});

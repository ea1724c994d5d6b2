import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PackedReader, PackedWriter } from '../../rating/packed-bytes.ts';

const max52 = Math.floor(Number.MAX_SAFE_INTEGER / 2);
const value = fc.oneof(
  fc.record({ kind: fc.constant('number' as const), value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant('number' as const), value: fc.nat() }),
  fc.record({ kind: fc.constant('signed' as const), value: fc.integer({ min: -max52, max: max52 }) }),
  fc.record({ kind: fc.constant('wide' as const), value: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) }),
  fc.record({ kind: fc.constant('text' as const), value: fc.string({ unit: 'grapheme', maxLength: 200 }) }),
  fc.record({ kind: fc.constant('double' as const), value: fc.double({ noNaN: true }) }),
  fc.record({ kind: fc.constant('fixed32' as const), value: fc.nat(2 ** 32 - 1) }),
  fc.record({ kind: fc.constant('octet' as const), value: fc.nat(255) }),
);

describe('packed octets', () => {
  it('give back what was written, whatever it is and in whatever room', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), fc.integer({ min: 1, max: 64 }), (values, room) => {
        const writer = new PackedWriter(room);
        for (const { kind, value } of values) (writer[kind] as (value: unknown) => void).call(writer, value);
        const reader = new PackedReader(Buffer.from(writer.bytes));
        expect(values.map(({ kind }) => reader[kind]())).toEqual(values.map(({ value }) => value));
        expect(reader.at).toBe(writer.length);
      }),
    );
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('%d is no number that they hold', (wrong) => {
    expect(() => new PackedWriter(8).number(wrong)).toThrow(RangeError);
  });

  it.each([0.5, Number.NaN, 2 ** 53, -(2 ** 53), Number.NEGATIVE_INFINITY])('%d is no signed one', (wrong) => {
    expect(() => new PackedWriter(8).signed(wrong)).toThrow(RangeError);
  });

  it('are not read beyond their end', () => {
    const writer = new PackedWriter(8);
    writer.number(5);
    expect(() => new PackedReader(Buffer.from(writer.bytes)).text()).toThrow(RangeError);
    expect(() => new PackedReader(Buffer.alloc(0)).number()).toThrow(RangeError);
  });
});

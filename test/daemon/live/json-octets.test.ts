import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonOctets, octetsOf } from '../../../daemon/live/json-octets.ts';

const piece = fc.oneof(
  fc.record({ do: fc.constant('write' as const), text: fc.string({ unit: 'binary', maxLength: 200 }) }),
  fc.record({ do: fc.constant('quote' as const), text: fc.string({ unit: 'binary', maxLength: 200 }) }),
  fc.record({ do: fc.constant('put' as const), text: fc.string({ unit: 'binary', maxLength: 200 }) }),
  fc.record({ do: fc.constant('write' as const), text: fc.nat(9_000).map((length) => 'é'.repeat(length)) }),
);

test('pieces written one after the other are the octets of their sum, message after message', () => {
  const json = new JsonOctets();
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      json.clear();
      let expected = '';
      for (const { do: how, text } of pieces) {
        const start = json.length;
        if (how === 'put') json.put(octetsOf(text));
        else json[how](text);
        const written = how === 'quote' ? JSON.stringify(text) : text;
        expect(json.textFrom(start)).toBe(written);
        expected += written;
      }
      expect(Buffer.from(json.written)).toEqual(Buffer.from(expected));
    }),
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAttributes } from '../../../collectors/cloud-events/attributes.ts';

describe('attributes', () => {
  it('are texts by name; whole numbers and truth values become texts', () => {
    const given = { destination: 'FR', sizeOctets: 3_500_000, urgent: true, 'x-a.b_c': '', zero: 0, minus: -5 };
    expect(readAttributes(given, 'messages')).toEqual({
      destination: 'FR',
      sizeOctets: '3500000',
      urgent: 'true',
      'x-a.b_c': '',
      zero: '0',
      minus: '-5',
    });
  });

  it.each([[undefined], [null], [{}]])('that are %j are none', (given) => {
    expect(readAttributes(given, 'messages')).toEqual({});
  });

  it.each([
    ['a list', [], 'data.attributes must be a JSON object'],
    ['a text', 'a=b', 'data.attributes must be a JSON object'],
    ['a fraction', { rate: 0.5 }, 'data.attributes.rate must be'],
    ['beyond 2^53', { n: 2 ** 53 }, 'data.attributes.n must be'],
    ['a number that is none', { n: Number.NaN }, 'data.attributes.n must be'],
    ['an object inside', { a: { b: 1 } }, 'data.attributes.a must be'],
    ['a list inside', { a: ['b'] }, 'data.attributes.a must be'],
    ['null inside', { a: null }, 'data.attributes.a must be'],
    ['257 characters', { a: 'x'.repeat(257) }, 'data.attributes.a must be'],
    ['a control character', { a: 'x\u0000' }, 'data.attributes.a must be'],
    ['half a surrogate pair', { a: '\ud800' }, 'data.attributes.a must be'],
    ['an empty name', { '': 'x' }, '"" is not a name'],
    ['a name with a space', { 'a b': 'x' }, '"a b" is not a name'],
    ['a name of 65 characters', { ['n'.repeat(65)]: 'x' }, 'is not a name'],
    ['the name __proto__', JSON.parse('{"__proto__": "x"}'), '"__proto__" is not a name'],
    ['a size with decimals', { sizeOctets: '1.5' }, 'data.attributes.sizeOctets must be a whole number of octets'],
    ['a negative size', { sizeOctets: -1 }, 'data.attributes.sizeOctets must be a whole number of octets'],
    ['a size of 19 digits', { sizeOctets: '1'.repeat(19) }, 'data.attributes.sizeOctets must be'],
  ])('with %s are refused', (_, given, complaint) => {
    expect(readAttributes(given, 'messages')).toEqual(expect.stringContaining(complaint));
  });

  it('are at most 32, of names up to 64 and values up to 256 characters', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, n]));
    expect(readAttributes(many(32), 'x-any')).toHaveProperty('a31', '31');
    expect(readAttributes(many(33), 'x-any')).toBe('data.attributes may have at most 32 members');
    const longest = { ['n'.repeat(64)]: '€'.repeat(256) };
    expect(readAttributes(longest, 'x-any')).toEqual(longest);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])('may be named %s without meaning the prototype', (name) => {
    const read = readAttributes(JSON.parse(`{${JSON.stringify(name)}: "x"}`), 'messages');
    expect(Object.entries(read)).toEqual([[name, 'x']]);
    expect(Object.keys(readAttributes({}, 'messages'))).toEqual([]);
  });
});

describe('the called number of a call', () => {
  it.each([
    ['+33612345678', '33612345678'],
    ['0033612345678', '33612345678'],
    ['33612345678', '33612345678'],
    [33_612_345_678, '33612345678'],
    ['112', '112'],
    ['+123456789012345', '123456789012345'],
  ])('%j is %s', (given, number) => {
    expect(readAttributes({ calledNumber: given }, 'voice')).toEqual({ calledNumber: number });
  });

  it.each(['', '+', '00', '+33 6 12', '33-612', 'sip:anna@example', '++33612345678', '+1234567890123456', true])(
    '%j is none',
    (given) => {
      expect(readAttributes({ calledNumber: given }, 'voice')).toContain('E.164');
    },
  );

  it('is left as it is for other meters', () => {
    expect(readAttributes({ calledNumber: '+33612' }, 'messages')).toEqual({ calledNumber: '+33612' });
  });
});

it('any JSON value is bounded attributes or words, never a throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('voice', 'messages', '__proto__'), (value, meter) => {
      const read = readAttributes(value, meter);
      expect(typeof read === 'string' ? read.length : 0).toBeLessThan(400);
      if (typeof read === 'string') return;
      for (const [name, text] of Object.entries(read)) {
        expect(name.length).toBeLessThanOrEqual(64);
        expect(typeof text === 'string' && text.length <= 256).toBe(true);
      }
      expect(Object.keys(read).length).toBeLessThanOrEqual(32);
    }),
  );
});

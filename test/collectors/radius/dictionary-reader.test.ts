import { describe, expect, it } from 'vitest';
import { builtInDictionaries, readDictionaries } from '../../../collectors/index.ts';
import { extendedKey } from '../../../collectors/radius/dictionary.ts';

function read(...texts: string[]) {
  return readDictionaries(texts.map((text, index) => ({ name: `file${index + 1}`, text })));
}

function dictionaryOf(...texts: string[]) {
  const result = read(...texts);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result.dictionary;
}

describe('the dictionary that meterd brings', () => {
  const result = readDictionaries(builtInDictionaries);

  it('has no fault', () => {
    expect(result).toMatchObject({ ok: true });
  });

  it('knows the vendors whose attributes are told apart otherwise than by one octet and one', () => {
    if (!result.ok) throw new Error('it has faults');
    const forms = [429, 4846, 8164, 24757].map((vendor) => result.dictionary.vendors.get(vendor));
    expect(forms.map((form) => [form?.typeOctets, form?.lengthOctets, form?.continuation])).toEqual([
      [4, 0, false],
      [2, 1, false],
      [2, 2, false],
      [1, 1, true],
    ]);
  });
});

describe('a file', () => {
  it('adds vendors, attributes of all kinds, and names of values', () => {
    const { standard, extended, vendors } = dictionaryOf(`
      # An operator's own
      attribute 200 Zone-Name text
      attribute 242.7 Line integer leave
      vendor 32473 Example   # RFC 5612
      attribute 1 Example-Tier integer
      value Example-Tier 1 gold
      value Example-Tier 0x2 silver
      attribute 2 Example-Box tlv
      attribute 2.9 Example-Serial text
      attribute 241.26.5 Example-Site text
      standard
      attribute 201 Zone-Number integer64
    `);
    expect(standard.get(200)).toMatchObject({ name: 'Zone-Name', type: 'text', use: 'keep' });
    expect(standard.get(201)?.type).toBe('integer64');
    expect(extended.get(extendedKey(242, 7))).toMatchObject({ name: 'Line', use: 'leave' });
    const example = vendors.get(32_473)!;
    expect([...example.attributes.get(1)!.values]).toEqual([
      [1, 'gold'],
      [2, 'silver'],
    ]);
    expect(example.attributes.get(2)!.children.get(9)?.name).toBe('Example-Serial');
    expect(example.extended.get(extendedKey(241, 5))?.name).toBe('Example-Site');
  });

  it('changes what an earlier one said of a vendor, and keeps the rest', () => {
    const first = 'vendor 9 A\nattribute 1 A-One text\nattribute 2 A-Two text';
    const { attributes } = dictionaryOf(first, 'vendor 9 A\nattribute 1 A-First integer').vendors.get(9)!;
    expect([attributes.get(1)?.name, attributes.get(2)?.name]).toEqual(['A-First', 'A-Two']);
  });

  it('may have what is unusual, but can come', () => {
    const { vendors } = dictionaryOf(`
      vendor 8744 Colubris
      attribute 0 Colubris-AVPair pair
      attribute 255 Colubris-Last text
      vendor 429 USR format=4,0
      attribute 4294967295 USR-Last text
    `);
    expect([...vendors.get(8744)!.attributes.keys()]).toEqual([0, 255]);
    expect(vendors.get(429)!.attributes.get(0xffff_ffff)?.name).toBe('USR-Last');
    const twice = 'attribute 1 A integer\nvalue A 1 x\nvalue A 1 x';
    expect(dictionaryOf(twice, 'value A 2 y').standard.get(1)?.values.get(2)).toBe('y');
    expect(dictionaryOf('vendor 9 Vendor', 'vendor 9 VENDOR').vendors.size).toBe(1);
  });

  it('tells anew what the number of a vendor stands for, not that of a standard attribute', () => {
    const vendor = 'vendor 9 A\nattribute 1 B integer\nvalue B 1 x';
    expect(dictionaryOf(vendor, 'value B 1 y').vendors.get(9)!.attributes.get(1)!.values.get(1)).toBe('y');
    const result = read('attribute 1 A integer\nvalue A 1 x', '\nvalue A 1 y');
    expect(result).toMatchObject({ ok: false, problems: [{ file: 'file2', line: 2 }] });
  });

  it('leaves the format of a vendor as it is, unless it gives another', () => {
    const form = (...texts: string[]) => {
      const { typeOctets, lengthOctets, continuation } = dictionaryOf(...texts).vendors.get(9)!;
      return [typeOctets, lengthOctets, continuation];
    };
    expect(form('vendor 9 A')).toEqual([1, 1, false]);
    expect(form('vendor 9 A format=2,2,c', 'vendor 9 A')).toEqual([2, 2, true]);
    expect(form('vendor 9 A format=1,1,c', 'vendor 9 A format=2,1')).toEqual([2, 1, false]);
  });

  it('decides whether a standard attribute is kept, but not what it is', () => {
    const base = 'attribute 5 NAS-Port integer leave';
    expect(dictionaryOf(base, 'attribute 5 NAS-Port integer keep').standard.get(5)?.use).toBe('keep');
    expect(read(base, 'attribute 5 Port integer')).toMatchObject({ ok: false });
    expect(read(base, 'attribute 5 NAS-Port text')).toMatchObject({ ok: false });
  });
});

describe('a fault', () => {
  it.each([
    ['\nattribut 1 A text', 2, 'begins with "attribut"'],
    ['attribute x A text', 1, 'no number'],
    ['attribute 1 A', 1, 'type'],
    ['attribute 1 A string', 1, 'expected one of text'],
    ['attribute 1 A_B text', 1, 'name'],
    ['attribute 1 constructor text', 1, 'name'],
    ['attribute 1 A text maybe', 1, 'expected keep, leave'],
    ['attribute 1 A text keep more', 1, 'use'],
    ['attribute 1 A text ipv6-input-octets', 1, 'must be integer'],
    ['attribute 0 A text', 1, 'no number of a standard'],
    ['attribute 241 A text', 1, 'no number of a standard'],
    ['attribute 241.0 A text', 1, 'no number of a standard'],
    ['attribute 241.256 A text', 1, 'no number of a standard'],
    ['attribute 26 A opaque', 1, 'vendor-specific'],
    ['attribute 26.9.1 A text', 1, 'vendor-specific'],
    ['attribute 241.26 A opaque', 1, 'vendor-specific'],
    ['attribute 241.26.1 A text', 1, 'vendor-specific'],
    ['vendor 9 A\nattribute 256 B text', 2, '1 octet(s) of type'],
    ['vendor 9 A format=2,1\nattribute 65536 B text', 2, '2 octet(s) of type'],
    ['vendor 9 A\nattribute 241.26.0 B text', 2, '1 to 255'],
    ['vendor 9 A\nattribute 241.26.256 B text', 2, '1 to 255'],
    ['vendor 9 A\nattribute 2 B tlv\nattribute 2.0 C text', 3, '1 to 255'],
    ['vendor 9 A\nattribute 2 B tlv\nattribute 2.300 C text', 3, '1 to 255'],
    ['attribute 241.5 B tlv\nattribute 241.5.300 C text', 2, '1 to 255'],
    ['vendor 9 A format=2,1\nattribute 300 B text\nvendor 9 A format=1,1', 3, 'no room for the attribute 300'],
    ['vendor 9 A\nvendor 9 B', 2, 'vendor 9 is A, not B'],
    ['vendor 9 A\nvendor 10 a', 2, 'a is the vendor 9, not 10'],
    ['attribute 1 A text\nvalue A 1 x', 2, 'A is text; only integer'],
    ['attribute 1 A integer64\nvalue A 1 x', 2, 'A is integer64; only integer'],
    ['attribute 1 A byte\nvalue A 256 x', 2, 'too large for A'],
    ['attribute 1 A integer\nvalue A 1 x\nvalue A 0x1 y', 3, '1 of A is x already, not y'],
    ['vendor 9 A\nattribute 1 B integer\nvalue B 1 x\nvalue B 1 y', 4, '1 of B is x already, not y'],
    ['attribute 3.1 A text', 1, 'defined before'],
    ['attribute 1 A text\nattribute 2 A text', 2, 'another attribute is named A'],
    ['vendor 0 A', 1, 'vendor wants'],
    ['vendor 16777216 A', 1, 'vendor wants'],
    ['vendor 9', 1, 'name'],
    ['vendor 9 A format=3,1', 1, 'format'],
    ['value A 1 x', 1, 'no attribute is named'],
    ['attribute 1 A integer\nvalue A x y', 2, 'value wants'],
    ['attribute 1 A integer\nvalue A 4294967296 y', 2, 'value wants'],
  ])('in %j is told with its line', (text, line, message) => {
    const result = read(text);
    expect(result.ok ? [] : result.problems).toMatchObject([
      { file: 'file1', line, message: expect.stringContaining(message) },
    ]);
  });

  it('after the twentieth is not told any more', () => {
    const result = read('nonsense\n'.repeat(1000));
    expect(result.ok ? 0 : result.problems.length).toBe(20);
  });
});

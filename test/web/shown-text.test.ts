import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shownText } from '../../web/shown-text.ts';

test.each([
  ['ann@example.net', 'ann@example.net'],
  ['ISP\\ann', 'ISP\\ann'],
  ['Zoë Müller 日本', 'Zoë Müller 日本'],
  ['nl1\nzzz', '"nl1\\nzzz"'],
  ['bert\0', '"bert\\u0000"'],
  ['bert ', '"bert "'],
  ['a  b', '"a \\u0020b"'],
  ['a\u202eb', '"a\\u202eb"'],
  ['"bert', '"\\"bert"'],
  ['ISP\\ann\n', '"ISP\\\\ann\\n"'],
])('%j is shown as %s', (text, shown) => {
  expect(shownText(text)).toBe(shown);
});

test('no two texts are shown alike', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\\', 'n', '"', '\n', ' ', '\0', '\u200b', '\u{e0001}') });
  fc.assert(
    fc.property(text, (one) => {
      const shown = shownText(one);
      expect(shown.startsWith('"') ? JSON.parse(shown) : shown).toBe(one);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }),
  );
});

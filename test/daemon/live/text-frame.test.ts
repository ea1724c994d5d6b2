import { expect, test } from 'vitest';
import { textFrame } from '../../../daemon/live/text-frame.ts';
import { textsIn } from '../../fixtures/live-frames.ts';

test('frames are what an independent reader of RFC 6455 takes for their texts, at each length of the length', () => {
  const lengths = [0, 1, 124, 125, 126, 127, 255, 256, 65_534, 65_535, 65_536, 70_000, 1_000_000];
  const texts = lengths.map((length) => '~'.repeat(length));
  expect(textsIn(Buffer.concat(texts.map(textFrame)))).toEqual(texts);
});

test('lengths are of octets, not of characters', () => {
  const texts = ['é', 'x€', '😀', '\u0080', 'é'.repeat(62), 'é'.repeat(63), '€'.repeat(21_845), '€'.repeat(21_846)];
  expect(textsIn(Buffer.concat(texts.map(textFrame)))).toEqual(texts);
});

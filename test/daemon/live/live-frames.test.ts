import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LiveFrames } from '../../../daemon/live/live-frames.ts';
import { gatheredAll, type LiveTextMessage, textsIn } from '../../fixtures/live-frames.ts';

const message: fc.Arbitrary<LiveTextMessage> = fc.record({
  account: fc.nat(),
  type: fc.constantFrom('bill' as const, 'charges' as const, 'projection' as const),
  text: fc.oneof(
    { weight: 8, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
    { weight: 1, arbitrary: fc.nat(100_000).map((length) => 'x'.repeat(length)) },
  ),
});

function messagesOf({ octets, accounts, types, ends }: LiveFrames): LiveTextMessage[] {
  return accounts.map((account, n) => {
    const [text, ...more] = textsIn(octets.subarray(n === 0 ? 0 : ends[n - 1], ends[n]));
    expect(more).toEqual([]);
    return { account, type: types[n]!, text: text! };
  });
}

test('messages arrive as they were added, none lost, in octets that hold little more than they must', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 200 }), (messages) => {
      const sent = gatheredAll(messages);
      expect(sent.flatMap(messagesOf)).toEqual(messages);
      for (const { octets, ends } of sent) expect(octets.length).toBeLessThanOrEqual(2 * ends.at(-1)!);
    }),
    { numRuns: 60 },
  );
});

test('octets that were handed over are not written again', () => {
  const texts = Array.from({ length: 400 }, (_, n) => `${n} ${'x'.repeat(1_000)}`);
  const sent = gatheredAll(texts.map((text) => ({ account: 1, type: 'charges', text })));
  expect(sent.length).toBeGreaterThan(5);
  expect(sent.flatMap(messagesOf).map(({ text }) => text)).toEqual(texts);
});

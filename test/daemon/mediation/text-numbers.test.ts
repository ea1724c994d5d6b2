import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { none } from '../../../daemon/mediation/columns.ts';
import { TextNumbers } from '../../../daemon/mediation/text-numbers.ts';

/** Few enough that they come again, of all lengths and kinds of code units, lone surrogates among them. */
const texts = fc.oneof(
  fc.constantFrom('', 'a', 'ab', '12:isp/10.0.0.1S1', '12:isp/10.0.0.1S2', 'ÿ', 'ÿÿ', '\ud800', '\u00ff\u0100'),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

describe('numbers of texts', () => {
  it('are one for each text while somebody holds it, whatever else comes and goes', () => {
    const step = fc.record({ text: texts, holds: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer(), (steps, salt) => {
        const numbers = new TextNumbers(salt);
        const model = new Map<string, { readonly number: number; holders: number }>();
        for (const { text, holds } of steps) {
          const known = model.get(text);
          expect(numbers.find(text)).toBe(known?.number ?? none);
          if (holds) {
            const number = numbers.hold(text);
            if (known) {
              expect(number).toBe(known.number);
              known.holders++;
            } else {
              expect([...model.values()].map((other) => other.number)).not.toContain(number);
              model.set(text, { number, holders: 1 });
            }
          } else if (known) {
            numbers.letGo(known.number);
            if (--known.holders === 0) model.delete(text);
          }
          expect(numbers.size).toBe(model.size);
        }
        for (const [text, { number }] of model) expect(numbers.find(text)).toBe(number);
      }),
    );
  });

  it('are given again, as many as were ever held at once', () => {
    const numbers = new TextNumbers();
    const held: number[] = [];
    let highest = 0;
    for (let n = 0; n < 100_000; n++) {
      if (held.length === 3_000) numbers.letGo(held.shift()!);
      const number = numbers.hold(`session ${n} of ${'x'.repeat(n % 30)}`);
      held.push(number);
      highest = Math.max(highest, number);
    }
    expect(highest).toBe(2_999);
    expect(numbers.size).toBe(3_000);
    for (let n = 97_000; n < 100_000; n++) {
      expect(numbers.find(`session ${n} of ${'x'.repeat(n % 30)}`)).toBe(held[n - 97_000]);
    }
  });

  it('are told of texts longer than others, and refused of such as fill a page', () => {
    const numbers = new TextNumbers();
    const long = 'é'.repeat(100_000);
    const number = numbers.hold(long);
    expect(numbers.find(long)).toBe(number);
    expect(numbers.find(`${long}e`)).toBe(none);
    expect(() => numbers.hold('x'.repeat(1_048_577))).toThrow(RangeError);
    expect(numbers.size).toBe(1);
  });
});

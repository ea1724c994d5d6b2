/** How account states are stored: octets that tell all of a state, and the text of earlier releases. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bins } from '../../rating/bins.ts';
import { decodeState, encodeState } from '../../rating/index.ts';
import type { Whole } from '../../rating/money.ts';
import { type AccountState, newAccumulator, newLine } from '../../rating/state.ts';

const whole: fc.Arbitrary<Whole> = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -300, max: 300 }).map((n) => n + 0),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 96n }),
  fc.bigInt({ min: -(2n ** 96n), max: -(2n ** 53n) }),
  fc.constantFrom(2 ** 52 - 1, 2 ** 52, -(2 ** 52), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
/** As far as dates go, where periods without an end begin and end. */
const ms = fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 });
const text = fc.oneof(fc.string({ maxLength: 90 }), fc.string({ unit: 'grapheme', maxLength: 20 }));
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const orNull = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null });
const version = fc.nat(1_000_000);

const bins = fc
  .array(fc.tuple(fc.nat(8_000), fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: 1n, max: 2n ** 80n }))), {
    maxLength: 5,
  })
  .map((added) => {
    const made = new Bins();
    for (const [bin, use] of added) made.add(bin, typeof use === 'number' ? Math.abs(use) : use);
    return made;
  });

const accumulator = fc
  .record({ fromMs: ms, version, name: maybe(text), rate: maybe(text), total: whole, posted: whole, sum: whole })
  .chain((told) => maybe(bins).map((its) => ({ ...told, bins: its })))
  .map(({ fromMs, version, name, rate, ...rest }) => Object.assign(newAccumulator(fromMs, version, name, rate), rest));

const memory = fc.record({
  key: text,
  accumulators: fc.array(accumulator, { maxLength: 4 }),
  occasions: fc
    .array(fc.tuple(text, fc.record({ total: whole, lastMs: ms })), { maxLength: 3 })
    .map((entries) => (entries.length === 0 ? null : new Map(entries))),
});

const line = fc
  .record({
    planId: text,
    version,
    primitive: text,
    place: fc.nat(900).map((n) => n / 10_000),
    scale: fc.nat(12),
    label: orNull(text),
    unit: orNull(text),
    adjustsMs: orNull(ms),
    priced: maybe(fc.record({ vendor: text, attribution: text })),
    amount: whole,
    quantity: whole,
    rounding: whole,
  })
  .map(({ adjustsMs, priced, amount, quantity, rounding, ...name }) =>
    Object.assign(newLine(name, adjustsMs, priced), { amount, quantity, rounding }),
  );

const state: fc.Arbitrary<AccountState> = fc.record({
  sinceMs: orNull(ms),
  archived: fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(999)).map(([a, b]) => `${a}.${b}`),
  archivedThroughMs: orNull(ms),
  floorMs: orNull(ms),
  plans: fc
    .array(fc.tuple(text, fc.array(memory, { maxLength: 3 })), { maxLength: 3 })
    .map((plans) => new Map(plans.map(([id, list]) => [id, new Map(list.map((its) => [its.key, its]))]))),
  bills: fc.array(fc.record({ fromMs: ms, closed: fc.boolean(), lines: fc.array(line, { maxLength: 5 }) }), {
    maxLength: 3,
  }),
  frame: fc.constant(null),
});

describe('a stored state', () => {
  it('tells all of the state, and its octets are the same whenever it is written again', () => {
    fc.assert(
      fc.property(state, (one) => {
        const stored = encodeState(one);
        const read = decodeState(stored);
        expect(read).toEqual(one);
        expect(encodeState(read)).toEqual(stored);
      }),
    );
  });

  it('that ends too early is refused', () => {
    fc.assert(
      fc.property(state, fc.double({ min: 0, max: 0.999, noNaN: true }), (one, part) => {
        const stored = encodeState(one);
        expect(() => decodeState(stored.subarray(0, Math.floor(stored.length * part)))).toThrow();
      }),
    );
  });

  it('of an unknown version is refused', () => {
    expect(() => decodeState(Uint8Array.of(3, 0))).toThrow('account state of unknown version 3');
    expect(() => decodeState('{"v":4}')).toThrow('account state of unknown version 4');
  });

  it('is read wherever it lies in a larger buffer', () => {
    const stored = encodeState(decodeState(asText));
    const larger = new Uint8Array(stored.length + 20);
    larger.set(stored, 7);
    expect(decodeState(larger.subarray(7, 7 + stored.length))).toEqual(decodeState(asText));
  });
});

/** Version 1, as earlier releases wrote it. */
const asText = String.raw`{"v":1,"i":[1767225600,1769904000],"s":1767225600001,"a":"12.345","t":1764547200000,"f":1764547200000,"p":[["p",[["k StepRater",[[0,"1152921504606846976",-5,2,7,"name \"é\""],[0,12,0,2,19],[1,0,0,2,0,"in","",",,,5;;7ps"]],[["session 9","36028797018963968",1767225600123]]]]]],"r":[["",0,3,"Mailer\tclient 7",0,"Email Transfer","MB"],["p",2,6,"k",1.0001,"VAT (child)"]],"b":[[0,1,[[0,1234,1500,-4]]],[1,0,[[0,555,1500,0,1767225600000],[1,"-18014398509481984",9,-3,1767225600000]]]]}`;

describe('a state stored as text by an earlier release', () => {
  const januaryMs = Date.UTC(2026, 0, 1);
  const februaryMs = Date.UTC(2026, 1, 1);
  const email = { planId: '', version: 0, primitive: '', place: 0, scale: 3, label: 'Email Transfer', unit: 'MB' };
  const mailer = { vendor: 'Mailer', attribution: 'client 7' };
  const tax = { planId: 'p', version: 2, primitive: 'k', place: 1.0001, scale: 6, label: 'VAT (child)', unit: null };
  const used = new Bins();
  used.add(3, 5);
  used.add(2 * 288, 10_000);

  const expected: AccountState = {
    sinceMs: 1_767_225_600_001,
    archived: '12.345',
    archivedThroughMs: 1_764_547_200_000,
    floorMs: 1_764_547_200_000,
    plans: new Map([
      [
        'p',
        new Map([
          [
            'k StepRater',
            {
              key: 'k StepRater',
              accumulators: [
                { ...newAccumulator(januaryMs, 2, 'name "é"'), total: 2n ** 60n, posted: -5, sum: 7 },
                { ...newAccumulator(januaryMs, 2), total: 12, sum: 19 },
                { ...newAccumulator(februaryMs, 2, 'in'), bins: used },
              ],
              occasions: new Map([['session 9', { total: 2n ** 55n, lastMs: 1_767_225_600_123 }]]),
            },
          ],
        ]),
      ],
    ]),
    bills: [
      {
        fromMs: januaryMs,
        closed: true,
        lines: [{ ...newLine(email, null, mailer), amount: 1_234, quantity: 1_500, rounding: -4 }],
      },
      {
        fromMs: februaryMs,
        closed: false,
        lines: [
          { ...newLine(email, januaryMs, mailer), amount: 555, quantity: 1_500 },
          { ...newLine(tax, januaryMs), amount: -(2n ** 54n), quantity: 9, rounding: -3 },
        ],
      },
    ],
    frame: null,
  };

  it('is read as it was', () => {
    expect(decodeState(asText)).toEqual(expected);
  });

  it('is the same when it is stored again', () => {
    expect(decodeState(encodeState(decodeState(asText)))).toEqual(expected);
  });
});

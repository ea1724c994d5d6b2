import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AccountTerms,
  addDecimal,
  billOf,
  closeBill,
  decodeState,
  encodeState,
  newAccountState,
  type PricedUse,
  postedTotal,
  postPriced,
} from '../../rating/index.ts';

const terms: AccountTerms = { currency: 'USD', zone: 'Europe/Paris', cycleDay: 1, segments: [] };
const januaryMs = Date.UTC(2026, 0, 10, 12);
const februaryMs = Date.UTC(2026, 1, 10, 12);

const email: PricedUse = {
  description: 'Email Transfer',
  unit: 'MB',
  vendor: 'Mailer',
  attribution: 'client 7',
  units: 1_500n,
  charge: 1_234n,
  atMs: januaryMs,
};

describe('priced use', () => {
  it('is posted as it came, on a line of its description, vendor and attribution, without a plan', () => {
    const state = newAccountState();
    expect(postPriced(terms, state, email)).toEqual({
      ok: true,
      charges: [
        {
          planId: '',
          version: 0,
          primitive: '',
          label: 'Email Transfer',
          unit: 'MB',
          kind: 'priced',
          periodFromMs: Date.UTC(2025, 11, 31, 23),
          periodToMs: Date.UTC(2026, 0, 31, 23),
          amount: '1.234',
          baseQuantity: 1_500n,
        },
      ],
    });
    postPriced(terms, state, { ...email, units: 500n, charge: -234n });
    postPriced(terms, state, { ...email, attribution: 'client 8' });
    const bill = billOf(terms, state, januaryMs);
    expect(bill.lines.map((l) => [l.label, l.vendor, l.attribution, l.quantity, l.unit, l.exactAmount])).toEqual([
      ['Email Transfer', 'Mailer', 'client 7', '2', 'MB', '1.000'],
      ['Email Transfer', 'Mailer', 'client 8', '1.5', 'MB', '1.234'],
    ]);
    expect(bill.total).toBe('2.23');
  });

  it('gets its rounding when the bill closes, and what comes later goes to the next bill as an adjustment', () => {
    const state = newAccountState();
    postPriced(terms, state, email);
    const closing = closeBill(terms, state, januaryMs);
    expect(closing.ok && closing.charges.map((c) => [c.label, c.kind, c.amount])).toEqual([
      ['Email Transfer', 'rounding', '-0.004'],
    ]);
    expect(postedTotal(state)).toBe('1.230');
    const late = postPriced(terms, state, email);
    expect(late.ok && late.charges[0]!.label).toBe('Email Transfer (adjustment of the bill from 2026-01-01)');
    expect(billOf(terms, state, januaryMs).total).toBe('1.23');
    expect(billOf(terms, state, februaryMs).total).toBe('1.23');
  });

  it('of more lines than a bill may have is posted to one line together', () => {
    const state = newAccountState();
    for (let n = 0; n < 600; n++) postPriced(terms, state, { ...email, attribution: `c${n}` });
    const again = decodeState(encodeState(state));
    postPriced(terms, again, { ...email, attribution: 'one more' });
    const { lines } = billOf(terms, again, januaryMs);
    expect(lines).toHaveLength(501);
    expect(lines.at(-1)).toMatchObject({ label: 'Other charges', quantity: '0', exactAmount: '124.634' });
  });

  it('out of the calendar is refused and changes nothing', () => {
    const state = newAccountState();
    const before = encodeState(state);
    expect(postPriced(terms, state, { ...email, atMs: Number.NaN })).toMatchObject({ reason: 'out-of-range' });
    expect(postPriced({ ...terms, zone: 'Nowhere' }, state, email)).toMatchObject({ reason: 'unknown-zone' });
    expect(encodeState(state)).toEqual(before);
  });

  it('adds up: posted total, bills and charges agree, also through encoding and closing', () => {
    const use = fc.record({
      description: fc.constantFrom('Email', 'Game', 'Voice'),
      unit: fc.constantFrom('MB', 'MINS'),
      vendor: fc.constantFrom('', 'Telco'),
      attribution: fc.constantFrom('', 'Room 12'),
      units: fc.bigInt(0n, 99_999_999_999n),
      charge: fc.bigInt(-99_999_999_999n, 99_999_999_999n),
      atMs: fc.constantFrom(januaryMs, februaryMs),
    });
    fc.assert(
      fc.property(fc.array(use, { maxLength: 30 }), fc.nat(30), (uses, closedAfter) => {
        let state = newAccountState();
        let sum = '0';
        for (const [n, one] of uses.entries()) {
          const results = [postPriced(terms, state, one)];
          if (n === closedAfter) results.push(closeBill(terms, state, januaryMs));
          for (const result of results) {
            if (!result.ok) throw new Error(result.detail);
            for (const { amount } of result.charges) sum = addDecimal(sum, amount);
          }
          state = decodeState(encodeState(state));
        }
        expect(addDecimal(postedTotal(state), '0.000')).toBe(addDecimal(sum, '0.000'));
      }),
    );
  });
});

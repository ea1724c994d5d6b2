import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LiveCharge } from '../../daemon/contract.ts';
import { sumOf } from '../../web/decimal.ts';
import { initialLive, type LiveState, reduceLive } from '../../web/live.ts';
import {
  emptyTotals,
  namesMax,
  type RunningTotals,
  type TotalsByName,
  totalsAfterBill,
  withCharges,
} from '../../web/running-totals.ts';
import { sampleBill } from './sample-bill.ts';
import { sampleCharge } from './sample-charge.ts';

const whole: RunningTotals = { ...emptyTotals, whole: true };

describe('totals per attribution and vendor', () => {
  test('begin with what the bill says and add each charge exactly', () => {
    const bill = sampleBill({
      totals: { attributions: [{ name: 'Room 12', amount: '1.1' }], vendors: [{ name: 'Battle.net', amount: '0.2' }] },
    });
    const totals = withCharges(totalsAfterBill(emptyTotals, { had: null, bill }), [
      sampleCharge(4, { attribution: 'Room 12', charge: '2.002' }),
      sampleCharge(5, { charge: '-0.1' }),
    ]);
    expect(totals.whole).toBe(true);
    expect(shown(totals.attributions)).toEqual(['Room 12 3.102 EUR', ' -0.1 EUR']);
    expect(shown(totals.vendors)).toEqual(['Battle.net 2.102 EUR']);
  });

  test('never add two currencies together', () => {
    const charges = [sampleCharge(1), sampleCharge(2, { currency: 'USD' }), sampleCharge(3)];
    expect(shown(withCharges(whole, charges).vendors)).toEqual(['Battle.net 0.250 EUR', 'Battle.net 0.125 USD']);
  });

  test('know all of a period from its first charge, and only a part when they begin in its middle', () => {
    expect(totalsAfterBill(emptyTotals, { had: null, bill: sampleBill({ seq: 0 }) }).whole).toBe(true);
    expect(totalsAfterBill(whole, { had: null, bill: sampleBill({ seq: 3 }) }).whole).toBe(false);
  });

  test('are carried on over a bill that brings no charge, and begun again over one that does or over a new period', () => {
    const had = sampleBill({ seq: 3 });
    const totals = withCharges(whole, [sampleCharge(1), sampleCharge(2), sampleCharge(3)]);
    expect(totalsAfterBill(totals, { had, bill: sampleBill({ seq: 3, balance: '99' }) })).toBe(totals);
    expect(totalsAfterBill(totals, { had, bill: sampleBill({ seq: 4 }) }).vendors.size).toBe(0);
    const february = sampleBill({ seq: 3, period: { from: '2026-02-01', to: '2026-03-01' } });
    expect(totalsAfterBill(totals, { had, bill: february }).vendors.size).toBe(0);
  });

  test('have a limit of names, beyond which nothing is lost', () => {
    const charges = Array.from({ length: namesMax + 20 }, (_, n) => sampleCharge(n, { vendor: `v${n}`, charge: '1' }));
    const { vendors } = withCharges(whole, charges);
    expect(vendors.size).toBe(namesMax + 1);
    expect([...vendors.values()].at(-1)).toEqual({ name: null, currency: 'EUR', amount: '20' });
  });

  test('come to the sum of the charges of each currency, however the charges are split into messages', () => {
    const some = fc.constantFrom('', 'a', 'b', 'EUR');
    const amount = fc.integer({ min: -99_999, max: 99_999 }).map((thousandths) => {
      const digits = String(Math.abs(thousandths)).padStart(4, '0');
      return `${thousandths < 0 ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`;
    });
    const charge = fc
      .record({ vendor: some, attribution: some, charge: amount, currency: fc.constantFrom('EUR', 'USD') })
      .map((changes) => sampleCharge(1, changes));
    fc.assert(
      fc.property(fc.array(fc.array(charge, { maxLength: 8 }), { maxLength: 8 }), (messages) => {
        const split = messages.reduce<RunningTotals>(withCharges, whole);
        expect(split).toEqual(withCharges(whole, messages.flat()));
        for (const currency of ['EUR', 'USD']) {
          const posted = sumOf(messages.flat().flatMap((one) => (one.currency === currency ? [one.charge] : [])));
          for (const rows of [split.attributions, split.vendors]) {
            const sum = sumOf([...rows.values()].flatMap((row) => (row.currency === currency ? [row.amount] : [])));
            expect(sumOf([sum, '0.000'])).toBe(sumOf([posted, '0.000']));
          }
        }
      }),
    );
  });
});

describe('in the live bill', () => {
  test('a charge that comes twice is counted once', () => {
    const first = told(told(initialLive('A-1'), []), [1, 2]);
    const again = told(first, [1, 2, 3]);
    expect(shown(again.totals.vendors)).toEqual(['Battle.net 0.375 EUR']);
    expect(again.totals.whole).toBe(true);
  });

  test('the bill by HTTP already begins them', () => {
    const totals = { attributions: [{ name: 'x', amount: '1' }], vendors: [] };
    const { state } = reduceLive(initialLive('A-1'), { kind: 'fetched', bill: sampleBill({ totals }), atMs: 1 });
    expect(shown(state.totals.attributions)).toEqual(['x 1 EUR']);
  });
});

/** An empty bill first, then the charges of these numbers. */
function told(state: LiveState, seqs: readonly number[]): LiveState {
  const seq = seqs.at(-1) ?? 0;
  const bill = sampleBill({ seq, asOfMs: Date.UTC(2026, 0, 15, 12) + seq });
  if (seqs.length === 0) return reduceLive(state, { kind: 'message', message: { type: 'bill', bill }, atMs: 1 }).state;
  const charges: LiveCharge[] = seqs.map((of) => sampleCharge(of));
  const message = { ...bill, type: 'charges', fromSeq: seqs[0]! - 1, charges } as const;
  return reduceLive(state, { kind: 'message', message, atMs: 1 }).state;
}

function shown(totals: TotalsByName): string[] {
  return [...totals.values()].map(({ name, amount, currency }) => `${name} ${amount} ${currency}`);
}

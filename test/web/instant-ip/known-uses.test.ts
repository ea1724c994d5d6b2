import { expect, test } from 'vitest';
import { knownUses } from '../../../web/instant-ip/known-uses.ts';
import { sampleBill } from '../sample-bill.ts';
import { sampleCharge } from '../sample-charge.ts';

const charges = (...seqs: number[]) => seqs.map((seq) => sampleCharge(seq));
const seqsOf = (bill: Parameters<typeof sampleBill>[0], recent: number[]) =>
  knownUses({ bill: sampleBill(bill), recent: charges(...recent) }).map(({ seq }) => seq);

test('the last uses are those of the bill and what came after, newest first and once each', () => {
  expect(seqsOf({ seq: 5, recent: charges(2, 3, 4) }, [4, 5])).toEqual([5, 4, 3, 2]);
});

test('a missing number ends the list', () => {
  expect(seqsOf({ seq: 9, recent: charges(2, 3) }, [8, 9])).toEqual([9, 8]);
  expect(seqsOf({ seq: 9 }, [])).toEqual([]);
});

test('without a bill there are none', () => {
  expect(knownUses({ bill: null, recent: charges(1) })).toEqual([]);
});

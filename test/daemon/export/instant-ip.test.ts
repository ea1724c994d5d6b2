import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  emptySequence,
  InstantIpReader,
  type InstantIpRecord,
  nextInSequence,
  writeInstantIpRecord,
} from '../../../collectors/index.ts';
import { type ExportedCharge, instantIpRecords } from '../../../daemon/export/instant-ip.ts';
import type { ChargeRow } from '../../../daemon/store/store.ts';
import { addDecimal, fromScaled, toScaled } from '../../../rating/index.ts';

const startMs = Date.UTC(2026, 0, 10, 12);

function charge(seq: number, amount: string, more: Partial<ChargeRow> = {}): ChargeRow {
  return {
    id: seq,
    previous: seq - 1,
    account: 1,
    seq,
    position: seq,
    fromUsage: true,
    line: { planId: 'p', version: 1, primitive: 'rate', label: 'On-peak hours', unit: 'hour', kind: 'usage' },
    periodFromMs: 0,
    periodToMs: 1,
    amount,
    baseQuantity: 5_400n,
    atMs: startMs + seq * 7_000,
    detail: null,
    ...more,
  };
}

function records(charges: readonly ExportedCharge[], more = {}): InstantIpRecord[] {
  const inputs = { currency: 'USD', payments: [], vendor: 'meterd', onShortened: () => undefined, ...more };
  return [...instantIpRecords({ ...inputs, charges })];
}

const here = (row: ChargeRow): ExportedCharge => ({ charge: row, postedElsewhere: '0' });

describe('charges as Instant-IP records', () => {
  it('keep label, quantity, time, running total, balance and the delay to the next', () => {
    const payments = [{ account: 1, amount: '10', note: '', atMs: startMs }];
    const [first, second] = records([here(charge(1, '1.500000')), here(charge(2, '0.250000'))], { payments });
    expect(first).toEqual({
      usageDescription: 'On-peak hours',
      additionalUsageDescription: '',
      unitsThousandths: 1_500n,
      unitOfMeasure: 'HOURS',
      dateTimeMs: startMs + 7_000,
      vendor: 'meterd',
      chargeThousandths: 1_500n,
      currency: 'USD',
      totalToDateThousandths: 1_500n,
      balanceRemainingThousandths: 8_500n,
      usageAttribution: '',
      timeDelaySeconds: 7,
    });
    expect(second).toMatchObject({ totalToDateThousandths: 1_750n, timeDelaySeconds: 0 });
  });

  it('tell once of each text that is written short', () => {
    const onShortened = vi.fn();
    const line = { ...charge(1, '1').line, label: 'Ann Arbor to Delhi, India' };
    const [record] = records([here(charge(1, '1', { line })), here(charge(2, '1', { line }))], { onShortened });
    expect(record!.usageDescription).toBe('Ann Arbor to Delhi,');
    expect(onShortened.mock.calls).toEqual([['Ann Arbor to Delhi, India', 'Ann Arbor to Delhi,']]);
  });

  it('count what was posted to other periods in the balance, not in the total', () => {
    const [record] = records([{ charge: charge(1, '1'), postedElsewhere: '2.5' }]);
    expect(record).toMatchObject({ totalToDateThousandths: 1_000n, balanceRemainingThousandths: -3_500n });
  });

  it('that no record can hold are refused by name', () => {
    const line = { ...charge(1, '1').line, unit: 'second' };
    expect(() => records([here(charge(1, '1', { line, baseQuantity: 10n ** 9n }))])).toThrow('On-peak hours');
  });

  it('add up to the exact total rounded once, agree with each other, and are read back as they were written', () => {
    const amount = fc.bigInt(-5_000_000n, 50_000_000n).map((millionths) => fromScaled(millionths, 6));
    const payment = fc.tuple(fc.nat(60), fc.bigInt(0n, 9_999_999n));
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 20 }), fc.array(payment), (amounts, paid) => {
        const payments = paid
          .map(([at, cents]) => ({ account: 1, amount: fromScaled(cents, 2), note: '', atMs: startMs + at * 5_000 }))
          .sort((a, b) => a.atMs - b.atMs);
        const exported = records(
          amounts.map((text, n) => here(charge(n + 1, text))),
          { payments },
        );
        const total = amounts.reduce((sum, text) => addDecimal(sum, text), '0');
        const sum = exported.reduce((before, { chargeThousandths }) => before + chargeThousandths, 0n);
        expect(sum).toBe(toScaled(total, 3));
        let sequence = emptySequence;
        for (const [n, record] of exported.entries()) {
          const next = nextInSequence(sequence, record);
          // A balance that rose is a payment; anything else would be a contradiction.
          expect(next.contradictions).toEqual([]);
          sequence = next.sequence;
          expect(readBack(writeInstantIpRecord(record, 'fixed'))).toEqual(exported[n]);
        }
      }),
    );
  });
});

function readBack(line: string): InstantIpRecord | null {
  const reader = new InstantIpReader({ file: 'f' });
  const entries = [...reader.push(`${line}\n`), ...reader.end()];
  return entries[0]?.record ?? null;
}

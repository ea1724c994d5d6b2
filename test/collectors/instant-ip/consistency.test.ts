import { describe, expect, it } from 'vitest';
import { afterGap, emptySequence, type InstantIpRecord, nextInSequence } from '../../../collectors/index.ts';
import { emailRecord } from './samples.ts';

/** The record that follows without contradiction: charged 0.250, a minute later. */
const follower: InstantIpRecord = {
  ...emailRecord,
  dateTimeMs: emailRecord.dateTimeMs + 60_000,
  totalToDateThousandths: 1_500n,
  balanceRemainingThousandths: 8_500n,
};

function warningsOf(second: InstantIpRecord, gap = false): string[] {
  const first = nextInSequence(emptySequence, emailRecord);
  expect(first.contradictions).toEqual([]);
  const { contradictions } = nextInSequence(gap ? afterGap(first.sequence) : first.sequence, second);
  return contradictions.map(({ field, text }) => `${field}: ${text}`);
}

describe('two records one after the other', () => {
  it('that agree give no warning', () => {
    expect(warningsOf(follower)).toEqual([]);
  });

  it('contradict each other when the total is not the one before and the charge', () => {
    expect(warningsOf({ ...follower, totalToDateThousandths: 1_501n })).toEqual([
      'totalToDate: 1.501, but 1.250 before and a charge of 0.250 make 1.500',
    ]);
  });

  it('may begin a total again in another month, and only there', () => {
    const again = { ...follower, totalToDateThousandths: 250n };
    expect(warningsOf(again)).toHaveLength(1);
    expect(warningsOf({ ...again, dateTimeMs: Date.UTC(2009, 4, 1) })).toEqual([]);
  });

  it('contradict each other when the balance falls by more than the charge; a top-up is none', () => {
    expect(warningsOf({ ...follower, balanceRemainingThousandths: 8_499n })).toEqual([
      'balanceRemaining: 8.499, but 8.750 before less a charge of 0.250 leave 8.500',
    ]);
    expect(warningsOf({ ...follower, balanceRemainingThousandths: 108_500n })).toEqual([]);
  });

  it('contradict each other when time runs backwards', () => {
    expect(warningsOf({ ...follower, dateTimeMs: emailRecord.dateTimeMs - 1000 })).toEqual([
      'dateTime: 2009-04-04 14:04:59 is before 2009-04-04 14:05:00 of the record before',
    ]);
    expect(warningsOf({ ...follower, dateTimeMs: emailRecord.dateTimeMs })).toEqual([]);
  });

  it('contradict each other in two currencies; their amounts are then not compared', () => {
    expect(warningsOf({ ...follower, currency: 'EUR', totalToDateThousandths: 7n })).toEqual([
      'currency: "EUR" after "USD": one total has one currency',
    ]);
  });

  it('with an unreadable one between them are compared in time and currency only', () => {
    const odd = { ...follower, totalToDateThousandths: 9n, balanceRemainingThousandths: 9n };
    expect(warningsOf(odd)).toHaveLength(2);
    expect(warningsOf(odd, true)).toEqual([]);
    expect(warningsOf({ ...odd, currency: 'EUR', dateTimeMs: 0 }, true)).toHaveLength(2);
  });
});

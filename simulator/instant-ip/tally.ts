/**
 * What a replay comes to: the charges added up by ourselves, beside the total that the records tell (REQUIREMENTS I7).
 * Where the records begin, their total already holds what was charged before; a new month may begin it again.
 */
import { type InstantIpRecord, printMoment, printThousandths } from '../../collectors/index.ts';

export interface Tally {
  readonly records: number;
  /** Of the last record. */
  readonly currency: string;
  /** Sum of all charges, per currency. */
  readonly charges: ReadonlyMap<string, bigint>;
  /** The total as it should be by the charges, and as the last record tells it. */
  readonly ownTotal: bigint;
  readonly toldTotal: bigint;
  readonly month: string;
}

export const emptyTally: Tally = {
  records: 0,
  currency: '',
  charges: new Map(),
  ownTotal: 0n,
  toldTotal: 0n,
  month: '',
};

export function addToTally(tally: Tally, record: InstantIpRecord): Tally {
  const { currency, chargeThousandths: charge, totalToDateThousandths: toldTotal } = record;
  const month = printMoment(record.dateTimeMs).slice(0, 7);
  const begins = currency !== tally.currency || (month !== tally.month && toldTotal === charge);
  const charges = new Map(tally.charges).set(currency, (tally.charges.get(currency) ?? 0n) + charge);
  const ownTotal = begins ? toldTotal : tally.ownTotal + charge;
  return { records: tally.records + 1, currency, charges, ownTotal, toldTotal, month };
}

/** Sentences for the end of a replay; the last says whether the totals agree. */
export function tallyTexts(tally: Tally): string[] {
  if (tally.records === 0) return ['no record was shown'];
  const sums = [...tally.charges].map(([currency, sum]) => `${printThousandths(sum)} ${currency}`);
  const told = `the last record's total to date is ${printThousandths(tally.toldTotal)} ${tally.currency}`;
  const difference = tally.toldTotal - tally.ownTotal;
  const verdict =
    difference === 0n
      ? `${told}, as its charges make it`
      : `${told}, but its charges make ${printThousandths(tally.ownTotal)}: a difference of ${printThousandths(difference)}`;
  return [`${tally.records} records, charges ${sums.join(' + ')}`, verdict];
}

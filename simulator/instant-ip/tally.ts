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
  /** What is to be said of totals that a new month or currency has ended. */
  readonly endedTexts: readonly string[];
}

const endedTextsMax = 10;

export const emptyTally: Tally = {
  records: 0,
  currency: '',
  charges: new Map(),
  ownTotal: 0n,
  toldTotal: 0n,
  month: '',
  endedTexts: [],
};

export function addToTally(tally: Tally, record: InstantIpRecord): Tally {
  const { currency, chargeThousandths: charge, totalToDateThousandths: toldTotal } = record;
  const month = printMoment(record.dateTimeMs).slice(0, 7);
  const begins = currency !== tally.currency || (month !== tally.month && toldTotal === charge);
  const charges = new Map(tally.charges).set(currency, (tally.charges.get(currency) ?? 0n) + charge);
  const ownTotal = begins ? toldTotal : tally.ownTotal + charge;
  const ended = begins && tally.ownTotal !== tally.toldTotal && tally.endedTexts.length < endedTextsMax;
  const endedTexts = ended ? [...tally.endedTexts, verdictText(tally)] : tally.endedTexts;
  return { records: tally.records + 1, currency, charges, ownTotal, toldTotal, month, endedTexts };
}

/** Sentences for the end of a replay; the last says whether the totals agree. */
export function tallyTexts(tally: Tally): string[] {
  const { records, charges, endedTexts } = tally;
  if (records === 0) return ['no record was shown'];
  const sums = [...charges].map(([currency, sum]) => `${printThousandths(sum)} ${currency}`);
  return [
    `${records} record${records === 1 ? '' : 's'}, charges ${sums.join(' + ')}`,
    ...endedTexts,
    verdictText(tally),
  ];
}

function verdictText({ month, currency, toldTotal, ownTotal }: Tally): string {
  const told = `the last total to date of ${month} is ${printThousandths(toldTotal)} ${currency}`;
  if (toldTotal === ownTotal) return `${told}, as its charges make it`;
  const difference = printThousandths(toldTotal - ownTotal);
  return `${told}, but its charges make ${printThousandths(ownTotal)}: a difference of ${difference}`;
}

/**
 * Do the records of one subscriber agree with each other (REQUIREMENTS I7)? A fold over them in file order:
 *   - the total grows by the charge, or begins again with it in another calendar month (a new bill period);
 *   - the balance falls by the charge; one that is higher is a top-up;
 *   - time does not run backwards;
 *   - one total has one currency.
 * Contradictions are warnings: nothing is corrected.
 */
import type { InstantIpFieldName } from './fields.ts';
import { printMoment } from './moment.ts';
import type { InstantIpRecord } from './record.ts';
import { printThousandths } from './thousandths.ts';

export interface InstantIpContradiction {
  readonly field: InstantIpFieldName;
  readonly code: 'total' | 'balance' | 'time' | 'currency';
  readonly text: string;
}

/** What the next record is compared with: the last one; null before the first. */
export interface InstantIpSequence {
  readonly last: InstantIpRecord | null;
  /** A record in between could not be read, so total and balance can't be compared. */
  readonly gap: boolean;
}

export const emptySequence: InstantIpSequence = { last: null, gap: false };

/** The sequence after a record that could not be read. */
export function afterGap(sequence: InstantIpSequence): InstantIpSequence {
  return { ...sequence, gap: true };
}

export function nextInSequence(
  sequence: InstantIpSequence,
  record: InstantIpRecord,
): { readonly sequence: InstantIpSequence; readonly contradictions: readonly InstantIpContradiction[] } {
  const { last, gap } = sequence;
  const contradictions: InstantIpContradiction[] = [];
  const warn = (field: InstantIpFieldName, code: InstantIpContradiction['code'], text: string) =>
    contradictions.push({ field, code, text });
  if (last !== null) {
    if (record.dateTimeMs < last.dateTimeMs) {
      const times = `${printMoment(record.dateTimeMs)} is before ${printMoment(last.dateTimeMs)}`;
      warn('dateTime', 'time', `${times} of the record before`);
    }
    if (record.currency !== last.currency) {
      warn('currency', 'currency', `"${record.currency}" after "${last.currency}": one total has one currency`);
    } else if (!gap) {
      checkTotal(last, record, warn);
      checkBalance(last, record, warn);
    }
  }
  return { sequence: { last: record, gap: false }, contradictions };
}

type Warn = (field: InstantIpFieldName, code: InstantIpContradiction['code'], text: string) => void;

function checkTotal(last: InstantIpRecord, record: InstantIpRecord, warn: Warn): void {
  const expected = last.totalToDateThousandths + record.chargeThousandths;
  const total = record.totalToDateThousandths;
  const newPeriod = total === record.chargeThousandths && month(record) !== month(last);
  if (total === expected || newPeriod) return;
  const sum = `${printThousandths(last.totalToDateThousandths)} before and a charge of ${printThousandths(record.chargeThousandths)}`;
  warn('totalToDate', 'total', `${printThousandths(total)}, but ${sum} make ${printThousandths(expected)}`);
}

function checkBalance(last: InstantIpRecord, record: InstantIpRecord, warn: Warn): void {
  const expected = last.balanceRemainingThousandths - record.chargeThousandths;
  const balance = record.balanceRemainingThousandths;
  if (balance >= expected) return;
  const sum = `${printThousandths(last.balanceRemainingThousandths)} before less a charge of ${printThousandths(record.chargeThousandths)}`;
  warn('balanceRemaining', 'balance', `${printThousandths(balance)}, but ${sum} leave ${printThousandths(expected)}`);
}

function month(record: InstantIpRecord): string {
  return printMoment(record.dateTimeMs).slice(0, 7);
}

/**
 * Posted charges as Instant-IP records (REQUIREMENTS I15): the other way round of `meterd.charge`. Pure.
 *
 * A record has three decimals and a charge up to six, so what is written is the difference of the rounded running totals:
 * the records' charges add up to the bill's exact total, rounded once. Texts longer than their field are written short,
 * and `onShortened` is told of each, since nothing is ever cut silently (A21).
 */
import { type InstantIpFieldName, type InstantIpRecord, instantIpFields } from '../../collectors/index.ts';
import { addDecimal, formatQuantity, negatedDecimal, toScaled } from '../../rating/index.ts';
import type { ChargeRow, Payment } from '../store/store.ts';

/** A charge of the period, and what was posted to other periods between the one before it and itself, a decimal. */
export interface ExportedCharge {
  readonly charge: ChargeRow;
  readonly postedElsewhere: string;
}

export interface ExportInputs {
  readonly currency: string;
  /** Charges of one bill period in the order they were posted. */
  readonly charges: readonly ExportedCharge[];
  /** In order of time. */
  readonly payments: readonly Payment[];
  /** Of charges whose use named none; at most 12 characters. */
  readonly vendor: string;
  readonly onShortened: (text: string, short: string) => void;
}

/** Names of units that fit the field; others are written as they are. */
const shortUnits: Readonly<Record<string, string>> = {
  second: 'SECS',
  minute: 'MINS',
  hour: 'HOURS',
  day: 'DAYS',
  GB·h: 'GB-H',
  GB·day: 'GB-DAY',
  GB·month: 'GB-MON',
  '1': 'UNITS',
  '': 'ITEM',
};
const unitsMax = 99_999_999_999n;
const delaySecondsMax = 999;

export function* instantIpRecords(inputs: ExportInputs): Generator<InstantIpRecord> {
  const { charges, currency, payments, vendor } = inputs;
  const shorten = shortener(inputs.onShortened);
  let total = '0';
  let totalToDate = 0n;
  let balanceElsewhere = '0';
  let nextPayment = 0;
  for (const [n, { charge, postedElsewhere }] of charges.entries()) {
    balanceElsewhere = addDecimal(balanceElsewhere, negatedDecimal(postedElsewhere));
    for (; nextPayment < payments.length && payments[nextPayment]!.atMs <= charge.atMs; nextPayment++) {
      balanceElsewhere = addDecimal(balanceElsewhere, payments[nextPayment]!.amount);
    }
    total = addDecimal(total, charge.amount);
    const before = totalToDate;
    totalToDate = toScaled(total, 3);
    const unit = shortUnits[charge.line.unit] ?? charge.line.unit;
    yield {
      usageDescription: shorten('usageDescription', charge.line.label),
      additionalUsageDescription: shorten('additionalUsageDescription', charge.detail?.additional ?? ''),
      unitsThousandths: unitsOf(charge),
      unitOfMeasure: shorten('unitOfMeasure', unit === '' ? 'ITEM' : unit),
      dateTimeMs: wholeSecond(charge.atMs),
      vendor: shorten('vendor', charge.detail?.vendor || vendor),
      chargeThousandths: totalToDate - before,
      currency,
      totalToDateThousandths: totalToDate,
      balanceRemainingThousandths: toScaled(balanceElsewhere, 3) - totalToDate,
      usageAttribution: shorten('usageAttribution', charge.detail?.attribution ?? ''),
      timeDelaySeconds: delayBetween(charge, charges[n + 1]?.charge),
    };
  }
}

/** Charges that are not of use are one item; a rounding is none. */
function unitsOf({ line, baseQuantity }: ChargeRow): bigint {
  if (line.kind === 'recurring' || line.kind === 'one-time') return 1_000n;
  const units = line.kind === 'priced' ? baseQuantity : toScaled(formatQuantity(baseQuantity, line.unit), 3);
  if (units < 0n) return 0n;
  if (units > unitsMax) {
    throw new RangeError(`"${line.label}": ${units / 1_000n} ${line.unit || 'units'} are more than a record can hold`);
  }
  return units;
}

function delayBetween(charge: ChargeRow, next: ChargeRow | undefined): number {
  if (next === undefined) return 0;
  const seconds = (wholeSecond(next.atMs) - wholeSecond(charge.atMs)) / 1_000;
  return Math.min(delaySecondsMax, Math.max(0, seconds));
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

function shortener(onShortened: ExportInputs['onShortened']) {
  const told = new Set<string>();
  return (name: InstantIpFieldName, text: string): string => {
    const { size } = instantIpFields.find((field) => field.name === name)!;
    const letters = Array.from(text);
    if (letters.length <= size) return text;
    const short = letters.slice(0, size).join('').trimEnd();
    if (!told.has(text)) onShortened(text, short);
    told.add(text);
    return short;
  };
}

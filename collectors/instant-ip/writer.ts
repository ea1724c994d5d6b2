/** Writes records in both file forms, so that the reader gives back the same record. Line ends are the caller's. */
import { type InstantIpField, instantIpFields } from './fields.ts';
import { isMoment, printMoment, printUnixSeconds } from './moment.ts';
import { checkTexts, type InstantIpForm, type InstantIpRecord } from './record.ts';
import { printImplied, printThousandths } from './thousandths.ts';

/** First line of the delimited form: the names of the fields. The fixed form has none. */
export const instantIpCsvHeader = instantIpFields.map((field) => field.name).join(',');

/**
 * One line without its end. Throws a RangeError that names the field when the record can't stand in that form: a text
 * too long, an amount too large, or, in the fixed form, a negative amount that needs the digit its minus replaces.
 */
export function writeInstantIpRecord(record: InstantIpRecord, form: InstantIpForm): string {
  const texts = form === 'csv' ? instantIpTexts(record) : fixedTexts(record);
  const check = checkTexts(texts, form, {});
  if (!check.ok) {
    const { field, found, expected } = check.problems[0]!;
    throw new RangeError(`${field}: found ${JSON.stringify(found)}, expected ${expected}`);
  }
  return form === 'csv' ? texts.map(quoted).join(',') : texts.join('');
}

/** The twelve fields as they stand in a delimited file, unquoted: three decimals, time in UTC. */
export function instantIpTexts(record: InstantIpRecord): string[] {
  return [
    record.usageDescription,
    record.additionalUsageDescription,
    printThousandths(record.unitsThousandths),
    record.unitOfMeasure,
    isMoment(record.dateTimeMs) ? printMoment(record.dateTimeMs) : String(record.dateTimeMs),
    record.vendor,
    printThousandths(record.chargeThousandths),
    record.currency,
    printThousandths(record.totalToDateThousandths),
    printThousandths(record.balanceRemainingThousandths),
    record.usageAttribution,
    String(record.timeDelaySeconds),
  ];
}

function fixedTexts(record: InstantIpRecord): string[] {
  const texts = instantIpTexts(record);
  const amounts = [
    record.unitsThousandths,
    record.chargeThousandths,
    record.totalToDateThousandths,
    record.balanceRemainingThousandths,
  ];
  return instantIpFields.map((field, index) =>
    fixedText(field, texts[index]!, field.kind === 'numeric' ? amounts.shift()! : 0n, record),
  );
}

/** Padded to the field's size; what doesn't fit stays as it is, for the check to refuse. */
function fixedText(field: InstantIpField, text: string, amount: bigint, record: InstantIpRecord): string {
  if (field.kind === 'numeric') return printImplied(amount, field.size) ?? text;
  if (field.kind === 'moment') return isMoment(record.dateTimeMs) ? printUnixSeconds(record.dateTimeMs) : text;
  if (field.kind === 'delay') return text.padStart(field.size, '0');
  return text + ' '.repeat(Math.max(0, field.size - Array.from(text).length));
}

/** RFC 4180 §2: a field with a comma or a quote is put in quotes, its quotes doubled. */
function quoted(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

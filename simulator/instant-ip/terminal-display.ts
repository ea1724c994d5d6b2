/** Shows records in a terminal with the fields of the document's display (REQUIREMENTS I8, I9). */
import { type InstantIpRecord, printMoment, printThousandths } from '../../collectors/index.ts';
import type { RecordSink } from './player.ts';

/** Where lines go; resolves when there is room for more. */
export type PrintLines = (text: string) => Promise<void>;

export function terminalDisplay(print: PrintLines): RecordSink {
  return {
    show: ({ record }) => print(displayText(record)),
    flush: async () => {},
  };
}

/** Three lines: when and what, how much by whom for whom, and the money. */
export function displayText(record: InstantIpRecord): string {
  const { additionalUsageDescription, usageAttribution, currency } = record;
  const what = [record.usageDescription, additionalUsageDescription].filter((text) => text !== '').join(' - ');
  const units = `${printThousandths(record.unitsThousandths)} ${record.unitOfMeasure}`;
  const whom = usageAttribution === '' ? '' : `  for ${usageAttribution}`;
  const charge = `charge ${printThousandths(record.chargeThousandths)} ${currency}`;
  const total = `total ${printThousandths(record.totalToDateThousandths)}`;
  const balance = `balance ${printThousandths(record.balanceRemainingThousandths)}`;
  const exhausted = record.balanceRemainingThousandths <= 0n ? '  EXHAUSTED' : '';
  const indent = ' '.repeat(19);
  return [
    `${displayTime(record.dateTimeMs)}  ${what}`,
    `${indent}${units}  ${record.vendor}${whom}`,
    `${indent}${charge}   ${total}   ${balance}${exhausted}`,
    '',
  ].join('\n');
}

/** `09/04/04 14:05:00`: year, month, day (UTC). */
export function displayTime(dateTimeMs: number): string {
  return printMoment(dateTimeMs).slice(2).replaceAll('-', '/');
}

/** A good record and its line, to be changed in one place by a test. */
import {
  type InstantIpEntry,
  InstantIpReader,
  type InstantIpRecord,
  instantIpCsvHeader,
} from '../../../collectors/index.ts';

export const emailRecord: InstantIpRecord = {
  usageDescription: 'Email Transfer',
  additionalUsageDescription: '2 attachments',
  unitsThousandths: 3_500n,
  unitOfMeasure: 'MB',
  dateTimeMs: Date.UTC(2009, 3, 4, 14, 5, 0),
  vendor: 'MailCo',
  chargeThousandths: 250n,
  currency: 'USD',
  totalToDateThousandths: 1_250n,
  balanceRemainingThousandths: 8_750n,
  usageAttribution: 'Client 4711',
  timeDelaySeconds: 2,
};

export const emailFields = {
  usageDescription: 'Email Transfer',
  additionalUsageDescription: '2 attachments',
  units: '3.500',
  unitOfMeasure: 'MB',
  dateTime: '2009-04-04 14:05:00',
  vendor: 'MailCo',
  charge: '0.250',
  currency: 'USD',
  totalToDate: '1.250',
  balanceRemaining: '8.750',
  usageAttribution: 'Client 4711',
  timeDelaySecond: '2',
};

export const emailLine = Object.values(emailFields).join(',');

type ReadOptions = Omit<ConstructorParameters<typeof InstantIpReader>[0], 'file'>;

export function readAll(text: string | Uint8Array, options: ReadOptions = {}): InstantIpEntry[] {
  const reader = new InstantIpReader({ file: 'use.csv', ...options });
  return [...reader.push(text), ...reader.end()];
}

/** Reads lines under the header. */
export function readCsv(lines: readonly string[], options: ReadOptions = {}): InstantIpEntry[] {
  return readAll(`${[instantIpCsvHeader, ...lines].join('\n')}\n`, options);
}

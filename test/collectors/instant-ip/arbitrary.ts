/** Random valid records, for round trips. */
import fc from 'fast-check';
import { type InstantIpRecord, instantIpFields } from '../../../collectors/index.ts';

const sizeOf = (name: string) => instantIpFields.find((field) => field.name === name)!.size;

/** Printable text, with the characters that a file form has to take care of. */
const char = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abcXYZ019 .-/') },
  { weight: 3, arbitrary: fc.constantFrom('"', ',', ';', "'", '\\', 'é', '€', '漢', '𝄞', '🎵') },
);

function text(name: string, min: number): fc.Arbitrary<string> {
  const max = sizeOf(name);
  return fc
    .array(char, { minLength: min, maxLength: max })
    .map((chars) => chars.join('').trim())
    .filter((value) => Array.from(value).length >= min);
}

const amount = (digits: number) => {
  const max = 10n ** BigInt(digits) - 1n;
  const near = fc.constantFrom(0n, 1n, -1n, max, 999n, 1000n);
  // A minus takes the place of a digit in the fixed form.
  return fc.oneof(near, fc.bigInt({ min: -(max / 10n), max }));
};

export const anyRecord: fc.Arbitrary<InstantIpRecord> = fc.record({
  usageDescription: text('usageDescription', 1),
  additionalUsageDescription: text('additionalUsageDescription', 0),
  unitsThousandths: fc.bigInt({ min: 0n, max: 99_999_999_999n }),
  unitOfMeasure: text('unitOfMeasure', 1),
  dateTimeMs: fc.integer({ min: 0, max: 9_999_999_999 }).map((seconds) => seconds * 1000),
  vendor: text('vendor', 1),
  chargeThousandths: amount(11),
  currency: fc.oneof(fc.constantFrom('USD', 'EUR', 'JPY'), text('currency', 1)),
  totalToDateThousandths: amount(14),
  balanceRemainingThousandths: amount(14),
  usageAttribution: text('usageAttribution', 0),
  timeDelaySeconds: fc.integer({ min: 0, max: 999 }),
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  InstantIpReader,
  type InstantIpRecord,
  instantIpCsvHeader,
  parseThousandths,
  printThousandths,
  writeInstantIpRecord,
} from '../../../collectors/index.ts';
import { anyRecord } from './arbitrary.ts';
import { emailRecord, readAll } from './samples.ts';

function fileOf(records: readonly InstantIpRecord[], form: 'csv' | 'fixed', lineEnd: string): string {
  const lines = records.map((record) => writeInstantIpRecord(record, form));
  return (form === 'csv' ? [instantIpCsvHeader, ...lines] : lines).map((line) => line + lineEnd).join('');
}

describe.each(['csv', 'fixed'] as const)('a file in the %s form', (form) => {
  it('gives back the records written to it, whatever they hold', () => {
    const records = fc.array(anyRecord, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(records, fc.constantFrom('\n', '\r\n'), (written, lineEnd) => {
        const read = readAll(fileOf(written, form, lineEnd)).map((entry) => entry.record ?? entry.faults);
        expect(read).toEqual(written);
      }),
    );
  });

  it('reads the same however its octets are cut into pieces', () => {
    const records = fc.array(anyRecord, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(records, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (written, sizes) => {
        const octets = new TextEncoder().encode(fileOf(written, form, '\r\n'));
        const reader = new InstantIpReader({ file: 'f' });
        const entries = [];
        for (let at = 0; at < octets.length; ) {
          const size = sizes.next().value!;
          entries.push(...reader.push(octets.subarray(at, at + size)));
          at += size;
        }
        entries.push(...reader.end());
        expect(entries.map((entry) => entry.record)).toEqual(written);
      }),
    );
  });

  it('needs no line end after the last record', () => {
    const text = fileOf([emailRecord, emailRecord], form, '\n').trimEnd();
    expect(readAll(text).map((entry) => entry.record)).toEqual([emailRecord, emailRecord]);
  });

  it('refuses to write a record that it could not read back', () => {
    const over = { ...emailRecord, vendor: 'A very long vendor' };
    expect(() => writeInstantIpRecord(over, form)).toThrow('vendor');
    expect(() => writeInstantIpRecord({ ...emailRecord, unitsThousandths: -1n }, form)).toThrow('units');
    expect(() => writeInstantIpRecord({ ...emailRecord, chargeThousandths: 10n ** 11n }, form)).toThrow('charge');
    expect(() => writeInstantIpRecord({ ...emailRecord, timeDelaySeconds: 1000 }, form)).toThrow('timeDelaySecond');
    expect(() => writeInstantIpRecord({ ...emailRecord, timeDelaySeconds: 1.5 }, form)).toThrow('timeDelaySecond');
    expect(() => writeInstantIpRecord({ ...emailRecord, dateTimeMs: 1500 }, form)).toThrow('dateTime');
    expect(() => writeInstantIpRecord({ ...emailRecord, dateTimeMs: -1000 }, form)).toThrow('dateTime');
    expect(() => writeInstantIpRecord({ ...emailRecord, usageDescription: 'two\nlines' }, form)).toThrow('usage');
  });
});

it('a record in the fixed form is 137 characters: points implied, zeros in front, a minus in place of the top digit', () => {
  const credit = { ...emailRecord, chargeThousandths: -250n, balanceRemainingThousandths: -8_750n };
  expect(writeInstantIpRecord(credit, 'fixed')).toBe(
    [
      'Email Transfer      ',
      '2 attachments       ',
      '00000003500',
      'MB    ',
      '1238853900',
      'MailCo      ',
      '-0000000250',
      'USD ',
      '00000000001250',
      '-0000000008750',
      'Client 4711 ',
      '002',
    ].join(''),
  );
});

it('a credit of eleven digits fits the delimited form only', () => {
  const credit = { ...emailRecord, chargeThousandths: -99_999_999_999n };
  expect(readAll(fileOf([credit], 'csv', '\n'))[0]!.record).toEqual(credit);
  expect(() => writeInstantIpRecord(credit, 'fixed')).toThrow('charge: found "-99999999.999", expected 11 digits');
});

it('thousandths keep every digit through text', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 14n) + 1n, max: 10n ** 14n - 1n }), (value) => {
      expect(parseThousandths(printThousandths(value), 14)).toBe(value);
    }),
  );
  expect(printThousandths(-5n)).toBe('-0.005');
  expect(parseThousandths('0.1', 11)).toBe(100n);
});

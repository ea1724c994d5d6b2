import { describe, expect, it } from 'vitest';
import {
  checkInstantIpRecord,
  InstantIpReader,
  instantIpCsvHeader,
  instantIpFaultText,
  instantIpWarningText,
  writeInstantIpRecord,
} from '../../../collectors/index.ts';
import { emailFields, emailLine, emailRecord, readAll, readCsv } from './samples.ts';

const faultsOf = (entries: ReturnType<typeof readAll>) =>
  entries.flatMap((entry) => entry.faults.map(instantIpFaultText));

/** The sample's line with one field changed. */
const lineWith = (change: Partial<typeof emailFields>) => Object.values({ ...emailFields, ...change }).join(',');

describe('a field that may not stand there is named with its place, what stood there and what may', () => {
  it.each([
    ['usageDescription', '', 1, '1 to 20 printable characters'],
    ['usageDescription', 'x'.repeat(21), 1, '1 to 20 printable characters, not 21'],
    ['usageDescription', 'a\u0007b', 1, '1 to 20 printable characters in UTF-8'],
    ['usageDescription', 'a\u202eb', 1, '1 to 20 printable characters in UTF-8'],
    ['additionalUsageDescription', ' x', 16, 'no space before the text'],
    ['units', '-1', 30, 'a number from 0 to 99,999,999.999, without separators and with at most 3 decimals'],
    ['units', '1.0000', 30, 'a number from 0 to 99,999,999.999, without separators and with at most 3 decimals'],
    ['units', '100000000', 30, 'a number from 0 to 99,999,999.999, without separators and with at most 3 decimals'],
    ['unitOfMeasure', 'megabytes', 36, '1 to 6 printable characters, not 9'],
    ['dateTime', '2009-02-30 14:05:00', 39, 'a real moment from 1970 to 2286 as YYYY-MM-DD HH:MM:SS'],
    ['dateTime', '2009-04-04 24:00:00', 39, 'a real moment from 1970 to 2286 as YYYY-MM-DD HH:MM:SS'],
    ['dateTime', '2009-04-04 14:05', 39, 'a real moment from 1970 to 2286 as YYYY-MM-DD HH:MM:SS'],
    ['dateTime', '1969-12-31 23:59:59', 39, 'a real moment from 1970 to 2286 as YYYY-MM-DD HH:MM:SS'],
    ['vendor', '   ', 59, '1 to 12 printable characters'],
    [
      'charge',
      '1e3',
      66,
      'a number from -99,999,999.999 to 99,999,999.999, without separators and with at most 3 decimals',
    ],
    [
      'charge',
      '+1',
      66,
      'a number from -99,999,999.999 to 99,999,999.999, without separators and with at most 3 decimals',
    ],
    [
      'charge',
      '.5',
      66,
      'a number from -99,999,999.999 to 99,999,999.999, without separators and with at most 3 decimals',
    ],
    [
      'charge',
      '١',
      66,
      'a number from -99,999,999.999 to 99,999,999.999, without separators and with at most 3 decimals',
    ],
    ['currency', 'EUROS', 72, '1 to 4 printable characters, not 5'],
    [
      'totalToDate',
      '100000000000',
      76,
      'a number from -99,999,999,999.999 to 99,999,999,999.999, without separators and with at most 3 decimals',
    ],
    [
      'balanceRemaining',
      '',
      82,
      'a number from -99,999,999,999.999 to 99,999,999,999.999, without separators and with at most 3 decimals',
    ],
    ['usageAttribution', 'x'.repeat(13), 88, '0 to 12 printable characters, not 13'],
    ['timeDelaySecond', '1000', 100, 'a whole number of seconds from 0 to 999'],
    ['timeDelaySecond', '-1', 100, 'a whole number of seconds from 0 to 999'],
    ['timeDelaySecond', '1.5', 100, 'a whole number of seconds from 0 to 999'],
  ])('%s %j', (field, found, column, expected) => {
    const entries = readCsv([lineWith({ [field]: found })]);
    expect(entries).toEqual([
      {
        line: 2,
        record: null,
        faults: [{ file: 'use.csv', line: 2, column, field, found, expected }],
        warnings: [],
        unreadable: false,
      },
    ]);
  });

  it('in the fixed form too', () => {
    const line = writeInstantIpRecord(emailRecord, 'fixed');
    const at = (column: number, text: string) =>
      line.slice(0, column - 1) + text + line.slice(column - 1 + text.length);
    expect(faultsOf(readAll([at(41, '-'), at(58, '+'), at(80, ' '), at(135, '1.5')].join('\n')))).toEqual([
      'use.csv:1:41: units: found "-0000003500", expected 11 digits, the last 3 being decimals',
      'use.csv:2:58: dateTime: found "+238853900", expected 10 digits of Unix seconds',
      'use.csv:3:80: charge: found " 0000000250", expected 11 digits, the last 3 being decimals; a minus may take the place of the first',
      'use.csv:4:135: timeDelaySecond: found "1.5", expected 3 digits of seconds',
    ]);
  });

  it('and every one of a line, not only the first', () => {
    const entries = readCsv([lineWith({ units: 'x', charge: 'y' })]);
    expect(entries[0]!.faults.map((fault) => fault.field)).toEqual(['units', 'charge']);
  });
});

describe('a line that is no record', () => {
  it('is a fault, and the lines after it are read', () => {
    const lines = ['a,b', `"${emailLine}`, `x"y${emailLine}`, `"a"b,${emailLine}`, `${emailLine},`, emailLine];
    const entries = readCsv(lines);
    expect(faultsOf(entries)).toEqual([
      'use.csv:2:1: found "2 fields: a,b", expected 12 fields, quotes around one that holds a comma',
      expect.stringMatching(/^use.csv:3:1: found .* expected a closing quote on the same line$/),
      expect.stringMatching(/^use.csv:4:2: found .* expected quotes around the whole field, doubled inside it$/),
      expect.stringMatching(/^use.csv:5:4: found .* expected a comma or the line end after a closing quote$/),
      expect.stringMatching(/^use.csv:6:1: found "13 fields: .* expected 12 fields/),
    ]);
    expect(entries.at(-1)!.record).toEqual(emailRecord);
  });

  it('of the fixed form is one of another length', () => {
    const line = writeInstantIpRecord(emailRecord, 'fixed');
    const entries = readAll(`${line}\n${line.slice(1)}\n${line}x\n${line}\n`);
    expect(faultsOf(entries)).toEqual([
      expect.stringMatching(/^use.csv:2:1: found "136 characters: .* expected 137 characters$/),
      expect.stringMatching(/^use.csv:3:1: found "138 characters: .* expected 137 characters$/),
    ]);
    expect(entries.map((entry) => entry.record !== null)).toEqual([true, false, false, true]);
  });

  it('of any length is held only in part', () => {
    const reader = new InstantIpReader({ file: 'use.csv' });
    expect(reader.push(`${instantIpCsvHeader}\n`)).toEqual([]);
    for (let piece = 0; piece < 2000; piece++) expect(reader.push('x'.repeat(10_000))).toEqual([]);
    const entries = [...reader.push(`\n${emailLine}\n`), ...reader.end()];
    expect(faultsOf(entries)[0]).toContain('expected a record of at most 4096 characters');
    expect(faultsOf(entries)[0]!.length).toBeLessThan(250);
    expect(entries[1]!.record).toEqual(emailRecord);
  });

  it('keeps its control characters to itself: the message is one harmless line', () => {
    const text = faultsOf(readCsv([lineWith({ vendor: '\u001b[2J\u009b' })]))[0];
    expect(text).toContain('found "\\u001b[2J\\u009b"');
  });

  it('with octets that are not UTF-8 is refused', () => {
    const line = new TextEncoder().encode(`${instantIpCsvHeader}\n${lineWith({ vendor: 'caf~' })}\n`);
    line[line.indexOf(0x7e)] = 0xe9;
    expect(faultsOf(readAll(line))[0]).toContain(
      'vendor: found "caf�", expected 1 to 12 printable characters in UTF-8',
    );
  });
});

describe('the first line', () => {
  it('may name the fields in any order, and be preceded by a byte order mark', () => {
    const order = ['timeDelaySecond', ...instantIpCsvHeader.split(',').slice(0, -1)];
    const line = order.map((name) => emailFields[name as keyof typeof emailFields]).join(',');
    const octets = new TextEncoder().encode(`\ufeff${order.join(',')}\r\n${line}\r\n`);
    expect(readAll(octets).map((entry) => entry.record)).toEqual([emailRecord]);
  });

  it.each([
    ['', 'found "an empty file", expected a header or a record'],
    [instantIpCsvHeader.replace(',vendor', ''), 'expected a header that also names vendor'],
    [
      instantIpCsvHeader.replace('vendor', 'seller'),
      'found "seller", expected a header of the names usageDescription,',
    ],
    [`${instantIpCsvHeader},vendor`, 'found "vendor", expected a header of the names'],
    ['a,b,c,d,e,f,g,h,i,j,k,l', 'found "a", expected a header of the names'],
  ])('%j ends the reading: nothing below it can be trusted', (first, message) => {
    const entries = readAll(first === '' ? '' : `${first}\n${emailLine}\n${emailLine}\n`);
    expect(entries.map((entry) => [entry.record, entry.unreadable])).toEqual([[null, true]]);
    expect(faultsOf(entries)[0]).toContain(message);
  });

  it('tells the form', () => {
    const csv = new InstantIpReader({ file: 'a' });
    expect(csv.form).toBeNull();
    csv.push(`${instantIpCsvHeader}\n`);
    expect(csv.form).toBe('csv');
    const fixed = new InstantIpReader({ file: 'a' });
    // Eleven commas in its texts do not make it a header.
    const commas = { ...emailRecord, usageDescription: 'a,b,c,d,e,f,g,h,i,j', additionalUsageDescription: 'a,b,c,d' };
    expect(fixed.push(`${writeInstantIpRecord(commas, 'fixed')}\n`)[0]!.record).toEqual(commas);
    expect(fixed.form).toBe('fixed');
  });

  it('alone is a file without records; empty lines are none', () => {
    expect(readAll(`${instantIpCsvHeader}\n\n\r\n`)).toEqual([]);
  });
});

describe('the lenient reader', () => {
  const longLine = lineWith({ additionalUsageDescription: '"Ann Arbor to Delhi, India"', unitOfMeasure: 'megabytes' });

  it('shortens over-long text and says so; the strict one refuses it', () => {
    const [entry] = readCsv([longLine], { lenient: true });
    expect(entry!.record).toMatchObject({ additionalUsageDescription: 'Ann Arbor to Delhi,', unitOfMeasure: 'megaby' });
    expect(entry!.warnings.map(instantIpWarningText)).toEqual([
      'use.csv:2:16: additionalUsageDescription: warning: "Ann Arbor to Delhi, India" has 25 characters and was shortened to "Ann Arbor to Delhi,"',
      'use.csv:2:50: unitOfMeasure: warning: "megabytes" has 9 characters and was shortened to "megaby"',
    ]);
    expect(readCsv([longLine])[0]!.faults.map((fault) => fault.field)).toEqual([
      'additionalUsageDescription',
      'unitOfMeasure',
    ]);
  });

  it('counts characters, not octets or surrogates, and cuts none in half', () => {
    const [entry] = readCsv([lineWith({ vendor: '🎵'.repeat(13) })], { lenient: true });
    expect(entry!.record!.vendor).toBe('🎵'.repeat(12));
    expect(readCsv([lineWith({ vendor: '🎵'.repeat(12) })])[0]!.record!.vendor).toBe('🎵'.repeat(12));
  });

  it('is lenient about nothing else', () => {
    expect(readCsv([lineWith({ charge: '1.0000' })], { lenient: true })[0]!.record).toBeNull();
  });
});

it('a currency that ISO 4217 does not know is flagged, not refused', () => {
  const [entry] = readCsv([lineWith({ currency: 'PTS' })]);
  expect(entry!.record!.currency).toBe('PTS');
  expect(entry!.warnings).toEqual([
    {
      file: 'use.csv',
      line: 2,
      column: 72,
      field: 'currency',
      code: 'currency-unknown',
      text: '"PTS" is no ISO 4217 code',
    },
  ]);
});

describe('times of a zone', () => {
  const momentOf = (dateTime: string) =>
    readCsv([lineWith({ dateTime })], { zone: 'Europe/Paris' })[0]!.record?.dateTimeMs;

  it('become UTC by the offset of their date', () => {
    expect(momentOf('2026-01-15 12:00:00')).toBe(Date.UTC(2026, 0, 15, 11));
    expect(momentOf('2026-07-15 12:00:00')).toBe(Date.UTC(2026, 6, 15, 10));
  });

  it('that the clocks leap over are refused, those they show twice are the first', () => {
    expect(momentOf('2026-03-29 02:30:00')).toBeUndefined();
    expect(momentOf('2026-03-29 03:00:00')).toBe(Date.UTC(2026, 2, 29, 1));
    expect(momentOf('2026-10-25 02:30:00')).toBe(Date.UTC(2026, 9, 25, 0, 30));
    expect(momentOf('2026-10-25 03:00:00')).toBe(Date.UTC(2026, 9, 25, 2));
  });

  it('need a zone that exists', () => {
    expect(() => new InstantIpReader({ file: 'f', zone: 'Mars/Olympus' })).toThrow('unknown zone Mars/Olympus');
  });
});

describe('fields given by name', () => {
  it('are checked as those of a file; the delay may be a number', () => {
    const fields = { ...emailFields, timeDelaySecond: 2, other: 'ignored' };
    expect(checkInstantIpRecord(fields)).toEqual({ ok: true, record: emailRecord, remarks: [] });
  });

  it('must all be there, as texts of their own', () => {
    const { vendor: _, ...fields } = emailFields;
    expect(checkInstantIpRecord({ ...fields, charge: 0.25 })).toEqual({
      ok: false,
      problems: [
        { field: 'vendor', found: 'nothing', expected: 'a text: 1 to 12 printable characters' },
        {
          field: 'charge',
          found: 'number',
          expected: expect.stringContaining('a text: a number from -99,999,999.999'),
        },
      ],
    });
    const inherited = Object.create(emailFields);
    expect(checkInstantIpRecord(inherited).ok).toBe(false);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RatingTables, type TableKind, withTable } from '../../rating/index.ts';
import { tablesOf } from './harness.ts';

function problemOf(kind: TableKind, text: string, from?: string): string {
  const read = withTable({}, { kind, name: 't', ...(from === undefined ? {} : { from }) }, text);
  if ('tables' in read) return 'none';
  const { line, field = '', message } = read.problem;
  return `${line} ${field}: ${message}`;
}

describe('a table of CSV', () => {
  it.each<[TableKind, string, string]>([
    ['dial-plans', '', '1 : no header'],
    ['dial-plans', 'digits\n1', '1 rate: no such column'],
    ['dial-plans', 'digits,rate,colour\n1,1,red', '1 colour: unknown column'],
    ['dial-plans', 'digits,rate\n33,0.02\n+44,0.03', '3 digits: "+44" is no prefix'],
    ['dial-plans', 'digits,rate\n33,0.02\n\n33,0.03', '4 digits: the prefix 33 is there twice'],
    ['dial-plans', 'digits,rate\n33,cheap', '2 rate: "cheap" is no price'],
    ['dial-plans', 'digits,rate,increment\n33,1,-1', '2 increment: "-1" is no number of seconds'],
    ['taxes', 'place,jurisdiction,name,rate\nUS,federal,X,0.1', '2 jurisdiction: expected state, county, local'],
    ['taxes', 'place,jurisdiction,name,rate\nUS,state,X,8.25', '2 rate: "8.25" is no rate such as 0.0825 or 8.25%'],
    [
      'taxes',
      'place,jurisdiction,name,rate,from,to\nUS,state,X,1%,2026-02-01,2026-02-01',
      '2 to: expected a day after',
    ],
    ['taxes', 'place,jurisdiction,name,rate,from\nUS,state,X,1%,2026-02-30', '2 from: "2026-02-30" is no date'],
    ['rates', 'Day,USD\n2026-01-02,1', '1 Day: expected the first column to be Date'],
    ['rates', 'Date,USD\n2026-01-02,0', '2 USD: a rate must be above 0'],
    ['rates', 'Date,USD\n2026-01-02,1\n2026-01-02,2', '1 USD: two rates of 2026-1-2'],
    ['rates', 'Date,dollars\n2026-01-02,1', '1 dollars: expected the code of a currency'],
    ['locations', 'network,country\n192.0.2.1/24,FR', '2 network: 192.0.2.1/24 has bits set behind its length'],
    ['locations', 'network,country\n192.0.2.0/33,FR', '2 network: "192.0.2.0/33" is no network'],
    ['locations', 'network,country\n1.2.3/24,FR', '2 network: "1.2.3/24" is no network'],
    ['holidays', 'date\n--02-30', '2 date: "--02-30" is no date'],
    ['holidays', 'date\n"2026-01-01', '2 : a quoted field that does not end'],
  ])('of %s is refused with line and field: %j', (kind, text, expected) => {
    expect(problemOf(kind, text)).toContain(expected);
  });

  it('has a day of its own only where the whole table does', () => {
    expect(problemOf('holidays', 'date\n2026-01-01', '2026-01-01')).toContain('has its dates inside');
    expect(problemOf('dial-plans', 'digits,rate\n1,1', '2026-13-01')).toContain('is no date');
  });

  it('never makes the reader throw, whatever its text', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', '1', 'a', '/') }));
    const kinds = fc.constantFrom<TableKind>('taxes', 'rates', 'dial-plans', 'locations', 'holidays');
    const headers = fc.constantFrom('', 'digits,rate\n', 'Date,USD\n', 'network,country\n', 'date\n');
    fc.assert(fc.property(kinds, headers, text, (kind, header, body) => problemOf(kind, header + body) !== ''));
  });
});

describe('a dial plan', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123'), minLength: 1, maxLength: 7 });

  it('finds the longest prefix, as a search through all of them does', () => {
    fc.assert(
      fc.property(fc.uniqueArray(digits, { minLength: 1, maxLength: 60 }), digits, (prefixes, number) => {
        const text = `digits,rate\n${prefixes.map((prefix) => `${prefix},1`).join('\n')}\n`;
        const plan = tablesOf({ 'dial-plans/t': text }).dialPlans!.get('t')![0]!.table;
        const fitting = prefixes.filter((prefix) => number.startsWith(prefix)).sort((a, b) => b.length - a.length);
        expect(plan.rates[plan.match(number)]?.digits).toBe(fitting[0]);
      }),
    );
  });

  it('of 100,000 prefixes finds each of them', () => {
    const prefixes = Array.from({ length: 100_000 }, (_, i) => String(1_000_000 + i * 7));
    const text = `digits,rate\n${prefixes.map((prefix) => `${prefix},0.01`).join('\n')}\n`;
    const plan = tablesOf({ 'dial-plans/t': text }).dialPlans!.get('t')![0]!.table;
    expect(prefixes.every((prefix) => plan.rates[plan.match(`${prefix}99`)]!.digits === prefix)).toBe(true);
  });
});

describe('networks', () => {
  const tables = tablesOf({
    'locations/t':
      'network,country,region\n10.0.0.0/8,AA,\n10.1.0.0/16,BB,x\n10.1.2.0/24,CC,\n2001:db8::/32,DD,\n2001:db8:1::/48,EE,\n::ffff:11.0.0.0/104,FF,\n10.1.3.4,GG,\n',
  });
  const { table } = tables.locations!.get('t')![0]!;

  it.each([
    ['10.0.0.0', 'AA'],
    ['10.255.255.255', 'AA'],
    ['11.0.0.0', 'FF'],
    ['10.1.0.0', 'BB'],
    ['10.1.2.255', 'CC'],
    ['10.1.3.0', 'BB'],
    ['10.1.3.4', 'GG'],
    ['10.1.3.5', 'BB'],
    ['10.2.0.0', 'AA'],
    ['9.255.255.255', undefined],
    ['12.0.0.0', undefined],
    ['::ffff:10.1.2.3', 'CC'],
    ['2001:db8::1', 'DD'],
    ['2001:0DB8:0001::', 'EE'],
    ['2001:db9::', undefined],
    ['::', undefined],
    ['10.1.2', undefined],
    ['10.01.2.3', undefined],
    ['nowhere', undefined],
    ['', undefined],
  ])('hold %s in %s', (address, country) => {
    expect(table.locate(address)?.country).toBe(country);
  });
});

describe('tables of the central bank', () => {
  it('are read in either order, with gaps, and in the form of one day', () => {
    const read = (text: string): RatingTables => tablesOf({ 'rates/t': text });
    const history = read('Date,USD,ISK,\n2026-01-05,1.10,N/A,\n2026-01-02,1.05,150.2,\n').rates!.get('t')!;
    expect(history.rates.get('USD')!.map(({ rate }) => rate)).toEqual(['1.05', '1.1']);
    expect(history.rates.get('ISK')!.map(({ rate }) => rate)).toEqual(['150.2', null]);
    const daily = read('Date, USD, JPY, \n02 January 2026, 1.0321, 162.4, \n').rates!.get('t')!;
    expect(daily.rates.get('JPY')).toEqual([{ fromDay: Date.UTC(2026, 0, 2) / 86_400_000, rate: '162.4' }]);
  });
});

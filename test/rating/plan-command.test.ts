import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planCommand } from '../../daemon/commands/plan.ts';

const evening = fileURLToPath(new URL('../../examples/plans/evening.xml', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'meterd-plan-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function run(...args: string[]) {
  let [out, err] = ['', ''];
  const code = await planCommand(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

const A1 =
  '{"type":"time","quantity":172800,"start":"2001-01-02T00:00:00","end":"2001-01-04T00:00:00","attributes":{}}';

describe('meterd plan', () => {
  it.each([['--json'], ['--json', '--interpret']])('prints the JSON of the contract, %s %s', async (...options) => {
    const usage = file(
      'a.ndjson',
      `${A1}\n\n{"type":"time","quantity":"54.5","unit":"hour","start":"2001-01-20T18:30","end":"2001-01-23T01:00:00Z"}\n`,
    );
    const { code, out } = await run(
      'rate',
      evening,
      '--usage',
      usage,
      '--until',
      '2001-03-01',
      ...options.filter(Boolean),
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      currency: 'USD',
      records: [
        { n: 1, amount: '10.000000', lines: [{ label: 'Set-up', amount: '10.000000', quantity: '0', unit: '' }] },
        {
          n: 2,
          amount: '2.000000',
          lines: [
            { label: 'On-peak hours', amount: '1.500000', quantity: '1.5', unit: 'hour' },
            { label: 'Off-peak hours', amount: '0.500000', quantity: '1', unit: 'hour' },
          ],
        },
      ],
      bills: [
        {
          from: '2001-01-01',
          to: '2001-02-01',
          total: '32.00',
          lines: [
            { label: 'Set-up', quantity: '0', unit: '', amount: '10.00' },
            { label: 'Monthly fee', quantity: '0', unit: '', amount: '20.00' },
            { label: 'On-peak hours', quantity: '1.5', unit: 'hour', amount: '1.50' },
            { label: 'Off-peak hours', quantity: '1', unit: 'hour', amount: '0.50' },
          ],
        },
        {
          from: '2001-02-01',
          to: '2001-03-01',
          total: '20.00',
          lines: [{ label: 'Monthly fee', quantity: '0', unit: '', amount: '20.00' }],
        },
      ],
    });
  });

  it('bills idle periods, and prorates only what is cut by --from and --until', async () => {
    const none = file('none.ndjson', '');
    const idle = await run('rate', evening, '--usage', none, '--from', '2001-01-01', '--until', '2001-03-01', '--json');
    expect(JSON.parse(idle.out).bills.map((b: { total: string }) => b.total)).toEqual(['30.00', '20.00']);
    const joined = await run('rate', evening, '--usage', none, '--from', '2001-02-15', '--json');
    expect(JSON.parse(joined.out).bills.map((b: { total: string }) => b.total)).toEqual(['20.00']);
    const anchored = await run('rate', evening, '--usage', file('one.ndjson', A1), '--cycle-day', '15', '--json');
    expect(JSON.parse(anchored.out).bills.map((b: { from: string; total: string }) => [b.from, b.total])).toEqual([
      ['2000-12-15', '10.00'],
    ]);
  });

  it('traces how an amount came about', async () => {
    const { out } = await run(
      'rate',
      evening,
      '--usage',
      file('one.ndjson', A1.replace('172800', '396000')),
      '--trace',
    );
    expect(out).toContain('Free hours: ');
    expect(out).toContain('10 × 1 (step 1)');
  });

  it.each([
    ['{', 'not JSON'],
    ['[]', 'expected a JSON object'],
    [A1.replace('time', 'octets'), 'type: octets is derived'],
    [A1.replace('time', 'fuel'), 'type: expected one of'],
    [A1.replace('172800', '1.5'), 'quantity: a number with a fraction must be a string'],
    [A1.replace('172800', '4503599627370496.3'), 'quantity: a number with a fraction must be a string'],
    [A1.replace('172800', '1e-400'), 'quantity: a number with a fraction must be a string'],
    [A1.replace('172800', '9007199254740993'), 'quantity: a number beyond 2^53 must be a string'],
    [A1.replace('172800', '-1'), 'quantity: expected 0 or more'],
    [A1.replace('172800', '"0.0001","unit":"hour"'), 'quantity: 0.0001 hour is not a whole number of base units'],
    [A1.replace('172800', '"1","unit":"GB"'), 'unit: GB does not measure time'],
    [A1.replace('2001-01-04', '2001-01-01'), 'end: expected a time not before start'],
    [A1.replace('2001-01-02T', '2001-02-30T'), 'start: expected a time'],
    [A1.replace('{}', '7'), 'attributes: expected an object'],
    [A1.replace('2001-01-04', '2003-01-04'), 'out-of-range'],
  ])('refuses the usage line %s', async (line, message) => {
    const usage = file('bad.ndjson', `${A1}\n\n${line}\n`);
    const { code, out, err } = await run('rate', evening, '--usage', usage);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`${usage}:3: ${message}`);
  });

  it('groups lines of a session into one chargeable event', async () => {
    const plan = file(
      'event.xml',
      `<plan xmlns="urn:meterd:plan:1" id="p" currency="USD"><primitive id="r" type="StepRater" label="Call">
      <property name="unit" value="second"/><property name="per" value="event"/><property name="firstIncrement" value="60"/><property name="increment" value="1"/>
      <step multiplier="1"/></primitive><primitive id="post" type="AccountFinalizer"/>
      <connection from="usage" to="r"/><connection from="r" to="post"/></plan>`,
    );
    const line = (quantity: number, session: string) =>
      JSON.stringify({ type: 'time', quantity, start: '2001-01-01T00:00:00', end: '2001-01-01T00:01:00', session });
    const { out } = await run(
      'rate',
      plan,
      '--usage',
      file('s.ndjson', [line(30, 'a'), line(10, 'b'), line(35, 'a')].join('\n')),
      '--json',
    );
    expect(JSON.parse(out).records.map((r: { amount: string }) => r.amount)).toEqual([
      '60.000000',
      '60.000000',
      '5.000000',
    ]);
  });

  it('rates with tables of a folder, and says which one is missing or wrong', async () => {
    const plan = file(
      'calls.xml',
      `<plan xmlns="urn:meterd:plan:1" id="p" currency="USD"><primitive id="c" type="E164DialPlanRater" label="Calls">
      <property name="table" value="world"/></primitive><primitive id="post" type="AccountFinalizer"/>
      <connection from="usage" to="c"/><connection from="c" to="post"/></plan>`,
    );
    const call =
      '{"type":"voice","quantity":90,"start":"2026-03-02T10:00:00","end":"2026-03-02T10:01:30","attributes":{"calledNumber":"+33123"}}';
    const usage = file('calls.ndjson', call);
    const missing = await run('rate', plan, '--usage', usage);
    expect([missing.code, missing.err]).toEqual([2, `${usage}:1: no-table: no dial plan named world\n`]);
    const tables = join(folder, 'tables');
    mkdirSync(join(tables, 'dial-plans'), { recursive: true });
    writeFileSync(join(tables, 'dial-plans', 'world.csv'), 'digits,rate\n33,0.02\n');
    writeFileSync(join(tables, 'dial-plans', 'world@2026-04-01.csv'), 'digits,rate\n33,0.04\n');
    const rated = await run('rate', plan, '--usage', usage, '--tables', tables, '--json');
    expect(JSON.parse(rated.out).records[0].amount).toBe('0.030000');
    const later = file('later.ndjson', call.replaceAll('2026-03', '2026-04'));
    const dated = await run('rate', plan, '--usage', later, '--tables', tables, '--json');
    expect(JSON.parse(dated.out).records[0].amount).toBe('0.060000');
    writeFileSync(join(tables, 'dial-plans', 'world.csv'), 'digits,rate\n33,cheap\n');
    const wrong = await run('rate', plan, '--usage', usage, '--tables', tables);
    expect(wrong.err).toContain('world.csv:2: rate: "cheap" is no price');
  });

  it('checks and compiles', async () => {
    expect(await run('check', evening)).toEqual({ code: 0, out: '', err: '' });
    const bad = file(
      'bad.xml',
      '<plan xmlns="urn:meterd:plan:1" id="p" currency="USD">\n<primitive id="a" type="Oops"/></plan>',
    );
    const checked = await run('check', bad);
    expect(checked.code).toBe(2);
    expect(checked.out).toBe(`${bad}:2: a: unknown type Oops\n`);
    const compiled = await run('compile', evening);
    expect(compiled.out).toContain('function f0(A, M, W, O, X, use0, S, meter)');
    expect(compiled.out).not.toContain('evening');
  });

  it.each([
    [[]],
    [['melt', 'x']],
    [['check']],
    [['check', 'a', 'b']],
    [['rate', evening]],
    [['check', evening, '--json']],
    [['rate', evening, '--nonsense']],
    [['check', 'no-such.xml']],
    [['rate', evening, '--usage', 'x', '--zone', 'Mars/Olympus']],
    [['rate', evening, '--usage', 'x', '--cycle-day', '32']],
    [['rate', evening, '--usage', 'x', '--from', 'soon']],
  ])('refuses wrong usage %#', async (args) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).not.toBe('');
  });
});

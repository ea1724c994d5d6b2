import { describe, expect, it } from 'vitest';
import { primitives, readPlan } from '../../rating/index.ts';
import { exampleText } from './harness.ts';

const head = '<plan xmlns="urn:meterd:plan:1" id="p" currency="USD">';
const rate =
  '<primitive id="rate" type="StepRater"><property name="unit" value="hour"/><step multiplier="1"/></primitive>';
const post = '<primitive id="post" type="AccountFinalizer"/>';
const wires = '<connection from="usage" to="rate"/><connection from="rate" to="post"/></plan>';

function problemsOf(xml: string): string[] {
  return readPlan(xml).problems.map(
    (p) =>
      `${p.line}${p.severity === 'warning' ? ' warning' : ''} ${[p.primitive, p.property].filter(Boolean).join('.')}: ${p.message}`,
  );
}

describe('reading a plan', () => {
  it.each(['evening', 'per-gigabyte', 'flat', 'hourly'])('finds nothing wrong with %s.xml', (name) => {
    expect(problemsOf(exampleText(name))).toEqual([]);
  });

  it('reports every problem with its line, primitive and property', () => {
    const xml = `<plan xmlns="urn:meterd:plan:1" id="p" currency="dollar" scale="99">
<primitive id="rate" type="StepRater">
<property name="unit" value="furlong"/>
<property name="colour" value="red"/>
<step upTo="5" multiplier="1"/>
<step upTo="4" multiplier="x"/>
</primitive>
<primitive id="rate" type="Teleporter"/>
<primitive id="tax" type="TaxCalculator"><tax name="VAT" rate="20"/></primitive>
<connection from="nobody" to="rate"/>
</plan>`;
    const problems = problemsOf(xml);
    for (const expected of [
      /^1 currency: /,
      /^1 scale: /,
      /^3 rate\.unit: "furlong" is no unit/,
      /^4 rate\.colour: a StepRater has no such property/,
      /^6 rate\.multiplier: "x" is not a decimal/,
      /^8 rate: unknown type Teleporter/,
      /^8 rate: the id is already that of the primitive on line 2/,
      /^9 tax\.rate: "20" is no rate from 0 to 1/,
      /^9 tax\.jurisdiction: a <tax> needs it/,
      /^10 from: no primitive has the id "nobody"/,
    ]) {
      expect(
        problems.filter((p) => expected.test(p)),
        String(expected),
      ).toHaveLength(1);
    }
  });

  it.each([
    ['doctype', `<!DOCTYPE plan [<!ENTITY a "b">]>${head}</plan>`, 'document type'],
    ['entity', `${head}&a;</plan>`, 'not well-formed'],
    ['broken XML', `${head}<primitive></plan>`, 'not well-formed'],
    ['text', `${head}hello${rate}${post}${wires}`, 'text where only elements'],
    ['another root', '<tariff/>', 'expected <plan>'],
    ['nothing', '', 'document must contain a root element'],
    ['another namespace', '<plan xmlns="urn:x" id="p" currency="USD"/>', 'unknown namespace'],
    ['too many primitives', `${head}${'<primitive id="a" type="Adder"/>'.repeat(501)}</plan>`, 'at most 500'],
    [
      'no way to the account',
      `${head}${rate}${post}<connection from="usage" to="rate"/></plan>`,
      'reaches no AccountFinalizer',
    ],
    ['unwired input', `${head}${rate}${post}<connection from="rate" to="post"/></plan>`, 'nothing is connected to it'],
    ['wrong kind', `${head}${rate}${post}<connection from="usage" to="post"/>${wires}`, 'usage gives usage, but post'],
    ['twice wired', `${head}${rate}${post}<connection from="rate" to="post"/>${wires}`, 'already there'],
    [
      'charged twice',
      `${head}${rate}${post}<primitive id="sum" type="Adder"/><connection from="rate" to="sum"/><connection from="sum" to="post"/>${wires}`,
      'more than one way',
    ],
    [
      'cycle',
      `${head}${rate}${post}<primitive id="a" type="Adder"/><primitive id="b" type="Adder"/><connection from="a" to="b"/><connection from="b" to="a"/>${wires}`,
      'a cycle: a, b',
    ],
    [
      'last step closed',
      `${head}${rate.replace('<step ', '<step upTo="5" ')}${post}${wires}`,
      'last step must have no upTo',
    ],
    [
      'uneven edge',
      `${head}${rate.replace('<step ', '<step upTo="0.0001" multiplier="1"/><step ')}${post}${wires}`,
      'not a whole number of base units',
    ],
    [
      'descending',
      `${head}${rate.replace('<step ', '<step upTo="5" multiplier="1"/><step upTo="5" multiplier="2"/><step ')}${post}${wires}`,
      'steps must ascend',
    ],
    [
      'unit nothing reaches',
      `${head}${rate}${post}<primitive id="s" type="UsageTypeSelector"><property name="types" value="octets"/></primitive><connection from="usage" to="s"/><connection from="s" to="rate"/><connection from="rate" to="post"/></plan>`,
      'no use of its unit',
    ],
    [
      'empty window',
      `${head}<primitive id="w" type="DailyTimeFilter"><property name="from" value="10:00"/><property name="to" value="10:00"/></primitive></plan>`,
      'window is empty',
    ],
  ])('refuses: %s', (_, xml, message) => {
    const { plan, problems } = readPlan(xml);
    expect(plan).toBeNull();
    expect(problems.map((p) => p.message).join('\n')).toContain(message);
  });

  it('warns of gaps and overlaps of windows without failing', () => {
    const gap = readPlan(exampleText('evening').replace('name="to" value="19:00"', 'name="to" value="18:59"'));
    expect(gap.plan).not.toBeNull();
    expect(gap.problems).toMatchObject([
      { severity: 'warning', primitive: 'peak', message: expect.stringContaining('gap from Monday 18:59') },
    ]);
    const overlap = readPlan(exampleText('evening').replace('name="to" value="19:00"', 'name="to" value="20:00"'));
    expect(overlap.problems).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('overlap from Monday 19:00') },
    ]);
  });

  it('describes every primitive', () => {
    for (const primitive of primitives) {
      expect(primitive.help).toMatch(/\.$/);
      for (const property of primitive.properties) expect(property.help).toMatch(/\.$/);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { readPlan } from '../../rating/index.ts';

const property = (name: string, value: string) => `<property name="${name}" value="${value}"/>`;
const primitive = (id: string, type: string, ...children: string[]) =>
  `<primitive id="${id}" type="${type}">${children.join('')}</primitive>`;
const window = (id: string, from: string, to: string) =>
  primitive(id, 'DailyTimeFilter', property('from', from), property('to', to));
const rate = (...steps: string[]) =>
  primitive('rate', 'StepRater', property('unit', 'hour'), ...(steps.length ? steps : ['<step multiplier="1"/>']));
const free = primitive('free', 'FreeStepRater', property('limit', '0'), property('unit', 'hour'));

/** Warnings of a plan that runs from usage through these primitives, in their order, to the account. */
function warningsOf(...chain: string[]): string[] {
  const ids = ['usage', ...chain.map((text) => /id="(\w+)"/.exec(text)![1]!), 'post'];
  const wires = ids.slice(1).map((id, i) => `<connection from="${ids[i]}" to="${id}"/>`);
  const xml = `<plan xmlns="urn:meterd:plan:1" id="p" currency="USD">${chain.join('')}<primitive id="post" type="AccountFinalizer"/>${wires.join('')}</plan>`;
  const { plan, problems } = readPlan(xml);
  expect(plan, JSON.stringify(problems)).not.toBeNull();
  return problems.map(({ primitive: id, message }) => `${id}: ${message}`);
}

const below = primitive(
  'below',
  'ThresholdFilter',
  property('threshold', '10'),
  property('unit', 'hour'),
  property('mode', 'below'),
);
const month = primitive('month', 'MonthlyAccumulator', property('unit', 'hour'));

describe('a plan that is legal but strange is warned about', () => {
  it.each([
    [
      'windows behind each other that are never open together',
      [window('a', '08:00', '12:00'), window('b', '12:00', '20:00'), rate()],
      'b: nothing can ever pass',
    ],
    ['a window that is always open', [window('a', '00:00', '24:00'), rate()], 'a: everything passes'],
    [
      'a threshold below which there is nothing',
      [below.replace('"10"', '"0"'), rate()],
      'below: nothing can ever pass',
    ],
    [
      'a threshold of 0',
      [below.replace('"10"', '"0"').replace('"below"/>', '"above"/>'), rate()],
      'below: everything passes',
    ],
    ['free use of nothing', [free, rate()], 'free: nothing is free'],
    [
      'a step above what the filter before lets through',
      [
        month,
        below,
        rate('<step upTo="5" multiplier="1"/>', '<step upTo="10" multiplier="2"/>', '<step multiplier="3"/>'),
      ],
      'rate: step 3 is never reached',
    ],
    [
      'a step below the least that is charged',
      [
        rate(
          property('mode', 'volume'),
          property('firstIncrement', '7200'),
          '<step upTo="1" multiplier="1"/>',
          '<step multiplier="2"/>',
        ),
      ],
      'rate: step 1 is never reached',
    ],
    [
      'steps of one price',
      [rate('<step upTo="5" multiplier="1"/>', '<step multiplier="1"/>')],
      'rate: steps 1 and 2 have the same price',
    ],
    [
      'two rules with one condition',
      [
        primitive(
          'kind',
          'UsageTypeClassifier',
          '<rule meter="x-a" when="port = 1"/>',
          '<rule meter="x-b" when="port=1"/>',
        ),
        rate(),
      ],
      'kind: rule 2 never decides',
    ],
    [
      'a rule behind one that always holds',
      [
        primitive('kind', 'UsageTypeClassifier', '<rule meter="x-a"/>', '<rule meter="x-b" when="port = 1"/>'),
        rate().replace('hour', '1'),
      ],
      'kind: is never tried',
    ],
  ])('%s', (_, chain, expected) => {
    const warnings = warningsOf(...chain);
    expect(
      warnings.filter((warning) => warning.startsWith(expected)),
      warnings.join('\n'),
    ).toHaveLength(1);
  });

  it('and a plan with nothing strange is not', () => {
    const steps = ['<step upTo="5" multiplier="1"/>', '<step multiplier="2"/>'];
    expect(warningsOf(window('a', '22:00', '06:00'), month, below.replace('"10"', '"9"'), rate(...steps))).toEqual([]);
  });
});

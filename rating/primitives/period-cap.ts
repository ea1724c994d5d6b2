import { fromScaled, plus, shrink, toScaled } from '../money.ts';
import type { PeriodKind } from '../period.ts';
import { type PlanNode, textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { total } from './cell.ts';
import { amountProperty, periodProperty } from './charge-properties.ts';

/**
 * A cap on what charges come to in a period: passes them on, with a line of its own that takes back what is above the
 * cap. With `gives="excess"` it gives on that excess instead, for another account say. The line is a function of the
 * period's total, so that splitting is free.
 */
export const periodCap: Primitive = {
  type: 'PeriodCap',
  help: 'Caps what charges come to in a period, or passes on the excess.',
  input: 'charge',
  output: 'charge',
  labelled: true,
  properties: [
    { ...amountProperty, min: 0, help: 'The most that the charges may come to in a period.' },
    periodProperty,
    {
      name: 'gives',
      kind: 'choice',
      choices: ['within', 'excess'],
      default: 'within',
      help: 'The charges with what is above the cap taken back, or only what is above the cap.',
    },
  ],
  examples: [
    {
      title: 'At most 5.00 a month; the company pays the rest',
      plan: `<primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="2"/></primitive>
<primitive id="cap" type="PeriodCap" label="Above 5.00"><property name="amount" value="5"/></primitive>
<primitive id="rest" type="PeriodCap" label="Above 5.00 of the user"><property name="amount" value="5"/><property name="gives" value="excess"/></primitive>
<primitive id="company" type="SecondAccountFinalizer"><property name="account" value="company"/></primitive>
<connection from="usage" to="hours"/><connection from="hours" to="cap"/><connection from="hours" to="rest"/><connection from="cap" to="post"/><connection from="rest" to="company"/>`,
      use: [['time', '14400', '2026-03-02T10:00', '2026-03-02T14:00']],
      bill: [
        ['Hours', '8.00'],
        ['Above 5.00', '-3.00'],
      ],
      elsewhere: [['company', 'Above 5.00 of the user', '3.000000']],
    },
  ],
  cellPeriod: (node) => textOf(node, 'period') as PeriodKind,
  flow: (node) => ({
    made: [{ node: node.index, tax: -1, party: '' }],
    passes: textOf(node, 'gives') === 'within',
    cells: ['cap'],
  }),
  cell: (node, _fact, _place, scale) => ({
    key: `${textOf(node, 'amount')} ${textOf(node, 'gives')}`,
    worth: (sum) => dueAt(node, sum, scale),
  }),
  evaluate(node, { charges }, context) {
    if (textOf(node, 'gives') === 'within') for (const charge of charges) context.charge(charge);
    const rise = total(charges);
    if (rise === 0n) return;
    const cell = context.standing.cell(context.flow.firstCell);
    const due = dueAt(node, BigInt(cell.total) + rise, context.scale);
    const amount = shrink(due - BigInt(cell.posted));
    context.trace?.({
      text: `${fromScaled(BigInt(cell.total) + rise, context.scale)} so far, at most ${textOf(node, 'amount')}`,
      terms: [
        {
          quantity: fromScaled(due - BigInt(cell.posted), context.scale),
          unit: '',
          multiplier: '1',
          constant: '0',
          of: 'cap',
        },
      ],
      line: node.index,
      before: `${cell.posted}/${10n ** BigInt(context.scale)}`,
      after: `${due}/${10n ** BigInt(context.scale)}`,
      posted: String(cell.posted),
      amount: String(amount),
    });
    cell.total = plus(cell.total, shrink(rise));
    cell.posted = shrink(due);
    if (amount !== 0) context.charge({ line: node.index, amount, quantity: 0 });
  },
  emit(node, w) {
    const within = textOf(node, 'gives') === 'within';
    if (within) for (const { line, amount, quantity } of w.charges) w.charge(line, amount, quantity);
    const rise = w.charges.map(({ amount }) => amount).reduce((a, b) => `R.add(${a}, ${b})`);
    const cap = w.bind(shrink(toScaled(textOf(node, 'amount'), w.scale)));
    w.line(`const a${node.index} = R.cap(S, ${w.flow.firstCell}, ${rise}, ${cap}, ${within});`);
    w.charge(node.index, `a${node.index}`, '0');
  },
};

/** What its line comes to, of a total in the period. */
function dueAt(node: PlanNode, sum: bigint, scale: number): bigint {
  const excess = sum - toScaled(textOf(node, 'amount'), scale);
  const above = excess > 0n ? excess : 0n;
  return textOf(node, 'gives') === 'within' ? -above : above;
}

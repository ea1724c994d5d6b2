import { EVER, type Missing, type Resolved } from '../facts.ts';
import { textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { type SpecialDays, specialDays } from '../tables/holidays.ts';
import { EVERY_DAY } from '../window.ts';
import { whileOpen } from './time-filter.ts';

/** Passes the part of a record on listed local days, or on all others (REQUIREMENTS P48). */
export const specialDaysTimeFilter: Primitive = {
  ...whileOpen,
  type: 'SpecialDaysTimeFilter',
  help: 'Passes use on holidays and other listed days, or on all other days.',
  properties: [
    { name: 'days', kind: 'dates', help: 'Dates such as 2026-04-06, or --12-25 for every year, separated by commas.' },
    { name: 'table', kind: 'name', help: 'Name of an imported list of days, instead of days.' },
    {
      name: 'mode',
      kind: 'choice',
      choices: ['include', 'exclude'],
      default: 'include',
      help: 'Whether use on these days passes, or use on all others.',
    },
  ],
  examples: [
    {
      title: 'Half an hour before midnight is still Christmas',
      plan: `<primitive id="christmas" type="SpecialDaysTimeFilter"><property name="days" value="--12-25,2026-04-06"/></primitive>
<primitive id="hours" type="StepRater" label="Holiday hours"><property name="unit" value="hour"/><step multiplier="0.10"/></primitive>
<connection from="usage" to="christmas"/><connection from="christmas" to="hours"/><connection from="hours" to="post"/>`,
      use: [['time', '5400', '2026-12-25T23:30', '2026-12-26T01:00']],
      bill: [['Holiday hours', '0.05']],
    },
    {
      title: 'Working days by an imported list',
      plan: `<primitive id="working" type="SpecialDaysTimeFilter"><property name="table" value="france"/><property name="mode" value="exclude"/></primitive>
<primitive id="hours" type="StepRater" label="Working hours"><property name="unit" value="hour"/><step multiplier="1"/></primitive>
<connection from="usage" to="working"/><connection from="working" to="hours"/><connection from="hours" to="post"/>`,
      tables: { 'holidays/france': 'date,name\n--07-14,Fête nationale\n2026-04-06,Lundi de Pâques\n' },
      use: [
        ['time', '3600', '2026-04-06T10:00', '2026-04-06T11:00'],
        ['time', '3600', '2026-04-07T10:00', '2026-04-07T11:00'],
      ],
      bill: [['Working hours', '1.00']],
    },
  ],
  window: (node) => ({
    fromMs: 0,
    toMs: 86_400_000,
    days: EVERY_DAY,
    special: {
      days: node.values.days === undefined ? null : daysOf(node.values.days as readonly string[]),
      inside: textOf(node, 'mode') === 'include',
      table: node.values.table !== undefined,
    },
  }),
  check(node, report) {
    if ((node.values.days === undefined) === (node.values.table === undefined))
      report('needs either "days" or "table"', { property: 'days' });
  },
  asks: (node) => node.values.table !== undefined,
  facts(node, { tables }): Resolved | Missing {
    const days = tables?.holidays?.get(textOf(node, 'table'));
    return days
      ? { value: days, ...EVER }
      : { reason: 'no-table', detail: `no list of days named ${textOf(node, 'table')}`, ...EVER };
  },
  evaluate(node, firing, context) {
    if (node.values.table !== undefined) context.fact();
    whileOpen.evaluate(node, firing, context);
  },
  emit(node, w) {
    if (node.values.table !== undefined) w.line(`R.fact(S, ${node.index});`);
    whileOpen.emit(node, w);
  },
};

function daysOf(list: readonly string[]): SpecialDays {
  return specialDays(list) as SpecialDays;
}

import { EVER, inForce, type Missing, overlapOf, type Resolved } from '../facts.ts';
import { lineKey } from '../flow.ts';
import { fromScaled } from '../money.ts';
import { textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import type { ExchangeRates } from '../tables/exchange-rates.ts';
import type { Zone } from '../zone.ts';
import { type Ratio, raiseCell, ratioOf, worthAt } from './cell.ts';

type Rate = Ratio & { readonly text: string };

/**
 * Converts charges to another currency at the rate of their day (REQUIREMENTS P59). Cross rates go over the base of the
 * table. A pair without a rate is refused. What was converted at an earlier rate stays.
 */
export const currencyConverter: Primitive = {
  type: 'CurrencyConverter',
  help: 'Converts charges to another currency at the rate of the day.',
  input: 'charge',
  output: 'charge',
  properties: [
    { name: 'to', kind: 'currency', required: true, help: 'Currency that the charges become.' },
    { name: 'table', kind: 'name', default: 'rates', help: 'Name of the imported table of rates.' },
  ],
  examples: [
    {
      title: 'Ten euros at 162 yen on one day, at 176 on the next',
      plan: `<primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="10"/></primitive>
<primitive id="in-yen" type="CurrencyConverter"><property name="to" value="JPY"/></primitive>
<connection from="usage" to="hours"/><connection from="hours" to="in-yen"/><connection from="in-yen" to="post"/>`,
      currency: 'JPY',
      tables: { 'rates/rates': 'Date,USD,JPY\n2026-03-03,1.10,176\n2026-03-02,1.08,162\n' },
      use: [
        ['time', '3600', '2026-03-02T10:00', '2026-03-02T11:00'],
        ['time', '3600', '2026-03-03T10:00', '2026-03-03T11:00'],
      ],
      bill: [['Hours', '3380']],
    },
  ],
  currency: (node) => textOf(node, 'to'),
  flow: (_node, inputs, nodes) => ({ made: [], passes: true, cells: inputs.map((line) => lineKey(nodes, line)) }),
  facts(node, { tables }, zone, atMs, from): Resolved | Missing {
    const table = tables?.rates?.get(textOf(node, 'table'));
    const to = textOf(node, 'to');
    if (!table) return { reason: 'no-table', detail: `no table of rates named ${textOf(node, 'table')}`, ...EVER };
    const [source, target] = [priceOf(table, from, zone, atMs), priceOf(table, to, zone, atMs)];
    const span = overlapOf(source.span, target.span);
    if (source.rate === null || target.rate === null) {
      const day = new Date(atMs).toISOString().slice(0, 10);
      return { reason: 'no-rate', detail: `no rate from ${from} to ${to} on ${day}`, ...span };
    }
    const value: Rate = { ...ratioOf(target.rate, source.rate), text: `${target.rate} ÷ ${source.rate}` };
    return { value, ...span };
  },
  cell: (_node, fact) => worthAt(fact as Rate),
  evaluate(node, { charges }, context) {
    for (const { line, amount: given, quantity } of charges) {
      if (given === 0 && quantity === 0) continue;
      const rate = context.fact() as Rate;
      const cell = context.standing.cell(context.flow.firstCell + context.flow.inputs.indexOf(line));
      const { amount, traced } = raiseCell(cell, BigInt(given), rate, context.scale);
      context.trace?.({
        text: `to ${textOf(node, 'to')} × ${rate.text}`,
        terms: [
          {
            quantity: fromScaled(given, context.scale),
            unit: '',
            multiplier: `${rate.num}/${rate.den}`,
            constant: '0',
            of: 'rate',
          },
        ],
        line,
        ...traced,
      });
      context.charge({ line, amount, quantity });
    }
  },
  emit(node, w) {
    for (const { line, amount, quantity } of w.charges) {
      const cell = w.flow.firstCell + w.flow.inputs.indexOf(line);
      const name = `a${line}_${node.index}`;
      w.line(`const ${name} = R.convert(S, ${node.index}, ${cell}, ${amount}, ${quantity});`);
      w.charge(line, name, quantity);
    }
  },
};

/** Price of one unit of the base of the table, and how long it holds. */
function priceOf({ base, rates }: ExchangeRates, currency: string, zone: Zone, atMs: number) {
  if (currency === base) return { rate: '1', span: EVER };
  const { entry, span } = inForce(rates.get(currency) ?? [], zone, atMs);
  return { rate: entry?.rate ?? null, span };
}

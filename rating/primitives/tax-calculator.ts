import { cutAt, type Missing, type Resolved } from '../facts.ts';
import type { Line } from '../flow.ts';
import { fromScaled } from '../money.ts';
import { type PlanNode, textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { JURISDICTIONS, TAXES_AT_PLACE_MAX, type Tax, taxRowsAt } from '../tables/tax-table.ts';
import type { AccountFacts } from '../terms.ts';
import type { Zone } from '../zone.ts';
import { type Ratio, raiseCell, ratioOf, total, worthAt } from './cell.ts';

/** A tax in force; null stands for one the account is exempt from. */
export type TaxInForce = (Ratio & Pick<Tax, 'name' | 'compound' | 'rate'>) | null;

/**
 * Adds a line for every tax on the charges that arrive, and passes these on (REQUIREMENTS P58). The taxes are the plan's
 * own, or those of a table at the account's place; those the account is exempt from are left out. A tax is of the total
 * of the billing cycle at its rate; a rate that changes begins a total of its own.
 */
export const taxCalculator: Primitive = {
  type: 'TaxCalculator',
  help: 'Adds a line for every tax on the charges that arrive.',
  input: 'charge',
  output: 'charge',
  properties: [{ name: 'table', kind: 'name', help: 'Name of an imported table of taxes by place, instead of taxes.' }],
  rows: {
    element: 'tax',
    help: 'Applied in their order, wherever the account is.',
    min: 0,
    max: 20,
    properties: [
      { name: 'jurisdiction', kind: 'choice', choices: JURISDICTIONS, required: true, help: 'Who levies it.' },
      { name: 'name', kind: 'name', required: true, help: 'Names the bill line.' },
      { name: 'rate', kind: 'rate', required: true, help: 'Fraction such as 0.0825, or 8.25%.' },
      { name: 'compound', kind: 'boolean', default: 'false', help: 'Whether it is also on the taxes before it.' },
    ],
  },
  examples: [
    {
      title: 'State and county, the county’s also on the state’s',
      plan: `<primitive id="fee" type="MonthlyRecurringCharge" label="Fee"><property name="amount" value="100"/></primitive>
<primitive id="tax" type="TaxCalculator"><tax jurisdiction="state" name="State tax" rate="0.06"/><tax jurisdiction="county" name="County tax" rate="0.0125" compound="true"/></primitive>
<connection from="fee" to="tax"/><connection from="tax" to="post"/>`,
      use: [['time', '60', '2026-03-02T10:00', '2026-03-02T10:01']],
      until: '2026-04-01',
      bill: [
        ['Fee', '100.00'],
        ['State tax', '6.00'],
        ['County tax', '1.33'],
      ],
    },
    {
      title: 'By the account’s place, and by date',
      plan: `<primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="10"/></primitive>
<primitive id="tax" type="TaxCalculator"><property name="table" value="us"/></primitive>
<connection from="usage" to="hours"/><connection from="hours" to="tax"/><connection from="tax" to="post"/>`,
      place: 'US/CA/Alameda',
      tables: {
        'taxes/us':
          'place,jurisdiction,name,rate,from\nUS/CA,state,State tax,6%,\nUS/CA,state,State tax,7%,2026-03-16\nUS/CA/Alameda,county,County tax,0.01,\nUS/NV,state,Other,0.5,\n',
      },
      use: [
        ['time', '3600', '2026-03-15T10:00', '2026-03-15T11:00'],
        ['time', '3600', '2026-03-16T10:00', '2026-03-16T11:00'],
      ],
      bill: [
        ['Hours', '20.00'],
        ['State tax', '1.30'],
        ['County tax', '0.20'],
      ],
    },
  ],
  check(node, report) {
    if ((node.rows.length === 0) === (node.values.table === undefined))
      report('needs either <tax> elements or a "table"', { property: 'table' });
    const seen = new Set<unknown>();
    for (const { values, line } of node.rows) {
      if (seen.has(values.name)) report(`the tax ${String(values.name)} is there twice`, { line });
      seen.add(values.name);
    }
  },
  flow(node) {
    const count = node.values.table === undefined ? node.rows.length : TAXES_AT_PLACE_MAX;
    const made = Array.from({ length: count }, (_, tax): Line => ({ node: node.index, tax, party: '' }));
    return { made, passes: true, cells: made.map(() => '') };
  },
  facts: (node, account, zone, atMs) =>
    node.values.table === undefined ? ownTaxes(node, account, atMs) : taxesAt(node, account, zone, atMs),
  cell: (_node, fact, place) => worthAt((fact as readonly TaxInForce[])[place]!),
  evaluate(_node, { charges }, context) {
    for (const charge of charges) context.charge(charge);
    const base = total(charges);
    if (base === 0n) return;
    const taxes = context.fact() as readonly TaxInForce[];
    let levied = 0n;
    for (const [i, tax] of taxes.entries()) {
      if (!tax) continue;
      const taxed = tax.compound ? base + levied : base;
      const { amount, traced } = raiseCell(
        context.standing.cell(context.flow.firstCell + i),
        taxed,
        tax,
        context.scale,
      );
      const line = context.flow.made[i]!;
      const shown = fromScaled(taxed, context.scale);
      context.trace?.({
        text: `${tax.name}: ${shown} × ${tax.rate}`,
        terms: [{ quantity: shown, unit: '', multiplier: tax.rate, constant: '0', of: tax.name }],
        line,
        ...traced,
      });
      levied += BigInt(amount);
      if (amount !== 0) context.charge({ line, amount, quantity: 0 });
    }
  },
  emit(node, w) {
    for (const { line, amount, quantity } of w.charges) w.charge(line, amount, quantity);
    const base = w.charges.map(({ amount }) => amount).reduce((a, b) => `R.add(${a}, ${b})`);
    w.line(`const x${node.index} = R.tax(S, ${node.index}, ${w.flow.firstCell}, ${w.flow.made.length}, ${base});`);
    for (const [i, line] of w.flow.made.entries()) {
      w.line(`const a${line}_${node.index} = x${node.index}[${i}];`);
      w.charge(line, `a${line}_${node.index}`, '0');
    }
  },
};

const unexempted = new WeakMap<PlanNode, Resolved>();

function ownTaxes(node: PlanNode, { exemptions = [] }: AccountFacts, atMs: number): Resolved {
  let taxes = unexempted.get(node);
  if (exemptions.length > 0 || !taxes) {
    const rows = node.rows.map(({ values }) => values as unknown as Tax);
    taxes = { ...inForceOf(rows, exemptions, atMs), ...cutAt(exemptions, atMs) };
    if (exemptions.length === 0) unexempted.set(node, taxes);
  }
  return taxes;
}

function taxesAt(node: PlanNode, account: AccountFacts, zone: Zone, atMs: number): Resolved | Missing {
  const name = textOf(node, 'table');
  const { tables, places = [], exemptions = [] } = account;
  const table = tables?.taxes?.get(name);
  const at = places.findLastIndex((place) => place.fromMs <= atMs);
  const stay = { fromMs: places[at]?.fromMs ?? -8.64e15, toMs: places[at + 1]?.fromMs ?? 8.64e15 };
  if (!table) return { reason: 'no-table', detail: `no table of taxes named ${name}`, ...stay };
  const place = places[at]?.place;
  if (place === undefined) return { reason: 'no-place', detail: 'the account has no place to be taxed at', ...stay };
  const rows = taxRowsAt(table, place);
  if (!rows) return { reason: 'no-place', detail: `the table ${name} knows no place ${place}`, ...stay };
  const edges = rows.map((row) => ({ fromMs: midnightOf(zone, row.fromDay), toMs: midnightOf(zone, row.toDay) }));
  const held = rows.filter((_, i) => edges[i]!.fromMs <= atMs && atMs < edges[i]!.toMs);
  const span = cutAt([stay, ...edges, ...exemptions], atMs);
  if (held.length > TAXES_AT_PLACE_MAX)
    return {
      reason: 'out-of-range',
      detail: `${held.length} taxes at ${place}: at most ${TAXES_AT_PLACE_MAX}`,
      ...span,
    };
  return { ...inForceOf(held, exemptions, atMs), ...span };
}

function midnightOf(zone: Zone, day: number): number {
  return Number.isFinite(day) ? zone.midnight(day) : day < 0 ? -8.64e15 : 8.64e15;
}

function inForceOf(taxes: readonly Tax[], exemptions: AccountFacts['exemptions'] = [], atMs: number) {
  const free = exemptions.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs).map(({ tax }) => tax);
  const value = taxes.map((tax): TaxInForce => {
    if (free.includes('*') || free.includes(tax.name) || free.includes(tax.jurisdiction)) return null;
    return levied(tax);
  });
  return { value, names: taxes.map(({ name }) => name) };
}

const known = new WeakMap<Tax, NonNullable<TaxInForce>>();

function levied(tax: Tax): NonNullable<TaxInForce> {
  let inForce = known.get(tax);
  if (!inForce) {
    inForce = { ...ratioOf(tax.rate), name: tax.name, compound: tax.compound, rate: tax.rate };
    known.set(tax, inForce);
  }
  return inForce;
}

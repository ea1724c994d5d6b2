import { attributeOf } from '../evaluate.ts';
import { type Line, lineKey } from '../flow.ts';
import { fromScaled, shrink, type Whole } from '../money.ts';
import { type PlanNode, textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import { fraction, raiseCell, ratioOf, worthAt } from './cell.ts';

interface Share {
  readonly class: string;
  readonly party: string;
  readonly percent: string;
  readonly account?: string;
}

const sharesOf = (node: PlanNode): Share[] => node.rows.map(({ values }) => values as unknown as Share);
const partiesOf = (node: PlanNode): string[] => [...new Set(sharesOf(node).map(({ party }) => party))];

/** All other classes, and charges that are not of use. */
const OTHERS = '*';

/**
 * Splits charges among the parties responsible for the class of the use (REQUIREMENTS P56): each party's share is a line
 * of its own, with the quantity on the first. The last party of a class takes what rounding leaves, so that the shares
 * are the charge. A party with an account is charged there. Charges of a class without shares stay whole.
 */
export const costResponsibilityMatrix: Primitive = {
  type: 'CostResponsibilityMatrix',
  help: 'Splits charges among parties by the class of the use.',
  input: 'charge',
  output: 'charge',
  properties: [
    { name: 'attribute', kind: 'name', help: 'Attribute of the use that is its class; without it, the meter is.' },
  ],
  rows: {
    element: 'share',
    help: 'What a party pays of a class; the shares of each class come to 100.',
    min: 1,
    max: 200,
    properties: [
      {
        name: 'class',
        kind: 'name',
        required: true,
        help: 'Class of use, or * for all others and for charges of time.',
      },
      { name: 'party', kind: 'name', required: true, help: 'Who pays; named on the bill line.' },
      { name: 'percent', kind: 'decimal', required: true, min: 0, max: 100, help: 'Share in percent.' },
      { name: 'account', kind: 'name', help: 'Account the share is charged to, instead of this one.' },
    ],
  },
  examples: [
    {
      title: 'Research traffic is shared with the laboratory',
      plan: `<primitive id="data" type="StepRater" label="Data"><property name="unit" value="GB"/><step multiplier="1"/></primitive>
<primitive id="who" type="CostResponsibilityMatrix"><property name="attribute" value="service"/><share class="research" party="Laboratory" percent="66.6"/><share class="research" party="User" percent="33.4"/><share class="*" party="User" percent="100"/></primitive>
<connection from="usage" to="data"/><connection from="data" to="who"/><connection from="who" to="post"/>`,
      use: [
        ['octets-in', '10000000000', '2026-03-02T10:00', '2026-03-02T11:00', { service: 'research' }],
        ['octets-in', '1000000000', '2026-03-02T10:00', '2026-03-02T11:00', { service: 'games' }],
      ],
      bill: [
        ['Data (Laboratory)', '6.66'],
        ['Data (User)', '4.34'],
      ],
    },
  ],
  check(node, report) {
    const totals = new Map<string, bigint>();
    const seen = new Set<string>();
    for (const [i, share] of sharesOf(node).entries()) {
      const { line } = node.rows[i]!;
      const { num, den } = ratioOf(share.percent);
      totals.set(share.class, (totals.get(share.class) ?? 0n) + (num * 10n ** 12n) / den);
      const key = `${share.class}\n${share.party}`;
      if (seen.has(key)) report(`the party ${share.party} is there twice for ${share.class}`, { line });
      seen.add(key);
    }
    for (const [name, sum] of totals)
      if (sum !== 100n * 10n ** 12n) report(`the shares of class ${name} do not come to 100`);
  },
  flow(node, inputs, nodes) {
    const parties = partiesOf(node);
    const made = inputs.flatMap((line) =>
      parties.map((party): Line => ({ ...line, party: line.party === '' ? party : `${line.party}, ${party}` })),
    );
    const cells = inputs.flatMap((line) => sharesOf(node).map((s) => `${lineKey(nodes, line)} ${s.class} ${s.party}`));
    return { made, passes: true, cells };
  },
  reads: (node) => (node.values.attribute === undefined ? [] : [textOf(node, 'attribute')]),
  cell: (node, _fact, place) => worthAt(shareRatio(sharesOf(node)[place % node.rows.length]!)),
  evaluate(node, { charges }, context) {
    const { flow, standing } = context;
    const shares = sharesOf(node);
    const parties = partiesOf(node);
    const mine = classRows(node, classOf(node, context.occasion.attributes, context.meter));
    for (const charge of charges) {
      if (charge.amount === 0 && charge.quantity === 0) continue;
      if (mine.length === 0) {
        context.charge(charge);
        continue;
      }
      const input = flow.inputs.indexOf(charge.line);
      let left = BigInt(charge.amount);
      for (const [i, row] of mine.entries()) {
        const { party, percent, account } = shares[row]!;
        let amount: Whole = shrink(left);
        if (i < mine.length - 1) {
          const cell = standing.cell(flow.firstCell + input * shares.length + row);
          const raised = raiseCell(cell, BigInt(charge.amount), shareRatio(shares[row]!), context.scale);
          amount = raised.amount;
          const line = flow.made[input * parties.length + parties.indexOf(party)]!;
          context.trace?.({
            text: `${party}: ${percent} %`,
            terms: [
              {
                quantity: fromScaled(charge.amount, context.scale),
                unit: '',
                multiplier: `${percent}/100`,
                constant: '0',
                of: party,
              },
            ],
            line,
            ...raised.traced,
          });
        }
        left -= BigInt(amount);
        const line = flow.made[input * parties.length + parties.indexOf(party)]!;
        const quantity = i === 0 ? charge.quantity : 0;
        if (account !== undefined && (amount !== 0 || quantity !== 0))
          standing.postTo(account, line, amount, quantity, node.index);
        else if (account === undefined) context.charge({ line, amount, quantity });
      }
    }
  },
  emit(node, w) {
    const shares = sharesOf(node);
    const parties = partiesOf(node);
    const classes = new Map([...new Set(shares.map((s) => s.class))].map((name) => [name, classRows(node, name)]));
    const table = w.bind({
      classes,
      others: classes.get(OTHERS) ?? [],
      attribute: node.values.attribute ?? null,
      ratios: shares.map(shareRatio),
      accounts: shares.map(({ account }) => account ?? null),
      parties: shares.map(({ party }) => parties.indexOf(party)),
    });
    for (const { line, amount, quantity } of w.charges) {
      const input = w.flow.inputs.indexOf(line);
      const made = w.flow.made.slice(input * parties.length, (input + 1) * parties.length);
      const name = `x${line}_${node.index}`;
      const firstCell = w.flow.firstCell + input * shares.length;
      w.line(
        `const ${name} = R.split(S, O, ${node.index}, meter, ${table}, ${firstCell}, ${w.bind(made)}, ${amount}, ${quantity});`,
      );
      w.line(
        `const a${line}_${node.index} = ${name}.whole ? ${amount} : 0, q${line}_${node.index} = ${name}.whole ? ${quantity} : 0;`,
      );
      w.charge(line, `a${line}_${node.index}`, `q${line}_${node.index}`);
      for (const [p, party] of made.entries()) {
        w.line(
          `const a${party}_${node.index} = ${name}.amounts[${p}], q${party}_${node.index} = ${name}.quantities[${p}];`,
        );
        w.charge(party, `a${party}_${node.index}`, `q${party}_${node.index}`);
      }
    }
  },
};

const shareRatio = ({ percent }: Share) => {
  const { num, den } = ratioOf(percent);
  return fraction(num, den * 100n);
};

function classOf(node: PlanNode, attributes: Readonly<Record<string, string>>, meter: string): string {
  return node.values.attribute === undefined ? meter : (attributeOf(attributes, textOf(node, 'attribute')) ?? '');
}

/** Rows of a class, or of all others. */
function classRows(node: PlanNode, name: string): number[] {
  const rows = (of: string) => sharesOf(node).flatMap((share, i) => (share.class === of ? [i] : []));
  const own = name === '' ? [] : rows(name);
  return own.length > 0 ? own : rows(OTHERS);
}

import { BIN_MS, Bins } from '../bins.ts';
import { Decimal } from '../decimal.ts';
import type { Occasion } from '../evaluate.ts';
import type { Resolved } from '../facts.ts';
import { decimalPlaces, divideHalfAway, fromScaled, plus, shrink, toScaled, type Whole } from '../money.ts';
import { periodAt, type Span } from '../period.ts';
import { type PlanNode, textOf } from '../plan.ts';
import type { CellWorth, Primitive } from '../primitive.ts';
import type { Standing } from '../rater.ts';
import { type Accumulator, keepAccumulator, newAccumulator } from '../state.ts';

const unitBits: Readonly<Record<string, bigint>> = { 'kbit/s': 10n ** 3n, 'Mbit/s': 10n ** 6n, 'Gbit/s': 10n ** 9n };
const binSeconds = BigInt(BIN_MS / 1000);
const metersBy: Readonly<Record<string, readonly string[]>> = {
  in: ['octets-in'],
  out: ['octets-out'],
  greater: ['octets-in', 'octets-out'],
};

/**
 * Burstable billing: octets of each five minutes of a month make a sample; the highest 5 % of all the month's samples are
 * left out, and the next is what the month is charged by. Samples that have not come yet, or had no use, count as 0, so
 * that the charge is at any moment what the month would come to without further use: it only rises, and needs no closing.
 *
 * Remembered: the samples of each direction, and under the name `sample` the one that is charged, octets.
 */
export const percentileRater: Primitive = {
  type: 'PercentileRater',
  help: 'Charges a month by the 95th percentile of its five-minute rates (burstable billing).',
  input: 'usage',
  output: 'charge',
  labelled: true,
  properties: [
    {
      name: 'price',
      kind: 'decimal',
      required: true,
      min: 0,
      max: 1e12,
      help: 'Price of one unit of rate for a month.',
    },
    { name: 'unit', kind: 'choice', choices: Object.keys(unitBits), default: 'Mbit/s', help: 'Unit of rates.' },
    {
      name: 'direction',
      kind: 'choice',
      choices: Object.keys(metersBy),
      default: 'greater',
      help: 'What the subscriber receives (in) or sends (out), or the percentile of whichever is greater.',
    },
    {
      name: 'percentile',
      kind: 'integer',
      min: 50,
      max: 99,
      default: '95',
      help: 'Share of the samples that are no higher than the one charged.',
    },
    {
      name: 'committed',
      kind: 'decimal',
      min: 0,
      max: 1e12,
      default: '0',
      help: 'Rate that is included: only what the percentile is above it is charged.',
    },
  ],
  examples: [
    {
      title: 'Two hours of 100 Mbit/s and 36 of 1 Mbit/s: 37 hours of March are left out, and 1 Mbit/s is charged',
      plan: `<primitive id="port" type="PercentileRater" label="95th percentile"><property name="price" value="3"/></primitive>
<connection from="usage" to="port"/><connection from="port" to="post"/>`,
      use: [
        ['octets-in', '90000000000', '2026-03-02T10:00', '2026-03-02T12:00'],
        ['octets-in', '16200000000', '2026-03-03T00:00', '2026-03-04T12:00'],
        ['octets-out', '450000000', '2026-03-05T00:00', '2026-03-05T01:00'],
      ],
      bill: [['95th percentile', '3.00']],
    },
    {
      title: '10 Mbit/s are included',
      plan: `<primitive id="port" type="PercentileRater" label="Above 10 Mbit/s"><property name="price" value="2.50"/><property name="committed" value="10"/><property name="direction" value="out"/></primitive>
<connection from="usage" to="port"/><connection from="port" to="post"/>`,
      use: [['octets-out', '324000000000', '2026-03-02T00:00', '2026-03-04T00:00']],
      bill: [['Above 10 Mbit/s', '12.50']],
    },
  ],
  takes: (node, { meter, derived }) => derived === 'no' && metersOf(node).includes(meter),
  names: metersOf,
  cellPeriod: () => 'month',
  facts(_node, _account, zone, atMs): Resolved {
    const month = periodAt('month', zone, 1, atMs);
    return { value: month, ...month };
  },
  evaluate(node, { uses }, context) {
    const { standing, occasion, scale } = context;
    const used = uses.filter(({ quantity }) => quantity > 0n);
    if (used.length === 0) return;
    const month = context.fact() as Span;
    const charged = chargedOf(standing, node, scale);
    for (const { meter, quantity } of used) {
      const bins = binsOf(standing, node, meter, charged);
      for (const part of partsOf(occasion, month, quantity)) bins.add(part.bin, part.use);
    }
    const samples = seriesOf(standing, node, charged).map((bins) => sampleOf(bins, leftOut(node, month)));
    let sample = BigInt(charged.total);
    for (const one of samples) if (one > sample) sample = one;
    const amount = amountOf(node, sample, scale) - BigInt(charged.posted);
    context.trace?.({
      text: `${textOf(node, 'percentile')}th percentile ${rateText(sample)} Mbit/s, ${textOf(node, 'committed')} ${textOf(node, 'unit')} included`,
      terms: [
        {
          quantity: fromScaled(amount, scale),
          unit: '',
          multiplier: '1',
          constant: '0',
          of: `${textOf(node, 'percentile')}th percentile`,
        },
      ],
      line: node.index,
      before: `${charged.posted}/${10n ** BigInt(scale)}`,
      after: `${amountOf(node, sample, scale)}/${10n ** BigInt(scale)}`,
      posted: String(charged.posted),
      amount: String(amount),
    });
    charged.total = shrink(sample);
    charged.posted = plus(charged.posted, shrink(amount));
    if (amount !== 0n) context.charge({ line: node.index, amount: shrink(amount), quantity: 0 });
  },
  emit(node, w) {
    const raise = w.bind((standing: Standing, occasion: Occasion, meter: string, use: Whole) =>
      raised(node, w.scale, { standing, occasion, meter, use }),
    );
    const amounts = w.uses.map(({ value, meter, place }) => {
      const name = `a${node.index}_${place}`;
      w.line(`const ${name} = ${raise}(S, O, ${w.bind(meter)}, ${value});`);
      return name;
    });
    w.line(`const a${node.index} = ${amounts.reduce((a, b) => `R.add(${a}, ${b})`, '0')};`);
    w.charge(node.index, `a${node.index}`, '0');
  },
};

function metersOf(node: PlanNode): readonly string[] {
  return metersBy[textOf(node, 'direction')]!;
}

/** The same as `evaluate`, but the samples are looked through only where one of them passes the one charged. */
function raised(
  node: PlanNode,
  scale: number,
  { standing, occasion, meter, use }: { standing: Standing; occasion: Occasion; meter: string; use: Whole },
): Whole {
  if (use === 0) return 0;
  const month = (standing.facts[node.index] as Resolved).value as Span;
  const terms = standing.memory(node.index).accumulators.findLast(({ name }) => name === sampleName)?.rate;
  const charged = chargedOf(standing, node, scale);
  const bins = binsOf(standing, node, meter, charged);
  // Other terms may charge another sample.
  let passes = charged.rate !== terms;
  for (const part of partsOf(occasion, month, BigInt(use))) {
    const before = bins.at(part.bin);
    bins.add(part.bin, part.use);
    if (before <= charged.total && bins.at(part.bin) > charged.total) passes = true;
  }
  if (!passes) return 0;
  const skipped = leftOut(node, month);
  for (const series of seriesOf(standing, node, charged)) {
    const higher = series.sums().filter((sum) => sum > charged.total);
    if (higher.length > skipped) charged.total = higher.sort(descending)[skipped]!;
  }
  const due = worthOf(node, scale).worth(BigInt(charged.total));
  const amount = shrink(due - BigInt(charged.posted));
  charged.posted = shrink(due);
  return amount;
}

const sampleName = 'sample';
const descending = (a: Whole, b: Whole): number => (a < b ? 1 : a > b ? -1 : 0);

/** The sample that is charged, and what has been posted for it. */
function chargedOf(standing: Standing, node: PlanNode, scale: number): Accumulator {
  return standing.tally(node.index, sampleName, worthOf(node, scale));
}

function worthOf(node: PlanNode, scale: number): CellWorth {
  const [price, committed] = [textOf(node, 'price'), textOf(node, 'committed')];
  const [pricePlaces, committedPlaces] = [decimalPlaces(price), decimalPlaces(committed)];
  const unit = unitBits[textOf(node, 'unit')]! * binSeconds;
  const included = toScaled(committed, committedPlaces) * unit;
  const multiplier = toScaled(price, pricePlaces) * 10n ** BigInt(scale);
  const divisor = unit * 10n ** BigInt(pricePlaces + committedPlaces);
  return {
    key: ['price', 'committed', 'unit', 'percentile', 'direction'].map((name) => textOf(node, name)).join(' '),
    counts: true,
    worth: (octets) => {
      const above = octets * 8n * 10n ** BigInt(committedPlaces) - included;
      return above <= 0n ? 0n : divideHalfAway(above * multiplier, divisor);
    },
  };
}

/** By the definition: rate in the unit, less what is included, times the price, at the plan's scale. */
function amountOf(node: PlanNode, octets: bigint, scale: number): bigint {
  const rate = new Decimal(String(octets * 8n)).div(String(binSeconds * unitBits[textOf(node, 'unit')]!));
  const above = Decimal.max(0, rate.sub(textOf(node, 'committed')));
  return BigInt(above.mul(textOf(node, 'price')).mul(Decimal.pow(10, scale)).toFixed(0, Decimal.ROUND_HALF_UP));
}

/** Samples of a direction in the month of what is charged. */
function binsOf(standing: Standing, node: PlanNode, meter: string, { fromMs, version }: Accumulator): Bins {
  const memory = standing.memory(node.index);
  let kept = memory.accumulators.find((a) => a.fromMs === fromMs && a.name === meter);
  if (!kept?.bins) {
    kept = newAccumulator(fromMs, version, meter);
    kept.bins = new Bins();
    keepAccumulator(memory, kept);
  }
  return kept.bins!;
}

/** The samples kept of that month, by direction, of those that are charged. */
function seriesOf(standing: Standing, node: PlanNode, { fromMs }: Accumulator): Bins[] {
  return standing.memory(node.index).accumulators.flatMap((kept) => {
    const isCharged = kept.bins && kept.fromMs === fromMs && metersOf(node).includes(kept.name ?? '');
    return isCharged ? [kept.bins!] : [];
  });
}

/** How many of the highest samples of a month are left out. */
function leftOut(node: PlanNode, { fromMs, toMs }: Span): number {
  const samples = (toMs - fromMs) / BIN_MS;
  return Math.floor((samples * (100 - Number(textOf(node, 'percentile')))) / 100);
}

/** The highest sample that is not left out. */
function sampleOf(bins: Bins, skipped: number): bigint {
  return BigInt(bins.sums().sort(descending)[skipped] ?? 0);
}

/** Use of the part at hand by samples, in proportion: octets up to t are floor(Q · (t − start) / (end − start)). */
function partsOf({ fromMs, toMs }: Occasion, month: Span, use: bigint): { bin: number; use: Whole }[] {
  const parts: { bin: number; use: Whole }[] = [];
  let done = 0n;
  for (let bin = Math.floor((fromMs - month.fromMs) / BIN_MS); ; bin++) {
    const edgeMs = month.fromMs + (bin + 1) * BIN_MS;
    const isLast = edgeMs >= toMs;
    const until = isLast ? use : (use * BigInt(edgeMs - fromMs)) / BigInt(toMs - fromMs);
    if (until > done) parts.push({ bin, use: shrink(until - done) });
    if (isLast) return parts;
    done = until;
  }
}

const rateText = (octets: bigint): string =>
  new Decimal(String(octets * 8n))
    .div(String(binSeconds * unitBits['Mbit/s']!))
    .toDecimalPlaces(6)
    .toFixed();

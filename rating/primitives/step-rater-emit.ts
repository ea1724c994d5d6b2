/** Text of a StepRater: one multiplication and one division in numbers while they are exact, bigint beyond. */

import type { Emitter } from '../emitter.ts';
import { gcd } from '../money.ts';
import type { PlanNode } from '../plan.ts';
import type { StepTable } from '../step-table.ts';
import { tableOf } from './step-rater-terms.ts';

const SAFE = 9007199254740991n;

export function emitStepRater(node: PlanNode, w: Emitter): void {
  const table = tableOf(node, w.scale);
  const [a, q, t] = [`a${node.index}`, `q${node.index}`, w.bind(table)];
  w.line(`let ${a} = 0, ${q} = 0;`);
  w.charge(node.index, a, q);
  const small = smallTable(table);
  w.line(`if (${w.use} !== 0) {`);
  w.line(`  const use = ${w.use}, acc = A[${w.slot}];`);
  if (small) {
    w.line('  const before = acc.total, posted = acc.posted;');
    w.line(
      `  const after = typeof use === 'number' && typeof before === 'number' && typeof posted === 'number' ? before + use : Infinity;`,
    );
    w.line(`  if (after <= ${w.bind(small.limit)}) {`);
    emitCharged(table, w);
    emitNumerator(small, w);
    const [half, den] = [w.bind(small.half), w.bind(small.den)];
    w.line(
      `    const now = num >= 0 ? Math.floor((num + ${half}) / ${den}) : 0 - Math.floor((${half} - num) / ${den});`,
    );
    w.line('    acc.total = after;');
    w.line('    acc.posted = now;');
    w.line(`    ${a} = now - posted; ${q} = to - from;`);
    w.line('  } else {');
    w.line(`    R.step(acc, use, ${t}, X); ${a} = X.amount; ${q} = X.quantity;`);
    w.line('  }');
  } else {
    w.line(
      `  R.${table.perEvent ? 'event' : 'step'}(acc, use, ${t}, X, M[${w.slot}], O); ${a} = X.amount; ${q} = X.quantity;`,
    );
  }
  w.line('}');
}

function emitCharged(table: StepTable, w: Emitter): void {
  if (table.increment === 0n && table.firstIncrement === 0n) {
    w.line('    const from = before, to = after;');
    return;
  }
  const first = w.bind(Number(table.firstIncrement > 0n ? table.firstIncrement : table.increment));
  const increment = w.bind(Number(table.increment));
  for (const [name, total] of [
    ['from', 'before'],
    ['to', 'after'],
  ]) {
    const beyond =
      table.increment === 0n ? total : `${first} + Math.ceil((${total} - ${first}) / ${increment}) * ${increment}`;
    w.line(`    const ${name} = ${total} === 0 ? 0 : ${total} <= ${first} ? ${first} : ${beyond};`);
  }
}

function emitNumerator(small: SmallTable, w: Emitter): void {
  const branches = small.upTo.map((upTo, i) => {
    const value = `${w.bind(small.constant[i])} + to * ${w.bind(small.slope[i])}`;
    return upTo === null ? value : `to <= ${w.bind(upTo)} ? ${value} : `;
  });
  w.line(`    const num = ${branches.join('')};`);
}

interface SmallTable {
  /** Highest total for which everything stays an exact double. */
  readonly limit: number;
  readonly den: number;
  readonly half: number;
  readonly upTo: readonly (number | null)[];
  readonly constant: readonly number[];
  readonly slope: readonly number[];
}

/** The table in safe numbers, reduced, doubled so that half the denominator is whole; null where it can't be. */
function smallTable(table: StepTable): SmallTable | null {
  if (table.perEvent) return null;
  const power = 10n ** BigInt(table.scale);
  let divisor = table.den;
  for (const n of [...table.constant, ...table.slope]) divisor = gcd(divisor, n * power);
  const half = table.den / divisor;
  const [constant, slope] = [table.constant, table.slope].map((list) => list.map((n) => (2n * n * power) / divisor));
  let limit = SAFE;
  for (const [i, m] of slope!.entries()) {
    const room = SAFE - half - magnitude(constant![i]!);
    if (room < 0n) return null;
    if (m !== 0n && room / magnitude(m) < limit) limit = room / magnitude(m);
  }
  // Rounding up to increments may go this far beyond the total.
  limit -= table.increment + table.firstIncrement;
  if (limit <= 0n || 2n * half > SAFE) return null;
  return {
    limit: Number(limit),
    den: Number(2n * half),
    half: Number(half),
    // An edge beyond every exact total is never reached here.
    upTo: table.upTo.map((n) => (n === null ? null : n > SAFE ? Number(SAFE) : Number(n))),
    constant: constant!.map(Number),
    slope: slope!.map(Number),
  };
}

function magnitude(n: bigint): bigint {
  return n < 0n ? -n : n;
}

/** Copies of rating with one thing wrong, to see whether the laws notice. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import type * as Rating from '../../rating/index.ts';

export type RatingModule = typeof Rating;

export interface Mutation {
  /** What goes wrong. */
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const mutations: readonly Mutation[] = [
  {
    name: 'a step begins one unit early',
    file: 'step-table.ts',
    from: 'charged > (table.upTo[i] as bigint)',
    to: 'charged >= (table.upTo[i] as bigint)',
  },
  {
    name: 'the same in compiled plans',
    file: 'primitives/step-rater-emit.ts',
    from: '`to <= $' + '{w.bind(upTo)}',
    to: '`to < $' + '{w.bind(upTo)}',
  },
  {
    name: 'what was posted is forgotten by compiled plans',
    file: 'primitives/step-rater-emit.ts',
    from: "    w.line('    acc.posted = now;');",
    to: '',
  },
  {
    name: 'the carry is lost where numbers are large',
    file: 'runtime.ts',
    from: '  accumulator.total = shrink(after);\n  accumulator.posted = shrink(posted);',
    to: '  accumulator.posted = shrink(posted);',
  },
  {
    name: 'what was posted of an event is forgotten',
    file: 'runtime.ts',
    from: '  accumulator.posted = shrink(posted);\n  accumulator.total = plus',
    to: '  accumulator.total = plus',
  },
  {
    name: 'all of a record over a free limit is passed on',
    file: 'primitives/free-step-rater.ts',
    from: 'use : after - limit;',
    to: 'use : use;',
  },
  { name: 'rounding is down', file: 'money.ts', from: '(2n * a + b) / (2n * b)', to: '(2n * a) / (2n * b)' },
  {
    name: 'a started increment is not charged',
    file: 'step-table.ts',
    from: '(total - first + increment - 1n) / increment',
    to: '(total - first) / increment',
  },
  {
    name: 'parts of a record overlap',
    file: 'rate.ts',
    from: 'fromMs === startMs ? 0n : usedUntil(event, reading.quantity, fromMs)',
    to: '0n',
  },
  {
    name: 'every part of a record is its first',
    file: 'rate.ts',
    from: 'occasion.first = fromMs === event.startMs;',
    to: 'occasion.first = true;',
  },
  {
    name: 'a window is open a moment longer',
    file: 'window.ts',
    from: 'ofDay < window.toMs && (window.days & (1 << weekday))',
    to: 'ofDay <= window.toMs && (window.days & (1 << weekday))',
  },
  {
    name: 'an edge shared by meters is not looked for',
    file: 'edge.ts',
    from: 'uses.filter((use) => use > 0n).length > 1',
    to: 'uses.length > 9',
  },
  { name: 'weeks begin on Sunday', file: 'period.ts', from: 'day + 3 - begins', to: 'day + 4 - begins' },
  {
    name: 'a tax on taxes is on the charge only',
    file: 'runtime-charges.ts',
    from: 'one.compound ? plus(base, levied) : base',
    to: 'base',
  },
  {
    name: 'the total that a rate applies to is forgotten',
    file: 'runtime-charges.ts',
    from: '  cell.total = total;\n  cell.posted = posted;',
    to: '  cell.posted = posted;',
  },
  { name: 'the last party pays all', file: 'runtime-charges.ts', from: 'left = plus(left, negated(share));', to: '' },
  {
    name: 'a cap takes back again and again',
    file: 'runtime-charges.ts',
    from: 'plus(due, negated(cell.posted))',
    to: 'due',
  },
  {
    name: 'a call is charged from its start each time',
    file: 'runtime-dial.ts',
    from: 'plus(numeratorOf(rate, to), negated(numeratorOf(rate, from)))',
    to: 'numeratorOf(rate, to)',
  },
  {
    name: 'all of a record over a threshold is above',
    file: 'runtime-usage.ts',
    from: 'above = excess < use ? excess : use;',
    to: 'above = use;',
  },
  {
    name: 'a new version re-prices what is past',
    file: 'remember.ts',
    from: '      accumulator.posted = shrink(amountOf(table, numeratorAt(table, charged)));',
    to: '',
  },
  { name: 'a refused record leaves its traces', file: 'undo.ts', from: '    Object.assign(state, before);', to: '' },
];

const source = fileURLToPath(new URL('../../rating', import.meta.url));
const options = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2023,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
} satisfies ts.CompilerOptions;

/** Rating with a mutation, or without, in a folder of its own. */
export async function mutant(folder: string, mutation: Mutation | null): Promise<RatingModule> {
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    let text = readFileSync(join(source, file), 'utf8');
    if (file === mutation?.file) {
      if (text.split(mutation.from).length !== 2) throw new Error(`${file}: not once there: ${mutation.from}`);
      text = text.replace(mutation.from, () => mutation.to);
    }
    const target = join(folder, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, ts.transpileModule(text, { compilerOptions: options }).outputText);
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
  return (await import(pathToFileURL(join(folder, 'index.js')).href)) as RatingModule;
}

/** What the daily and the weekly time filter have in common: a window that is open or not while a piece of use lasts. */

import { numberOf, type PlanNode } from '../plan.ts';
import type { Primitive, PropertySpec } from '../primitive.ts';
import { EVERY_DAY } from '../window.ts';
import { sumOf } from './token.ts';

export const fromTo: readonly PropertySpec[] = [
  { name: 'from', kind: 'time-of-day', required: true, help: 'First moment that is inside, HH:MM local time.' },
  { name: 'to', kind: 'time-of-day', required: true, help: 'First moment that is outside again; 24:00 is midnight.' },
];

/** Behaviour of a filter with `from`, `to` and perhaps `days`: use is cut at the window's edges before it arrives. */
export const timeFilter: Pick<Primitive, 'input' | 'output' | 'window' | 'check' | 'evaluate' | 'emit'> = {
  input: 'usage',
  output: 'usage',
  window: (node: PlanNode) => ({
    fromMs: numberOf(node, 'from') ?? 0,
    toMs: numberOf(node, 'to') ?? 0,
    days: numberOf(node, 'days') ?? EVERY_DAY,
  }),
  check(node, report) {
    const [from, to] = [numberOf(node, 'from'), numberOf(node, 'to')];
    if (from === 86_400_000) report('24:00 can only end a window', { property: 'from' });
    if (to === 0) report('00:00 can only begin a window: write 24:00', { property: 'to' });
    if (from === to) report('the window is empty: "from" and "to" are the same', { property: 'to' });
  },
  evaluate(_node, inputs, { open }) {
    const use = sumOf(inputs);
    return open && use !== 0n ? use : null;
  },
  emit(node, w) {
    w.line(`const u${node.index} = W[${w.window}] ? ${w.use} : 0;`);
  },
};

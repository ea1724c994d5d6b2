/** What the time filters have in common: a window that is open or not while a piece of use lasts. */

import { numberOf, type PlanNode } from '../plan.ts';
import type { Primitive, PropertySpec } from '../primitive.ts';
import { EVERY_DAY } from '../window.ts';
import { emitInto, passAll } from './passing.ts';

export const fromTo: readonly PropertySpec[] = [
  { name: 'from', kind: 'time-of-day', required: true, help: 'First moment that is inside, HH:MM local time.' },
  { name: 'to', kind: 'time-of-day', required: true, help: 'First moment that is outside again; 24:00 is midnight.' },
];

/** Passes everything while the node's window is open: use is cut at the window's edges before it arrives. */
export const whileOpen: Pick<Primitive, 'input' | 'output' | 'evaluate' | 'emit'> = {
  input: 'usage',
  output: 'usage',
  evaluate(_node, { uses }, context) {
    if (context.open) passAll(uses, context);
  },
  emit(_node, w) {
    w.line(`if (W[${w.window}]) {`);
    for (const { value, variables } of w.uses) emitInto(w, variables[0]!, value);
    w.line('}');
  },
};

/** A filter with `from`, `to` and perhaps `days`. */
export const timeFilter: Pick<Primitive, 'input' | 'output' | 'window' | 'check' | 'evaluate' | 'emit'> = {
  ...whileOpen,
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
};

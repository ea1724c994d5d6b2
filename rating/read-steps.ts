/** `<step>` children: ascending, the last one without end, all edges whole base units. */

import type { Report, Step } from './plan.ts';
import type { Primitive } from './primitive.ts';
import { parseDecimal } from './property.ts';
import { toBaseUnits, unitNamed } from './quantity.ts';
import type { XmlElement } from './xml.ts';

/** The steps of a primitive that takes them, with every problem reported. */
export function readSteps(element: XmlElement, primitive: Primitive, report: Report): Step[] {
  if (!primitive.steps) return [];
  const unitText = element.children.find((c) => c.name === 'property' && c.attributes.get('name')?.value === 'unit');
  const unit = unitNamed(unitText?.attributes.get('value')?.value ?? '');
  const elements = element.children.filter((child) => child.name === 'step');
  if (elements.length === 0) report(`a ${primitive.type} needs at least one <step>`);
  const steps: Step[] = [];
  let lower = 0n;
  for (const [i, child] of elements.entries()) {
    const line = child.line;
    if (child.children.length > 0) report('a <step> has no children', { line });
    for (const name of child.attributes.keys()) {
      if (!['upTo', 'multiplier', 'constant', 'constantAt'].includes(name))
        report(`unknown attribute "${name}" of <step>`, { line });
    }
    const decimal = (name: string, fallback: string): string => {
      const text = child.attributes.get(name)?.value;
      if (text === undefined) return fallback;
      const value = parseDecimal(text);
      if (value === null) report(`"${text}" is not a decimal number such as 0.25`, { line, property: name });
      return value ?? fallback;
    };
    if (!child.attributes.has('multiplier') && !child.attributes.has('constant'))
      report('a <step> needs a multiplier or a constant', { line });
    const upToText = child.attributes.get('upTo') && decimal('upTo', '0');
    let upTo: bigint | null = null;
    const last = i === elements.length - 1;
    if (upToText !== undefined && unit) {
      upTo = toBaseUnits(upToText, unit);
      if (upTo === null) report(`${upToText} is not a whole number of base units`, { line, property: 'upTo' });
      else if (upTo <= lower)
        report('steps must ascend: upTo is not above the step before', { line, property: 'upTo' });
      else lower = upTo;
      if (last)
        report('the last step must have no upTo, or use above it would have no price', { line, property: 'upTo' });
    } else if (upToText === undefined && !last)
      report('only the last step may do without upTo', { line, property: 'upTo' });
    const constantAt = child.attributes.get('constantAt')?.value ?? 'entry';
    if (constantAt !== 'entry' && constantAt !== 'start')
      report(`"${constantAt}" is neither entry nor start`, { line, property: 'constantAt' });
    if (constantAt === 'start' && i > 0)
      report('only the first step’s constant can be due at the start', { line, property: 'constantAt' });
    steps.push({
      upTo,
      multiplier: decimal('multiplier', '0'),
      constant: decimal('constant', '0'),
      constantAt: constantAt === 'start' ? 'start' : 'entry',
    });
  }
  return steps;
}

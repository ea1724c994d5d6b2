/** Children that are rows of a table, such as `<tax>` or `<prefix>`: their attributes are properties. */

import type { PropertyValue, Report, RowValues } from './plan.ts';
import type { Primitive } from './primitive.ts';
import { parseProperty } from './property.ts';
import type { XmlElement } from './xml.ts';

/** The rows of a primitive that takes them, with every problem reported. */
export function readRows(element: XmlElement, primitive: Primitive, report: Report): RowValues[] {
  const { rows } = primitive;
  if (!rows) return [];
  const elements = element.children.filter((child) => child.name === rows.element);
  if (elements.length < rows.min) report(`a ${primitive.type} needs at least ${rows.min} <${rows.element}>`);
  if (elements.length > rows.max) report(`${elements.length} <${rows.element}>: at most ${rows.max} are allowed`);
  return elements.map((child) => {
    const { line } = child;
    if (child.children.length > 0) report(`a <${rows.element}> has no children`, { line });
    const values: Record<string, PropertyValue> = {};
    for (const [name, attribute] of child.attributes) {
      const spec = rows.properties.find((property) => property.name === name);
      if (!spec) {
        report(`unknown attribute "${name}" of <${rows.element}>`, { line: attribute.line });
        continue;
      }
      const parsed = parseProperty(spec, attribute.value);
      if ('problem' in parsed) report(parsed.problem, { line: attribute.line, property: name });
      else values[name] = parsed.value;
    }
    for (const spec of rows.properties) {
      if (child.attributes.has(spec.name)) continue;
      if (spec.required) report(`a <${rows.element}> needs it`, { line, property: spec.name });
      else if (spec.default !== undefined) {
        const parsed = parseProperty(spec, spec.default);
        if ('value' in parsed) values[spec.name] = parsed.value;
      }
    }
    return { line, values };
  });
}

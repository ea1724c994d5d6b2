/** The reference page of the primitives, derived of their descriptors (docs/primitives.md). */

import { primitives } from './catalog.ts';
import type { Primitive, PropertySpec } from './primitive.ts';

/** The page as Markdown. */
export function primitivesPage(): string {
  return [
    '# Primitives',
    '',
    'Made from the descriptors in `rating/primitives` (`npx vitest run test/rating/docs.test.ts -u` writes it anew); the',
    'examples are run by `test/rating/examples.test.ts` with both evaluators.',
    '',
    ...primitives.flatMap(section),
  ].join('\n');
}

function section(primitive: Primitive): string[] {
  const { type, help, input, output, properties, rows, steps, examples } = primitive;
  const ports = `Takes ${input ?? 'nothing'}, gives ${output ?? 'nothing'}.`;
  const children = steps
    ? ['', 'Children: `<step upTo multiplier constant constantAt>`, ascending; the last has no `upTo`.']
    : [];
  const table = rows
    ? ['', `Children: \`<${rows.element}>\`, ${rows.min} to ${rows.max}. ${rows.help}`, '', ...tableOf(rows.properties)]
    : [];
  const shown = examples.flatMap(({ title, plan, bill, elsewhere, flags }) => [
    '',
    `**${title}.**`,
    '',
    '```xml',
    ...plan.split('\n').map((line) => line.trim()),
    '```',
    '',
    `Bill: ${bill.map(([label, amount]) => `${label} ${amount}`).join(' · ') || 'nothing'}.${elsewhere ? ` To ${elsewhere.map(([account, label, amount]) => `${account}: ${label} ${amount}`).join(' · ')}.` : ''}${flags ? ` Flags: ${flags.join(', ')}.` : ''}`,
  ]);
  return [
    `## ${type}`,
    '',
    `${help} ${ports}`,
    ...(properties.length > 0 ? ['', ...tableOf(properties)] : []),
    ...children,
    ...table,
    ...shown,
    '',
  ];
}

function tableOf(properties: readonly PropertySpec[]): string[] {
  const rows = properties.map((property) => {
    const { name, kind, required, choices, min, max, help } = property;
    const limits = min === undefined && max === undefined ? '' : ` ${min ?? ''}…${max ?? ''}`;
    const values = choices ? choices.map((choice) => `\`${choice}\``).join(', ') : `${kind}${limits}`;
    const otherwise = required ? 'required' : property.default === undefined ? '' : `\`${property.default}\``;
    return `| \`${name}\` | ${values} | ${otherwise} | ${help} |`;
  });
  return ['| property | value | default | |', '|---|---|---|---|', ...rows];
}

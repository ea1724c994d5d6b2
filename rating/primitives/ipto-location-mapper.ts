import { EVER, inForce, type Missing, type Resolved } from '../facts.ts';
import { textOf } from '../plan.ts';
import type { Primitive } from '../primitive.ts';
import type { Locations } from '../tables/locations.ts';
import { emitPassAll, passAll } from './passing.ts';

/**
 * Finds where an address is and sets the attributes `country` and `region` of the use for what follows (REQUIREMENTS
 * P60). An address that no network holds, or none at all, leaves them as they are.
 */
export const iptoLocationMapper: Primitive = {
  type: 'IptoLocationMapper',
  help: 'Sets the country and region of the address in an attribute.',
  input: 'usage',
  output: 'usage',
  properties: [
    { name: 'attribute', kind: 'name', default: 'remoteAddress', help: 'Attribute that holds the address.' },
    { name: 'table', kind: 'name', default: 'locations', help: 'Name of the imported table of networks.' },
  ],
  examples: [
    {
      title: 'Traffic with one country is charged apart',
      plan: `<primitive id="where" type="IptoLocationMapper"/>
<primitive id="kind" type="UsageTypeClassifier"><rule meter="x-abroad" when="country != FR"/></primitive>
<primitive id="abroad" type="UsageTypeSelector"><property name="types" value="x-abroad"/></primitive>
<primitive id="rate" type="StepRater" label="Abroad"><property name="unit" value="GB"/><step multiplier="0.05"/></primitive>
<connection from="usage" to="where"/><connection from="where" to="kind"/><connection from="kind" to="abroad"/><connection from="abroad" to="rate"/><connection from="rate" to="post"/>`,
      tables: {
        'locations/locations': 'network,country,region\n192.0.2.0/24,FR,IDF\n198.51.100.0/24,DE,\n2001:db8::/32,DE,\n',
      },
      use: [
        ['octets-in', '9000000000', '2026-03-02T10:00', '2026-03-02T11:00', { remoteAddress: '192.0.2.7' }],
        ['octets-in', '2000000000', '2026-03-02T10:00', '2026-03-02T11:00', { remoteAddress: '198.51.100.7' }],
        ['octets-out', '2000000000', '2026-03-02T10:00', '2026-03-02T11:00', { remoteAddress: '2001:db8::1' }],
      ],
      bill: [['Abroad', '0.20']],
    },
  ],
  gives: (node, kind) => [{ ...kind, mapper: node.index }],
  reads: (node) => [textOf(node, 'attribute')],
  facts(node, { tables }, zone, atMs): Resolved | Missing {
    const name = textOf(node, 'table');
    const { entry, span } = inForce(tables?.locations?.get(name) ?? [], zone, atMs);
    return entry
      ? { value: entry.table, ...span }
      : { reason: 'no-table', detail: `no table of networks named ${name}`, ...(span ?? EVER) };
  },
  evaluate(node, { uses }, context) {
    const address = context.attribute(uses[0]!, textOf(node, 'attribute'));
    const place = (context.fact() as Locations).locate(address ?? '');
    context.located(place);
    context.trace?.({
      text: `${address ?? 'no address'}: ${place?.country ?? 'unknown'} ${place?.region ?? ''}`.trim(),
    });
    passAll(uses, context);
  },
  emit(node, w) {
    w.line(`const m${node.index} = R.locate(R.fact(S, ${node.index}), O, ${w.bind(textOf(node, 'attribute'))});`);
    emitPassAll(w);
  },
};

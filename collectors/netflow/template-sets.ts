/**
 * Reads the templates of a template or options template set.
 *
 * - v9: id, field count, fields · options: id, octets of scope fields, octets of option fields, fields.
 * - IPFIX: id, field count, fields · options: id, field count, how many of them are scope, fields. A field whose upper
 *   bit is set has four more octets, its enterprise. A field count of 0 withdraws, which UDP does not allow: it is counted
 *   and changes nothing, lest anybody make us forget.
 */
import type { FlowRefusal } from './refusals.ts';
import { type TemplateField, type TemplatePlan, variableLength } from './template.ts';

export interface TemplateSetForm {
  readonly version: 9 | 10;
  readonly isOptions: boolean;
  readonly fieldsMax: number;
}

/** Where a set stands in the datagram: what is behind its header. */
export interface SetBounds {
  readonly from: number;
  readonly end: number;
}

const dataSetIdMin = 256;

/** Calls one of the two for everything found; after a refusal other than a withdrawal the rest can't be read. */
export function readTemplates(
  view: DataView,
  { from, end }: SetBounds,
  form: TemplateSetForm,
  found: { template(plan: TemplatePlan): void; refused(reason: FlowRefusal): void },
): void {
  const headerOctets = form.isOptions ? 6 : 4;
  let at = from;
  // Padding after the last template is shorter than any template (RFC 7011 §3.3.1).
  while (at + 4 <= end) {
    const id = view.getUint16(at);
    const first = view.getUint16(at + 2);
    if (form.version === 10 && first === 0) {
      // An options withdrawal ends behind its field count (RFC 7011 §8.1). Zeros are padding.
      if (id !== 0) found.refused('withdrawal');
      at += 4;
      continue;
    }
    if (id === 0 && first === 0) return;
    if (at + headerOctets > end) return found.refused('bad-template');
    if (id < dataSetIdMin) return found.refused('bad-template-id');
    const counts = fieldCounts(form, first, form.isOptions ? view.getUint16(at + 4) : 0);
    if (counts === null) return found.refused('bad-template');
    if (counts.all > form.fieldsMax) return found.refused('huge-template');
    at += headerOctets;
    const fields: TemplateField[] = [];
    for (let index = 0; index < counts.all; index++) {
      if (at + 4 > end) return found.refused('bad-template');
      const number = view.getUint16(at);
      const length = view.getUint16(at + 2);
      at += 4;
      const hasEnterprise = form.version === 10 && number >= 0x8000;
      if (hasEnterprise && at + 4 > end) return found.refused('bad-template');
      const enterprise = hasEnterprise ? view.getUint32(at) : 0;
      if (hasEnterprise) at += 4;
      // A length of 65535 means "varying" to IPFIX only; no set has room for it.
      if (form.version === 9 && length === variableLength) return found.refused('bad-template');
      const field = { enterprise, id: hasEnterprise ? number & 0x7fff : number, length };
      fields.push(form.version === 9 && index < counts.scope ? { ...field, v9Scope: true } : field);
    }
    found.template({ id, isOptions: form.isOptions, scopeCount: counts.scope, fields });
  }
}

/** How many fields follow, and how many of them are scope; null where the header contradicts itself. */
function fieldCounts(form: TemplateSetForm, first: number, second: number): { all: number; scope: number } | null {
  if (!form.isOptions) return first === 0 ? null : { all: first, scope: 0 };
  if (form.version === 9) {
    if (first % 4 !== 0 || second % 4 !== 0 || first + second === 0) return null;
    return { all: (first + second) / 4, scope: first / 4 };
  }
  // RFC 7011 §3.4.2.2: at least one field is scope.
  return second === 0 || second > first ? null : { all: first, scope: second };
}

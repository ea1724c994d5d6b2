/** Values of properties as they stand in the document to what primitives read. */

import type { PropertyValue } from './plan.ts';
import type { PropertySpec } from './primitive.ts';
import { meterNamed, unitNamed, unitNames } from './quantity.ts';
import { parseDays, parseTimeOfDay } from './window.ts';

export type ParsedProperty = { readonly value: PropertyValue } | { readonly problem: string };

const DECIMAL = /^-?\d{1,16}(\.\d{1,12})?$/;

/** A decimal number in its shortest form, or null. At most 16 digits before the point and 12 behind it. */
export function parseDecimal(text: string): string | null {
  if (!DECIMAL.test(text)) return null;
  const negative = text.startsWith('-');
  const [whole, fraction] = (negative ? text.slice(1) : text).split('.');
  const short = `${whole!.replace(/^0+(?=\d)/, '')}${fraction?.replace(/0+$/, '') ? `.${fraction.replace(/0+$/, '')}` : ''}`;
  return negative && short !== '0' ? `-${short}` : short;
}

/** The value of one property, or what is wrong with it (without the name of the property). */
export function parseProperty(spec: PropertySpec, text: string): ParsedProperty {
  switch (spec.kind) {
    case 'decimal': {
      const value = parseDecimal(text);
      if (value === null) return { problem: `"${text}" is not a decimal number such as 0.25` };
      return limited(spec, Number(value), value);
    }
    case 'integer':
      if (!/^\d{1,16}$/.test(text)) return { problem: `"${text}" is not a whole number` };
      return limited(spec, Number(text), Number(text));
    case 'boolean':
      return text === 'true' || text === 'false'
        ? { value: text === 'true' }
        : { problem: `"${text}" is neither true nor false` };
    case 'choice':
      return spec.choices?.includes(text)
        ? { value: text }
        : { problem: `"${text}" is none of ${spec.choices?.join(', ')}` };
    case 'unit':
      return unitNamed(text) ? { value: text } : { problem: `"${text}" is no unit: one of ${unitNames.join(', ')}` };
    case 'time-of-day': {
      const value = parseTimeOfDay(text);
      return value === null ? { problem: `"${text}" is no time of day from 00:00 to 24:00` } : { value };
    }
    case 'days': {
      const value = parseDays(text);
      return value === null ? { problem: `"${text}" is no list of days such as mon-fri,sun` } : { value };
    }
    case 'meters': {
      const names = text.split(',').map((name) => name.trim());
      const unknown = names.find((name) => name !== 'octets' && (name.includes('*') || !meterNamed(name)));
      if (unknown !== undefined) return { problem: `"${unknown}" is no meter` };
      return { value: names };
    }
  }
}

// Limits are round numbers: the comparison needs no exactness, the value keeps its text.
function limited(spec: PropertySpec, size: number, value: PropertyValue): ParsedProperty {
  if (spec.min !== undefined && size < spec.min) return { problem: `${String(value)} is less than ${spec.min}` };
  if (spec.max !== undefined && size > spec.max) return { problem: `${String(value)} is more than ${spec.max}` };
  return { value };
}

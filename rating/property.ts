/** Values of properties as they stand in the document to what primitives read. */

import { decimalPlaces, fromScaled, toScaled } from './money.ts';
import type { PropertyValue } from './plan.ts';
import type { PropertySpec } from './primitive.ts';
import { meterNamed, unitNamed, unitNames } from './quantity.ts';
import { specialDays } from './tables/holidays.ts';
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

/** A rate as a fraction from 0 to 1, written as such or in percent: `0.0825`, `8.25%`; null if it is none. */
export function parseRate(text: string): string | null {
  const percent = text.endsWith('%');
  const value = parseDecimal(percent ? text.slice(0, -1).trim() : text);
  if (value === null || value.startsWith('-')) return null;
  const scale = decimalPlaces(value);
  const fraction = percent ? parseDecimal(fromScaled(toScaled(value, scale), scale + 2)) : value;
  // At most 1: 8.25 was meant in percent.
  return fraction === null || toScaled(fraction, 12) > 10n ** 12n ? null : fraction;
}

const CONDITION = /^([A-Za-z][A-Za-z0-9_.-]{0,63})\s*(!=|<=|>=|=|<|>|\sin\s|\sprefix\s)\s*(\S.{0,499})$/;

function parseCondition(text: string): ParsedProperty {
  const match = CONDITION.exec(text.trim());
  if (!match) return { problem: `"${text}" is no condition such as port = 5060; one of = != < <= > >= in prefix` };
  const [, attribute, op, value] = match;
  const condition = { attribute: attribute!, op: op!.trim(), value: value!.trim() };
  if (/^[<>]/.test(condition.op) && !DECIMAL.test(condition.value))
    return { problem: `"${condition.value}" is no number to compare with` };
  return { value: condition };
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
    case 'dates': {
      const days = text.split(',').map((day) => day.trim());
      const checked = specialDays(days);
      return 'wrong' in checked
        ? { problem: `"${checked.wrong}" is no date such as 2026-04-06, or --12-25 for every year` }
        : { value: days };
    }
    case 'name':
      return /^\S(.{0,62}\S)?$/u.test(text) && !/\p{Cc}/u.test(text)
        ? { value: text }
        : { problem: 'expected a name of at most 64 characters' };
    case 'currency':
      return /^[A-Z]{3}$/.test(text)
        ? { value: text }
        : { problem: `"${text}" is no currency of three capital letters (ISO 4217)` };
    case 'digits':
      return /^\d{1,15}$/.test(text) ? { value: text } : { problem: `"${text}" is no prefix of at most 15 digits` };
    case 'rate': {
      const value = parseRate(text);
      return value === null ? { problem: `"${text}" is no rate from 0 to 1: write 0.0825 or 8.25%` } : { value };
    }
    case 'condition':
      return parseCondition(text);
    case 'meter':
      return text !== 'octets' && !text.includes('*') && meterNamed(text)
        ? { value: text }
        : { problem: `"${text}" is no meter${text === 'octets' ? ': it is derived of octets-in and octets-out' : ''}` };
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

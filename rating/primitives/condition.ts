/** Conditions on attributes: `attribute op value` (DESIGN §4). What is not there meets no condition. */

import { Refused } from '../facts.ts';
import { compareDecimal } from '../money.ts';
import type { Condition } from '../plan.ts';

const NUMBER = /^-?\d{1,40}(\.\d{1,20})?$/;

/** Whether a condition holds; none always does. Numbers are compared as such, exactly; `=` also takes 080 for 80. */
export function holds(condition: Condition | undefined, read: (name: string) => string | undefined): boolean {
  if (!condition) return true;
  const { attribute, op, value } = condition;
  const actual = read(attribute);
  if (actual === undefined) return false;
  if (op === 'prefix') return actual.startsWith(value);
  if (op === 'in') return value.split(',').some((one) => isSame(actual, one.trim()));
  if (op === '=') return isSame(actual, value);
  if (op === '!=') return !isSame(actual, value);
  if (!NUMBER.test(actual)) return false;
  const order = compareDecimal(actual, value);
  return op === '<' ? order < 0 : op === '<=' ? order <= 0 : op === '>' ? order > 0 : order >= 0;
}

function isSame(a: string, b: string): boolean {
  return a === b || (NUMBER.test(a) && NUMBER.test(b) && compareDecimal(a, b) === 0);
}

const WHOLE = /^\d{1,28}$/;

/** Whether an attribute holds a whole number of base units. */
export function isWholeQuantity(text: string | undefined): text is string {
  return text !== undefined && WHOLE.test(text);
}

/** A whole number of base units from an attribute. @throws Refused if it is none */
export function quantityOfAttribute(text: string | undefined, name: string): bigint {
  if (!isWholeQuantity(text))
    throw new Refused('bad-attribute', `${name}: expected a whole number of base units, found ${text ?? 'nothing'}`);
  return BigInt(text);
}

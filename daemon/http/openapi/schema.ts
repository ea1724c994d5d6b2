/** How JSON Schemas are written here: small words for the shapes that come again. */

export type Schema = Readonly<Record<string, unknown>>;

export const text = (more: Schema = {}): Schema => ({ type: 'string', ...more });
export const nullable = (type: string): Schema => ({ type: [type, 'null'] });
export const integer = (more: Schema = {}): Schema => ({ type: 'integer', ...more });
export const oneOf = (values: readonly string[]): Schema => ({ enum: values });
export const list = (items: Schema): Schema => ({ type: 'array', items });
export const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
export const flag: Schema = { type: 'boolean' };
export const instant = text({ format: 'date-time' });
export const date = text({ format: 'date' });
export const money = text({ pattern: '^-?\\d+(\\.\\d+)?$', description: 'A decimal string.' });
export const whole = text({ pattern: '^-?\\d+$', description: 'An integer in the base unit.' });
export const ms = integer({ description: 'UTC epoch ms.' });

export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

export function object<T>(
  properties: { readonly [K in keyof T]-?: Schema },
  optional: readonly (keyof T & string)[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !(optional as readonly string[]).includes(name));
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

export const dates = object<{ from: string; to: string }>({ from: date, to: date });

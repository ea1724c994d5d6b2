/** Reads an untrusted JSON object field by field; what is wrong is refused by the field's name. Null counts as absent. */
import { invalid } from './problem.ts';

export interface TextLimits {
  /** Characters; at least one. */
  readonly max: number;
  readonly pattern?: RegExp;
  /** What the pattern asks for, in words. */
  readonly wants?: string;
  /** It is what a device sent, byte for byte: also blank, or with control characters. */
  readonly asSent?: boolean;
}

export class Fields {
  readonly #body: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #asked = new Set<string>();

  constructor(body: unknown, path = '') {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw invalid(path || 'the body', 'must be a JSON object');
    }
    this.#body = body as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  /** Whether the field is there at all, also as null. */
  has(key: string): boolean {
    this.#asked.add(key);
    return Object.hasOwn(this.#body, key) && this.#body[key] !== undefined;
  }

  /** Whether the field is just this word. */
  isText(key: string, word: string): boolean {
    return this.#value(key) === word;
  }

  text(key: string, limits: TextLimits): string {
    return this.optionalText(key, limits) ?? this.fail(key, 'is missing');
  }

  optionalText(key: string, { max, pattern, wants, asSent = false }: TextLimits): string | null {
    const value = this.#value(key);
    if (value === null) return null;
    if (typeof value !== 'string') return this.fail(key, 'must be a text');
    if ((asSent ? value : value.trim()) === '') return this.fail(key, 'must not be empty');
    if (value.length > max) return this.fail(key, `must have at most ${max} characters`);
    if (asSent ? /\p{Cs}/u.test(value) : hasControls(value)) {
      return this.fail(key, 'must not have control characters');
    }
    if (pattern && !pattern.test(value)) return this.fail(key, wants ?? 'is not well-formed');
    return value;
  }

  optionalBoolean(key: string): boolean | null {
    const value = this.#value(key);
    return value === null || typeof value === 'boolean' ? value : this.fail(key, 'must be true or false');
  }

  optionalInteger(key: string, min: number, max: number): number | null {
    const value = this.#value(key);
    if (value === null) return null;
    const good = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
    return good ? value : this.fail(key, `must be a whole number from ${min} to ${max}`);
  }

  /** A non-negative decimal string: money is never a JSON number, which is a binary float. */
  optionalDecimal(key: string): string | null {
    const value = this.#value(key);
    if (value === null) return null;
    const good = typeof value === 'string' && /^\d{1,15}(\.\d{1,12})?$/.test(value);
    return good ? value : this.fail(key, 'must be a decimal number in quotes, such as "12.50"');
  }

  optionalInstant(key: string): number | null {
    const value = this.#value(key);
    return value === null ? null : (instantMs(value) ?? this.fail(key, instantWanted));
  }

  optionalObject(key: string): Readonly<Record<string, unknown>> | null {
    const value = this.#value(key);
    if (value === null) return null;
    if (typeof value !== 'object' || Array.isArray(value)) return this.fail(key, 'must be a JSON object');
    return value as Readonly<Record<string, unknown>>;
  }

  optionalList<T>(key: string, max: number, read: (item: unknown, path: string) => T): T[] | null {
    const value = this.#value(key);
    if (value === null) return null;
    if (!Array.isArray(value)) return this.fail(key, 'must be a list');
    if (value.length > max) return this.fail(key, `must have at most ${max} entries`);
    return value.map((item, index) => read(item, `${this.#name(key)}[${index}]`));
  }

  /** A field that nobody asked for is a slip of the pen that would otherwise pass unseen. */
  refuseUnknown(): void {
    for (const key of Object.keys(this.#body)) {
      if (!this.#asked.has(key))
        this.fail(key.slice(0, 40), `is not known here; known are ${[...this.#asked].join(', ')}`);
    }
  }

  fail(key: string, what: string): never {
    throw invalid(this.#name(key), what);
  }

  #value(key: string): unknown {
    return this.has(key) ? this.#body[key] : null;
  }

  #name(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }
}

/** Whether a text has control characters, or halves of what takes two. */
export function hasControls(text: string): boolean {
  return /[\p{Cc}\p{Cs}]/u.test(text);
}

/** Of a key by which a request that is sent again is known. */
export const keyLimits: TextLimits = {
  max: 64,
  pattern: /^[\w.-]+$/,
  wants: 'must have only letters, digits and _ . -',
};

export const instantWanted = 'must be a time with its offset, such as 2026-01-31T12:00:00Z';

const instantForm = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** UTC epoch ms of an ISO 8601 time with offset; null for anything else, also for the 31st of February. */
export function instantMs(value: unknown): number | null {
  const match = typeof value === 'string' ? instantForm.exec(value) : null;
  if (!match) return null;
  const [, year, month, day] = match.map(Number) as [number, number, number, number];
  if (year < 1970 || year > 2199 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null;
  const ms = Date.parse(value as string);
  return Number.isNaN(ms) ? null : ms;
}

/** Reading the options of `meterd simulate …`: each reader answers a checked value or throws a UsageError naming the option. */

/** What is wrong with the command line, in words for its user. */
export class UsageError extends Error {}

export interface Server {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, or `[ADDRESS]:PORT` for IPv6. */
export function serverFrom(server: string, name = 'server'): Server {
  const found = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(server);
  if (!found) throw new UsageError(`--${name} ${server}: HOST:PORT or [ADDRESS]:PORT is wanted`);
  return { host: (found[1] ?? found[2])!, port: count(found[3]!, name, 1, 65_535) };
}

export function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing`);
  return value;
}

export function given<T>(text: string | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text);
}

export function oneOf<const T extends string>(text: string, name: string, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  if (found === undefined) throw new UsageError(`--${name} ${text}: known are ${known.join(', ')}`);
  return found;
}

/** A comma list, each item at most once. */
export function listOf<const T extends string>(text: string, name: string, known: readonly T[]): T[] {
  const items = text.split(',').map((item) => oneOf(item.trim(), name, known));
  if (new Set(items).size < items.length) throw new UsageError(`--${name} ${text}: names one twice`);
  return items;
}

export function count(text: string, name: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new UsageError(`--${name} ${text}: a whole number from ${min} to ${max} is wanted`);
  return value;
}

export function amount(text: string, name: string, max: number): number {
  const value = text === '' ? Number.NaN : Number(text);
  if (!(value > 0 && value <= max))
    throw new UsageError(`--${name} ${text}: a number above 0 and up to ${max} is wanted`);
  return value;
}

/** `label` is how the option was written, with its dashes where it had some. */
export function share(text: string, label: string): number {
  const value = text === '' ? Number.NaN : Number(text);
  if (!(value >= 0 && value <= 1)) throw new UsageError(`${label} ${text}: a share from 0 to 1 is wanted`);
  return value;
}

/** A day (its midnight UTC) or a time with its offset, as UTC epoch s. */
export function instant(text: string, name: string): number {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const ms = isDay || isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new UsageError(
      `--${name} ${text}: a day such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z is wanted`,
    );
  }
  return Math.floor(ms / 1000);
}

/**
 * The aside of a frame: what an append makes durable besides entries, for the index (log-index.ts), from which it is
 * asked. As text, a JSON array with its format's version first.
 */
import { createHash } from 'node:crypto';
import type { LogNote } from './usage-log.ts';

export interface SuspendedText {
  readonly id: number;
  readonly reason: string;
  /** As `encodeRecord` wrote it. */
  readonly record: string;
  /** What it can be asked for by. */
  readonly subjects: readonly string[];
}

export interface Aside {
  readonly suspended: readonly SuspendedText[];
  /** Suspended records that are entries of the same frame now, with the subjects they were suspended by. */
  readonly released: readonly Pick<SuspendedText, 'id' | 'subjects'>[];
  /** Digests of the keys of events, and of charges from other accounts, that must not be logged again. */
  readonly digests: readonly string[];
  readonly note: LogNote | null;
}

export const emptyAside: Aside = { suspended: [], released: [], digests: [], note: null };
const formatVersion = 1;

/** Empty where there is nothing in it. */
export function encodeAside({ suspended, released, digests, note }: Aside): string {
  if (suspended.length === 0 && released.length === 0 && digests.length === 0 && note === null) return '';
  return JSON.stringify([
    formatVersion,
    suspended.map(({ id, reason, record, subjects }) => [id, reason, record, subjects]),
    released.map(({ id, subjects }) => [id, subjects]),
    digests,
    note === null ? null : [note.name, note.value],
  ]);
}

type Packed = [
  version: number,
  suspended: [number, string, string, string[]][],
  released: [number, string[]][],
  digests: string[],
  note: [string, string] | null,
];

/** Reads what `encodeAside` wrote. Throws on another format: what can't be read must not be skipped. */
export function decodeAside(text: string): Aside {
  if (text === '') return emptyAside;
  const [version, suspended, released, digests, note] = JSON.parse(text) as Packed;
  if (version !== formatVersion) throw new Error(`usage log aside has format ${version}, expected ${formatVersion}`);
  return {
    suspended: suspended.map(([id, reason, record, subjects]) => ({ id, reason, record, subjects })),
    released: released.map(([id, subjects]) => ({ id, subjects })),
    digests,
    note: note === null ? null : { name: note[0], value: note[1] },
  };
}

const digestOctets = 16;

/** 128 bits: two events of ours would collide after 2⁶⁴; an enemy can only collide with itself, keys naming the provider. */
export function digestOf(key: string): string {
  return createHash('sha256').update(key).digest().subarray(0, digestOctets).toString('base64');
}

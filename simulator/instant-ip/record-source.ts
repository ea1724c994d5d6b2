/**
 * A file of records, one at a time and in order, with what is to be said about each. It looks one record ahead, because
 * a delay counts only if there is a next one; what is wrong with that one is told when its turn comes.
 */
import { createReadStream } from 'node:fs';
import {
  afterGap,
  emptySequence,
  type InstantIpEntry,
  InstantIpReader,
  type InstantIpRecord,
  type InstantIpSequence,
  instantIpFaultText,
  instantIpWarningText,
  nextInSequence,
} from '../../collectors/index.ts';

export interface SourceItem {
  readonly line: number;
  /** Null for a line that is no record. */
  readonly record: InstantIpRecord | null;
  /** Why it is none. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  /** Nothing of the file can be read. */
  readonly unreadable: boolean;
}

export interface RecordSource {
  /** The next item without taking it; null at the end. Rejects when the file can't be read. */
  peek(): Promise<SourceItem | null>;
  take(): Promise<SourceItem | null>;
  /** Gives the file back; may be called twice. */
  close(): Promise<void>;
}

export interface FileSourceOptions {
  readonly lenient?: boolean;
  /** IANA zone of the times in a delimited file; UTC by default. */
  readonly zone?: string;
}

/** Throws a RangeError for an unknown zone. */
export function fileSource(file: string, options: FileSourceOptions = {}): RecordSource {
  const reader = new InstantIpReader({ file, ...options });
  return new EntrySource(file, entriesOf(file, reader));
}

async function* entriesOf(file: string, reader: InstantIpReader): AsyncGenerator<readonly InstantIpEntry[]> {
  for await (const chunk of createReadStream(file)) yield reader.push(chunk as Buffer);
  yield reader.end();
}

class EntrySource implements RecordSource {
  readonly #file: string;
  readonly #batches: AsyncGenerator<readonly InstantIpEntry[]>;
  #batch: readonly InstantIpEntry[] = [];
  #at = 0;
  #ahead: SourceItem | null | undefined;
  #sequence: InstantIpSequence = emptySequence;

  constructor(file: string, batches: AsyncGenerator<readonly InstantIpEntry[]>) {
    this.#file = file;
    this.#batches = batches;
  }

  async peek(): Promise<SourceItem | null> {
    if (this.#ahead === undefined) this.#ahead = await this.#read();
    return this.#ahead;
  }

  async take(): Promise<SourceItem | null> {
    const item = await this.peek();
    if (item !== null) this.#ahead = undefined;
    return item;
  }

  async close(): Promise<void> {
    await this.#batches.return(undefined);
  }

  async #read(): Promise<SourceItem | null> {
    while (this.#at >= this.#batch.length) {
      const next = await this.#batches.next();
      if (next.done) return null;
      this.#batch = next.value;
      this.#at = 0;
    }
    return this.#item(this.#batch[this.#at++]!);
  }

  #item({ line, record, faults, warnings, unreadable }: InstantIpEntry): SourceItem {
    if (record === null) {
      this.#sequence = afterGap(this.#sequence);
      return { line, record, faults: faults.map(instantIpFaultText), warnings: [], unreadable };
    }
    const { sequence, contradictions } = nextInSequence(this.#sequence, record);
    this.#sequence = sequence;
    const texts = [
      ...warnings.map(instantIpWarningText),
      ...contradictions.map(({ field, text }) => `${this.#file}:${line}: ${field}: warning: ${text}`),
    ];
    return { line, record, faults: [], warnings: texts, unreadable };
  }
}

/** Which exporters are believed, and what the configuration says of each: by network prefix, the longest winning. */
import { parseAddress } from '../radius/clients.ts';
import { PrefixTable } from './prefix-table.ts';
import type { SamplingSettings } from './sampling.ts';

export interface ExporterSettings {
  readonly cidr: string;
  readonly name: string;
  readonly sampling: SamplingSettings;
}

const rememberedMax = 10_000;

export class ExporterTable {
  readonly #prefixes = new PrefixTable();
  readonly #settings: readonly ExporterSettings[];
  readonly #remembered = new Map<string, ExporterSettings | null>();

  /** @throws Error for what is no network prefix */
  constructor(exporters: readonly ExporterSettings[]) {
    this.#settings = exporters;
    exporters.forEach(({ cidr }, index) => {
      this.#prefixes.addCidr(cidr, index);
    });
  }

  /** The settings of an exporter's address, or null where it is not to be believed. */
  find(address: string): ExporterSettings | null {
    const remembered = this.#remembered.get(address);
    if (remembered !== undefined) return remembered;
    const found = this.#settings[this.#indexOf(address)] ?? null;
    // Bounded: forged senders must not grow memory, and forgetting costs only a second look.
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    this.#remembered.set(address, found);
    return found;
  }

  #indexOf(address: string): number {
    const words = new Uint32Array(4);
    const family = addressToWords(address, words);
    return family === 0 ? -1 : this.#prefixes.find(words, 0, family);
  }
}

/** Puts an address into four words; answers 4 or 6, or 0 where the text is none. */
export function addressToWords(text: string, words: Uint32Array, at = 0): 0 | 4 | 6 {
  const parsed = parseAddress(text);
  if (parsed === null) return 0;
  words.fill(0, at, at + 4);
  if (parsed.version === 4) words[at] = Number(parsed.value);
  else
    for (let word = 0; word < 4; word++)
      words[at + word] = Number((parsed.value >> BigInt(96 - 32 * word)) & 0xffffffffn);
  return parsed.version;
}

/** The text of an address in words: IPv4 dotted, IPv6 in full groups without leading zeros. For people, not for the way. */
export function wordsToAddress(words: Uint32Array, at: number, family: number): string {
  const octets = (word: number) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255];
  if (family === 4) return octets(words[at]!).join('.');
  return Array.from(
    words.subarray(at, at + 4),
    (word) => `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`,
  ).join(':');
}

/** Where an address is: ranges from a CSV of CIDR blocks, or whatever else offers `Locations` (an MMDB file). */

import { columnsOf, readCsv, reading, TableError, type TableResult } from './csv.ts';

export interface Place {
  readonly country?: string;
  readonly region?: string;
}

/** Port of a table of addresses: the same answer to the same question, for ever; no waiting. */
export interface Locations {
  /** Place of an IPv4 or IPv6 address in text, or null where none is known. */
  locate(address: string): Place | null;
}

interface Range {
  readonly from: bigint;
  readonly to: bigint;
  readonly bits: number;
  readonly place: Place;
}

const V4 = 0xffff_0000_0000n;

/** An address as 128 bits, IPv4 as ::ffff:0:0/96 (RFC 4291), or null. */
export function addressOf(text: string): bigint | null {
  if (text.includes(':')) return v6Of(text);
  const value = v4Of(text);
  return value === null ? null : V4 | BigInt(value);
}

function v4Of(text: string): number | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    value = value * 256 + Number(part);
  }
  return value;
}

function v6Of(text: string): bigint | null {
  if (text.length > 45) return null;
  let rest = text;
  const last = text.lastIndexOf(':');
  if (text.includes('.', last)) {
    const v4 = v4Of(text.slice(last + 1));
    if (v4 === null) return null;
    rest = `${text.slice(0, last + 1)}${Math.floor(v4 / 65536).toString(16)}:${(v4 % 65536).toString(16)}`;
  }
  const halves = rest.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head!.length - (tail?.length ?? 0);
  if (tail ? missing < 1 : missing !== 0) return null;
  const groups = [...head!, ...Array<string>(tail ? missing : 0).fill('0'), ...(tail ?? [])];
  let value = 0n;
  for (const group of groups) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return value;
}

/** Reads `network,country[,region]` with networks such as 192.0.2.0/24; the longest that holds an address wins. */
export function readLocations(text: string): TableResult<Locations> {
  return reading(() => {
    const ranges: Range[] = [];
    let columns: Record<string, number> | null = null;
    const columnsIn = (names: readonly string[]) => columnsOf(names, ['network', 'country'], ['region']);
    const header = readCsv(text, ({ line, fields }, names) => {
      columns ??= columnsIn(names);
      const field = (name: string) => (fields[columns![name]!] ?? '').trim();
      ranges.push(rangeOf(line, field('network'), { country: field('country'), region: field('region') }));
    });
    columnsIn(header);
    return locationsOf(ranges);
  });
}

function rangeOf(line: number, network: string, { country, region }: { country: string; region: string }): Range {
  const [base, length, more] = network.split('/');
  const address = addressOf(base ?? '');
  const width = base?.includes(':') ? 128 : 32;
  const bits = /^\d{1,3}$/.test(length ?? String(width)) ? Number(length ?? width) : -1;
  if (address === null || more !== undefined || bits < 0 || bits > width)
    throw new TableError(line, 'network', `"${network}" is no network such as 192.0.2.0/24`);
  const free = BigInt(width - bits);
  const from = (address >> free) << free;
  if (from !== address) throw new TableError(line, 'network', `${network} has bits set behind its length`);
  const place = { ...(country ? { country } : {}), ...(region ? { region } : {}) };
  return { from, to: from + (1n << free), bits: bits + 128 - width, place };
}

/** Cut into pieces that don't overlap, the longest prefix on top, so that one search finds the place. */
function locationsOf(ranges: readonly Range[]): Locations {
  const sorted = [...ranges].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : a.bits - b.bits));
  const starts: bigint[] = [];
  const places: (Place | null)[] = [];
  const put = (from: bigint, place: Place | null) => {
    if (starts.at(-1) === from) places[places.length - 1] = place;
    else {
      starts.push(from);
      places.push(place);
    }
  };
  const open: Range[] = [];
  const closeUntil = (at: bigint) => {
    for (let top = open.at(-1); top && top.to <= at; top = open.at(-1)) {
      open.pop();
      put(top.to, open.at(-1)?.place ?? null);
    }
  };
  for (const range of sorted) {
    closeUntil(range.from);
    open.push(range);
    put(range.from, range.place);
  }
  closeUntil(1n << 129n);
  return {
    locate(text) {
      const address = addressOf(text);
      if (address === null) return null;
      let [low, high] = [0, starts.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (starts[middle]! <= address) low = middle + 1;
        else high = middle;
      }
      return low === 0 ? null : places[low - 1]!;
    },
  };
}

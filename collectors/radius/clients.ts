/** RADIUS clients by network prefix, the longest match winning (RFC 2865 §3: the secret goes by source address). */
import type { SeparateIpv6Octets } from './accounting.ts';

export interface RadiusClient {
  readonly cidr: string;
  readonly name: string;
  /** Devices are known within their client's group, so that one client can't speak for another's (DESIGN §6). */
  readonly group: string;
  readonly secrets: readonly Buffer[];
  readonly requireMessageAuthenticator: boolean;
  readonly swapDirections: boolean;
  readonly separateIpv6Octets: SeparateIpv6Octets;
}

interface Entry {
  readonly prefix: bigint;
  readonly bits: number;
  readonly client: RadiusClient;
}

const rememberedMax = 10_000;

/** A client table; `find` gives the client of an address, or null. */
export class ClientTable {
  readonly #byVersion: Readonly<Record<4 | 6, readonly Entry[]>>;
  readonly #remembered = new Map<string, RadiusClient | null>();

  constructor(clients: readonly RadiusClient[]) {
    const entries: Record<4 | 6, Entry[]> = { 4: [], 6: [] };
    for (const client of clients) {
      const parsed = parseCidr(client.cidr);
      if (parsed === null) throw new Error(`not a network prefix: ${client.cidr}`);
      entries[parsed.version].push({ prefix: parsed.prefix, bits: parsed.bits, client });
    }
    for (const list of [entries[4], entries[6]]) list.sort((a, b) => b.bits - a.bits);
    this.#byVersion = entries;
  }

  find(address: string): RadiusClient | null {
    const remembered = this.#remembered.get(address);
    if (remembered !== undefined) return remembered;
    const parsed = parseAddress(address);
    const found = parsed === null ? null : this.#longest(parsed);
    // Bounded: spoofed sources must not grow memory, and forgetting costs only a second look.
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    this.#remembered.set(address, found);
    return found;
  }

  #longest(address: ParsedAddress): RadiusClient | null {
    const width = address.version === 4 ? 32 : 128;
    for (const entry of this.#byVersion[address.version]) {
      const shift = BigInt(width - entry.bits);
      if (address.value >> shift === entry.prefix >> shift) return entry.client;
    }
    return null;
  }
}

interface ParsedAddress {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** Reads `10.0.0.0/8`, `2001:db8::/32`, or a bare address; null where it is none, or has bits beyond its prefix. */
export function parseCidr(text: string): { version: 4 | 6; prefix: bigint; bits: number } | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const bitsText = slash < 0 ? undefined : text.slice(slash + 1);
  const width = address.version === 4 ? 32 : 128;
  if (bitsText !== undefined && !/^\d{1,3}$/.test(bitsText)) return null;
  const bits = bitsText === undefined ? width : Number(bitsText);
  if (bits > width) return null;
  const hostBits = BigInt(width - bits);
  if ((address.value >> hostBits) << hostBits !== address.value) return null;
  return { version: address.version, prefix: address.value, bits };
}

/** Reads an IPv4 or IPv6 address; an IPv4 address mapped into IPv6 (`::ffff:a.b.c.d`) counts as IPv4. */
export function parseAddress(text: string): ParsedAddress | null {
  const bare = text.includes('%') ? text.replace(/%.*$/, '') : text;
  if (!bare.includes(':')) return parseIpv4(bare);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  if (mapped) return parseIpv4(mapped[1]!);
  return parseIpv6(bare);
}

/** Digit by digit: sessions tell an address each, and patterns take ten times as long. */
function parseIpv4(text: string): ParsedAddress | null {
  let value = 0;
  let octet = 0;
  let digits = 0;
  let octets = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? dot : text.charCodeAt(at);
    if (code === dot) {
      if (digits === 0 || octet > 255) return null;
      value = value * 256 + octet;
      octets++;
      [octet, digits] = [0, 0];
    } else {
      if (code < digit0 || code > digit9 || digits === 3) return null;
      octet = octet * 10 + code - digit0;
      digits++;
    }
  }
  return octets === 4 ? { version: 4, value: BigInt(value) } : null;
}

const [dot, digit0, digit9] = [0x2e, 0x30, 0x39];

function parseIpv6(text: string): ParsedAddress | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const left = halves[0] === '' ? [] : halves[0]!.split(':');
  const right = halves[1] === undefined || halves[1] === '' ? [] : halves[1].split(':');
  const missing = 8 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...left, ...new Array<string>(missing).fill('0'), ...right];
  let value = 0n;
  for (const group of groups) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return { version: 6, value };
}

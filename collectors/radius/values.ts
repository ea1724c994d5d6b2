/**
 * Values of attributes as text (RFC 2865 §5, RFC 3162 §2, RFC 6929 §2, RFC 8044 §3). A value of the wrong size for its
 * type is null, so that its attribute is dropped and the packet kept (RFC 6929 §2.8).
 */
import type { AttributeDefinition } from './dictionary.ts';

/** The value of a kept attribute; null where its size is wrong for its type. A `tlv` has none of its own. */
export function valueText(definition: AttributeDefinition, octets: Buffer, begin: number, end: number): string | null {
  // The types that each report has are read where they stand; a slice costs as much as all the rest.
  switch (definition.type) {
    case 'text':
    case 'pair':
      return text(octets, begin, end);
    case 'integer':
      return end - begin === 4 ? named(definition, octets.readUInt32BE(begin)) : null;
    case 'ipv4':
      return end - begin === 4 ? ipv4(octets, begin) : null;
    default:
      return sliceText(definition, octets.subarray(begin, end));
  }
}

function sliceText(definition: AttributeDefinition, value: Buffer): string | null {
  switch (definition.type) {
    case 'tagged-text':
      // RFC 2868 §3.3: an octet above 0x1F is no tag but the text's first.
      return text(value.length > 0 && value[0]! <= 0x1f ? value.subarray(1) : value);
    case 'opaque':
      return `0x${value.toString('hex')}`;
    case 'tagged-integer':
      return value.length === 4 ? named(definition, value.readUIntBE(1, 3)) : null;
    case 'integer64':
      return value.length === 8 ? String(value.readBigUInt64BE(0)) : null;
    case 'byte':
      return value.length === 1 ? named(definition, value[0]!) : null;
    case 'short':
      return value.length === 2 ? named(definition, value.readUInt16BE(0)) : null;
    case 'time':
      return value.length === 4 ? new Date(value.readUInt32BE(0) * 1000).toISOString() : null;
    case 'ipv6':
      return value.length === 16 ? ipv6(value) : null;
    case 'address':
      return value.length === 4 ? ipv4(value) : value.length === 16 ? ipv6(value) : null;
    case 'ipv4-prefix':
      return prefix(value, 4);
    case 'ipv6-prefix':
      return prefix(value, 16);
    case 'interface-id':
      return value.length === 8 ? groups(value).join(':') : null;
    case 'queue-counter':
      return value.length === 10 ? String(value.readBigUInt64BE(2)) : null;
    default:
      return null;
  }
}

/** UTF-8 where it is, else one character an octet (Latin-1), so that names that are not UTF-8 stay apart. */
export function text(octets: Buffer, begin = 0, end = octets.length): string {
  if (isAscii(octets, begin, end)) return octets.toString('latin1', begin, end);
  const decoded = octets.toString('utf8', begin, end);
  return decoded.includes('�') ? octets.toString('latin1', begin, end) : decoded;
}

/** Nearly all are, and those take half the time. */
function isAscii(octets: Buffer, begin: number, end: number): boolean {
  for (let i = begin; i < end; i++) if (octets[i]! > 0x7f) return false;
  return true;
}

/** The four octets from a place on. */
export function ipv4(octets: Buffer, at = 0): string {
  return `${octets[at]}.${octets[at + 1]}.${octets[at + 2]}.${octets[at + 3]}`;
}

/** Sixteen octets in the one form of RFC 5952 §4: lower case, the longest run of zero groups (the first of two) as `::`. */
export function ipv6(value: Buffer): string {
  const all = groups(value);
  let [from, length] = [0, 0];
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && all[end] === '0') end++;
    if (end - at > length) [from, length] = [at, end - at];
    if (end > at) at = end;
  }
  if (length < 2) return all.join(':');
  return `${all.slice(0, from).join(':')}::${all.slice(from + length).join(':')}`;
}

function groups(value: Buffer): string[] {
  const list: string[] = [];
  for (let at = 0; at < value.length; at += 2) list.push(value.readUInt16BE(at).toString(16));
  return list;
}

/**
 * RFC 3162 §2.3: a reserved octet, the length in bits, and as many octets as it takes, or more. Bits beyond the length
 * should be zero, and are made so, since they say nothing.
 */
function prefix(value: Buffer, octets: 4 | 16): string | null {
  const bits = value[1];
  if (bits === undefined || bits > octets * 8 || value.length > 2 + octets || value.length < 2 + Math.ceil(bits / 8)) {
    return null;
  }
  const address = Buffer.alloc(octets);
  value.copy(address, 0, 2, 2 + Math.ceil(bits / 8));
  if (bits % 8 !== 0) address[bits >> 3] = address[bits >> 3]! & (0xff << (8 - (bits % 8)));
  return `${octets === 4 ? ipv4(address) : ipv6(address)}/${bits}`;
}

function named({ values }: AttributeDefinition, number: number): string {
  return values.get(number) ?? String(number);
}

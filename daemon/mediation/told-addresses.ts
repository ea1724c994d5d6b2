/** What a session's report tells of its addresses. */
import type { UsageRecord } from '../../collectors/index.ts';

/** Attributes by which a session tells its addresses (RFC 2865 §5.8, RFC 3162 §2.3, RFC 4818 §3, RFC 6911 §3.1). */
export const framedNames = [
  'Framed-IP-Address',
  'Framed-IPv6-Prefix',
  'Framed-IPv6-Address',
  'Delegated-IPv6-Prefix',
] as const;

export function tellsAddress(attributes: UsageRecord['attributes']): boolean {
  return toldBy(attributes) !== '';
}

/**
 * 53 bits of all that a report tells of addresses, never 0, so that a million texts needn't be kept only to see whether
 * the next is the same. A session that found another text of the same digest would but keep the address it has.
 */
export function digestTold(attributes: UsageRecord['attributes']): number {
  const text = toldBy(attributes);
  let [high, low] = [0x9e3779b1, 0x85ebca6b];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x27d4eb2f);
    low = Math.imul(low ^ unit, 0x165667b1);
    high ^= low >>> 13;
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0) + 1;
}

/** All that a report tells of addresses as one text: where it tells but an IPv4 address, as most do, that text itself. */
function toldBy(attributes: UsageRecord['attributes']): string {
  // Asked for by their names, which is twice as quick as by a list of them.
  const ipv4 = attributes['Framed-IP-Address'];
  const prefix = attributes['Framed-IPv6-Prefix'];
  const address = attributes['Framed-IPv6-Address'];
  const delegated = attributes['Delegated-IPv6-Prefix'];
  if (prefix === undefined && address === undefined && delegated === undefined) return ipv4 ?? '';
  return `${ipv4 ?? ''} ${prefix ?? ''} ${address ?? ''} ${delegated ?? ''}`;
}

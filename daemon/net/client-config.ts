/** `radius.clients` of meterd.yaml: who may send, and what is known of them. docs/configuration.md explains the keys. */
import { parseCidr, type SeparateIpv6Octets } from '../../collectors/index.ts';
import type { Section } from '../config.ts';

export interface RadiusClientConfig {
  readonly cidr: string;
  readonly name: string;
  readonly group: string;
  readonly secrets: readonly string[];
  readonly requireMessageAuthenticator: boolean;
  readonly swapDirections: boolean;
  readonly separateIpv6Octets: SeparateIpv6Octets;
}

/** Reads the clients of a list one after the other: what two of them must not share is known of those before. */
export function readClient(): (client: Section) => RadiusClientConfig {
  const groups = new Groups();
  const names = new Map<string, string>();
  return (client) => {
    const config = readOneClient(client);
    const { version, prefix, bits } = parseCidr(config.cidr)!;
    const network = `${version} ${prefix} ${bits}`;
    const other = names.get(network);
    if (other !== undefined) client.fail('cidr', `${config.cidr} is that of the client "${other}" already`);
    names.set(network, config.name);
    const confused = groups.add(config.group);
    if (confused !== null) {
      client.fail(
        'group',
        `"${config.group}" and the group "${confused}" of another client differ by a slash and what follows, so their ` +
          'devices (group/NAS-Identifier) could not be told apart: expected the same group, or one that does not begin so',
      );
    }
    return config;
  };
}

/**
 * A device is named GROUP/NAS, and both may hold slashes: a client of the group `a` could speak for the device `n` of the
 * group `a/b` by the NAS-Identifier `b/n`.
 */
class Groups {
  readonly #groups = new Set<string>();
  /** What stands before a slash of a group, and that group. */
  readonly #beginnings = new Map<string, string>();

  /** The group whose devices could be taken for this one's, or the other way round; null where there is none. */
  add(group: string): string | null {
    const longer = this.#beginnings.get(group);
    if (longer !== undefined) return longer;
    for (let slash = group.indexOf('/'); slash >= 0; slash = group.indexOf('/', slash + 1)) {
      const beginning = group.slice(0, slash);
      if (this.#groups.has(beginning)) return beginning;
      this.#beginnings.set(beginning, group);
    }
    this.#groups.add(group);
    return null;
  }
}

/** ::ffff:0:0/96: IPv4 addresses mapped into IPv6 (RFC 4291 §2.5.5.2). */
const mappedBits = 96;
const mappedPrefix = 0xffffn;

function readOneClient(client: Section): RadiusClientConfig {
  const cidr = client.text('cidr', '');
  const network = parseCidr(cidr);
  if (network === null) client.fail('cidr', `must be a network prefix such as 192.0.2.0/24, not "${cidr}"`);
  // Who sends from ::ffff:192.0.2.1 is looked for as 192.0.2.1.
  if (network.version === 6 && network.bits >= mappedBits && network.prefix >> 32n === mappedPrefix)
    client.fail('cidr', `holds IPv4 addresses: must be a prefix of IPv4 such as 192.0.2.0/24, not "${cidr}"`);
  const single = client.optionalText('secret');
  const several = client.texts('secrets');
  const secrets = [...several, ...(single === null ? [] : [single])];
  if (secrets.length < 1 || secrets.length > 2)
    client.fail('secret', 'one secret is needed (or two during a rotation)');
  if (single !== null && several.length > 0)
    client.warn('secret', 'stands beside secrets: both hold; during a rotation, list the two in secrets');
  for (const secret of secrets) {
    if (secret === '') client.fail('secret', 'must not be empty (RFC 2865 §3)');
    if (secret.length < 16) client.warn('secret', 'is shorter than 16 characters (RFC 2865 §3)');
  }
  const name = client.text('name', cidr);
  return {
    cidr,
    name,
    group: client.text('group', name),
    secrets,
    requireMessageAuthenticator: client.boolean('requireMessageAuthenticator', false),
    swapDirections: client.boolean('swapDirections', false),
    separateIpv6Octets: client.choice('separateIpv6Octets', 'ignore', ['ignore', 'add']),
  };
}

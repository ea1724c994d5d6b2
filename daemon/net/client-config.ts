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

export function readClient(): (client: Section) => RadiusClientConfig {
  const names = new Map<string, string>();
  return (client) => {
    const config = readOneClient(client);
    const { version, prefix } = parseCidr(config.cidr)!;
    const network = `${version} ${prefix} ${config.cidr.split('/')[1] ?? ''}`;
    const other = names.get(network);
    if (other !== undefined) client.fail('cidr', `${config.cidr} is that of the client "${other}" already`);
    names.set(network, config.name);
    return config;
  };
}

function readOneClient(client: Section): RadiusClientConfig {
  const cidr = client.text('cidr', '');
  if (parseCidr(cidr) === null) client.fail('cidr', `must be a network prefix such as 192.0.2.0/24, not "${cidr}"`);
  const single = client.optionalText('secret');
  const secrets = [...client.texts('secrets'), ...(single === null ? [] : [single])];
  if (secrets.length < 1 || secrets.length > 2)
    client.fail('secret', 'one secret is needed (or two during a rotation)');
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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientTable, parseAddress, parseCidr, type RadiusClient } from '../../../collectors/index.ts';

function client(cidr: string): RadiusClient {
  const secrets = [Buffer.from(cidr)];
  return {
    cidr,
    name: cidr,
    group: cidr,
    secrets,
    requireMessageAuthenticator: false,
    swapDirections: false,
    separateIpv6Octets: 'ignore' as const,
  };
}

const tableOf = (...cidrs: string[]) => new ClientTable(cidrs.map(client));

describe('the client of an address', () => {
  const table = tableOf('10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '2001:db8::/32', '2001:db8:1::/48', '::1');

  it.each([
    ['10.9.9.9', '10.0.0.0/8'],
    ['10.1.9.9', '10.1.0.0/16'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.4', '10.1.0.0/16'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::FFFF:10.9.9.9', '10.0.0.0/8'],
    ['2001:db8:ffff::1', '2001:db8::/32'],
    ['2001:0db8:0001:0:0:0:0:2', '2001:db8:1::/48'],
    ['2001:db8:1::2%eth0', '2001:db8:1::/48'],
    ['::1', '::1'],
  ])('%s is that of %s: the longest match', (address, cidr) => {
    expect(table.find(address)?.cidr).toBe(cidr);
  });

  it.each(['11.0.0.0', '9.255.255.255', '2001:db9::1', '::2', '::', '10.0.0', 'example.net', ''])(
    '%s has none',
    (address) => {
      expect(table.find(address)).toBeNull();
    },
  );

  it('does not depend on the order of the table', () => {
    const turned = tableOf('10.1.2.3', '10.1.0.0/16', '10.0.0.0/8');
    const other = tableOf('10.0.0.0/8', '10.1.2.3', '10.1.0.0/16');
    for (const address of ['10.9.9.9', '10.1.9.9', '10.1.2.3']) {
      expect(turned.find(address)?.cidr).toBe(other.find(address)?.cidr);
    }
  });

  it('0.0.0.0/0 is any IPv4 address, and no IPv6 one', () => {
    const any = tableOf('0.0.0.0/0');
    expect(any.find('203.0.113.1')?.cidr).toBe('0.0.0.0/0');
    expect(any.find('2001:db8::1')).toBeNull();
  });

  it('stays the same when more addresses were asked for than are remembered', () => {
    const bounded = tableOf('10.0.0.0/8');
    for (let n = 0; n < 25_000; n++) bounded.find(`11.0.${n >> 8}.${n & 255}`);
    expect(bounded.find('10.0.0.1')?.cidr).toBe('10.0.0.0/8');
    expect(bounded.find('11.0.0.1')).toBeNull();
  });

  it('matches exactly the addresses that share the prefix bits', () => {
    const ipv4 = fc.integer({ min: 0, max: 0xffffffff });
    const dotted = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.');
    fc.assert(
      fc.property(ipv4, ipv4, fc.integer({ min: 0, max: 32 }), (network, address, bits) => {
        const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
        const prefix = (network & mask) >>> 0;
        const near = ((prefix | (address & ~mask)) >>> 0) as number;
        const table = tableOf(`${dotted(prefix)}/${bits}`);
        expect(table.find(dotted(near))).not.toBeNull();
        expect(table.find(dotted(address)) !== null).toBe((address & mask) >>> 0 === prefix);
      }),
    );
  });
});

describe('a network prefix', () => {
  it.each([
    ['10.0.0.0/8', 4, 8],
    ['0.0.0.0/0', 4, 0],
    ['192.0.2.1', 4, 32],
    ['2001:db8::/32', 6, 32],
    ['::/0', 6, 0],
    ['2001:db8::1', 6, 128],
    ['::ffff:192.0.2.1', 4, 32],
  ])('%s is one', (text, version, bits) => {
    expect(parseCidr(text)).toMatchObject({ version, bits });
  });

  it.each([
    '10.0.0.1/8',
    '10.0.0.0/33',
    '2001:db8::/129',
    '2001:db8::1/32',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '256.0.0.0/8',
    '1.2.3.4.5',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    'localhost',
    '/8',
    '',
  ])('"%s" is none', (text) => {
    expect(parseCidr(text)).toBeNull();
  });

  it('that is none is refused by the table', () => {
    expect(() => tableOf('10.0.0.1/8')).toThrow('10.0.0.1/8');
  });

  it('of IPv6 reads what URL prints, in any of its forms', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 }), (groups) => {
        const full = groups.map((group) => group.toString(16)).join(':');
        const short = new URL(`http://[${full}]/`).hostname.slice(1, -1);
        expect(parseAddress(short)).toEqual(parseAddress(full));
      }),
    );
  });
});

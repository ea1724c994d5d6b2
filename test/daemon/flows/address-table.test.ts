import { describe, expect, it } from 'vitest';
import { addressToWords, type UsageRecord, waitingSubject } from '../../../collectors/index.ts';
import { AddressFeed } from '../../../daemon/flows/address-feed.ts';
import { AddressTable, holderWords, prefixWords } from '../../../daemon/flows/address-table.ts';
import { AddressHolders } from '../../../daemon/mediation/address-holders.ts';
import { Guide } from '../../../daemon/mediation/guide.ts';

const second = 1_000;

/** Holders and identities as the daemon learns them, and the flow thread's copy of them. */
function world(ownNetworks: readonly string[] = []) {
  const holders = new AddressHolders({ holdingsMax: 100_000, keptMs: 3_600_000 });
  const guide = new Guide(holders);
  const feed = new AddressFeed(holders, guide);
  const table = new AddressTable(ownNetworks);
  feed.start();
  const words = new Uint32Array(4);
  let count = 0;
  return {
    table,
    feed,
    forget: (kind: 'address' | 'prefix', value: string) => guide.learn(kind, value, '', []),
    session(account: number, ip: string, fromSeconds: number, untilSeconds: number | null, name = 'Framed-IP-Address') {
      const session = `s${account}-${count++}`;
      const report = (status: 'start' | 'stop', atMs: number): UsageRecord => ({
        ...{ key: `${session} ${status}`, status, subjects: [], readings: [], cumulative: true },
        ...{ startMs: fromSeconds * second, endMs: atMs, startKnown: true },
        ...{ source: { collector: 'radius', device: 'nas', session }, attributes: { [name]: ip } },
      });
      holders.apply({ kind: 'usage', account, record: report('start', fromSeconds * second) });
      if (untilSeconds !== null)
        holders.apply({ kind: 'usage', account, record: report('stop', untilSeconds * second) });
    },
    identity(
      account: number,
      kind: 'address' | 'prefix',
      value: string,
      fromMs: number | null = null,
      untilMs: number | null = null,
    ) {
      const holding = { account, kind, value, provider: '', validFromMs: fromMs, validUntilMs: untilMs };
      guide.learn(kind, value, '', [holding]);
    },
    /** The account by the copy and, beside it, by the guide itself. */
    holderAt(address: string, seconds: number): number {
      for (let packed = feed.take(); packed.length > 0; packed = feed.take()) table.update(packed);
      const family = addressToWords(address, words);
      return table.find(words, 0, family, seconds * second);
    },
    guided: (address: string, seconds: number) => guide.holderOf(address, seconds * second) ?? -1,
  };
}

describe('the copy of holders', () => {
  it('is told in slices, whatever changes between them', () => {
    const { identity, session, feed, table, holderAt } = world();
    const addressOf = (n: number) => `10.1.${n >> 8}.${n & 255}`;
    for (let n = 0; n < 12_000; n++) identity(1 + n, 'address', addressOf(n));
    feed.start();
    const slices: number[] = [];
    for (let packed = feed.take(); packed.length > 0; packed = feed.take()) {
      slices.push(packed.length / (prefixWords + holderWords));
      table.update(packed);
      if (slices.length === 1) {
        // One of those told, one of those not told yet, and a new one.
        identity(90_000, 'address', addressOf(0));
        identity(90_001, 'address', addressOf(11_999));
        session(90_002, '10.2.0.1', 0, null);
      }
    }
    expect(Math.max(...slices)).toBe(5_000);
    expect(table.size).toBe(12_001);
    for (const [address, account] of [
      [addressOf(0), 90_000],
      [addressOf(11_999), 90_001],
      ['10.2.0.1', 90_002],
      [addressOf(7_000), 7_001],
    ] as const)
      expect([address, holderAt(address, 10)]).toEqual([address, account]);
  });

  it('tells apart an address and the prefix of just that address', () => {
    const { identity, forget, holderAt, guided } = world();
    identity(1, 'address', '10.0.0.1');
    identity(2, 'prefix', '10.0.0.1/32');
    expect([holderAt('10.0.0.1', 5), guided('10.0.0.1', 5)]).toEqual([1, 1]);
    forget('address', '10.0.0.1');
    expect([holderAt('10.0.0.1', 5), guided('10.0.0.1', 5)]).toEqual([2, 2]);
    forget('prefix', '10.0.0.1/32');
    expect([holderAt('10.0.0.1', 5), guided('10.0.0.1', 5)]).toEqual([-1, -1]);
  });

  it('knows who held an address when, as the guide does', () => {
    const { session, holderAt, guided } = world();
    session(1, '10.0.0.1', 10, 20);
    session(2, '10.0.0.1', 30, null);
    for (const [at, account] of [
      [9, -1],
      [10, 1],
      [19, 1],
      [20, -1],
      [29, -1],
      [30, 2],
      [99, 2],
    ] as const) {
      expect([at, holderAt('10.0.0.1', at), guided('10.0.0.1', at)]).toEqual([at, account, account]);
    }
  });

  it('tells until when the answer holds: until the next holder begins, not until this one ends', () => {
    const { session, holderAt, table } = world();
    session(1, '10.0.0.1', 10, 20);
    session(2, '10.0.0.1', 30, null);
    holderAt('10.0.0.1', 15);
    expect(table.untilMs).toBe(30 * second);
    holderAt('10.0.0.1', 30);
    expect(table.untilMs).toBe(Number.POSITIVE_INFINITY);
    holderAt('10.0.0.1', 5);
    expect(table.untilMs).toBe(10 * second);
  });

  it('prefers the longest prefix, and of the same a session to an identity', () => {
    const { session, identity, holderAt, guided } = world();
    identity(1, 'prefix', '10.0.0.0/8');
    identity(2, 'prefix', '10.1.0.0/16');
    identity(3, 'address', '10.1.0.1');
    session(4, '10.1.0.1', 10, 20);
    const asked = [
      ['10.9.9.9', 5, 1],
      ['10.1.9.9', 5, 2],
      ['10.1.0.1', 5, 3],
      ['10.1.0.1', 15, 4],
      ['10.1.0.1', 25, 3],
      ['11.0.0.1', 5, -1],
    ] as const;
    for (const [address, at, account] of asked) {
      expect([address, at, holderAt(address, at), guided(address, at)]).toEqual([address, at, account, account]);
    }
  });

  it('finds every address of a delegated prefix', () => {
    const { session, holderAt } = world();
    session(7, '2001:db8:40::/48', 10, null, 'Delegated-IPv6-Prefix');
    expect(holderAt('2001:db8:40:1::5', 11)).toBe(7);
    expect(holderAt('2001:db8:41::5', 11)).toBe(-1);
  });

  it('falls back to a wider prefix where nobody has the longer one at the time', () => {
    const { session, identity, holderAt } = world();
    identity(1, 'prefix', '10.0.0.0/24');
    session(2, '10.0.0.1', 10, 20);
    expect([5, 15, 25].map((at) => holderAt('10.0.0.1', at))).toEqual([1, 2, 1]);
  });

  it('forgets an identity that ended, and takes a new date of validity', () => {
    const { identity, holderAt } = world();
    identity(1, 'address', '10.0.0.1');
    expect(holderAt('10.0.0.1', 5)).toBe(1);
    identity(1, 'address', '10.0.0.1', 0, 10 * second);
    expect([5, 15].map((at) => holderAt('10.0.0.1', at))).toEqual([1, -1]);
  });

  it('keeps a thousand prefixes apart through many changes', () => {
    const { session, holderAt } = world();
    for (let n = 0; n < 500; n++) session(n, `10.0.${n >> 8}.${n & 255}`, 10, 20);
    for (let n = 0; n < 500; n++) session(1_000 + n, `10.0.${n >> 8}.${n & 255}`, 30, null);
    for (let n = 0; n < 500; n++) {
      const address = `10.0.${n >> 8}.${n & 255}`;
      expect([15, 25, 35].map((at) => holderAt(address, at))).toEqual([n, -1, 1_000 + n]);
    }
  });
});

describe('our own networks', () => {
  it('have subjects of their own while nobody holds them, told by address once', () => {
    const { holderAt, table } = world(['10.0.0.0/8', '2001:db8::/32']);
    expect(holderAt('10.0.0.9', 5)).toBe(waitingSubject);
    expect(holderAt('2001:db8::9', 5)).toBe(waitingSubject + 1);
    expect(holderAt('10.0.0.9', 6)).toBe(waitingSubject);
    expect(holderAt('192.0.2.1', 5)).toBe(-1);
    expect(table.takeWaiting()).toEqual(['10.0.0.9', '2001:db8:0:0:0:0:0:9']);
    expect(table.takeWaiting()).toEqual([]);
  });
});

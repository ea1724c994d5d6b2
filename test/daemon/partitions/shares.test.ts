import { describe, expect, it } from 'vitest';
import { addShare, decodeShares, encodeShares, type Shares, sharesOf } from '../../../daemon/partitions/shares.ts';

const detail = (vendor: string, attribution = '') => ({ additional: '', vendor, attribution });

describe('shares of an account', () => {
  it('are added up exactly by vendor and by attribution, and told in order of name', () => {
    const shares: Shares = [];
    addShare(shares, 1, detail('b', 'y'), '0.1');
    addShare(shares, 1, detail('b', 'x'), '0.2');
    addShare(shares, 1, detail('a', 'y'), '-0.000001');
    expect(sharesOf(shares, 1)).toEqual({
      vendors: [
        { name: 'a', amount: '-0.000001' },
        { name: 'b', amount: '0.3' },
      ],
      attributions: [
        { name: 'x', amount: '0.2' },
        { name: 'y', amount: '0.099999' },
      ],
    });
  });

  it('know nothing of charges without both, nor of another period', () => {
    const shares: Shares = [];
    addShare(shares, 1, { additional: 'more', vendor: '', attribution: '' }, '5');
    expect([shares, encodeShares(shares)]).toEqual([[], null]);
    addShare(shares, 1, detail('a'), '5');
    expect(sharesOf(shares, 2)).toEqual({ vendors: [], attributions: [] });
    expect(sharesOf(shares, 1).attributions).toEqual([]);
  });

  it('are kept of the last four periods, in whatever order these come', () => {
    const shares: Shares = [];
    for (const fromMs of [30, 10, 50, 20, 40, 5]) addShare(shares, fromMs, detail('a'), '1');
    expect(shares.map(({ fromMs }) => fromMs)).toEqual([20, 30, 40, 50]);
  });

  it('of vendors that call themselves like members of every object are theirs alone', () => {
    const shares: Shares = [];
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    for (const name of names) {
      addShare(shares, 1, detail(name, name), '1');
      addShare(shares, 1, detail(name, name), '2');
    }
    const again = decodeShares(encodeShares(shares));
    for (const one of [shares, again]) {
      expect(sharesOf(one, 1).vendors).toEqual(names.toSorted().map((name) => ({ name, amount: '3' })));
      expect(sharesOf(one, 1).attributions).toHaveLength(4);
    }
    addShare(again, 1, detail('__proto__'), '1');
    expect(sharesOf(again, 1).vendors.find(({ name }) => name === '__proto__')?.amount).toBe('4');
    expect(Object.prototype).not.toHaveProperty('amount');
  });
});

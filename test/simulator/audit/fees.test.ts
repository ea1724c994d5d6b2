import { expect, test } from 'vitest';
import { feesDue, lastTick, type Membership } from '../../../simulator/audit/fees.ts';

const at = (text: string) => Date.parse(text) / 1000;

const membership: Membership = {
  plan: 'fig-6b',
  zone: 'UTC',
  cycleDay: 1,
  joinedSeconds: at('2026-01-01T00:00:00Z'),
  knownSinceSeconds: at('2026-01-01T00:00:00Z'),
  asOfSeconds: at('2026-03-01T00:00:00Z'),
};

test('a monthly fee falls due when the month is over, on its own bill', () => {
  expect(feesDue(membership)).toEqual([
    { bill: '2026-01', label: 'Monthly fee', amount: 20_000_000n, isCertain: true },
    { bill: '2026-02', label: 'Monthly fee', amount: 20_000_000n, isCertain: true },
  ]);
  expect(feesDue({ ...membership, asOfSeconds: at('2026-02-28T23:59:59Z') })).toHaveLength(1);
});

test('who joins within a month pays from the joining day on: 20 × 9 ÷ 31', () => {
  const [fee] = feesDue({ ...membership, joinedSeconds: at('2026-01-23T00:00:00Z') });
  expect(fee?.amount).toBe(5_806_452n);
});

test('a month’s fee stands on the bill that holds the month’s last second', () => {
  expect(feesDue({ ...membership, cycleDay: 15 }).map(({ bill }) => bill)).toEqual(['2026-01', '2026-02']);
  expect(feesDue({ ...membership, cycleDay: 31 }).map(({ bill }) => bill)).toEqual(['2026-01', '2026-02']);
});

test('a flat rate falls due when its bill period begins', () => {
  const flat: Membership = { ...membership, plan: 'flat', cycleDay: 15, joinedSeconds: at('2026-01-10T00:00:00Z') };
  expect(feesDue({ ...flat, asOfSeconds: at('2026-01-20T00:00:00Z') })).toEqual([
    // 29.90 × 5 ÷ 31 for 10 to 14 January, of the period from 15 December on.
    { bill: '2025-12', label: 'Flat rate', amount: 4_822_581n, isCertain: true },
    { bill: '2026-01', label: 'Flat rate', amount: 29_900_000n, isCertain: true },
  ]);
});

test('a fee is certain only where the account has had a tick since', () => {
  const late: Membership = { ...membership, knownSinceSeconds: at('2026-02-10T00:00:00Z') };
  expect(lastTick({ ...late, asOfSeconds: at('2026-02-20T00:00:00Z') })).toBeNull();
  expect(feesDue({ ...late, asOfSeconds: at('2026-02-20T00:00:00Z') })).toEqual([
    { bill: '2026-01', label: 'Monthly fee', amount: 20_000_000n, isCertain: false },
  ]);
  expect(feesDue(late).every(({ isCertain }) => isCertain)).toBe(true);
});

test('months are those of the zone', () => {
  const detroit: Membership = { ...membership, zone: 'America/Detroit', joinedSeconds: at('2026-01-01T05:00:00Z') };
  expect(feesDue({ ...detroit, asOfSeconds: at('2026-02-01T04:59:59Z') })).toEqual([]);
  expect(feesDue({ ...detroit, asOfSeconds: at('2026-02-01T05:00:00Z') })).toHaveLength(1);
});

test('by the hour there is no fee', () => {
  expect(feesDue({ ...membership, plan: 'hourly' })).toEqual([]);
});

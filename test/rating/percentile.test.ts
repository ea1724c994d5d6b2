import { describe, expect, it } from 'vitest';
import { loadRater } from '../../daemon/plans/load-code.ts';
import {
  type AccountTerms,
  billOf,
  compilePlan,
  decodeState,
  encodeState,
  interpretPlan,
  newAccountState,
  type Plan,
  type Rater,
  rateUsage,
} from '../../rating/index.ts';
import { planOf } from './harness.ts';

const binMs = 300_000;
const april = Date.UTC(2026, 3, 1);
/** 1 Mbit/s for five minutes, octets. */
const megabit = 37_500_000n;

const xml = (properties = '') => `<plan xmlns="urn:meterd:plan:1" id="p" currency="USD" scale="6">
<primitive id="port" type="PercentileRater" label="Port"><property name="price" value="1"/>${properties}</primitive>
<primitive id="post" type="AccountFinalizer"/>
<connection from="usage" to="port"/><connection from="port" to="post"/></plan>`;

const makers: [string, (plan: Plan) => Rater][] = [
  ['interpreted', interpretPlan],
  ['compiled', (plan) => loadRater(plan, compilePlan(plan))],
];

interface Change {
  readonly fromMs: number;
  readonly properties: string;
}

function accountOf(
  make: (plan: Plan) => Rater,
  { zone = 'UTC', properties = '', change = null as Change | null } = {},
) {
  const rater = (text: string) => make(planOf(text));
  const changeMs = change?.fromMs ?? Number.POSITIVE_INFINITY;
  const first = { fromMs: Number.NEGATIVE_INFINITY, toMs: changeMs, version: 1, rater: rater(xml(properties)) };
  const second = {
    fromMs: changeMs,
    toMs: Number.POSITIVE_INFINITY,
    version: 2,
    rater: rater(xml(change?.properties)),
  };
  const segments = [first, ...(change ? [second] : [])].map((segment) => ({ planId: 'p', ...segment }));
  const terms: AccountTerms = { currency: 'USD', zone, cycleDay: 1, segments };
  const state = newAccountState();
  let count = 0;
  return {
    state,
    /** Use of one sample, in Mbit/s; the n-th of the month that begins then. */
    sample(n: number, rate: number, meter = 'octets-in', monthMs = april) {
      const startMs = monthMs + n * binMs;
      const readings = [{ meter, quantity: megabit * BigInt(rate) }];
      const event = { id: `e${count++}`, readings, startMs, endMs: startMs + binMs, attributes: {} };
      const result = rateUsage(terms, state, event);
      if (!result.ok) throw new Error(result.detail);
    },
    total: (monthMs = april) => billOf(terms, state, monthMs).total,
  };
}

describe.each(makers)('the 95th percentile, %s', (_, make) => {
  it('is 0 up to 5 % of the month, then the lowest sample that is not left out', () => {
    const account = accountOf(make);
    for (let n = 0; n < 432; n++) account.sample(n, 1_000);
    expect(Number(account.total())).toBe(0);
    account.sample(432, 7);
    expect(account.total()).toBe('7.00');
    account.sample(433, 9);
    expect(account.total()).toBe('9.00');
  });

  it('is that of the greater direction, each by itself', () => {
    const account = accountOf(make);
    for (let n = 0; n < 433; n++) account.sample(n, 5);
    for (let n = 433; n < 866; n++) account.sample(n, 8, 'octets-out');
    expect(account.total()).toBe('8.00');
  });

  it('of one direction does not know the other', () => {
    const account = accountOf(make, { properties: '<property name="direction" value="in"/>' });
    for (let n = 0; n < 433; n++) account.sample(n, 5);
    for (let n = 0; n < 433; n++) account.sample(n, 8, 'octets-out');
    expect(account.total()).toBe('5.00');
  });

  it('of a month whose clocks go back has twelve samples more', () => {
    const october = Date.UTC(2026, 8, 30, 22);
    const account = accountOf(make, { zone: 'Europe/Paris' });
    // 8,940 samples: 447 are left out, where 8,928 would leave out 446.
    for (let n = 0; n < 447; n++) account.sample(n, 5, 'octets-in', october);
    expect(Number(account.total(october))).toBe(0);
    account.sample(8_939, 5, 'octets-in', october);
    expect(account.total(october)).toBe('5.00');
  });

  it('begins anew with the month', () => {
    const account = accountOf(make);
    for (let n = 8_640 - 300; n < 8_640 + 300; n++) account.sample(n, 5);
    expect(Number(account.total())).toBe(0);
  });

  it('takes what comes late into its sample', () => {
    const account = accountOf(make);
    for (let n = 0; n < 433; n++) account.sample(n, 5);
    for (let n = 0; n < 432; n++) account.sample(n, 3);
    expect(account.total()).toBe('5.00');
    account.sample(432, 3);
    expect(account.total()).toBe('8.00');
  });

  it('leaves what was posted as it was when the terms change, and goes on from there', () => {
    const change = { fromMs: april + 500 * binMs, properties: '<property name="committed" value="2"/>' };
    const account = accountOf(make, { change });
    for (let n = 0; n < 433; n++) account.sample(n, 5);
    for (let n = 500; n < 933; n++) account.sample(n, 6);
    expect(account.total()).toBe('6.00');
  });

  it('charges the higher sample of a version that leaves out fewer', () => {
    const change = { fromMs: april + 500 * binMs, properties: '<property name="percentile" value="99"/>' };
    const account = accountOf(make, { change });
    for (let n = 0; n < 100; n++) account.sample(n, 50);
    for (let n = 100; n < 500; n++) account.sample(n, 5);
    expect(account.total()).toBe('5.00');
    account.sample(500, 1);
    expect(account.total()).toBe('50.00');
  });
});

it('of 8,640 samples the highest 432 are left out and the next is charged', () => {
  const account = accountOf(makers[1]![1]);
  // Each of 1 to 8,640 Mbit/s once, in an order that jumps about.
  for (let n = 0; n < 8_640; n++) account.sample(n, ((n * 4_801) % 8_640) + 1);
  expect(account.total()).toBe('8208.00');
  const text = encodeState(account.state);
  expect(text.length).toBeLessThan(80_000);
  expect(encodeState(decodeState(text))).toEqual(text);
});

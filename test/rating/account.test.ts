import { describe, expect, it } from 'vitest';
import {
  type AccountTerms,
  billOf,
  closeBill,
  encodeState,
  newAccountState,
  type PlanSegment,
  postedTotal,
  type RatedCharge,
  rateTick,
  rateUsage,
} from '../../rating/index.ts';
import { accountOn, at, charge, evaluators, exampleText, online, planOf, stepPlan, sum, used } from './harness.ts';

const fee = (amount: string, properties = '', type = 'MonthlyRecurringCharge') =>
  planOf(`<plan xmlns="urn:meterd:plan:1" id="fee" currency="USD">
    <primitive id="fee" type="${type}" label="Fee"><property name="amount" value="${amount}"/>${properties}</primitive>
    <primitive id="post" type="AccountFinalizer"/><connection from="fee" to="post"/></plan>`);
const ADVANCE = '<property name="when" value="advance"/>';
const WHOLE = '<property name="prorate" value="false"/>';

describe.each(evaluators)('an account, $name', ({ rater }) => {
  const tick = (terms: AccountTerms, state: ReturnType<typeof newAccountState>, day: string): RatedCharge[] => {
    const result = rateTick(terms, state, at(`${day}T00:00`, terms.zone));
    if (!result.ok) throw new Error(result.detail);
    return result.charges;
  };
  const segment = (
    plan: ReturnType<typeof planOf>,
    version: number,
    from: string | null,
    to: string | null,
  ): PlanSegment => ({
    planId: plan.id,
    version,
    fromMs: from === null ? Number.NEGATIVE_INFINITY : at(`${from}T00:00`),
    toMs: to === null ? Number.POSITIVE_INFINITY : at(`${to}T00:00`),
    rater: rater(plan),
  });
  const on = (segments: PlanSegment[], options = {}): AccountTerms => ({
    currency: 'USD',
    zone: 'UTC',
    cycleDay: 1,
    segments,
    ...options,
  });

  it('pays for months passed, once, however late the tick', () => {
    const { terms, state } = accountOn(rater(fee('20')));
    expect(tick(terms, state, '2026-01-10')).toEqual([]);
    expect(tick(terms, state, '2026-04-01').map((c) => [c.amount, c.periodFromMs])).toEqual(
      ['2026-01-01', '2026-02-01', '2026-03-01'].map((day) => ['20.000000', at(`${day}T00:00`)]),
    );
    expect(tick(terms, state, '2026-04-30')).toEqual([]);
  });

  it('pays a cycle in advance', () => {
    const { terms, state } = accountOn(rater(fee('29.90', ADVANCE, 'BillingCycleRecurringCharge')), { cycleDay: 31 });
    expect(tick(terms, state, '2026-02-01').map((c) => c.amount)).toEqual(['29.900000']);
    expect(tick(terms, state, '2026-02-28').map((c) => c.amount)).toEqual(['29.900000']);
    expect(tick(terms, state, '2026-03-30')).toEqual([]);
    expect(billOf(terms, state, at('2026-03-01T00:00'))).toMatchObject({
      from: '2026-02-28',
      to: '2026-03-31',
      total: '29.90',
    });
  });

  it('prorates joining and leaving by local days', () => {
    const options = {
      zone: 'America/New_York',
      joinedAtMs: at('2026-01-17T15:00', 'America/New_York'),
      leftAtMs: at('2026-02-15T09:00', 'America/New_York'),
    };
    const { terms, state } = accountOn(rater(fee('31')), options);
    expect(tick(terms, state, '2026-02-01').map((c) => c.amount)).toEqual(['15.000000']);
    // 14 of 28 days: the leaving day does not count.
    expect(tick(terms, state, '2026-02-16').map((c) => c.amount)).toEqual(['15.500000']);
    expect(tick(terms, state, '2026-06-01')).toEqual([]);
    const whole = accountOn(rater(fee('31', WHOLE)), options);
    expect(tick(whole.terms, whole.state, '2026-06-01').map((c) => c.amount)).toEqual(['31.000000', '31.000000']);
  });

  it('shares a month between two versions of a plan', () => {
    const terms = on([segment(fee('31'), 1, null, '2026-01-11'), segment(fee('62'), 2, '2026-01-11', null)]);
    const state = newAccountState();
    tick(terms, state, '2026-01-05');
    expect(tick(terms, state, '2026-02-01').map((c) => [c.version, c.amount])).toEqual([
      [1, '10.000000'],
      [2, '42.000000'],
    ]);
  });

  it('never re-prices what is past when a version changes, and carries quantities', () => {
    const steps = (first: string, next: string) =>
      planOf(stepPlan({ unit: 'hour' }, `<step upTo="10" multiplier="${first}"/><step multiplier="${next}"/>`));
    const account = {
      terms: on([
        segment(steps('1', '0.5'), 1, null, '2026-01-03'),
        segment(steps('2', '0.25'), 2, '2026-01-03', null),
      ]),
      state: newAccountState(),
    };
    expect(sum(charge(account, online('2026-01-01T00:00', '2026-01-01T08:00')))).toBe('8.000000');
    // One hour before the change, then one more up to 10 hours at 2, then two at 0.25.
    const over = charge(account, online('2026-01-02T23:00', '2026-01-03T03:00'));
    expect(over.map((c) => [c.version, c.amount])).toEqual([
      [1, '1.000000'],
      [2, '2.500000'],
    ]);
  });

  it('starts at zero with another plan, and charges its set-up', () => {
    const evening = planOf(exampleText('evening'));
    const other = { ...evening, id: 'other' };
    const account = {
      terms: on([segment(evening, 1, null, '2026-01-10'), segment(other, 1, '2026-01-10', null)]),
      state: newAccountState(),
    };
    expect(sum(charge(account, online('2026-01-01T00:00', '2026-01-05T04:00')))).toBe('10.000000');
    expect(sum(charge(account, online('2026-01-11T00:00', '2026-01-11T01:00')))).toBe('10.000000');
  });

  it('ends one allowance of octets in and out at one instant, whole or split', () => {
    const plan = planOf(`<plan xmlns="urn:meterd:plan:1" id="data" currency="USD">
      <primitive id="free" type="FreeStepRater"><property name="limit" value="300"/><property name="unit" value="B"/></primitive>
      <primitive id="in" type="UsageTypeSelector"><property name="types" value="octets-in"/></primitive>
      <primitive id="inRate" type="StepRater"><property name="unit" value="B"/><step multiplier="1"/></primitive>
      <primitive id="out" type="UsageTypeSelector"><property name="types" value="octets-out"/></primitive>
      <primitive id="outRate" type="StepRater"><property name="unit" value="B"/><step multiplier="10"/></primitive>
      <primitive id="post" type="AccountFinalizer"/>
      <connection from="usage" to="free"/><connection from="free" to="in"/><connection from="free" to="out"/>
      <connection from="in" to="inRate"/><connection from="out" to="outRate"/><connection from="inRate" to="post"/><connection from="outRate" to="post"/></plan>`);
    const readings = [
      { meter: 'octets-in', quantity: 400n },
      { meter: 'octets-out', quantity: 200n },
    ];
    const result = charge(accountOn(rater(plan)), { id: 'e', readings, startMs: 0, endMs: 600_000, attributes: {} });
    expect(result.map((c) => [c.primitive, c.baseQuantity])).toEqual([
      ['inRate', 200n],
      ['outRate', 100n],
    ]);
  });

  it.each([
    ['bad-usage', (e: ReturnType<typeof online>) => ({ ...e, endMs: e.startMs - 1 })],
    ['bad-usage', (e: ReturnType<typeof online>) => ({ ...e, readings: [{ meter: 'time', quantity: -1n }] })],
    ['unknown-meter', (e: ReturnType<typeof online>) => ({ ...e, readings: [{ meter: 'octets', quantity: 1n }] })],
    ['out-of-range', (e: ReturnType<typeof online>) => ({ ...e, readings: [{ meter: 'time', quantity: 2n ** 100n }] })],
    ['out-of-range', (e: ReturnType<typeof online>) => ({ ...e, endMs: e.startMs + 500 * 86_400_000 })],
    ['no-plan', (e: ReturnType<typeof online>) => ({ ...e, endMs: at('2027-01-01T01:00') })],
    ['currency', (e: ReturnType<typeof online>) => e, { currency: 'EUR' }],
    ['unknown-zone', (e: ReturnType<typeof online>) => e, { zone: 'Mars/Olympus' }],
  ])(
    'refuses %s and leaves the state as it was',
    (reason, change, options: { currency?: string; zone?: string } = {}) => {
      const state = newAccountState();
      const terms = on([segment(planOf(exampleText('evening')), 1, null, '2027-01-01')], options);
      const result = rateUsage(terms, state, change(online('2026-12-31T00:00', '2026-12-31T01:00')));
      expect(result).toMatchObject({ ok: false, reason });
      expect(encodeState(state)).toEqual(encodeState(newAccountState()));
    },
  );

  it('charges a set-up once in a life, also after its bill is archived', () => {
    const account = accountOn(rater(planOf(exampleText('evening'))));
    const setUps = Array.from({ length: 12 }, (_, month) => {
      const charges = charge(account, used('time', 60n, Date.UTC(2026, month, 2), Date.UTC(2026, month, 2, 0, 1)));
      closeBill(account.terms, account.state, Date.UTC(2026, month, 2));
      return charges.filter((c) => c.kind === 'one-time').length;
    });
    expect(setUps).toEqual([1, ...Array.from({ length: 11 }, () => 0)]);
  });

  it('archives closed bills, refuses use of their time, and stays small', () => {
    const account = accountOn(rater(planOf(exampleText('evening'))));
    const { terms, state } = account;
    for (let month = 0; month < 24; month++) {
      const start = Date.UTC(2026, month, 2);
      charge(account, used('time', 500_000n, start, start + 500_000_000));
      const next = Date.UTC(2026, month + 1, 1);
      rateTick(terms, state, next);
      if (month > 0) closeBill(terms, state, Date.UTC(2026, month - 1, 1));
    }
    expect(encodeState(state).length).toBeLessThan(640);
    expect(rateUsage(terms, state, online('2026-03-01T00:00', '2026-03-01T01:00'))).toMatchObject({
      ok: false,
      reason: 'archived',
    });
    // 24 fees and the set-up at least.
    expect(Number(postedTotal(state))).toBeGreaterThan(24 * 20 + 10);
    expect(rateTick(terms, state, Date.UTC(2028, 0, 1))).toEqual({ ok: true, charges: [] });
  });
});

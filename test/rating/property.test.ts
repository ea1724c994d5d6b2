import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadRater } from '../../daemon/plans/load-code.ts';
import {
  type AccountTerms,
  addDecimal,
  billOf,
  closeBill,
  compilePlan,
  copyState,
  decodeState,
  encodeState,
  interpretPlan,
  newAccountState,
  type Plan,
  postedTotal,
  type RatedCharge,
  type Rater,
  rateTick,
  rateUsage,
  type UsageEvent,
} from '../../rating/index.ts';
import { planOf, split } from './harness.ts';

const RUNS = Number(process.env.METERD_PROPERTY_RUNS ?? 150);
const ZONES = ['UTC', 'Europe/Paris', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/Sao_Paulo'];

const period = fc.constantFrom('month', 'cycle', 'week', 'day', 'life');
const price = fc
  .tuple(fc.integer({ min: -300, max: 5000 }), fc.integer({ min: 0, max: 4 }))
  .map(([n, places]) => (n / 10 ** places).toFixed(places));
const hour = fc.integer({ min: 0, max: 23 }).map((h) => `${String(h).padStart(2, '0')}:30`);

const rater = (unit: string, perEvent: fc.Arbitrary<string>) =>
  fc
    .record({
      per: perEvent,
      period,
      mode: fc.constantFrom('graduated', 'volume'),
      increment: fc.option(fc.integer({ min: 1, max: 5000 })),
      firstIncrement: fc.option(fc.integer({ min: 1, max: 9000 })),
      edges: fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 3 }),
      prices: fc.array(price, { minLength: 4, maxLength: 4 }),
      constants: fc.array(fc.constantFrom('0', '0', '1.5', '0.0000004'), { minLength: 4, maxLength: 4 }),
      start: fc.boolean(),
    })
    .map((r) => {
      const property = (name: string, value: unknown) =>
        value === null ? '' : `<property name="${name}" value="${value}"/>`;
      const upper = [...r.edges].sort((a, b) => a - b).map((edge) => ` upTo="${edge}"`);
      const steps = [...upper, ''].map((upTo, i) => {
        const at = i === 0 && r.start && r.per === 'period' ? ' constantAt="start"' : '';
        return `<step${upTo} multiplier="${r.prices[i]}" constant="${r.constants[i]}"${at}/>`;
      });
      return (
        ['per', 'period', 'mode', 'increment', 'firstIncrement']
          .map((name) => property(name, r[name as keyof typeof r]))
          .join('') +
        property('unit', unit) +
        steps.join('')
      );
    });

const anyPer = fc.constantFrom('period', 'event');

const planXml = fc
  .record({
    scale: fc.integer({ min: 0, max: 8 }),
    free: fc.record({ limit: fc.integer({ min: 0, max: 120 }), period }),
    freeData: fc.record({ limit: fc.integer({ min: 0, max: 4 }), period }),
    window: fc.tuple(hour, hour).filter(([a, b]) => a !== b),
    days: fc.constantFrom('mon-fri', 'sat,sun', 'fri-mon', 'wed'),
    inside: rater('hour', anyPer),
    outside: rater('minute', anyPer),
    weekly: rater('hour', anyPer),
    dataIn: rater('MB', anyPer),
    dataOut: rater('MiB', anyPer),
    counted: rater('1', anyPer),
    amount: price,
    when: fc.constantFrom('arrears', 'advance'),
  })
  .map(
    (p) => `<plan xmlns="urn:meterd:plan:1" id="random" currency="USD" scale="${p.scale}">
  <primitive id="once" type="OneTimeCharge"><property name="amount" value="${p.amount}"/></primitive>
  <primitive id="monthly" type="MonthlyRecurringCharge"><property name="amount" value="19.99"/><property name="when" value="${p.when}"/></primitive>
  <primitive id="cycle" type="BillingCycleRecurringCharge"><property name="amount" value="${p.amount}"/></primitive>
  <primitive id="free" type="FreeStepRater"><property name="limit" value="${p.free.limit}"/><property name="unit" value="hour"/><property name="period" value="${p.free.period}"/></primitive>
  <primitive id="in" type="DailyTimeFilter"><property name="from" value="${p.window[0]}"/><property name="to" value="${p.window[1]}"/></primitive>
  <primitive id="out" type="DailyTimeFilter"><property name="from" value="${p.window[1]}"/><property name="to" value="${p.window[0]}"/></primitive>
  <primitive id="week" type="WeeklyTimeFilter"><property name="days" value="${p.days}"/><property name="from" value="${p.window[1]}"/><property name="to" value="${p.window[0]}"/></primitive>
  <primitive id="inRate" type="StepRater">${p.inside}</primitive>
  <primitive id="outRate" type="StepRater">${p.outside}</primitive>
  <primitive id="weekRate" type="StepRater">${p.weekly}</primitive>
  <primitive id="data" type="UsageTypeSelector"><property name="types" value="octets"/></primitive>
  <primitive id="freeData" type="FreeStepRater"><property name="limit" value="${p.freeData.limit}"/><property name="unit" value="GB"/><property name="period" value="${p.freeData.period}"/></primitive>
  <primitive id="onlyIn" type="UsageTypeSelector"><property name="types" value="octets-in"/></primitive>
  <primitive id="onlyOut" type="UsageTypeSelector"><property name="types" value="octets-out"/></primitive>
  <primitive id="dataIn" type="StepRater">${p.dataIn}</primitive>
  <primitive id="dataOut" type="StepRater">${p.dataOut}</primitive>
  <primitive id="counted" type="StepRater">${p.counted}</primitive>
  <primitive id="sum" type="Adder"/><primitive id="post" type="AccountFinalizer"/>
  ${[
    'usage free',
    'free in',
    'free out',
    'usage week',
    'in inRate',
    'out outRate',
    'week weekRate',
    'usage data',
    'data freeData',
    'freeData onlyIn',
    'freeData onlyOut',
    'onlyIn dataIn',
    'onlyOut dataOut',
    'usage counted',
  ]
    .concat(
      ['once', 'monthly', 'cycle', 'inRate', 'outRate', 'weekRate', 'dataIn', 'dataOut', 'counted'].map(
        (id) => `${id} sum`,
      ),
      'sum post',
    )
    .map((pair) => `<connection from="${pair.split(' ')[0]}" to="${pair.split(' ')[1]}"/>`)
    .join('')}
</plan>`,
  );

// Around the Paris and New York changes of clocks of spring 2026.
const BASE = Date.UTC(2026, 2, 1);
const minutes = (max: number) => fc.integer({ min: 0, max });
const clockTime = fc.record({
  start: minutes(60 * 24 * 45),
  length: minutes(60 * 50),
  session: fc.constantFrom(undefined, 's1', 's2'),
});

/** Time that fills its interval; octets both ways at a whole number a millisecond; counted things. */
const event: fc.Arbitrary<UsageEvent> = fc
  .tuple(
    clockTime,
    fc.constantFrom('time', 'data', 'both', 'downloads'),
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: 0, max: 99 }),
  )
  .map(([{ start, length, session }, kind, rateIn, rateOut]) => {
    const startMs = BASE + start * 60_000;
    const lengthMs = length * 60_000;
    const time = { meter: 'time', quantity: BigInt(length * 60) };
    const data = [
      { meter: 'octets-in', quantity: BigInt(rateIn) * BigInt(lengthMs) },
      { meter: 'octets-out', quantity: BigInt(rateOut) * BigInt(lengthMs) },
    ];
    const readings =
      kind === 'time'
        ? [time]
        : kind === 'data'
          ? data
          : kind === 'both'
            ? [time, ...data]
            : [{ meter: 'downloads', quantity: BigInt(rateOut) }];
    const base = { id: `e${startMs}`, readings, startMs, endMs: startMs + lengthMs, attributes: {} };
    return session === undefined ? base : { ...base, chargeable: session };
  });
const events = fc
  .array(event, { minLength: 1, maxLength: 8 })
  .map((list) => list.map((e, i) => ({ ...e, id: `e${i}` })));
const account = fc.record({ zone: fc.constantFrom(...ZONES), cycleDay: fc.constantFrom(1, 15, 29, 31) });

function termsOf(rater: Rater, who: { zone: string; cycleDay: number }): AccountTerms {
  const always = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
  return { ...who, currency: 'USD', segments: [{ planId: 'random', version: 1, ...always, rater }] };
}

const compiled = (plan: Plan) => loadRater(plan, compilePlan(plan));

function rateAll(terms: AccountTerms, list: readonly UsageEvent[], state = newAccountState()) {
  const charges: RatedCharge[][] = list.map((one) => {
    const result = rateUsage(terms, state, one);
    if (!result.ok) throw new Error(`${result.reason} ${result.detail}`);
    return result.charges;
  });
  const tick = rateTick(terms, state, Date.UTC(2026, 4, 20));
  if (!tick.ok) throw new Error(tick.reason);
  return { state, charges: [...charges, tick.charges] };
}

const total = (charges: readonly RatedCharge[][]) => charges.flat().reduce((sum, c) => addDecimal(sum, c.amount), '0');

describe('on random plans and use', () => {
  it('the compiled plan gives the digits of the interpreted one', () => {
    fc.assert(
      fc.property(planXml, events, account, (xml, list, who) => {
        const plan = planOf(xml);
        const [a, b] = [interpretPlan(plan), compiled(plan)].map((r) => rateAll(termsOf(r, who), list));
        expect(b!.charges).toEqual(a!.charges);
        expect(encodeState(b!.state)).toBe(encodeState(a!.state));
      }),
      { numRuns: RUNS },
    );
  });

  it('splitting is free', () => {
    fc.assert(
      fc.property(
        planXml,
        events,
        account,
        fc.array(fc.integer({ min: 1, max: 60 * 50 }), { maxLength: 6 }),
        (xml, list, who, cuts) => {
          const terms = termsOf(compiled(planOf(xml)), who);
          const parts = list.flatMap((one) =>
            split(
              one,
              cuts.map((m) => one.startMs + m * 60_000),
            ),
          );
          // The whole record is one chargeable event, and so are its parts together.
          const whole = rateAll(
            terms,
            list.map((one) => ({ ...one, chargeable: one.chargeable ?? one.id })),
          );
          const split1 = rateAll(terms, parts);
          const bills = (s: typeof whole) => s.state.bills.map((b) => billOf(terms, s.state, b.fromMs));
          expect(bills(split1)).toEqual(bills(whole));
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('posted charges are what the bills say, before and after closing', () => {
    fc.assert(
      fc.property(planXml, events, account, (xml, list, who) => {
        const terms = termsOf(compiled(planOf(xml)), who);
        const { state, charges } = rateAll(terms, list);
        expect(Number(addDecimal(postedTotal(state), `-${total(charges)}`.replace('--', '')))).toBe(0);
        const starts = state.bills.map((b) => b.fromMs);
        const closing = starts.map((fromMs) => {
          const result = closeBill(terms, state, fromMs);
          if (!result.ok) throw new Error(result.reason);
          return { bill: billOf(terms, state, fromMs), charges: result.charges, fromMs };
        });
        for (const { bill, charges: rounding, fromMs } of closing) {
          const posted = [...charges.flat(), ...rounding]
            .filter((c) => c.periodFromMs === fromMs)
            .reduce((s, c) => addDecimal(s, c.amount), '0');
          expect(Number(addDecimal(posted, `-${bill.total}`.replace('--', '')))).toBe(0);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('no use is lost or doubled on its way through complementary windows', () => {
    const line = (id: string) =>
      `<primitive id="${id}" type="StepRater"><property name="unit" value="B"/><step multiplier="1"/></primitive>`;
    const xml = (from: string, to: string) => `<plan xmlns="urn:meterd:plan:1" id="random" currency="USD">
      <primitive id="a" type="DailyTimeFilter"><property name="from" value="${from}"/><property name="to" value="${to}"/></primitive>
      <primitive id="b" type="DailyTimeFilter"><property name="from" value="${to}"/><property name="to" value="${from}"/></primitive>
      ${line('ra')}${line('rb')}<primitive id="post" type="AccountFinalizer"/>
      <connection from="usage" to="a"/><connection from="usage" to="b"/><connection from="a" to="ra"/><connection from="b" to="rb"/>
      <connection from="ra" to="post"/><connection from="rb" to="post"/></plan>`;
    fc.assert(
      fc.property(
        hour,
        hour,
        account,
        fc.bigInt({ min: 0n, max: 2n ** 70n }),
        minutes(86_400_000 * 40),
        minutes(86_400_000 * 3),
        (from, to, who, quantity, startMs, lengthMs) => {
          fc.pre(from !== to);
          const terms = termsOf(compiled(planOf(xml(from, to))), who);
          const one = {
            id: 'e',
            readings: [{ meter: 'octets-in', quantity }],
            startMs: BASE + startMs,
            endMs: BASE + startMs + lengthMs,
            attributes: {},
          };
          const result = rateUsage(terms, newAccountState(), one);
          expect(result.ok && result.charges.reduce((sum, c) => sum + c.baseQuantity, 0n)).toBe(quantity);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('a state survives being written, read and copied', () => {
    fc.assert(
      fc.property(planXml, events, events, account, (xml, before, after, who) => {
        const terms = termsOf(compiled(planOf(xml)), who);
        const { state } = rateAll(terms, before);
        const [read, copy] = [decodeState(encodeState(state)), copyState(state)];
        const text = encodeState(state);
        const [a, b] = [read, copy].map((s) => rateAll(terms, after, s).charges);
        expect(encodeState(state)).toBe(text);
        const c = rateAll(terms, after, state).charges;
        expect([a, b]).toEqual([c, c]);
      }),
      { numRuns: Math.ceil(RUNS / 3) },
    );
  });
});

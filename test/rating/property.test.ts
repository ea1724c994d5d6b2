import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadRater } from '../../daemon/plans/load-code.ts';
import {
  type AccountTerms,
  addDecimal,
  attributesRead,
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
  type RatingTables,
  rateTick,
  rateUsage,
  readPlan,
  type UsageEvent,
  type UseFlag,
} from '../../rating/index.ts';
import { planOf, split } from './harness.ts';
import { account, allTypes, events, planXml, randomTables, repriced, typesIn } from './random-plan.ts';

const RUNS = Number(process.env.METERD_PROPERTY_RUNS ?? 150);
const tables = randomTables();
/** When the second version of the plan begins. */
const CHANGE = Date.UTC(2026, 2, 18, 11, 30);
const END = Date.UTC(2028, 4, 20);

interface Who {
  readonly zone: string;
  readonly cycleDay: number;
}

const compiled = (plan: Plan) => loadRater(plan, compilePlan(plan));

/** Two versions of a plan, an account that moves and is exempt for a while, and tables. */
function termsOf(make: (plan: Plan) => Rater, xml: string, who: Who, given: RatingTables = tables): AccountTerms {
  const [first, second] = [make(planOf(xml)), make(planOf(repriced(xml)))];
  return {
    ...who,
    currency: 'USD',
    tables: given,
    places: [
      { fromMs: Number.NEGATIVE_INFINITY, place: 'FR/75' },
      { fromMs: Date.UTC(2026, 2, 25), place: 'FR' },
    ],
    exemptions: [{ tax: 'local', fromMs: Date.UTC(2026, 2, 5), toMs: Date.UTC(2026, 2, 9) }],
    segments: [
      { planId: 'random', version: 1, fromMs: Number.NEGATIVE_INFINITY, toMs: CHANGE, rater: first },
      { planId: 'random', version: 2, fromMs: CHANGE, toMs: Number.POSITIVE_INFINITY, rater: second },
    ],
  };
}

function rateAll(terms: AccountTerms, list: readonly UsageEvent[], state = newAccountState()) {
  const flags: UseFlag[] = [];
  const charges: RatedCharge[][] = list.map((one) => {
    const result = rateUsage(terms, state, one);
    if (!result.ok) throw new Error(`${result.reason} ${result.detail}`);
    flags.push(...(result.flags ?? []));
    return result.charges;
  });
  const tick = rateTick(terms, state, END);
  if (!tick.ok) throw new Error(`${tick.reason} ${tick.detail}`);
  return { state, charges: [...charges, tick.charges], flags };
}

const own = (charges: readonly RatedCharge[]) => charges.filter((charge) => charge.account === undefined);
const total = (charges: readonly RatedCharge[]) => charges.reduce((sum, c) => addDecimal(sum, c.amount), '0');
const negative = (amount: string) => `-${amount}`.replace('--', '');
const difference = (a: string, b: string) => Number(addDecimal(a, negative(b)));
/** Sums by what tells charges apart, of those that came to anything. */
function sums(charges: readonly RatedCharge[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const c of charges) {
    const key = [c.account ?? '', c.planId, c.version, c.primitive, c.label, c.kind, c.periodFromMs].join('|');
    found.set(key, addDecimal(found.get(key) ?? '0', c.amount));
  }
  return new Map([...found].filter(([, amount]) => Number(amount) !== 0).sort());
}

describe('on random plans and use', () => {
  it('plans have every primitive, and no errors', () => {
    const types = new Set(fc.sample(planXml, 200).flatMap(typesIn));
    expect([...types].sort()).toEqual([...allTypes].sort());
    for (const xml of fc.sample(planXml, 50)) {
      const problems = readPlan(xml).problems.filter(({ severity }) => severity === 'error');
      expect(problems, xml).toEqual([]);
    }
  });

  it('the compiled plan gives the digits of the interpreted one', () => {
    fc.assert(
      fc.property(planXml, events, account, (xml, list, who) => {
        const [a, b] = [interpretPlan as (plan: Plan) => Rater, compiled].map((make) =>
          rateAll(termsOf(make, xml, who), list),
        );
        expect(b!.charges).toEqual(a!.charges);
        expect(b!.flags).toEqual(a!.flags);
        expect(encodeState(b!.state)).toEqual(encodeState(a!.state));
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  it('attributes that no primitive names as read change nothing', () => {
    fc.assert(
      fc.property(planXml, events, account, (xml, list, who) => {
        const terms = termsOf(interpretPlan, xml, who);
        const read = list.map((one) => ({ ...one, attributes: attributesRead(terms, one.attributes) }));
        expect(rateAll(terms, read).charges).toEqual(rateAll(terms, list).charges);
      }),
      { numRuns: Math.ceil(RUNS / 3), endOnFailure: true },
    );
  });

  it('splitting is free', () => {
    const cutting = fc.array(fc.integer({ min: 1, max: 60 * 50 }), { maxLength: 6 });
    fc.assert(
      fc.property(planXml, events, account, cutting, (xml, list, who, cuts) => {
        const terms = termsOf(compiled, xml, who);
        const parts = list.flatMap((one) =>
          split(
            one,
            cuts.map((m) => one.startMs + m * 60_000),
          ).map((part, i) => (i === 0 ? part : { ...part, attributes: { ...part.attributes, sizeOctets: '0' } })),
        );
        // The whole record is one chargeable event, and so are its parts together.
        const whole = rateAll(
          terms,
          list.map((one) => ({ ...one, chargeable: one.chargeable ?? one.id })),
        );
        const apart = rateAll(terms, parts);
        // A part may charge what a later one takes back: a bill on which nothing is left is as good as none.
        const bills = (s: typeof whole) =>
          s.state.bills
            .map((b) => billOf(terms, s.state, b.fromMs))
            .filter(({ lines, allowances }) => lines.length + allowances.length > 0);
        expect(bills(apart)).toEqual(bills(whole));
        expect(sums(apart.charges.flat())).toEqual(sums(whole.charges.flat()));
        const flagged = (s: typeof whole) => s.flags.map(({ primitive, periodFromMs }) => [primitive, periodFromMs]);
        expect(flagged(apart)).toEqual(flagged(whole));
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  it('posted charges are what the bills say, before and after closing', () => {
    fc.assert(
      fc.property(planXml, events, account, (xml, list, who) => {
        const terms = termsOf(compiled, xml, who);
        const { state, charges } = rateAll(terms, list);
        expect(difference(postedTotal(state), total(own(charges.flat())))).toBe(0);
        const closing = state.bills.map(({ fromMs }) => {
          const result = closeBill(terms, copyState(state), fromMs);
          if (!result.ok) throw new Error(result.reason);
          return { bill: billOf(terms, state, fromMs), charges: result.charges, fromMs };
        });
        for (const { bill, charges: rounding, fromMs } of closing) {
          expect(difference(total(bill.lines as unknown as RatedCharge[]), bill.total)).toBe(0);
          const posted = [...own(charges.flat()), ...rounding].filter((c) => c.periodFromMs === fromMs);
          expect(difference(total(posted), bill.total)).toBe(0);
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  it('the order in which bills are closed among late records changes no sum', () => {
    fc.assert(
      fc.property(planXml, events, events, account, (xml, before, late, who) => {
        const terms = termsOf(compiled, xml, who);
        const { state, charges } = rateAll(terms, before);
        const closed = state.bills.slice(0, 2).flatMap(({ fromMs }) => {
          const result = closeBill(terms, state, fromMs);
          return result.ok ? result.charges : [];
        });
        const after = rateAll(terms, late, state).charges.flat();
        expect(difference(postedTotal(state), total(own([...charges.flat(), ...closed, ...after])))).toBe(0);
      }),
      { numRuns: Math.ceil(RUNS / 3), endOnFailure: true },
    );
  });

  it('a replay gives the same, also from a state written, read and copied in between', () => {
    fc.assert(
      fc.property(planXml, events, events, account, (xml, before, after, who) => {
        const terms = termsOf(compiled, xml, who);
        const { state } = rateAll(terms, before);
        expect(encodeState(rateAll(terms, before).state)).toEqual(encodeState(state));
        const [read, copy] = [decodeState(encodeState(state)), copyState(state)];
        const text = encodeState(state);
        const [a, b] = [read, copy].map((s) => rateAll(terms, after, s).charges);
        expect(encodeState(state)).toEqual(text);
        const c = rateAll(terms, after, state).charges;
        expect([a, b]).toEqual([c, c]);
      }),
      { numRuns: Math.ceil(RUNS / 3), endOnFailure: true },
    );
  });

  it('a record is refused without a trace where a table, a rate or an attribute is missing', () => {
    const missing = fc.constantFrom('taxes', 'rates', 'dialPlans', 'locations', 'holidays', 'attributes');
    fc.assert(
      fc.property(planXml, events, account, missing, (xml, list, who, what) => {
        const without = what === 'attributes' ? tables : { ...tables, [what]: undefined };
        const outcomes = [interpretPlan as (plan: Plan) => Rater, compiled].map((make) => {
          const terms = termsOf(make, xml, who, without);
          const state = newAccountState();
          return list.map((one) => {
            const before = encodeState(state);
            const event = what === 'attributes' ? { ...one, attributes: {} } : one;
            const result = rateUsage(terms, state, event);
            if (!result.ok) expect(encodeState(state)).toEqual(before);
            return result;
          });
        });
        expect(outcomes[1]).toEqual(outcomes[0]);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});

describe('conservation', () => {
  const line = (id: string, unit = 'B') =>
    `<primitive id="${id}" type="StepRater"><property name="unit" value="${unit}"/><step multiplier="1"/></primitive>`;
  const wired = (body: string) =>
    `<plan xmlns="urn:meterd:plan:1" id="p" currency="USD">${body}${line('ra')}${line('rb')}<primitive id="post" type="AccountFinalizer"/>
    <connection from="a" to="ra"/><connection from="b" to="rb"/><connection from="ra" to="post"/><connection from="rb" to="post"/></plan>`;
  const pair = (type: string, a: string, b: string, from = 'usage') =>
    `<primitive id="a" type="${type}">${a}</primitive><primitive id="b" type="${type}">${b}</primitive><connection from="${from}" to="a"/><connection from="${from}" to="b"/>`;
  const property = (name: string, value: string) => `<property name="${name}" value="${value}"/>`;
  const threshold = (mode: string) =>
    property('threshold', '123456789') + property('unit', 'B') + property('mode', mode);
  const ways = {
    'windows of the day': pair(
      'DailyTimeFilter',
      property('from', '06:30') + property('to', '22:15'),
      property('from', '22:15') + property('to', '06:30'),
    ),
    'days of the week': pair('WeeklyTimeFilter', property('days', 'mon-fri'), property('days', 'sat,sun')),
    'special days': pair(
      'SpecialDaysTimeFilter',
      property('days', '--03-08,2026-03-29'),
      property('days', '--03-08,2026-03-29') + property('mode', 'exclude'),
    ),
    'a threshold of the day': `<primitive id="t" type="DailyAccumulator">${property('unit', 'B')}</primitive><connection from="usage" to="t"/>${pair('ThresholdFilter', threshold('above'), threshold('below'), 't')}`,
    'a threshold of the record': pair('ThresholdFilter', threshold('above'), threshold('below')),
  };
  const quantity = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 70n }),
    fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n),
  );

  it.each(Object.entries(ways))('no octet is lost or doubled on its way through %s', (_, body) => {
    const plan = planOf(wired(body));
    fc.assert(
      fc.property(
        account,
        quantity,
        quantity,
        fc.integer({ min: 0, max: 86_400_000 * 40 }),
        fc.integer({ min: 0, max: 86_400_000 * 3 }),
        fc.constantFrom(undefined, 's'),
        (who, octetsIn, octetsOut, startMs, lengthMs, chargeable) => {
          const always = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
          const segments = [{ planId: 'p', version: 1, ...always, rater: compiled(plan) }];
          const one = {
            id: 'e',
            readings: [
              { meter: 'octets-in', quantity: octetsIn },
              { meter: 'octets-out', quantity: octetsOut },
            ],
            startMs: Date.UTC(2026, 2, 1) + startMs,
            endMs: Date.UTC(2026, 2, 1) + startMs + lengthMs,
            attributes: {},
            ...(chargeable ? { chargeable } : {}),
          };
          const result = rateUsage({ ...who, currency: 'USD', segments }, newAccountState(), one);
          expect(result.ok && result.charges.reduce((sum, c) => sum + c.baseQuantity, 0n)).toBe(octetsIn + octetsOut);
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});

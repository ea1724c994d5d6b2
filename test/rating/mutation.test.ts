/** Whether the laws that rating is held to would notice if it went wrong: each seeded mutation must break one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { AccountTerms, Rater, UsageEvent } from '../../rating/index.ts';
import { split, stepPlan } from './harness.ts';
import { mutant, mutations, type RatingModule } from './mutants.ts';
import { account, events, planXml, randomTables, repriced } from './random-plan.ts';

const CASES = 30;
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function ratersOf(rating: RatingModule, xml: string): { compiled: Rater; interpreted: Rater } {
  const { plan } = rating.readPlan(xml);
  const { source, constants } = rating.compilePlan(plan!);
  const functions = new Function('C', 'R', source)(constants, rating.compiledRuntime);
  return { compiled: rating.compiledRater(plan!, functions), interpreted: rating.interpretPlan(plan!) };
}

/** What a run comes to, as text: every answer, and the state that is left. */
function runOf(rating: RatingModule, terms: AccountTerms, list: readonly UsageEvent[]) {
  const state = rating.newAccountState();
  const answers = list.map((event) => rating.rateUsage(terms, state, event));
  rating.rateTick(terms, state, Date.UTC(2028, 4, 20));
  const bills = state.bills.map(({ fromMs }) => rating.billOf(terms, state, fromMs));
  const show = (value: unknown) =>
    JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? `${part}n` : part));
  return { answers: show(answers), state: show([...rating.encodeState(state)]), bills: show(bills) };
}

const always = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
const noon = Date.UTC(2026, 2, 10, 12);

/** What a plan posts for events one after the other, by both evaluators; its second version begins at noon. */
function postedFor(rating: RatingModule, xml: string, list: readonly UsageEvent[]): string[] {
  return Object.values(ratersOf(rating, xml)).map((rater) => {
    const segments = [
      { planId: 'p', version: 1, fromMs: always.fromMs, toMs: noon, rater },
      { planId: 'p', version: 2, fromMs: noon, toMs: always.toMs, rater },
    ];
    const state = rating.newAccountState();
    for (const event of list) rating.rateUsage({ currency: 'USD', zone: 'UTC', cycleDay: 1, segments }, state, event);
    return rating.postedTotal(state);
  });
}

const counted = (quantity: bigint, atMs: number): UsageEvent => ({
  id: String(atMs),
  readings: [{ meter: 'downloads', quantity }],
  startMs: atMs,
  endMs: atMs,
  attributes: {},
});
const property = (name: string, value: string) => `<property name="${name}" value="${value}"/>`;
const planText = (body: string) =>
  `<plan xmlns="urn:meterd:plan:1" id="p" currency="USD">${body}<primitive id="post" type="AccountFinalizer"/></plan>`;
const rated = (id: string, from: string, unit: string, price: string) =>
  `<primitive id="${id}" type="StepRater">${property('unit', unit)}<step multiplier="${price}"/></primitive><connection from="${from}" to="${id}"/><connection from="${id}" to="post"/>`;
const selected = (id: string, from: string, types: string) =>
  `<primitive id="${id}" type="UsageTypeSelector">${property('types', types)}</primitive><connection from="${from}" to="${id}"/>`;

/** Amounts worked by hand (DESIGN §3): once, and again under a version that changes no price. */
function knowsItsNumbers(rating: RatingModule): boolean {
  const graduated = '<step upTo="10" multiplier="10" constant="2"/><step multiplier="5" constant="3"/>';
  const steps: [Record<string, string>, string, bigint, string, string][] = [
    [{}, graduated, 10n, '102.000000', '155.000000'],
    [{ per: 'event' }, graduated, 10n, '102.000000', '204.000000'],
    [{}, graduated, 11n, '110.000000', '165.000000'],
    [
      { mode: 'volume' },
      '<step upTo="100" multiplier="2" constant="10"/><step multiplier="1"/>',
      100n,
      '210.000000',
      '200.000000',
    ],
    [{ increment: '1000' }, '<step multiplier="1"/>', 1400n, '2000.000000', '3000.000000'],
    [{}, '<step multiplier="0.0000005"/>', 1n, '0.000001', '0.000001'],
  ];
  const [hourMs, gigabyte] = [3_600_000, 1_000_000_000n];
  const evening = planText(
    `<primitive id="day" type="DailyTimeFilter">${property('from', '08:00')}${property('to', '19:00')}</primitive><connection from="usage" to="day"/>${rated('r', 'day', 'hour', '1')}`,
  );
  const hours = { ...counted(0n, noon), readings: [{ meter: 'time', quantity: 36_000n }], endMs: noon + 10 * hourMs };
  // Half a gigabyte either way is free: 0.5 × 1 + 0.5 × 10.
  const shared = planText(
    `${selected('data', 'usage', 'octets')}<primitive id="free" type="FreeStepRater">${property('limit', '1')}${property('unit', 'GB')}</primitive><connection from="data" to="free"/>${selected('in', 'free', 'octets-in')}${selected('out', 'free', 'octets-out')}${rated('ri', 'in', 'GB', '1')}${rated('ro', 'out', 'GB', '10')}`,
  );
  const both = ['octets-in', 'octets-out'].map((meter) => ({ meter, quantity: gigabyte }));
  const data = { ...counted(0n, noon), readings: both, endMs: noon + hourMs };
  const calls = planText(
    '<primitive id="c" type="E164DialPlanRater"><prefix digits="1" rate="0.06" setup="0.5"/></primitive><connection from="usage" to="c"/><connection from="c" to="post"/>',
  );
  const call = (atMs: number): UsageEvent => ({
    ...counted(0n, atMs),
    readings: [{ meter: 'voice', quantity: 100n }],
    attributes: { calledNumber: '12025550123' },
    chargeable: 'call',
  });
  const cases: [string, UsageEvent[], string][] = [
    ...steps.flatMap(([properties, text, quantity, once, twice]): [string, UsageEvent[], string][] => {
      const xml = stepPlan({ unit: '1', ...properties }, text);
      const [first, second] = [counted(quantity, noon - 1000), counted(quantity, noon)];
      return [
        [xml, [first], once],
        [xml, [first, second], twice],
      ];
    }),
    [evening, [hours], '7.000000'],
    [shared, [data], '5.500000'],
    [calls, [call(noon), call(noon + 1000)], '0.700000'],
  ];
  return cases.every(([xml, list, expected]) => postedFor(rating, xml, list).every((posted) => posted === expected));
}

/** Whether all laws hold for a copy of rating on the same random plans and use. */
function holds(rating: RatingModule, shown: readonly string[]): boolean {
  if (!knowsItsNumbers(rating) || shown.length > 0) return false;
  const tables = randomTables();
  const cases = fc.sample(fc.tuple(planXml, events, account), { seed: 20261121, numRuns: CASES });
  for (const [n, [xml, list, who]] of cases.entries()) {
    const [first, second] = [ratersOf(rating, xml), ratersOf(rating, repriced(xml))];
    const change = Date.UTC(2026, 2, 18, 11, 30);
    const termsOf = (kind: 'compiled' | 'interpreted', given = tables): AccountTerms => ({
      ...who,
      currency: 'USD',
      tables: given,
      places: [{ fromMs: Number.NEGATIVE_INFINITY, place: 'FR/75' }],
      segments: [
        { planId: 'random', version: 1, fromMs: Number.NEGATIVE_INFINITY, toMs: change, rater: first[kind] },
        { planId: 'random', version: 2, fromMs: change, toMs: Number.POSITIVE_INFINITY, rater: second[kind] },
      ],
    });
    const [compiled, interpreted] = [
      runOf(rating, termsOf('compiled'), list),
      runOf(rating, termsOf('interpreted'), list),
    ];
    if (JSON.stringify(compiled) !== JSON.stringify(interpreted)) return false;
    const whole = list.map((one) => ({ ...one, chargeable: one.chargeable ?? one.id }));
    const parts = list.flatMap((one) =>
      split(one, [one.startMs + 3_600_000 * (n % 7) + 60_000, one.startMs + 7_260_000]).map((part, i) =>
        i === 0 ? part : { ...part, attributes: { ...part.attributes, sizeOctets: '0' } },
      ),
    );
    if (runOf(rating, termsOf('compiled'), parts).bills !== runOf(rating, termsOf('compiled'), whole).bills)
      return false;
    const { rates: _, ...lacking } = tables;
    const state = rating.newAccountState();
    const empty = String(rating.encodeState(state));
    const refused = list.every((event) => !rating.rateUsage(termsOf('compiled', lacking), state, event).ok);
    if (refused && String(rating.encodeState(state)) !== empty) return false;
  }
  return true;
}

/** Examples of the descriptors that come out otherwise than shown, with either evaluator. */
function examplesAmiss(rating: RatingModule): string[] {
  return rating.primitives.flatMap(({ type, examples }) =>
    examples.flatMap((example) => {
      const currency = example.plan.includes('CurrencyConverter') ? 'EUR' : 'USD';
      const xml = `<plan xmlns="urn:meterd:plan:1" id="p" currency="${currency}">${example.plan}<primitive id="post" type="AccountFinalizer"/></plan>`;
      return Object.values(ratersOf(rating, xml)).flatMap((rater) => {
        let tables = {};
        for (const [path, text] of Object.entries(example.tables ?? {})) {
          const [kind, name] = path.split('/') as ['taxes', string];
          const read = rating.withTable(tables, { kind, name }, text);
          if ('tables' in read) tables = read.tables;
        }
        const terms: AccountTerms = {
          currency: example.currency ?? 'USD',
          zone: 'UTC',
          cycleDay: 1,
          tables,
          places: [{ fromMs: always.fromMs, place: example.place ?? '' }],
          segments: [{ planId: 'p', version: 1, ...always, rater }],
        };
        const state = rating.newAccountState();
        for (const [i, [meter, quantity, start, end, attributes = {}]] of example.use.entries()) {
          const readings = [{ meter, quantity: BigInt(quantity) }];
          const [startMs, endMs] = [Date.parse(`${start}Z`), Date.parse(`${end}Z`)];
          rating.rateUsage(terms, state, { id: `e${i}`, readings, startMs, endMs, attributes });
        }
        if (example.until) rating.rateTickUntil(terms, state, Date.parse(example.until), Date.parse(example.until));
        const lines = state.bills.flatMap((bill) => rating.billOf(terms, state, bill.fromMs).lines);
        const amiss =
          JSON.stringify(lines.map(({ label, amount }) => [label, amount])) !== JSON.stringify(example.bill);
        return amiss ? [type] : [];
      });
    }),
  );
}

async function copyWith(mutation: (typeof mutations)[number] | null): Promise<RatingModule> {
  const folder = mkdtempSync(join(tmpdir(), 'meterd-mutant-'));
  folders.push(folder);
  return mutant(folder, mutation);
}

describe('the laws of rating', () => {
  it('hold for rating as it is', async () => {
    const rating = await copyWith(null);
    expect(examplesAmiss(rating)).toEqual([]);
    expect(holds(rating, [])).toBe(true);
  });

  it.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
    'are broken when %s',
    async (_, mutation) => {
      const rating = await copyWith(mutation);
      expect(holds(rating, examplesAmiss(rating))).toBe(false);
    },
  );
});

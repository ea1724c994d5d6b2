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

const CASES = 40;
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
  return { answers: show(answers), state: rating.encodeState(state), bills: show(bills) };
}

/** Amounts worked by hand (DESIGN §3): graduated, volume, increments, and a version that changes nothing. */
function knowsItsNumbers(rating: RatingModule): boolean {
  const cases: [Record<string, string>, string, bigint, string][] = [
    [{}, '<step upTo="10" multiplier="10" constant="2"/><step multiplier="5" constant="3"/>', 10n, '102.000000'],
    [{}, '<step upTo="10" multiplier="10" constant="2"/><step multiplier="5" constant="3"/>', 11n, '110.000000'],
    [{ mode: 'volume' }, '<step upTo="100" multiplier="2" constant="10"/><step multiplier="1"/>', 100n, '210.000000'],
    [{ increment: '1000' }, '<step multiplier="1"/>', 1400n, '2000.000000'],
    [{}, '<step multiplier="0.0000005"/>', 1n, '0.000001'],
  ];
  return cases.every(([properties, steps, quantity, expected]) =>
    Object.values(ratersOf(rating, stepPlan({ unit: '1', ...properties }, steps))).every((rater) => {
      const from = Date.UTC(2026, 2, 10);
      const segment = { planId: 'p', rater };
      const segments = [
        { ...segment, version: 1, fromMs: Number.NEGATIVE_INFINITY, toMs: from },
        { ...segment, version: 2, fromMs: from, toMs: Number.POSITIVE_INFINITY },
      ];
      const terms = { currency: 'USD', zone: 'UTC', cycleDay: 1, segments };
      const state = rating.newAccountState();
      const readings = [{ meter: 'downloads', quantity }];
      rating.rateUsage(terms, state, { id: 'a', readings, startMs: from - 1000, endMs: from - 1000, attributes: {} });
      rating.rateUsage(terms, state, {
        id: 'b',
        readings: [{ meter: 'downloads', quantity: 0n }],
        startMs: from,
        endMs: from,
        attributes: {},
      });
      const once = rating.postedTotal(state) === expected;
      // One more, under the second version: nothing of what is past is charged again.
      const more = { id: 'c', readings, startMs: from, endMs: from, attributes: {} };
      const result = rating.rateUsage(terms, state, more);
      const amount = result.ok
        ? result.charges.reduce((sum, charge) => rating.addDecimal(sum, charge.amount), '0')
        : '';
      return once && Number(amount) < 2.2 * Number(expected);
    }),
  );
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
    const empty = rating.encodeState(state);
    const refused = list.every((event) => !rating.rateUsage(termsOf('compiled', lacking), state, event).ok);
    if (refused && rating.encodeState(state) !== empty) return false;
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
        const always = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
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

/** The worked examples of the descriptors, with both evaluators: what the docs show is what is charged. */
import { describe, expect, it } from 'vitest';
import {
  type AccountTerms,
  billOf,
  newAccountState,
  type PrimitiveExample,
  primitives,
  type RatedCharge,
  rateTickUntil,
  rateUsage,
  type UseFlag,
} from '../../rating/index.ts';
import { accountOn, at, evaluators, planOf, tablesOf } from './harness.ts';

function planOfExample({ plan }: PrimitiveExample): string {
  return `<plan xmlns="urn:meterd:plan:1" id="p" currency="${plan.includes('CurrencyConverter') ? 'EUR' : 'USD'}">${plan}
    <primitive id="post" type="AccountFinalizer"/></plan>`;
}

const cases = primitives.flatMap((primitive) =>
  primitive.examples.flatMap((example) =>
    evaluators.map((evaluator) => ({
      name: `${primitive.type}, ${evaluator.name}: ${example.title}`,
      example,
      evaluator,
    })),
  ),
);

describe('the example of', () => {
  it.each(cases)('$name', ({ example, evaluator }) => {
    const rater = evaluator.rater(planOf(planOfExample(example)));
    const options: Partial<AccountTerms> = {
      currency: example.currency ?? 'USD',
      tables: tablesOf(example.tables),
      ...(example.place === undefined ? {} : { places: [{ fromMs: Number.NEGATIVE_INFINITY, place: example.place }] }),
    };
    const { terms } = accountOn(rater, options);
    const state = newAccountState();
    const charges: RatedCharge[] = [];
    const flags: UseFlag[] = [];
    for (const [i, [meter, quantity, start, end, attributes = {}]] of example.use.entries()) {
      const readings = [{ meter, quantity: BigInt(quantity) }];
      const event = { id: `e${i}`, readings, startMs: at(start), endMs: at(end), attributes };
      const result = rateUsage(terms, state, event);
      if (!result.ok) throw new Error(`${result.reason}: ${result.detail}`);
      charges.push(...result.charges);
      flags.push(...(result.flags ?? []));
    }
    if (example.until !== undefined) {
      const endMs = at(`${example.until}T00:00`);
      const result = rateTickUntil(terms, state, endMs, endMs);
      if (!result.ok) throw new Error(`${result.reason}: ${result.detail}`);
      charges.push(...result.charges);
    }
    const lines = state.bills.flatMap((bill) => billOf(terms, state, bill.fromMs).lines);
    expect(lines.map(({ label, amount }) => [label, amount])).toEqual(example.bill);
    const elsewhere = charges.filter((charge) => charge.account !== undefined);
    expect(elsewhere.map(({ account, label, amount }) => [account, label, amount])).toEqual(example.elsewhere ?? []);
    expect(flags.map(({ label }) => label)).toEqual(example.flags ?? []);
  });

  it('every primitive is there', () => {
    for (const { type, examples } of primitives) expect(examples, type).not.toEqual([]);
  });
});

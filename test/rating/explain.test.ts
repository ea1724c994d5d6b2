import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadRater } from '../../daemon/plans/load-code.ts';
import {
  type ChargeTrace,
  compilePlan,
  encodeState,
  explainUsage,
  newAccountState,
  rateUsage,
  type TraceTerm,
  unitNamed,
} from '../../rating/index.ts';
import { accountOn, at, exampleText, online, planOf } from './harness.ts';
import { account, events, planXml, randomTables } from './random-plan.ts';

const RUNS = Number(process.env.METERD_PROPERTY_RUNS ?? 100);

/** A fraction of integers, from `1.25`, `3/4` or `1.5/3600`. */
function fraction(text: string): [bigint, bigint] {
  const [top, bottom = '1'] = text.split('/').map((part) => part.trim());
  const whole = (part: string): [bigint, bigint] => {
    const [before, after = ''] = part.split('.');
    return [BigInt(before! + after), 10n ** BigInt(after.length)];
  };
  const [[a, b], [c, d]] = [whole(top!), whole(bottom)];
  return [a * d, b * c];
}
const plus = ([a, b]: [bigint, bigint], [c, d]: [bigint, bigint]): [bigint, bigint] => [a * d + c * b, b * d];
const times = ([a, b]: [bigint, bigint], [c, d]: [bigint, bigint]): [bigint, bigint] => [a * c, b * d];

function worthOf({ quantity, unit, multiplier, constant }: TraceTerm): [bigint, bigint] {
  const used = times(fraction(quantity), [1n, unit === '' ? 1n : unitNamed(unit)!.base]);
  return plus(times(used, fraction(multiplier)), fraction(constant));
}

/** Half away from zero, by schoolbook. */
function rounded([top, bottom]: [bigint, bigint], scale: number): bigint {
  const n = top * 10n ** BigInt(scale);
  const negative = n < 0n;
  const magnitude = ((negative ? -n : n) * 2n + bottom) / (2n * bottom);
  return negative ? -magnitude : magnitude;
}

function checkStep(step: ChargeTrace, scale: number): void {
  if (step.amount === undefined) return;
  const [before, after] = [fraction(step.before!), fraction(step.after!)];
  const multiplied = step.terms!.reduce((sum, term) => plus(sum, worthOf(term)), before);
  expect(multiplied[0] * after[1], JSON.stringify(step)).toBe(after[0] * multiplied[1]);
  expect(rounded(after, scale) - BigInt(step.posted!)).toBe(BigInt(step.amount));
}

describe('the explanation of a charge', () => {
  it('multiplies out to its amount, on random plans and use', () => {
    fc.assert(
      fc.property(planXml, events, account, (xml, list, who) => {
        const plan = planOf(xml);
        const always = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
        const rater = loadRater(plan, compilePlan(plan));
        const terms = {
          ...who,
          currency: 'USD',
          tables: randomTables(),
          places: [{ fromMs: Number.NEGATIVE_INFINITY, place: 'FR/75' }],
          segments: [{ planId: 'random', version: 3, ...always, rater }],
        };
        const state = newAccountState();
        for (const event of list) {
          const before = encodeState(state);
          const { result, steps } = explainUsage(terms, state, event);
          expect(encodeState(state)).toEqual(before);
          expect(result).toEqual(rateUsage(terms, state, event));
          for (const step of steps) {
            checkStep(step, plan.scale);
            expect(step.version).toBe(3);
          }
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  it('says version, path, step, rate, free hours and the edges of each part', () => {
    const plan = planOf(exampleText('evening'));
    const { terms, state } = accountOn(loadRater(plan, compilePlan(plan)));
    rateUsage(terms, state, online('2001-01-02T00:00', '2001-01-06T02:00'));
    const { steps } = explainUsage(terms, state, online('2001-01-08T17:00', '2001-01-08T23:00'));
    expect(
      steps.map(({ primitive, fromMs, toMs, free, passed, charged }) => [
        primitive,
        fromMs,
        toMs,
        free,
        passed,
        charged,
      ]),
    ).toEqual([
      ['free', at('2001-01-08T17:00'), at('2001-01-08T19:00'), '7200', '0', undefined],
      ['free', at('2001-01-08T19:00'), at('2001-01-08T23:00'), '0', '14400', undefined],
      ['peakRate', at('2001-01-08T19:00'), at('2001-01-08T23:00'), undefined, undefined, '4.000000'],
    ]);
    expect(steps[2]).toMatchObject({
      type: 'StepRater',
      version: 1,
      path: ['free', 'peak', 'peakRate'],
      label: 'On-peak hours',
      terms: [{ quantity: '14400', unit: 'hour', multiplier: '1', constant: '0', of: 'step 1' }],
      text: 'hour 0 → 4: 4 × 1 (step 1)',
    });
  });
});

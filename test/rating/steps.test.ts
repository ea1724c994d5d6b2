import { describe, expect, it } from 'vitest';
import { accountOn, charge, evaluators, planOf, split, stepPlan, sum, used } from './harness.ts';

const HOUR = 3_600_000;
const graduated =
  '<step upTo="10" multiplier="10" constant="2"/><step upTo="20" multiplier="5" constant="3"/><step multiplier="5" constant="3"/>';
const volume =
  '<step upTo="100" multiplier="2" constant="10"/><step upTo="200" multiplier="1"/><step multiplier="0.5" constant="50"/>';

/** DESIGN §3, worked numbers: properties, steps, meter, base units, amount. */
const worked: [Record<string, string>, string, string, bigint, number][] = [
  ...[
    [1, 12],
    [10, 102],
    [11, 110],
    [12, 115],
    [21, 163],
  ].map(([n, amount]): [Record<string, string>, string, string, bigint, number] => [
    { unit: '1' },
    graduated,
    'downloads',
    BigInt(n!),
    amount!,
  ]),
  [{ unit: '1', mode: 'volume' }, volume, 'downloads', 100n, 210],
  [{ unit: '1', mode: 'volume' }, volume, 'downloads', 101n, 101],
  [{ unit: '1', mode: 'volume' }, volume, 'downloads', 300n, 200],
  [{ unit: 'kB', mode: 'volume' }, volume, 'octets-in', 100_500n, 100.5],
  [{ unit: 'minute', increment: '1' }, '<step multiplier="0.1"/>', 'time', 180n, 0.3],
  ...[
    [32, 0.0036],
    [57, 0.006],
    [75, 0.0078],
  ].map(([n, amount]): [Record<string, string>, string, string, bigint, number] => [
    { unit: 'minute', per: 'event', firstIncrement: '30', increment: '6' },
    '<step multiplier="0.006"/>',
    'time',
    BigInt(n!),
    amount!,
  ]),
  ...[
    [1, 60],
    [65, 65],
    [132, 132],
  ].map(([n, amount]): [Record<string, string>, string, string, bigint, number] => [
    { unit: 'second', per: 'event', firstIncrement: '60', increment: '1' },
    '<step multiplier="1"/>',
    'time',
    BigInt(n!),
    amount!,
  ]),
];

describe.each(evaluators)('StepRater, $name', ({ rater }) => {
  it.each(worked)('%j of %s: %s %s costs %s', (properties, steps, meter, quantity, amount) => {
    const plan = planOf(stepPlan(properties, steps));
    const event = used(meter, quantity, 0, HOUR);
    expect(Number(sum(charge(accountOn(rater(plan)), event)))).toBe(amount);
    const account = accountOn(rater(plan));
    const parts = split(
      event,
      Array.from({ length: 18 }, (_, i) => (i * HOUR) / 18),
      true,
    );
    expect(Number(sum(parts.flatMap((part) => charge(account, part))))).toBe(amount);
  });

  it('counts increments of the period, not of each record', () => {
    const account = accountOn(rater(planOf(stepPlan({ unit: 'B', increment: '1000' }, '<step multiplier="1"/>'))));
    const [first, second] = [1400n, 1300n].map((n) => charge(account, used('octets-in', n, 0, HOUR))[0]!);
    expect([first!.amount, first!.baseQuantity, second!.amount, second!.baseQuantity]).toEqual([
      '2000.000000',
      2000n,
      '1000.000000',
      1000n,
    ]);
  });

  it('charges increments of each event by itself', () => {
    const account = accountOn(
      rater(planOf(stepPlan({ unit: 'B', increment: '1000', per: 'event' }, '<step multiplier="1"/>'))),
    );
    const events = [used('octets-in', 1400n, 0, HOUR), used('octets-in', 1300n, 0, HOUR)];
    expect(events.map((event) => sum(charge(account, event)))).toEqual(['2000.000000', '2000.000000']);
  });

  it('charges a constant due at the start with the first record or tick of the period', async () => {
    const steps = graduated.replace('constant="2"', 'constant="2" constantAt="start"');
    const account = accountOn(rater(planOf(stepPlan({ unit: '1' }, steps))));
    expect(charge(account, used('time', 1n, 0, 1000)).map((c) => [c.primitive, c.amount, c.baseQuantity])).toEqual([
      ['rate', '2.000000', 0n],
    ]);
    expect(sum(charge(account, used('downloads', 21n, 0, 0)))).toBe('161.000000');
    const { rateTick } = await import('../../rating/index.ts');
    const march = Date.UTC(1970, 2, 1);
    const tick = rateTick(account.terms, account.state, march);
    expect(tick.ok && tick.charges.map((c) => [c.periodFromMs, c.amount])).toEqual([
      [Date.UTC(1970, 1, 1), '2.000000'],
      [march, '2.000000'],
    ]);
    expect(rateTick(account.terms, account.state, march)).toEqual({ ok: true, charges: [] });
  });

  it('posts negatives where the volume price falls', () => {
    const account = accountOn(rater(planOf(stepPlan({ unit: '1', mode: 'volume' }, volume))));
    charge(account, used('downloads', 100n, 0, 0));
    expect(charge(account, used('downloads', 1n, 0, 0)).map((c) => c.amount)).toEqual(['-109.000000']);
  });

  it('is exact beyond 2^53', () => {
    const account = accountOn(
      rater(
        planOf(stepPlan({ unit: 'B' }, '<step upTo="9007199254740993" multiplier="0.000001"/><step multiplier="3"/>')),
      ),
    );
    expect(sum(charge(account, used('octets-in', 9007199254740993n, 0, HOUR)))).toBe('9007199254.740993');
    expect(sum(charge(account, used('octets-in', 2n ** 64n, 0, HOUR)))).toBe(`${3n * 2n ** 64n}.000000`);
  });
});

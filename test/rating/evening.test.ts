import { describe, expect, it } from 'vitest';
import { billOf, closeBill, decodeState, encodeState, postedTotal, rateTick } from '../../rating/index.ts';
import { type Account, accountOn, at, charge, evaluators, exampleText, online, planOf, split, sum } from './harness.ts';

const plan = planOf(exampleText('evening'));

/** REQUIREMENTS P-I: record, interval, Adder output. */
const january: [string, string, string, string][] = [
  ['A1', '2001-01-02T00:00', '2001-01-04T00:00', '10.000000'],
  ['A2', '2001-01-05T10:00', '2001-01-07T10:00', '0'],
  ['A3', '2001-01-08T17:00', '2001-01-08T23:00', '2.000000'],
  ['A4', '2001-01-09T22:00', '2001-01-10T03:00', '3.500000'],
  ['A5', '2001-01-11T00:00', '2001-01-16T00:00', '72.500000'],
  ['A6', '2001-01-17T09:00', '2001-01-17T15:00', '2.000000'],
  ['A7', '2001-01-20T18:30', '2001-01-20T19:30', '0.625000'],
];
const february: typeof january = [
  ['B1', '2001-02-01T00:00', '2001-02-05T04:00', '0'],
  ['B2', '2001-02-10T20:00', '2001-02-10T21:30', '1.500000'],
];

/** Records of an account past its free hours on 2001-01-05, nothing else charged. */
function pastFree(account: Account): Account {
  charge(account, online('2001-01-01T00:00', '2001-01-05T04:00'));
  return account;
}

describe.each(evaluators)('Fig 6B, $name', ({ rater }) => {
  it.each(['UTC', 'America/Detroit', 'Asia/Kolkata'])('charges every record of the worked example in %s', (zone) => {
    const account = accountOn(rater(plan), { zone });
    for (const [name, from, to, amount] of [...january, ...february]) {
      expect([name, sum(charge(account, online(from, to, zone)))]).toEqual([name, amount]);
    }
    const { terms, state } = account;
    rateTick(terms, state, at('2001-04-01T00:00', zone));
    const totals = ['2001-01-01', '2001-02-01', '2001-03-01'].map(
      (day) => billOf(terms, state, at(`${day}T00:00`, zone)).total,
    );
    expect(totals).toEqual(['110.63', '21.50', '20.00']);
    const bill = billOf(terms, state, at('2001-01-15T00:00', zone));
    expect(
      bill.lines.map(({ label, quantity, unit, amount, exactAmount }) => [label, quantity, unit, amount, exactAmount]),
    ).toEqual([
      ['Set-up', '0', '', '10.00', '10.000000'],
      ['Monthly fee', '0', '', '20.00', '20.000000'],
      ['On-peak hours', '29.5', 'hour', '29.50', '29.500000'],
      ['Off-peak hours', '104.5', 'hour', '51.13', '51.125000'],
    ]);
    expect(bill.allowances).toEqual([{ label: 'Free hours', used: '100', limit: '100', unit: 'hour' }]);
    expect(encodeState(state).length).toBeLessThan(640);
  });

  it('charges the same in pieces of seven minutes, with the state written and read between', () => {
    const account = accountOn(rater(plan));
    for (const [name, from, to, amount] of [...january, ...february]) {
      const event = online(from, to);
      const cuts = [];
      for (let t = event.startMs; t < event.endMs; t += 7 * 60_000) cuts.push(t);
      let total = '0';
      const state = decodeState(encodeState(account.state));
      for (const part of split(event, cuts))
        total = sum([{ amount: total } as never, ...charge({ ...account, state }, part)]);
      Object.assign(account.state, state);
      expect([name, Number(total)]).toEqual([name, Number(amount)]);
    }
  });

  it('posts a rounding charge on closing, once, and is conserved', () => {
    const account = accountOn(rater(plan));
    const { terms, state } = account;
    for (const [, from, to] of january) charge(account, online(from, to));
    rateTick(terms, state, at('2001-02-01T00:00'));
    expect(postedTotal(state)).toBe('110.625000');
    const closing = closeBill(terms, state, at('2001-01-01T00:00'));
    expect(closing.ok && closing.charges.map((c) => [c.kind, c.primitive, c.amount])).toEqual([
      ['rounding', 'offRate', '0.005000'],
    ]);
    expect(postedTotal(state)).toBe('110.630000');
    expect(closeBill(terms, state, at('2001-01-01T00:00'))).toEqual({ ok: true, charges: [] });
    expect(rateTick(terms, state, at('2001-02-01T00:00'))).toEqual({ ok: true, charges: [] });
    const late = charge(account, online('2001-01-25T20:00', '2001-01-25T21:00'));
    expect(late.map((c) => [c.amount, c.periodFromMs, c.label])).toEqual([
      ['1.000000', at('2001-02-01T00:00'), 'On-peak hours (adjustment of the bill from 2001-01-01)'],
    ]);
    expect(billOf(terms, state, at('2001-01-01T00:00')).total).toBe('110.63');
    expect(billOf(terms, state, at('2001-02-01T00:00')).total).toBe('1.00');
  });

  it('takes late January use to January while its bill is open', () => {
    const account = accountOn(rater(plan));
    for (const [, from, to] of [...january, ...february]) charge(account, online(from, to));
    const late = charge(account, online('2001-01-25T20:00', '2001-01-25T21:00'));
    expect(late.map((c) => [c.amount, c.periodFromMs])).toEqual([['1.000000', at('2001-01-01T00:00')]]);
  });

  it.each([
    ['ends exactly 19:00: all off-peak', '2001-01-06T18:00', '2001-01-06T19:00', '0.500000', ['offRate']],
    ['starts exactly 19:00: peak', '2001-01-06T19:00', '2001-01-06T20:00', '1.000000', ['peakRate']],
    ['30 s each side of 19:00', '2001-01-06T18:59:30', '2001-01-06T19:00:30', '0.012500', ['peakRate', 'offRate']],
    ['ends exactly 24:00', '2001-01-06T23:00', '2001-01-07T00:00', '1.000000', ['peakRate']],
    ['over the month’s end', '2001-01-31T23:00', '2001-02-01T01:00', '1.000000', ['peakRate']],
  ])('%s', (_, from, to, amount, lines) => {
    const charges = charge(pastFree(accountOn(rater(plan))), online(from, to));
    expect([sum(charges), charges.map((c) => c.primitive)]).toEqual([amount, lines]);
  });
});

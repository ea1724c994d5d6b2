import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dateOf, forecastOf, runwayOf } from '../../../daemon/bills/forecast.ts';
import { addDecimal, toScaled } from '../../../rating/index.ts';

const inputs = { currency: 'USD', total: '12.50', usage: '12.5', due: '20', daysBegun: 5, daysToGo: 25 };

describe('the forecast', () => {
  test('carries the pace of use on and adds what is due', () => {
    expect(forecastOf(inputs)).toEqual({
      amount: '95.00',
      usage: '12.5',
      perDay: '2.500000',
      daysBegun: 5,
      daysToGo: 25,
      due: '20.00',
    });
  });

  test('a recurring charge that is posted already is not carried on', () => {
    expect(forecastOf({ ...inputs, total: '32.50', due: '0' }).amount).toBe('95.00');
  });

  test('on the last day it is the total and what is due', () => {
    expect(forecastOf({ ...inputs, daysBegun: 30, daysToGo: 0 }).amount).toBe('32.50');
  });

  test.each([
    ['JPY', '1250', '1250', '100', '1600'],
    ['KWD', '1.250', '1.25', '0.1', '1.600'],
    ['USD', '-1.25', '-1.25', '0', '-1.50'],
  ])('is in the minor unit of %s', (currency, total, usage, due, amount) => {
    expect(forecastOf({ currency, total, usage, due, daysBegun: 5, daysToGo: 1 }).amount).toBe(amount);
  });

  test('is never less than what is posted and due where use costs something, and is so to the cent', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000_000),
        fc.nat(10_000),
        fc.integer({ min: 1, max: 31 }),
        fc.nat(30),
        (cents, dueCents, daysBegun, daysToGo) => {
          const usage = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
          const due = `${Math.floor(dueCents / 100)}.${String(dueCents % 100).padStart(2, '0')}`;
          const { amount } = forecastOf({ currency: 'USD', total: usage, usage, due, daysBegun, daysToGo });
          expect(toScaled(amount, 2)).toBeGreaterThanOrEqual(toScaled(addDecimal(usage, due), 2));
          const exact = BigInt(cents) * BigInt(daysBegun + daysToGo) + BigInt(dueCents * daysBegun);
          const error = 2n * (toScaled(amount, 2) * BigInt(daysBegun) - exact);
          expect(error <= BigInt(daysBegun) && error >= -BigInt(daysBegun)).toBe(true);
        },
      ),
    );
  });
});

describe('how long the balance lasts', () => {
  const forecast = forecastOf(inputs);
  const today = Date.UTC(2026, 0, 5) / 86_400_000;
  const account = { currency: 'USD', prepaid: true, balance: '26.00', creditLimit: null, today };

  test('whole days at the pace of use', () => {
    expect(runwayOf(forecast, account)).toEqual({ left: '26.00', days: 10, until: '2026-01-15' });
  });

  test('what is due shortens what would last beyond the period, not to before its end', () => {
    expect(runwayOf(forecast, { ...account, balance: '100.00' })?.days).toBe(32);
    expect(runwayOf(forecast, { ...account, balance: '70.00' })?.days).toBe(25);
  });

  test('nothing left is today', () => {
    expect(runwayOf(forecast, { ...account, balance: '-1.00' })).toEqual({
      left: '-1.00',
      days: 0,
      until: '2026-01-05',
    });
  });

  test('nothing used has no end, nor has what lasts for more than ten years', () => {
    expect(runwayOf(forecastOf({ ...inputs, usage: '0' }), account)?.days).toBeNull();
    expect(runwayOf(forecast, { ...account, balance: '99999.00' })?.days).toBeNull();
  });

  test('who pays afterwards has nothing to run out unless there is a limit or a credit', () => {
    const postpaid = { ...account, prepaid: false, balance: '-26.00' };
    expect(runwayOf(forecast, postpaid)).toBeNull();
    expect(runwayOf(forecast, { ...postpaid, creditLimit: '51' })).toMatchObject({ left: '25.00', days: 10 });
    expect(runwayOf(forecast, { ...postpaid, balance: '5.00' })?.days).toBe(2);
  });

  test('a day number is its date', () => {
    expect(dateOf(today)).toBe('2026-01-05');
  });
});

import { describe, expect, it } from 'vitest';
import { billPeriodAt, isZone, nextTickAfter, zoneNamed } from '../../rating/index.ts';
import { accountOn, at, charge, evaluators, online, planOf, used } from './harness.ts';

const PARIS = 'Europe/Paris';

describe('periods', () => {
  it('clamps months anchored on the 31st and returns to it', () => {
    const days = ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31'];
    for (const [i, from] of days.slice(0, -1).entries()) {
      const { from: first, to } = billPeriodAt(PARIS, 31, at(`${from}T00:00`, PARIS));
      expect([first, to]).toEqual([from, days[i + 1]]);
    }
    expect(billPeriodAt(PARIS, 31, at('2026-02-27T23:59', PARIS)).from).toBe('2026-01-31');
    expect(billPeriodAt('UTC', 31, at('2028-02-29T00:00')).from).toBe('2028-02-29');
  });

  it('ticks at month and cycle starts', () => {
    const terms = { zone: 'America/New_York', cycleDay: 15 };
    const mid = at('2026-01-15T00:00', terms.zone);
    expect(nextTickAfter(terms, at('2026-01-03T00:00', terms.zone))).toBe(mid);
    expect(nextTickAfter(terms, mid)).toBe(at('2026-02-01T00:00', terms.zone));
  });

  it('knows what Intl knows of offsets, also where clocks change at midnight', () => {
    expect([isZone('Mars/Olympus'), isZone('Asia/Beirut')]).toEqual([false, true]);
    for (const name of [
      'Asia/Beirut',
      'America/Sao_Paulo',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
      'America/Havana',
      'Pacific/Apia',
    ]) {
      const zone = zoneNamed(name);
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' });
      for (let t = Date.UTC(2011, 0, 1), i = 0; i < 3000; i++, t += 41 * 3_600_000 + 1_234_000) {
        expect(new Date(t + zone.offsetAt(t)).toISOString().slice(0, 19).replace('T', ' ')).toBe(format.format(t));
        const day = zone.dayAt(t);
        expect(zone.midnight(day) <= t && t < zone.midnight(day + 1)).toBe(true);
      }
    }
    // Beirut skips midnight of 2026-03-29: the day begins at 01:00.
    expect(billPeriodAt('Asia/Beirut', 29, Date.UTC(2026, 2, 29, 12)).fromMs).toBe(Date.UTC(2026, 2, 28, 22));
  });
});

const nights = planOf(`<plan xmlns="urn:meterd:plan:1" id="nights" currency="EUR">
  <primitive id="night" type="DailyTimeFilter"><property name="from" value="22:00"/><property name="to" value="06:00"/></primitive>
  <primitive id="weekend" type="WeeklyTimeFilter"><property name="days" value="sat"/><property name="from" value="22:00"/><property name="to" value="06:00"/></primitive>
  <primitive id="nightRate" type="StepRater"><property name="unit" value="hour"/><step multiplier="1"/></primitive>
  <primitive id="weekendRate" type="StepRater"><property name="unit" value="hour"/><step multiplier="1"/></primitive>
  <primitive id="post" type="AccountFinalizer"/>
  <connection from="usage" to="night"/><connection from="night" to="nightRate"/><connection from="nightRate" to="post"/>
  <connection from="usage" to="weekend"/><connection from="weekend" to="weekendRate"/><connection from="weekendRate" to="post"/>
</plan>`);

describe.each(evaluators)('windows through changes of the clock, $name', ({ rater }) => {
  const hours = (from: string, to: string) => {
    const account = accountOn(rater(nights), { zone: PARIS, currency: 'EUR' });
    return charge(account, online(from, to, PARIS)).map((c) => [c.primitive, c.amount]);
  };

  it('is 7 hours over the spring night and 9 over the autumn night', () => {
    expect(hours('2026-03-28T12:00', '2026-03-29T12:00')).toEqual([
      ['nightRate', '7.000000'],
      ['weekendRate', '7.000000'],
    ]);
    expect(hours('2026-10-24T12:00', '2026-10-25T12:00')).toEqual([
      ['nightRate', '9.000000'],
      ['weekendRate', '9.000000'],
    ]);
    expect(hours('2026-06-15T12:00', '2026-06-16T12:00')).toEqual([['nightRate', '8.000000']]);
  });

  it('lets a wrapping window belong to the day it begins', () => {
    expect(hours('2026-06-14T00:00', '2026-06-14T12:00')).toEqual([
      ['nightRate', '6.000000'],
      ['weekendRate', '6.000000'],
    ]);
    expect(hours('2026-06-13T00:00', '2026-06-13T12:00')).toEqual([['nightRate', '6.000000']]);
  });

  it('puts use of no length, and counted use, at its start', () => {
    const account = accountOn(rater(nights), { zone: PARIS, currency: 'EUR' });
    const edge = at('2026-06-15T22:00', PARIS);
    expect(charge(account, used('time', 3600n, edge, edge)).map((c) => c.amount)).toEqual(['1.000000']);
    expect(charge(account, used('time', 3600n, edge - 1, edge - 1))).toEqual([]);
  });

  it('conserves seconds cut inside a second', () => {
    const account = accountOn(rater(nights), { zone: PARIS, currency: 'EUR' });
    const edge = at('2026-06-15T22:00', PARIS);
    const charges = charge(account, used('time', 60n, edge - 29_500, edge + 30_500));
    expect(charges.map((c) => c.baseQuantity)).toEqual([31n]);
  });
});

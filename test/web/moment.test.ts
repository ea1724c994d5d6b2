import { expect, test } from 'vitest';
import { formatAge, formatPeriod, formatRecordTime, formatTime, formatZone, localDateOf } from '../../web/moment.ts';

test.each([
  ['2026-01-01', '2026-02-01', /January 2026|January 1 – 31, 2026|1[–-]31 January 2026/],
  ['2026-01-31', '2026-02-28', /(31 January|January 31).*(27 February|February 27)/],
  ['2026-03-15', '2026-04-15', /(15 March|March 15).*(14 April|April 14)/],
])('the period %s to %s ends with its last day', (from, to, shown) => {
  expect(formatPeriod({ from, to }).replaceAll('\u2009', ' ')).toMatch(shown);
});

test.each([
  ['Europe/Paris', Date.UTC(2026, 2, 29, 0, 59, 59), '01:59:59'],
  ['Europe/Paris', Date.UTC(2026, 2, 29, 1, 0, 0), '03:00:00'],
  ['Europe/Paris', Date.UTC(2026, 9, 25, 1, 0, 0), '02:00:00'],
  ['UTC', Date.UTC(2026, 0, 1), '00:00:00'],
  ['Not/AZone', Date.UTC(2026, 0, 1), '00:00:00'],
])('the clock of %s at %i', (zone, atMs, shown) => {
  expect(formatTime(atMs, zone)).toBe(shown);
});

test.each([
  ['America/New_York', Date.UTC(2026, 0, 1), /^America\/New York \((EST|GMT-5)\)$/],
  ['America/New_York', Date.UTC(2026, 2, 8, 6, 59, 59), /\((EST|GMT-5)\)$/],
  ['America/New_York', Date.UTC(2026, 2, 8, 7, 0, 0), /\((EDT|GMT-4)\)$/],
  ['Europe/Paris', Date.UTC(2026, 9, 25, 0, 59, 59), /\((CEST|GMT\+2)\)$/],
  ['Europe/Paris', Date.UTC(2026, 9, 25, 1, 0, 0), /\((CET|GMT\+1)\)$/],
  ['UTC', 0, /^UTC$/],
])('the zone %s at %i is named with what its clocks are called then', (zone, atMs, shown) => {
  expect(formatZone(zone, atMs)).toMatch(shown);
});

test.each([
  ['Europe/Paris', Date.UTC(2026, 2, 31, 21, 59, 59), '2026-03-31'],
  ['Europe/Paris', Date.UTC(2026, 2, 31, 22, 0, 0), '2026-04-01'],
  ['Europe/Paris', Date.UTC(2026, 9, 31, 22, 59, 59), '2026-10-31'],
  ['Pacific/Kiritimati', Date.UTC(2026, 0, 31, 10, 0, 0), '2026-02-01'],
])('the local day in %s at %i', (zone, atMs, shown) => {
  expect(localDateOf(atMs, zone)).toBe(shown);
});

test.each([
  [0, 'now'],
  [3_999, '3 s ago'],
  [60_000, '1 min ago'],
  [7_200_000, '2 h ago'],
  [86_400_000 * 3, '3 d ago'],
])('%i ms is %s', (ageMs, shown) => {
  expect(formatAge(ageMs)).toBe(shown);
});

test.each([
  ['UTC', Date.UTC(2009, 3, 4, 14, 5, 0), '09/04/04 14:05:00'],
  ['America/Detroit', Date.UTC(2001, 0, 1, 4, 59, 59), '00/12/31 23:59:59'],
  ['Europe/Paris', Date.UTC(2026, 2, 28, 23, 0, 0), '26/03/29 00:00:00'],
  ['Not/AZone', Date.UTC(2026, 0, 1), '26/01/01 00:00:00'],
])("a record's time in %s at %i", (zone, atMs, shown) => {
  expect(formatRecordTime(atMs, zone)).toBe(shown);
});

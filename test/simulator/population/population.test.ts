import { describe, expect, test } from 'vitest';
import { localClock } from '../../../simulator/local-time.ts';
import { hourWeights } from '../../../simulator/population/diurnal.ts';
import { type PopulationOptions, populationOf } from '../../../simulator/population/population.ts';
import type { Report } from '../../../simulator/population/reports.ts';
import type { Session } from '../../../simulator/population/sessions.ts';
import { vendorNames } from '../../../simulator/population/vendors.ts';

const calm: PopulationOptions = {
  subscribers: 60,
  devices: 6,
  seed: 5,
  name: 'town',
  fromSeconds: Date.parse('2026-03-02T00:00:00Z') / 1000,
  toSeconds: Date.parse('2026-03-06T00:00:00Z') / 1000,
  interimSeconds: 900,
  vendors: vendorNames,
  plans: ['flat', 'hourly', 'graduated', 'fig-6b'],
  zones: ['UTC', 'Asia/Kolkata', 'America/Detroit'],
  reboots: 0,
  skewSeconds: 0,
  lost: 0,
  overtaken: 0,
};

function bySession(reports: readonly Report[]): Map<Session, Report[]> {
  const grouped = new Map<Session, Report[]>();
  for (const report of reports) {
    if (report.session) grouped.set(report.session, [...(grouped.get(report.session) ?? []), report]);
  }
  return grouped;
}

const plain = populationOf(calm);
const small: PopulationOptions = { ...calm, subscribers: 5, reboots: 1, skewSeconds: 30, lost: 0.1, overtaken: 0.1 };

describe('a population', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(JSON.stringify(populationOf(small))).toBe(JSON.stringify(populationOf(small)));
    const sent = (of: PopulationOptions) => populationOf(of).reports.map(({ sendSeconds }) => sendSeconds);
    expect(sent({ ...small, seed: 6 })).not.toEqual(sent(small));
  });

  test('has each plan, zone, vendor and habit', () => {
    const { subscribers, devices } = plain;
    expect(new Set(subscribers.map(({ plan }) => plan)).size).toBe(4);
    expect(new Set(subscribers.map(({ zone }) => zone)).size).toBe(3);
    expect(new Set(subscribers.map(({ cycleDay }) => cycleDay))).toEqual(new Set([1, 15, 31]));
    expect(new Set(subscribers.map(({ habit }) => habit)).size).toBe(2);
    expect(devices.map(({ vendor }) => vendor)).toEqual(vendorNames);
  });

  test('dials in as the day’s curve has it: most in the evening, least before dawn, by its own clocks', () => {
    expect(hourWeights).toHaveLength(24);
    expect(hourWeights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(24, 6);
    const { sessions } = populationOf({ ...calm, subscribers: 600 });
    const starts = new Array<number>(24).fill(0);
    for (const { subscriber, startSeconds } of sessions) {
      if (subscriber.habit !== 'dial-in') continue;
      const hour = Math.floor(localClock(subscriber.zone)(startSeconds).minute / 60);
      starts[hour] = starts[hour]! + 1;
    }
    const share = (from: number, to: number) =>
      starts.slice(from, to).reduce((sum, count) => sum + count, 0) / starts.reduce((sum, count) => sum + count, 0);
    const wanted = (from: number, to: number) =>
      hourWeights.slice(from, to).reduce((sum, weight) => sum + weight, 0) / 24;
    for (const [from, to] of [
      [1, 6],
      [6, 12],
      [12, 18],
      [19, 23],
    ] as const) {
      expect(Math.abs(share(from, to) - wanted(from, to))).toBeLessThan(0.04);
    }
    expect(share(19, 23)).toBeGreaterThan(5 * share(2, 6));
  });

  test('has lines with one session at a time, and some that are connected day and night', () => {
    const lines = new Map<string, Session[]>();
    for (const session of plain.sessions) {
      const key = `${session.subscriber.number}/${session.line}`;
      lines.set(key, [...(lines.get(key) ?? []), session]);
    }
    for (const sessions of lines.values()) {
      for (const [index, { startSeconds }] of sessions.entries()) {
        expect(startSeconds).toBeGreaterThan(sessions[index - 1]?.endSeconds ?? 0);
      }
    }
    const connected = (sessions: Session[]) =>
      sessions.reduce((sum, one) => sum + one.endSeconds - one.startSeconds, 0);
    const days = [...lines.values()].filter(([first]) => first!.subscriber.habit === 'always-on').map(connected);
    expect(Math.min(...days)).toBeGreaterThan(3.9 * 86_400);
  });

  test('tells each session by a Start, Interims at their interval and a Stop, with counters that never fall', () => {
    for (const [session, reports] of bySession(plain.reports)) {
      expect(reports[0]!.kind).toBe('start');
      expect(reports.slice(1, -1).every(({ kind }) => kind === 'interim')).toBe(true);
      if (session.endedBy === 'stop') expect(reports.at(-1)!.kind).toBe('stop');
      const odd = reports.filter(({ kind, seconds, octetsIn, eventSeconds }, index) => {
        const late = eventSeconds - session.startSeconds - seconds;
        const falls = octetsIn < (reports[index - 1]?.octetsIn ?? 0);
        return falls || (kind === 'interim' && seconds !== index * 900) || late < 0 || late > 1;
      });
      expect(odd).toEqual([]);
    }
  });

  test('moves enough for Gigawords, and never gets a device without them round its 2^32 twice between two reports', () => {
    const most = Math.max(...plain.reports.map(({ octetsIn }) => octetsIn));
    expect(most).toBeGreaterThan(2 ** 32);
    const narrow = [...bySession(plain.reports)].filter(([{ device }]) => device.vendor === 'legacy');
    expect(narrow.some(([, reports]) => reports.at(-1)!.octetsIn > 2 ** 32)).toBe(true);
    for (const [, reports] of narrow) {
      const rises = reports.map(({ octetsIn }, index) => octetsIn - (reports[index - 1]?.octetsIn ?? 0));
      expect(Math.max(...rises)).toBeLessThan(2 ** 30);
    }
  });
});

describe('its faults', () => {
  test('a share of the reports is lost for good, never two in a row of a session', () => {
    const { reports } = populationOf({ ...calm, lost: 0.2 });
    const lost = reports.filter((report) => report.lost).length / reports.length;
    expect(lost).toBeGreaterThan(0.13);
    expect(lost).toBeLessThan(0.2);
    for (const [, of] of bySession(reports)) {
      expect(of.some((report, index) => report.lost && of[index - 1]?.lost)).toBe(false);
    }
  });

  test('a share is sent after its session’s next, and nothing else changes its place', () => {
    const { reports } = populationOf({ ...calm, overtaken: 0.1 });
    const late = reports.filter((report) => report.overtaken).length / reports.length;
    expect(late).toBeGreaterThan(0.05);
    expect(late).toBeLessThan(0.1);
    for (const [, of] of bySession(reports)) {
      const fallsBehind = of.map(({ seconds }, index) => index > 0 && of[index - 1]!.seconds > seconds);
      expect(fallsBehind).toEqual(of.map((report) => report.overtaken));
    }
  });

  test('a restart ends its device’s sessions without a Stop, and their ids are used again, later by every clock', () => {
    const { devices, sessions, reports } = populationOf({ ...calm, reboots: 2, skewSeconds: 90 });
    expect(sessions.some(({ endedBy }) => endedBy === 'restart')).toBe(true);
    const lastEvents = new Map<string, { boot: number; atSeconds: number; subscriber: number }>();
    let usedAgain = 0;
    let byAnother = 0;
    let odd = 0;
    for (const { session, eventSeconds, seconds, kind } of reports) {
      if (!session) continue;
      const { boots } = session.device;
      const life = boots[session.boot]!;
      if (session.startSeconds < life.fromSeconds || session.endSeconds > life.toSeconds) odd++;
      if (session.endedBy === 'restart' && kind === 'stop') odd++;
      const key = `${session.device.number} ${session.id}`;
      const last = lastEvents.get(key);
      if (last && last.boot < session.boot) {
        usedAgain++;
        if (last.subscriber !== session.subscriber.number) byAnother++;
        if (eventSeconds - seconds <= last.atSeconds + 2) odd++;
      }
      lastEvents.set(key, { boot: session.boot, atSeconds: eventSeconds, subscriber: session.subscriber.number });
    }
    expect(odd).toBe(0);
    expect(usedAgain).toBeGreaterThan(100);
    expect(byAnother).toBeGreaterThan(50);
    expect(reports.filter(({ kind }) => kind === 'accounting-on')).toHaveLength(devices.length * 2);
    const offs = reports.filter(({ kind }) => kind === 'accounting-off').length;
    expect(offs).toBeGreaterThan(0);
    expect(offs).toBeLessThan(devices.length * 2);
  });

  test('clocks are wrong by up to the given seconds, both ways, and by another amount after a restart', () => {
    const { devices } = populationOf({ ...calm, reboots: 3, skewSeconds: 90 });
    const skews = devices.flatMap(({ boots }) => boots.map(({ skewSeconds }) => skewSeconds));
    expect(Math.max(...skews)).toBeGreaterThan(45);
    expect(Math.min(...skews)).toBeLessThan(-45);
    expect(Math.max(...skews.map(Math.abs))).toBeLessThanOrEqual(90);
    expect(new Set(skews).size).toBeGreaterThan(15);
  });
});

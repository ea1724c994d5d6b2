import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPopulation, type PopulationOptions } from '../../../simulator/nas/population.ts';
import { type AccountingReport, emptyReport } from '../../../simulator/nas/report.ts';
import { grouped } from '../grouped.ts';

const options: PopulationOptions = {
  users: 7,
  sessions: 50,
  interims: 3,
  interimSeconds: 300,
  startSeconds: 1_767_225_600,
  seed: 42,
  nasCount: 3,
  sessionPrefix: 'T-',
};

function allReports(from: PopulationOptions): AccountingReport[] {
  const population = createPopulation(from);
  return Array.from({ length: population.length }, (_, n) => {
    const report = emptyReport();
    population.describe(n, report);
    return report;
  });
}

test('the same seed gives the same reports in any order of asking, another seed others', () => {
  const reports = allReports(options);
  const again = createPopulation(options);
  for (let n = again.length - 1; n >= 0; n--) {
    const report = emptyReport();
    again.describe(n, report);
    expect(report).toEqual(reports[n]);
  }
  expect(allReports({ ...options, seed: 43 })).not.toEqual(reports);
});

test('each session is Start, its Interims, Stop, with counters and time that never fall', () => {
  const shape = fc.record({
    users: fc.integer({ min: 1, max: 9 }),
    sessions: fc.integer({ min: 1, max: 30 }),
    interims: fc.nat(4),
    interimSeconds: fc.integer({ min: 1, max: 900 }),
    activeSessions: fc.integer({ min: 1, max: 40 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(shape, (chosen) => {
      const reports = allReports({ ...options, ...chosen });
      expect(reports.length).toBe(chosen.sessions * (chosen.interims + 2));
      const bySession = grouped(reports, (report) => report.sessionId);
      expect(bySession.size).toBe(chosen.sessions);
      for (const session of bySession.values()) {
        expect(session.map((report) => report.status)).toEqual([1, ...Array(chosen.interims).fill(3), 2]);
        expect(new Set(session.map((report) => report.eventSeconds - report.sessionSeconds)).size).toBe(1);
        expect([session[0]!.inputOctets, session[0]!.outputOctets, session[0]!.sessionSeconds]).toEqual([0, 0, 0]);
        for (let n = 1; n < session.length; n++) {
          expect(session[n]!.inputOctets).toBeGreaterThan(session[n - 1]!.inputOctets);
          expect(session[n]!.outputOctets).toBeGreaterThan(session[n - 1]!.outputOctets);
          expect(session[n]!.sessionSeconds).toBeGreaterThan(session[n - 1]!.sessionSeconds);
          expect(session[n]!.outputOctets).toBeLessThan(2 ** 53);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test('some sessions cross 2^32 octets and say Gigawords', () => {
  const wide = allReports({ ...options, sessions: 400 }).filter((report) => report.gigawords);
  expect(wide.some((report) => report.outputOctets >= 2 ** 32)).toBe(true);
  expect(wide.length).toBeLessThan((400 * 5) / 4);
});

test('user names follow the pattern', () => {
  expect(createPopulation(options).userName(0)).toBe('user000001@example.net');
  expect(createPopulation({ ...options, userPattern: 'dsl-%03d' }).userName(11)).toBe('dsl-012');
});

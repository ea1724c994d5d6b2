import { describe, expect, it } from 'vitest';
import type { UsageRecord } from '../../../collectors/index.ts';
import { applySessionRecord } from '../../../daemon/mediation/session.ts';
import { live, total } from '../../fixtures/session-life.ts';
import { epochMs, type Report, report } from '../../fixtures/session-reports.ts';

const gib4 = 2n ** 32n;

/** Reports of devices whose time can't be relied on: that send no Event-Timestamp, or have a clock that is off. */
describe('time in doubt', () => {
  const byArrival = (fields: Report): UsageRecord => ({ ...report(fields), timedByArrival: true });
  const off = (fields: Report): UsageRecord => report({ ...fields, attributes: { clock: 'apart' } });
  const stop: Report = { status: 'stop', at: 10, time: 10, in: 4n * gib4 };

  it('a Stop sent again without a time of its own, however late, is recorded once', () => {
    for (const at of [11, 23, 40, 100_000]) {
      const life = live([stop, { ...stop, at }, { ...stop, at: at + 5 }].map(byArrival));
      expect([total(life, 'octets-in'), life.incarnations.length]).toEqual([4n * gib4, 1]);
    }
  });

  it('a Stop sent again, whose counters wrap, is recorded once', () => {
    const narrow: Report[] = [
      { at: 60, time: 60, in: 4_000_000_000 },
      { status: 'stop', at: 120, time: 120, in: 1_000_000_000 },
      { status: 'stop', at: 900, time: 120, in: 1_000_000_000 },
    ];
    const life = live(narrow.map(byArrival));
    expect([total(life, 'octets-in'), life.incarnations.length]).toEqual([gib4 + 1_000_000_000n, 1]);
  });

  it('a report that was long under way goes on with its session', () => {
    const life = live([byArrival({ at: 1, time: 1, in: 1000 }), byArrival({ ...stop, at: 7, time: 2, in: 2000 })]);
    expect([total(life, 'octets-in'), life.incarnations.length]).toEqual([2000n, 1]);
  });

  it('a clock that is set forward, or there and back, moves no use to another session, and loses none', () => {
    const forward = live([
      off({ status: 'start', at: 0 }),
      off({ at: 600, time: 600, in: gib4 }),
      report({ status: 'stop', at: 7_200, time: 900, in: 4n * gib4 }),
    ]);
    const andBack = live([
      report({ status: 'start', at: 0 }),
      report({ at: 100, time: 100, in: 5 }),
      off({ at: 900, time: 101, in: 6 }),
      report({ status: 'stop', at: 102, time: 102, in: 4n * gib4 }),
    ]);
    for (const life of [forward, andBack])
      expect([total(life, 'octets-in'), life.incarnations.length]).toEqual([4n * gib4, 1]);
  });

  it('a Start sent again is of the same session, and a Start after use of another', () => {
    const again = live([{ status: 'start', at: 0 } as const, { status: 'start', at: 13 } as const].map(byArrival));
    expect([again.incarnations.length, again.state!.startMs]).toEqual([1, epochMs + 13_000]);
    const reports: Report[] = [
      { status: 'start', at: 0 },
      { at: 60, time: 60, in: 7 },
      { status: 'start', at: 700 },
      { at: 760, time: 60, in: 9 },
    ];
    const used = live(reports.map(byArrival));
    expect([total(used, 'octets-in'), used.incarnations.length]).toEqual([16n, 2]);
  });

  it('a Start that comes again after use opens another session, but what goes on is the first one’s', () => {
    const reports: Report[] = [
      { status: 'start', at: 0 },
      { at: 300, time: 300, in: 500 },
      { status: 'start', at: 306 },
      { at: 600, time: 600, in: 1000 },
      { status: 'stop', at: 900, time: 900, in: 1500 },
    ];
    const life = live(reports.map(byArrival));
    expect([total(life, 'octets-in'), total(life, 'time')]).toEqual([1500n, 900n]);
  });

  it('a long session’s later start is believed, as is one of less or of another account', () => {
    const long: Report = { at: 3_600, time: 3_600, in: 100 };
    const longer = live([long, { at: 9_000, time: 4_000, in: 200 }].map(byArrival));
    const less = live(
      [
        { ...long, time: 60 },
        { at: 9_000, time: 70, in: 50 },
      ].map(byArrival),
    );
    expect([longer, less].map((life) => total(life, 'octets-in'))).toEqual([300n, 150n]);
    const first = applySessionRecord(null, byArrival(stop), 1).state;
    expect(applySessionRecord(first, byArrival({ ...stop, at: 40 }), 2)).toMatchObject({ opened: true });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applySessionRecord, applySilence, type SessionState, sessionKey } from '../../../daemon/mediation/session.ts';
import { type Life, lived, total } from '../../fixtures/session-life.ts';
import { epochMs, type Report, report } from '../../fixtures/session-reports.ts';

const gib4 = 2n ** 32n;

/** As `lived`, closed by silence after the reports before `at`. */
function silenced(before: Report[], after: Report[]): Life {
  const first = lived(...before);
  const closed = applySilence(first.state!, first.state!.lastHeardMs);
  expect(closed).toMatchObject({ open: false, closedBy: 'silence', counters: first.state!.counters });
  const uses = [...first.uses];
  const outcomes: string[] = [];
  let state = closed;
  for (const one of after) {
    const result = applySessionRecord(state, report(one), 1);
    state = result.state;
    outcomes.push(result.outcome);
    if (result.use) uses.push(result.use);
  }
  return { state, uses, outcomes, incarnations: first.incarnations };
}

describe('worked numbers (DESIGN §3)', () => {
  it('interims 10, 25, 25, 40 then Stop 40 are 40', () => {
    const life = lived(
      { at: 10, time: 10, in: 10 },
      { at: 25, time: 25, in: 25 },
      { at: 25, time: 25, in: 25 },
      { at: 40, time: 40, in: 40 },
      { status: 'stop', at: 40, time: 40, in: 40 },
    );
    expect([total(life, 'octets-in'), total(life, 'time')]).toEqual([40n, 40n]);
    expect(life.outcomes).toEqual(['use', 'use', 'duplicate', 'use', 'without-use']);
    expect(life.state?.open).toBe(false);
  });

  it('interim 15, then a late 10, are 15', () => {
    const life = lived({ at: 15, time: 15, in: 15 }, { at: 10, time: 10, in: 10 });
    expect([total(life, 'octets-in'), life.outcomes]).toEqual([15n, ['use', 'duplicate']]);
  });

  it('no Gigawords, 4,294,000,000 then 5,000,000 with rising session time, are 5,967,296 more', () => {
    const life = lived({ at: 100, time: 100, in: 4_294_000_000 }, { at: 200, time: 200, in: 5_000_000 });
    expect(life.uses[1]?.readings).toContainEqual({ meter: 'octets-in', quantity: 5_967_296n });
    expect(life.state?.counters['octets-in']).toBe(gib4 + 5_000_000n);
  });

  it('a session that starts after the last event seen is a new incarnation, with 5,000,000', () => {
    const life = lived({ at: 100, time: 100, in: 4_294_000_000 }, { at: 200, time: 50, in: 5_000_000 });
    expect(life.uses[1]?.readings).toContainEqual({ meter: 'octets-in', quantity: 5_000_000n });
    expect(life.incarnations).toHaveLength(2);
  });

  it('an earlier event of the same start is late and changes nothing', () => {
    const before = lived({ at: 100, time: 100, in: 4_294_000_000 });
    const after = lived({ at: 100, time: 100, in: 4_294_000_000 }, { at: 50, time: 50, in: 5_000_000 });
    expect(after.state).toEqual(before.state);
    expect(after.outcomes).toEqual(['use', 'duplicate']);
  });

  it('Gigawords 1 are 2^32', () => {
    const life = lived(
      { at: 100, time: 100, in: 4_294_000_000 },
      { at: 200, time: 200, in: gib4 + 5_000_000n, wide: true },
    );
    expect(total(life, 'octets-in')).toBe(gib4 + 5_000_000n);
  });

  it('Accounting-On closes at the last counters, and the id used again is a new session', () => {
    const life = lived(
      { status: 'start', at: 0 },
      { at: 60, time: 60, in: 900 },
      { status: 'accounting-on', at: 100 },
      { status: 'start', at: 130 },
      { status: 'stop', at: 190, time: 60, in: 500 },
    );
    expect(life.incarnations.map(({ startMs }) => startMs - epochMs)).toEqual([0, 130_000]);
    expect([total(life, 'octets-in'), total(life, 'time')]).toEqual([1400n, 120n]);
  });

  it('a Stop without octets keeps the last ones', () => {
    const life = lived({ at: 60, time: 60, in: 900, out: 70 }, { status: 'stop', at: 90, time: 90 });
    expect([total(life, 'octets-in'), total(life, 'octets-out'), total(life, 'time')]).toEqual([900n, 70n, 90n]);
    expect(life.state?.counters).toEqual({ time: 90n, 'octets-in': 900n, 'octets-out': 70n });
  });
});

describe('cases of the life cycle (PROTOCOLS R2)', () => {
  it('the same record again, or with another Acct-Delay-Time, is recorded once', () => {
    const stop: Report = { status: 'stop', at: 300, time: 300, in: 3000 };
    // Without Event-Timestamp, a retransmission's event time is off by the rounding of the delay.
    const again = [-0.9, -0.2, 0, 0.2, 0.9].map((off) => ({ ...stop, at: 300 + off }));
    const life = lived({ status: 'start', at: 0 }, stop, ...again);
    expect([total(life, 'octets-in'), total(life, 'time')]).toEqual([3000n, 300n]);
    expect(life.incarnations).toHaveLength(1);
  });

  it('a Start again, within rounding, opens nothing', () => {
    const life = lived({ status: 'start', at: 0 }, { status: 'start', at: 0.9 }, { status: 'start', at: -0.9 });
    expect(life.incarnations).toHaveLength(1);
  });

  it('an older Interim that arrives after the Stop changes nothing', () => {
    const stop: Report = { status: 'stop', at: 600, time: 600, in: 2000, out: 200 };
    const life = lived({ status: 'start', at: 0 }, stop, { at: 300, time: 300, in: 500, out: 90 });
    expect([total(life, 'octets-in'), total(life, 'octets-out')]).toEqual([2000n, 200n]);
    expect([life.state?.open, life.outcomes.at(-1)]).toEqual([false, 'duplicate']);
  });

  it.each(['stop', 'interim'] as const)('a later %s after the Stop adds only what its counters add', (status) => {
    const stop: Report = { status: 'stop', at: 600, time: 600, in: 2000 };
    const life = lived({ status: 'start', at: 0 }, stop, { status, at: 660, time: 660, in: 2300 });
    expect(life.uses.at(-1)).toEqual({
      readings: [
        { meter: 'time', quantity: 60n },
        { meter: 'octets-in', quantity: 300n },
      ],
      startMs: epochMs + 600_000,
      endMs: epochMs + 660_000,
    });
    expect([total(life, 'octets-in'), life.state?.open]).toEqual([2300n, status === 'interim']);
  });

  it.each(['stop', 'interim'] as const)('a %s after the Stop with the same counters opens nothing', (status) => {
    const stop: Report = { status: 'stop', at: 600, time: 600, in: 2000 };
    const life = lived({ status: 'start', at: 0 }, stop, { ...stop, status });
    expect([life.state?.open, life.uses]).toEqual([false, lived(stop).uses]);
  });

  it('the first report may be an Interim: the session began by its session time', () => {
    const life = lived({ at: 900, time: 600, in: 5 });
    expect(life.state?.startMs).toBe(epochMs + 300_000);
    expect(life.uses).toEqual([
      {
        readings: [
          { meter: 'time', quantity: 600n },
          { meter: 'octets-in', quantity: 5n },
        ],
        startMs: epochMs + 300_000,
        endMs: epochMs + 900_000,
      },
    ]);
  });

  it('a late Start after the Stop fills in only the start', () => {
    const stop: Report = { status: 'stop', at: 600, time: 590, in: 2000 };
    const before = lived(stop);
    const after = lived(stop, { status: 'start', at: 9 });
    expect(after.state).toEqual({ ...before.state, startMs: epochMs + 9000 });
    expect([after.outcomes, after.uses]).toEqual([['use', 'without-use'], before.uses]);
  });

  it('an id used again without Accounting-On is a new incarnation, told by its start', () => {
    const life = lived(
      { status: 'start', at: 0 },
      { at: 900, time: 900, in: 9000 },
      { status: 'start', at: 1000 },
      { status: 'stop', at: 1100, time: 100, in: 700 },
    );
    expect(life.incarnations).toHaveLength(2);
    expect([total(life, 'octets-in'), total(life, 'time')]).toEqual([9700n, 1000n]);
  });

  it('a report of the earlier incarnation that arrives after the next began adds to the earlier one, and to it alone', () => {
    const reports: Report[] = [
      { status: 'start', at: 0 },
      { at: 600, time: 600, in: 6000 },
      { status: 'start', at: 1000 },
      { at: 1010, time: 10, in: 5 },
      { status: 'stop', at: 900, time: 900, in: 9000 },
      { status: 'start', at: 0 },
      { status: 'stop', at: 1100, time: 100, in: 700 },
    ];
    const life = lived(...reports);
    expect(life.outcomes.slice(4, 6)).toEqual(['use', 'duplicate']);
    expect([total(life, 'octets-in'), total(life, 'time')]).toEqual([9700n, 1000n]);
    expect(life.state).toMatchObject({ startMs: epochMs + 1000_000, open: false });
  });

  it('a clock that is set back in a first incarnation loses no use', () => {
    const life = lived(
      { status: 'start', at: 300 },
      { at: 60, time: 60, in: 6 },
      { status: 'stop', at: 90, time: 90, in: 9 },
    );
    expect([total(life, 'octets-in'), total(life, 'time')]).toEqual([9n, 90n]);
  });

  it('a clock that is set back within a session places use after what was placed', () => {
    const life = lived({ at: 100, time: 100 }, { at: 90, time: 110 }, { at: 130, time: 150 });
    expect(life.uses.map(({ startMs, endMs }) => [startMs - epochMs, endMs - epochMs])).toEqual([
      [0, 100_000],
      [100_000, 100_000],
      [100_000, 130_000],
    ]);
    expect(total(life, 'time')).toBe(150n);
  });

  // A late report changes nothing (rule 2), though here it alone tells of 1,100 octets: they are never billed.
  // Whoever mends it must not let it open the session again.
  it('an Interim that arrives after a Stop without octets adds what only it tells', () => {
    const life = lived(
      { at: 60, time: 60, in: 900 },
      { status: 'stop', at: 600, time: 600 },
      { at: 540, time: 540, in: 2000 },
    );
    expect(total(life, 'octets-in')).toBe(2000n);
  });

  it('two wraps with a report between are two', () => {
    const life = lived(
      { at: 100, time: 100, in: 4_000_000_000 },
      { at: 200, time: 200, in: 1_000_000_000 },
      { at: 300, time: 300, in: 4_000_000_000 },
      { at: 400, time: 400, in: 500_000_000 },
    );
    expect(total(life, 'octets-in')).toBe(2n * gib4 + 500_000_000n);
  });

  it('a Stop that forgot its counters keeps the last ones', () => {
    const life = lived({ at: 100, time: 100, in: 900 }, { status: 'stop', at: 200, time: 200, in: 0 });
    expect(total(life, 'octets-in')).toBe(900n);
  });

  it('a wrap that ends at zero is counted by the report after it', () => {
    const life = lived(
      { at: 100, time: 100, in: gib4 - 10n },
      { at: 200, time: 200, in: 0 },
      { at: 300, time: 300, in: 7 },
    );
    expect(total(life, 'octets-in')).toBe(gib4 + 7n);
  });

  it('a late report from before the wrap changes nothing', () => {
    const wrapped: Report[] = [
      { at: 100, time: 100, in: 4_000_000_000 },
      { at: 300, time: 300, in: 5_000_000 },
    ];
    const life = lived(...wrapped, { at: 200, time: 200, in: 4_294_000_000 });
    expect(life.state).toEqual(lived(...wrapped).state);
  });

  it('octets that fall while session time stands still are disbelieved', () => {
    const life = lived({ at: 100, time: 100, in: 4_000_000_000 }, { at: 110, time: 100, in: 10 });
    expect(total(life, 'octets-in')).toBe(4_000_000_000n);
  });

  it('octets that fall although Gigawords were sent are disbelieved', () => {
    const life = lived({ at: 100, time: 100, in: gib4 + 9n, wide: true }, { at: 200, time: 200, in: gib4, wide: true });
    expect([total(life, 'octets-in'), total(life, 'time')]).toEqual([gib4 + 9n, 200n]);
    expect(life.state?.counters['octets-in']).toBe(gib4 + 9n);
  });

  it('a Stop without session time closes and adds what rose', () => {
    const life = lived({ status: 'start', at: 0 }, { at: 60, time: 60, in: 10 }, { status: 'stop', at: 99, in: 30 });
    expect([total(life, 'octets-in'), life.state?.open]).toEqual([30n, false]);
  });

  it('a Start tells no use, whatever counters it has', () => {
    expect(lived({ status: 'start', at: 0, time: 5, in: 5 }).uses).toEqual([]);
  });
});

describe('Accounting-On and -Off', () => {
  const began: Report[] = [
    { status: 'start', at: 0 },
    { at: 60, time: 60, in: 900 },
  ];

  it.each(['accounting-on', 'accounting-off'] as const)('%s closes what began before it, once', (status) => {
    const once = lived(...began, { status, at: 100 });
    expect(once.state).toMatchObject({ open: false, deviceRestartMs: epochMs + 100_000, counters: { time: 60n } });
    expect(lived(...began, { status, at: 100 }, { status, at: 130 }).state).toEqual(once.state);
  });

  it('leaves alone what began at it or after it', () => {
    for (const at of [-5, 0]) {
      expect(lived(...began, { status: 'accounting-on', at }).state).toEqual(lived(...began).state);
    }
  });

  it('is followed by what the session used before it, which opens nothing', () => {
    const life = lived(...began, { status: 'accounting-off', at: 100 }, { at: 90, time: 90, in: 1000 });
    expect([total(life, 'octets-in'), life.state?.open]).toEqual([1000n, false]);
  });

  it('that was sent twice is undone by an Interim that counts on, which a Stop or a late report does not do', () => {
    const twice: Report[] = [...began, { status: 'accounting-on', at: 100 }];
    const goesOn = lived(...twice, { at: 120, time: 120, in: 1000 });
    expect(goesOn.state).toMatchObject({ open: true, closedBy: null, deviceRestartMs: null, incarnation: 1 });
    expect(total(goesOn, 'octets-in')).toBe(1000n);
    for (const last of [{ status: 'stop', at: 120, time: 120 } as const, { at: 90, time: 90 }, { at: 120, time: 60 }]) {
      expect(lived(...twice, last).state).toMatchObject({ open: false, closedBy: 'restart' });
    }
  });

  it('makes a session new whose device never tells a session time, once its counters fall', () => {
    const life = lived(
      { at: 10, in: 1000 },
      { status: 'accounting-on', at: 20 },
      { at: 30, in: 300 },
      { status: 'stop', at: 40, in: 800 },
    );
    expect([total(life, 'octets-in'), life.incarnations.length]).toEqual([1800n, 2]);
  });

  it('that arrives after the next life began closes only what began before it', () => {
    const life = lived(...began, { status: 'start', at: 130 }, { status: 'accounting-on', at: 100 });
    expect(life.state?.open).toBe(true);
  });

  it('makes a session of the same id new, even where it starts at that very instant', () => {
    const on: Report = { status: 'accounting-on', at: 60 };
    const life = lived(...began, on, { status: 'start', at: 60 }, { at: 69, time: 9, in: 5 });
    expect([life.incarnations.length, total(life, 'octets-in')]).toEqual([2, 905n]);
  });
});

describe('the session key', () => {
  it('is one per device and session id, whatever characters they hold', () => {
    const part = fc.string({ maxLength: 6, unit: fc.constantFrom('1', '2', ':', '/', 'a') });
    fc.assert(
      fc.property(part, part, part, part, (device1, session1, device2, session2) => {
        const key = (device: string, session: string) => sessionKey(report({ at: 0, device, session }));
        const same = device1 === device2 && session1 === session2;
        expect(key(device1, session1) === key(device2, session2)).toBe(same);
      }),
    );
  });

  it('is null without a session id', () => {
    expect(sessionKey(report({ at: 0, session: null }))).toBeNull();
  });
});

describe('silence', () => {
  const before: Report[] = [
    { status: 'start', at: 0 },
    { at: 60, time: 60, in: 100 },
  ];

  it('closes at the last counters; what is heard later opens again, and nothing is lost or counted twice', () => {
    const life = silenced(before, [{ at: 9_000, time: 9_000, in: 700 }]);
    expect(life.state).toMatchObject({ open: true, closedBy: null, incarnation: 1 });
    expect([total(life, 'octets-in'), total(life, 'time')]).toEqual([700n, 9_000n]);
    expect(life.uses.at(-1)).toMatchObject({ startMs: epochMs + 60_000, endMs: epochMs + 9_000_000 });
  });

  it('is ended by a sign of life without news, but not by a late or repeated report', () => {
    const alive = silenced(before, [{ at: 9_000, in: 100 }]);
    expect(alive.state).toMatchObject({ open: true, closedBy: null });
    const late = silenced(before, [{ at: 30, time: 30, in: 50 }, before[1]!]);
    expect(late.state).toMatchObject({ open: false, closedBy: 'silence' });
    expect(late.outcomes).toEqual(['duplicate', 'duplicate']);
  });

  it('is followed by a Stop, which adds what it tells', () => {
    const life = silenced(before, [{ status: 'stop', at: 9_000, time: 9_000, in: 150 }]);
    expect(life.state).toMatchObject({ open: false, closedBy: 'stop' });
    expect(total(life, 'octets-in')).toBe(150n);
    const bare = silenced(before, [{ status: 'stop', at: 9_000 }]);
    expect(bare.state).toMatchObject({ open: false, closedBy: 'stop' });
  });

  it('does nothing to a session that has spoken since, is closed, or was closed by it before', () => {
    const spoken = lived(...before, { at: 60, time: 60, in: 100 }, { at: 120, in: 100 }).state!;
    expect(spoken.lastHeardMs).toBe(epochMs + 120_000);
    expect(applySilence(spoken, epochMs + 60_000)).toBe(spoken);
    const closed = applySilence(spoken, spoken.lastHeardMs);
    expect(applySilence(closed, spoken.lastHeardMs)).toBe(closed);
    const stopped = lived(...before, { status: 'stop', at: 90, time: 90 }).state!;
    expect(applySilence(stopped, stopped.lastHeardMs)).toBe(stopped);
  });

  it('followed by the same id of a rebooted device is a new incarnation', () => {
    const life = silenced(before, [{ at: 9_000, time: 100, in: 7 }]);
    expect(life.state).toMatchObject({ incarnation: 2, open: true });
    expect(total(life, 'octets-in')).toBe(107n);
  });

  it('wherever it falls in a history, changes no total', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(10), { maxLength: 5 }), (reports, cuts) => {
        let state: SessionState | null = null;
        let sum = 0n;
        for (const [index, one] of reports.entries()) {
          const result = applySessionRecord(state, report(one), 1);
          state = result.state;
          for (const { meter, quantity } of result.use?.readings ?? []) if (meter === 'octets-in') sum += quantity;
          if (cuts.includes(index)) state = applySilence(state, state.lastHeardMs);
        }
        expect(sum).toBe(BigInt(reports.at(-1)!.in ?? 0));
      }),
    );
  });
});

describe('how a session was closed', () => {
  it.each<[string, Report[], string | null]>([
    ['by its Stop', [{ status: 'stop', at: 9, time: 9 }], 'stop'],
    ['by its device', [{ status: 'accounting-off', at: 9 }], 'restart'],
    [
      'by its device, though a Stop follows',
      [
        { status: 'accounting-off', at: 9 },
        { status: 'stop', at: 9, time: 9, in: 5 },
      ],
      'restart',
    ],
    ['not at all', [{ at: 9, time: 9 }], null],
    [
      'no more, after later use',
      [
        { status: 'stop', at: 9, time: 9, in: 1 },
        { at: 19, time: 19, in: 2 },
      ],
      null,
    ],
    [
      'by its Stop, though earlier use comes late',
      [
        { status: 'stop', at: 9, time: 9 },
        { at: 8, time: 8, in: 2 },
      ],
      'stop',
    ],
  ])('%s', (_, reports, closedBy) => {
    const { state } = lived({ status: 'start', at: 0 }, ...reports);
    expect(state).toMatchObject({ closedBy, open: closedBy === null });
  });
});

describe('octets of IPv6 that are counted apart', () => {
  it('add to those of the meter, also where a report lacks them', () => {
    const life = lived(
      { at: 10, time: 10, in: 1_000, ipv6In: 5_000 },
      { at: 20, time: 20, in: 2_000 },
      { status: 'stop', at: 30, time: 30, in: 3_000, ipv6In: 5_500 },
    );
    expect(life.uses.map(({ readings }) => readings.find(({ meter }) => meter === 'octets-in')?.quantity)).toEqual([
      6_000n,
      1_000n,
      1_500n,
    ]);
    expect(life.uses.flatMap(({ readings }) => readings.map(({ meter }) => meter))).not.toContain('octets-in+ipv6');
  });

  it('wrap by themselves', () => {
    const life = lived(
      { at: 10, time: 10, in: 7, ipv6In: 4_294_000_000 },
      { at: 20, time: 20, in: 7, ipv6In: 5_000_000 },
    );
    expect(life.uses[1]?.readings).toContainEqual({ meter: 'octets-in', quantity: 5_967_296n });
  });
});

describe('details', () => {
  const address = { 'Framed-IP-Address': '192.0.2.1' };

  it('keep the last value told of each, and are the same object until one changes', () => {
    const first = lived({ status: 'start', at: 0, attributes: { ...address, Class: '0x01' } }).state!;
    expect(first.details).toEqual({ login: 'anna', attributes: { ...address, Class: '0x01' } });
    const same = applySessionRecord(first, report({ at: 10, time: 10, attributes: address }), 1).state;
    expect(same.details).toBe(first.details);
    const other = applySessionRecord(
      same,
      report({ at: 20, time: 20, login: 'anna@b', attributes: { Class: '0x02' } }),
      1,
    );
    expect(other.state.details).toEqual({ login: 'anna@b', attributes: { ...address, Class: '0x02' } });
  });

  it('are bounded, whatever names a device makes up', () => {
    const reports = Array.from({ length: 300 }, (_, n): Report => ({ at: n, time: n, attributes: { [`a${n}`]: 'x' } }));
    expect(Object.keys(lived(...reports).state!.details.attributes)).toHaveLength(64);
  });

  it('of an earlier incarnation are not those of the next', () => {
    const life = lived(
      { status: 'start', at: 0, attributes: address },
      { status: 'start', at: 500, attributes: { Class: '0x01' } },
    );
    expect(life.state!.details.attributes).toEqual({ Class: '0x01' });
  });
});

/** A monotone history: Start, Interims of rising counters, maybe a Stop. */
const history = fc
  .record({
    steps: fc.array(
      fc.record({
        seconds: fc.integer({ min: 1, max: 4000 }),
        in: fc.bigInt({ min: 0n, max: 2n ** 33n }),
        out: fc.bigInt({ min: 0n, max: 2n ** 20n }),
      }),
      { minLength: 1, maxLength: 10 },
    ),
    start: fc.boolean(),
    stop: fc.boolean(),
  })
  .map(({ steps, start, stop }) => {
    const reports: Report[] = start ? [{ status: 'start', at: 0 }] : [];
    let [time, octetsIn, octetsOut] = [0, 0n, 0n];
    for (const [index, step] of steps.entries()) {
      [time, octetsIn, octetsOut] = [time + step.seconds, octetsIn + step.in, octetsOut + step.out];
      const status = stop && index === steps.length - 1 ? 'stop' : 'interim';
      reports.push({ status, at: time, time, in: octetsIn, out: octetsOut, wide: true });
    }
    return reports;
  });

/** Any order and any number of repetitions of a history: indices into it. */
const deliveries = fc.array(fc.nat(1000), { maxLength: 30 });

describe('any duplication and reordering of a monotone history', () => {
  const meters = [
    ['time', (r: Report) => BigInt(r.time ?? 0)],
    ['octets-in', (r: Report) => BigInt(r.in ?? 0)],
    ['octets-out', (r: Report) => BigInt(r.out ?? 0)],
  ] as const;

  it('uses at most what the last report says, exactly that once it has been seen, and never less than nothing', () => {
    fc.assert(
      fc.property(history, deliveries, (reports, order) => {
        const last = reports.at(-1)!;
        const received = order.map((n) => reports[n % reports.length]!);
        const life = lived(...received);
        for (const use of life.uses) for (const { quantity } of use.readings) expect(quantity > 0n).toBe(true);
        for (const [meter, counter] of meters) {
          expect(total(life, meter) <= counter(last)).toBe(true);
          if (received.includes(last)) expect(total(life, meter)).toBe(counter(last));
        }
        expect(life.incarnations.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });

  it('places use inside the session, in intervals that do not overlap', () => {
    fc.assert(
      fc.property(history, deliveries, (reports, order) => {
        const last = reports.at(-1)!;
        const life = lived(...order.map((n) => reports[n % reports.length]!));
        let atMs = epochMs;
        for (const { startMs, endMs } of life.uses) {
          expect(startMs).toBeGreaterThanOrEqual(atMs);
          expect(endMs).toBeGreaterThanOrEqual(startMs);
          atMs = endMs;
        }
        expect(atMs).toBeLessThanOrEqual(epochMs + last.at * 1000);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same again when all of it is delivered again', () => {
    fc.assert(
      fc.property(history, deliveries, (reports, order) => {
        const received = order.map((n) => reports[n % reports.length]!);
        const once = lived(...received);
        const twice = lived(...received, ...received);
        for (const [meter] of meters) expect(total(twice, meter)).toBe(total(once, meter));
      }),
    );
  });

  it('in order counts modulo 2^32 to the same total, without Gigawords', () => {
    const slow = history.filter((reports) =>
      // One wrap between two reports is all that can be told (RFC 2869 §5.1 exists for the others).
      reports.every((r, n) => BigInt(r.in ?? 0) - BigInt(reports[n - 1]?.in ?? 0) < gib4),
    );
    fc.assert(
      fc.property(slow, (reports) => {
        const narrow = reports.map((r) => ({
          ...r,
          wide: false,
          in: r.in === undefined ? undefined : BigInt(r.in) % gib4,
        }));
        // The first report's total is taken as it is, so it must not have wrapped before.
        fc.pre(BigInt(reports.find((r) => r.in !== undefined)!.in!) < gib4);
        expect(total(lived(...narrow), 'octets-in')).toBe(BigInt(reports.at(-1)!.in ?? 0));
      }),
    );
  });

  it('adds up over incarnations that follow each other, each after its device restarted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(history, deliveries), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (lives, on) => {
          const reports: Report[] = [];
          let at = 0;
          let expected = 0n;
          for (const [one, order] of lives) {
            const moved = one.map((r) => ({ ...r, at: r.at + at }));
            const all = [...moved, ...order.map((n) => moved[n % moved.length]!)];
            reports.push(...all);
            expected += BigInt(moved.at(-1)!.in ?? 0);
            at = moved.at(-1)!.at + 60;
            if (on) reports.push({ status: 'accounting-on', at: at - 30 });
          }
          const life = lived(...reports);
          expect(life.incarnations).toHaveLength(lives.length);
          expect(total(life, 'octets-in')).toBe(expected);
        },
      ),
    );
  });

  it('adds late reports to the incarnation that they are of', () => {
    fc.assert(
      fc.property(history, history, deliveries, (first, second, order) => {
        const at = first.at(-1)!.at + 60;
        const moved = [{ status: 'start', at } as const, ...second.map((r) => ({ ...r, at: r.at + at }))];
        const both = [...first, ...moved];
        const late = order.map((n) => both[n % both.length]!);
        // What of the first arrives in time, the rest of it late.
        const inTime = first.slice(0, Math.max(1, first.length - order.length));
        const expected = BigInt(first.at(-1)!.in ?? 0) + BigInt(second.at(-1)!.in ?? 0);
        const mixed = moved.flatMap((r, n) => (late[n] === undefined ? [r] : [r, late[n]]));
        const life = lived(...inTime, ...mixed, ...late, ...first);
        expect(total(life, 'octets-in')).toBe(expected);
        expect(life.outcomes).not.toContain('unknown');
      }),
    );
  });
});

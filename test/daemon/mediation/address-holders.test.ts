import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressHolders } from '../../../daemon/mediation/address-holders.ts';
import { Guide } from '../../../daemon/mediation/guide.ts';
import { applySessionRecord, applySilence, sessionKey } from '../../../daemon/mediation/session.ts';
import { epochMs, type Report, report } from '../../fixtures/session-reports.ts';

const hourMs = 3_600_000;
const accountsBySession: Readonly<Record<string, number>> = { a: 1, b: 2, c: 3 };

interface Told extends Report {
  /** Framed-IP-Address. */
  readonly ip?: string;
}

function recordOf({ ip, ...fields }: Told) {
  return report({
    ...fields,
    attributes: { ...(ip === undefined ? {} : { 'Framed-IP-Address': ip }), ...fields.attributes },
  });
}

const entryOf = (told: Told) =>
  ({ kind: 'usage', account: accountsBySession[told.session ?? ''] ?? 9, record: recordOf(told) }) as const;

function taught(...reports: Told[]): AddressHolders {
  const holders = new AddressHolders({ holdingsMax: 1_000, keptMs: hourMs });
  for (const told of reports) holders.apply(entryOf(told));
  return holders;
}

/** The account that held an address at each of these seconds after the epoch, 0 for nobody. */
function heldBy(holders: AddressHolders, address: string, ...seconds: number[]): number[] {
  return seconds.map((at) => holders.find(address, epochMs + at * 1000)?.account ?? 0);
}

const ip = '192.0.2.7';

describe('an address', () => {
  it('is held from the start to the stop, both by the events’ own times', () => {
    const holders = taught(
      { status: 'start', session: 'a', at: 10, ip },
      { status: 'stop', session: 'a', at: 50, time: 40, ip },
    );
    expect(heldBy(holders, ip, 9, 10, 49, 50)).toEqual([0, 1, 1, 0]);
    expect(holders.find(ip, epochMs + 20_000)).toEqual({
      account: 1,
      bits: 32,
      fromMs: epochMs + 10_000,
      untilMs: epochMs + 50_000,
    });
  });

  it('is held without end while the session goes on', () => {
    expect(taught({ status: 'start', session: 'a', at: 10, ip }).find(ip, epochMs + 10 ** 9)?.untilMs).toBeNull();
  });

  it('told first by an Interim is held from the session’s start', () => {
    expect(heldBy(taught({ session: 'a', at: 100, time: 60, ip }), ip, 39, 40, 100)).toEqual([0, 1, 1]);
  });

  it('told later than others is held since the report that lacked it', () => {
    const v6 = { 'Framed-IPv6-Prefix': '2001:db8:1::/64' };
    const holders = taught(
      { status: 'start', session: 'a', at: 0, ip },
      { session: 'a', at: 30, time: 30, ip },
      { session: 'a', at: 60, time: 60, ip, attributes: v6 },
    );
    expect(heldBy(holders, '2001:db8:1::5', 29, 30, 60)).toEqual([0, 1, 1]);
  });

  it('that a report lacks is held on; another in its place ends it', () => {
    const holders = taught(
      { status: 'start', session: 'a', at: 0, ip },
      { session: 'a', at: 30, time: 30 },
      { session: 'a', at: 60, time: 60, ip: '192.0.2.8' },
    );
    expect(heldBy(holders, ip, 29, 59, 60)).toEqual([1, 1, 0]);
    expect(heldBy(holders, '192.0.2.8', 29, 31, 90)).toEqual([0, 1, 1]);
  });

  it('passes to the next holder at its start', () => {
    const holders = taught(
      { status: 'start', session: 'a', at: 0, ip },
      { status: 'stop', session: 'a', at: 50, time: 50 },
      { status: 'start', session: 'b', at: 60, ip },
    );
    expect(heldBy(holders, ip, 0, 49, 50, 59, 60, 99)).toEqual([1, 1, 0, 0, 2, 2]);
  });

  it('whose Stop was lost passes to the session that began later, and does not come back', () => {
    const holders = taught(
      { status: 'start', session: 'a', at: 0, ip },
      { session: 'a', at: 30, time: 30, ip },
      { status: 'start', session: 'b', at: 100, ip },
      { session: 'a', at: 110, time: 110, ip },
      { status: 'stop', session: 'b', at: 200, time: 100, ip },
    );
    expect(heldBy(holders, ip, 29, 99, 100, 120, 199, 200)).toEqual([1, 1, 2, 2, 2, 0]);
    expect(holders.conflicts).toBe(1);
  });

  it('is held again by an earlier session that speaks after the later one ended', () => {
    const holders = taught(
      { status: 'start', session: 'a', at: 0, ip },
      { status: 'start', session: 'b', at: 100, ip },
      { status: 'stop', session: 'b', at: 200, time: 100, ip },
      { session: 'a', at: 300, time: 300, ip },
    );
    expect(heldBy(holders, ip, 50, 150, 201, 300)).toEqual([1, 2, 1, 1]);
  });

  it.each(['0.0.0.0', '255.255.255.255', '255.255.255.254', '::/0', 'nonsense'])('%s is none', (none) => {
    const holders = taught({ status: 'start', session: 'a', at: 0, ip: none });
    expect(holders.holdings).toBe(0);
    expect(holders.find(none, epochMs)).toBeNull();
  });
});

describe('a prefix', () => {
  const attributes = { 'Framed-IPv6-Prefix': '2001:db8:1::/64', 'Delegated-IPv6-Prefix': '2001:db8:1::/48' };

  it('is found by any address in it, the longest first', () => {
    const holders = taught(
      { status: 'start', session: 'a', at: 0, attributes },
      { status: 'start', session: 'b', at: 0, attributes: { 'Framed-IPv6-Address': '2001:db8:1::9' } },
    );
    expect(heldBy(holders, '2001:db8:1::9', 1)).toEqual([2]);
    expect(heldBy(holders, '2001:db8:1::8', 1)).toEqual([1]);
    expect(heldBy(holders, '2001:db8:1:ffff::1', 1)).toEqual([1]);
    expect(heldBy(holders, '2001:db8:2::', 1)).toEqual([0]);
    expect(heldBy(holders, '2001:db8:1:2::/64', 1)).toEqual([1]);
    expect(heldBy(holders, '2001:db8::/32', 1)).toEqual([0]);
  });

  it('that was released gives way to a shorter one that holds the address', () => {
    const holders = taught(
      { status: 'start', session: 'a', at: 0, attributes: { 'Delegated-IPv6-Prefix': '2001:db8:1::/48' } },
      { status: 'start', session: 'b', at: 0, attributes: { 'Framed-IPv6-Prefix': '2001:db8:1::/64' } },
      { status: 'stop', session: 'b', at: 9, time: 9 },
    );
    expect(heldBy(holders, '2001:db8:1::1', 8, 9)).toEqual([2, 1]);
  });

  it('may be several of one session', () => {
    const both = { 'Framed-IPv6-Prefix': '2001:db8:1::/64\n2001:db8:2::/64' };
    const holders = taught({ status: 'start', session: 'a', at: 0, attributes: both });
    expect(heldBy(holders, '2001:db8:2::1', 1)).toEqual([1]);
  });
});

describe('the end', () => {
  it('comes for all sessions of a device that began before its restart, and what is late does not undo it', () => {
    const on = {
      kind: 'usage',
      account: 0,
      record: report({ status: 'accounting-on', at: 100, session: null }),
    } as const;
    const holders = taught(
      { status: 'start', session: 'a', at: 0, ip },
      { status: 'start', session: 'b', at: 100, ip: '192.0.2.8' },
    );
    holders.apply(on);
    holders.apply(on);
    holders.apply(entryOf({ session: 'a', at: 90, time: 90, ip }));
    holders.apply(entryOf({ status: 'stop', session: 'a', at: 120, time: 120, ip }));
    expect(heldBy(holders, ip, 99, 100, 130)).toEqual([1, 0, 0]);
    expect(heldBy(holders, '192.0.2.8', 130)).toEqual([2]);
    // The id used again afterwards is another session.
    holders.apply(entryOf({ status: 'start', session: 'a', at: 150, ip }));
    expect(heldBy(holders, ip, 99, 149, 150)).toEqual([1, 0, 1]);
  });

  it('by a restart that was told of twice is undone by what goes on', () => {
    const on = (at: number) =>
      ({ kind: 'usage', account: 0, record: report({ status: 'accounting-on', at, session: null }) }) as const;
    const holders = taught({ status: 'start', session: 'a', at: 3, ip });
    holders.apply(on(5));
    expect(heldBy(holders, ip, 4, 6)).toEqual([1, 0]);
    holders.apply(entryOf({ session: 'a', at: 63, time: 60 }));
    expect(heldBy(holders, ip, 4, 6, 99)).toEqual([1, 1, 1]);
    holders.apply(on(100));
    expect(heldBy(holders, ip, 99, 101)).toEqual([1, 0]);
  });

  it('comes with silence at the time it was noted, and is undone by what is heard later', () => {
    const holders = taught({ status: 'start', session: 'a', at: 0, ip }, { session: 'a', at: 30, time: 30, ip });
    const session = sessionKey(report({ session: 'a', at: 0 }))!;
    const silence = {
      kind: 'silence',
      account: 1,
      session,
      lastHeardMs: epochMs + 30_000,
      atMs: epochMs + 90_000,
    } as const;
    holders.apply({ ...silence, lastHeardMs: epochMs });
    expect(heldBy(holders, ip, 100)).toEqual([1]);
    holders.apply(silence);
    holders.apply(silence);
    expect(heldBy(holders, ip, 89, 90)).toEqual([1, 0]);
    holders.apply(entryOf({ session: 'a', at: 200, time: 200 }));
    expect(heldBy(holders, ip, 89, 90, 300)).toEqual([1, 1, 1]);
  });

  it('of an earlier session of the same id is the start of the next', () => {
    const holders = taught(
      { status: 'start', session: 'a', at: 0, ip },
      { status: 'start', session: 'a', at: 100, ip: '192.0.2.8' },
      { session: 'a', at: 50, time: 50, ip },
    );
    expect(heldBy(holders, ip, 50, 100)).toEqual([1, 0]);
    expect(heldBy(holders, '192.0.2.8', 50, 100)).toEqual([0, 1]);
  });

  it('is remembered for a while, then forgotten', () => {
    const holders = taught(
      { status: 'start', session: 'a', at: 0, ip },
      { status: 'stop', session: 'a', at: 50, time: 50 },
    );
    holders.trim(epochMs + 50_000 + hourMs - 1);
    expect(heldBy(holders, ip, 10)).toEqual([1]);
    holders.trim(epochMs + 50_000 + hourMs);
    expect([heldBy(holders, ip, 10), holders.holdings, holders.sessions]).toEqual([[0], 0, 0]);
  });
});

describe('bounds', () => {
  const crowd = (count: number, end: boolean) => {
    const holders = new AddressHolders({ holdingsMax: 100, keptMs: hourMs });
    for (let n = 0; n < count; n++) {
      const told = { session: `s${n}`, at: n, ip: `10.0.${n >> 8}.${n & 255}` };
      holders.apply(entryOf({ status: 'start', ...told }));
      if (end) holders.apply(entryOf({ status: 'stop', ...told, time: 0 }));
    }
    return holders;
  };

  it('ended holdings make room, the oldest first', () => {
    const holders = crowd(300, true);
    expect([holders.holdings, holders.overflows]).toEqual([100, 0]);
  });

  it('where none has ended, new ones are not learned, and counted', () => {
    const holders = crowd(300, false);
    expect([holders.holdings, holders.overflows]).toEqual([100, 200]);
  });

  it('an address is remembered with its latest holders only, a session with its latest addresses', () => {
    const holders = new AddressHolders({ holdingsMax: 10_000, keptMs: hourMs });
    for (let n = 0; n < 1_000; n++) holders.apply(entryOf({ status: 'start', session: `s${n}`, at: n, ip }));
    expect(holders.find(ip, epochMs)).toBeNull();
    expect(holders.find(ip, epochMs + 999_000)?.fromMs).toBe(epochMs + 999_000);
    const moving = new AddressHolders({ holdingsMax: 10_000, keptMs: hourMs });
    for (let n = 0; n < 1_000; n++) {
      moving.apply(entryOf({ session: 'a', at: n, time: n, ip: `10.0.${n >> 8}.${n & 255}` }));
    }
    expect([moving.holdings, moving.overflows]).toEqual([16, 0]);
    expect(moving.find('10.0.3.231', epochMs + 999_000)?.account).toBe(1);
  });
});

/** Sessions of one address, one after the other, each with Interims. */
const tenancies = fc
  .array(
    fc.record({ length: fc.integer({ min: 20, max: 200 }), gap: fc.integer({ min: 5, max: 50 }), interims: fc.nat(3) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((list) => {
    const reports: Told[] = [];
    const spans: { readonly account: number; readonly from: number; readonly to: number }[] = [];
    let at = 0;
    for (const [index, { length, gap, interims }] of list.entries()) {
      const session = ['a', 'b', 'c'][index % 3]!;
      const from = at + gap;
      at = from + length;
      reports.push({ status: 'start', session, at: from, ip });
      for (let n = 1; n <= interims; n++) {
        const time = Math.floor((length * n) / (interims + 1));
        reports.push({ session, at: from + time, time, ip });
      }
      reports.push({ status: 'stop', session, at, time: length, ip });
      spans.push({ account: accountsBySession[session]!, from, to: at });
    }
    return { reports, spans, until: at + 10 };
  });

describe('any history of one address', () => {
  it('in order, each record once or twice, is told exactly', () => {
    fc.assert(
      fc.property(tenancies, fc.array(fc.boolean()), ({ reports, spans, until }, twice) => {
        const holders = taught(...reports.flatMap((told, n) => (twice[n] ? [told, told] : [told])));
        for (let at = 0; at < until; at++) {
          const expected = spans.find(({ from, to }) => at >= from && at < to)?.account ?? 0;
          expect([at, ...heldBy(holders, ip, at)]).toEqual([at, expected]);
        }
      }),
    );
  });

  it('is the same after a restart that learns it from the sessions as they stand', () => {
    fc.assert(
      fc.property(
        tenancies.filter(({ spans }) => spans.length <= 3),
        fc.nat(20),
        (history, cut) => {
          const told = history.reports.slice(0, history.reports.length - (cut % history.reports.length));
          const live = taught(...told);
          const states = new Map<string, ReturnType<typeof applySessionRecord>['state']>();
          for (const one of told) {
            const { account, record } = entryOf(one);
            const key = sessionKey(record)!;
            states.set(key, applySessionRecord(states.get(key) ?? null, record, account).state);
          }
          const restored = new AddressHolders({ holdingsMax: 1_000, keptMs: hourMs });
          for (const state of [...states.values()].reverse()) restored.restore(state);
          for (let at = 0; at < history.until; at++) expect(heldBy(restored, ip, at)).toEqual(heldBy(live, ip, at));
        },
      ),
    );
  });

  it('in any order never throws, and keeps its books', () => {
    fc.assert(
      fc.property(tenancies, fc.array(fc.nat(1000), { maxLength: 40 }), ({ reports }, order) => {
        const holders = taught(...order.map((n) => reports[n % reports.length]!));
        holders.trim(epochMs + 10 * hourMs * 24);
        for (const session of ['a', 'b', 'c']) {
          const key = sessionKey(report({ session, at: 0 }))!;
          holders.apply({ kind: 'silence', account: 1, session: key, lastHeardMs: epochMs + 10 ** 9, atMs: epochMs });
        }
        holders.trim(epochMs + 10 * hourMs * 24);
        expect([holders.holdings, holders.sessions]).toEqual([0, 0]);
      }),
    );
  });
});

describe('memory', () => {
  it('is not filled by sessions that tell addresses nobody can have, or that there is no room for', () => {
    const holders = new AddressHolders({ holdingsMax: 3, keptMs: hourMs });
    for (let n = 0; n < 50; n++) {
      const told = n % 2 === 0 ? '255.255.255.254' : `192.0.2.${n}`;
      holders.apply(entryOf({ status: 'start', session: `s${n}`, at: n, ip: told }));
    }
    expect([holders.holdings, holders.sessions, holders.overflows]).toEqual([3, 3, 22]);
    holders.apply(entryOf({ status: 'stop', session: 's1', at: 60, time: 59, ip: '192.0.2.1' }));
    holders.apply(entryOf({ session: 's49', at: 61, time: 12, ip: '192.0.2.49' }));
    expect([heldBy(holders, '192.0.2.49', 48, 49), holders.sessions]).toEqual([[0, 9], 3]);
  });
});

describe('the guide', () => {
  it('finds the account of an address by who held it then, else by whose identity it is', () => {
    const guide = new Guide(taught({ status: 'start', session: 'a', at: 10, ip }));
    const identity = {
      account: 7,
      kind: 'address',
      value: ip,
      provider: '',
      validFromMs: null,
      validUntilMs: null,
    } as const;
    guide.learnAll([identity]);
    const flow = (at: number) => ({
      ...report({ at, subjects: [{ kind: 'address', value: ip }] }),
      source: { collector: 'netflow', device: 'r1' },
    });
    expect([guide.guide(flow(9)), guide.guide(flow(10))]).toEqual([{ account: 7 }, { account: 1 }]);
  });

  it('is told the same by the store’s session after its silence', () => {
    const { state } = applySessionRecord(null, recordOf({ status: 'start', session: 'a', at: 0, ip }), 1);
    const holders = new AddressHolders({ holdingsMax: 10, keptMs: hourMs });
    holders.restore(applySilence(state, state.lastHeardMs));
    expect(heldBy(holders, ip, 0, 1)).toEqual([0, 0]);
    holders.apply(entryOf({ session: 'a', at: 60, time: 60, ip }));
    expect(heldBy(holders, ip, 0, 30, 61)).toEqual([1, 1, 1]);
  });
});

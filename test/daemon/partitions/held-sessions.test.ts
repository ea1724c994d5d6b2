import { describe, expect, it } from 'vitest';
import { applySessionRecord, type SessionState } from '../../../daemon/mediation/session.ts';
import { HeldSessions } from '../../../daemon/partitions/held-sessions.ts';
import { report } from '../../fixtures/session-reports.ts';

function started(session: string): SessionState {
  return applySessionRecord(null, report({ status: 'start', at: 0, session }), 1).state;
}

function reported(state: SessionState, at: number): SessionState {
  return applySessionRecord(state, report({ at, time: at, session: state.session }), 1).state;
}

describe('sessions held in memory', () => {
  it('change in place, so that a row tells the newest', () => {
    const held = new HeldSessions();
    const row = held.keep(null, 1, started('s1'));
    const next = reported(row.state, 60);
    expect(held.keep(row, 1, next)).toBe(row);
    expect(row.state).toEqual(next);
    expect(held.get(next.key)).toBe(row);
  });

  it('are those of the latest incarnation: one before it is told, and not held', () => {
    const held = new HeldSessions();
    const state = started('s1');
    const latest = held.keep(null, 2, state);
    const earlier = held.keep(latest, 1, { ...state, open: false });
    expect(earlier).toMatchObject({ id: 1, state: { open: false } });
    expect(held.get(state.key)).toBe(latest);
    expect(latest.state.open).toBe(true);
  });

  it('tell apart what the store lacks from what it was not asked for', () => {
    const held = new HeldSessions();
    held.load('none', null);
    expect([held.find('none'), held.find('other')]).toEqual([null, undefined]);
  });

  it('are open by device until they close or are forgotten', () => {
    const held = new HeldSessions();
    const one = held.keep(null, 1, started('s1'));
    const two = held.keep(null, 2, started('s2'));
    const { device } = one.state;
    expect(held.openOf(device)).toEqual([one.state.key, two.state.key]);
    held.keep(one, 1, { ...one.state, open: false, closedBy: 'stop' });
    expect(held.openOf(device)).toEqual([two.state.key]);
    held.trim(0);
    expect([held.size, held.openOf(device)]).toEqual([0, []]);
  });

  it('are forgotten where they were not in use lately, the longest known first', () => {
    const held = new HeldSessions();
    const states = ['s1', 's2', 's3', 's4'].map(started);
    for (const [n, state] of states.entries()) held.load(state.key, { id: n + 1, state });
    const first = held.get(states[0]!.key)!;
    held.keep(first, 1, reported(first.state, 60));
    held.trim(2);
    expect(states.map(({ key }) => held.find(key) !== undefined)).toEqual([true, false, false, true]);
  });
});

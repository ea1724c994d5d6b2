import { describe, expect, it } from 'vitest';
import type { Subject } from '../../../collectors/index.ts';
import { Guide, type IdentityHolding, subjectKey } from '../../../daemon/mediation/guide.ts';
import { epochMs, type Report, report } from '../../fixtures/session-reports.ts';

const hour = 3600;

/** A holding from and until seconds after `epochMs`. */
function holding(account: number, from: number | null, until: number | null, subject: Partial<Subject> = {}) {
  return {
    account,
    kind: 'login',
    value: 'anna',
    provider: '',
    ...subject,
    validFromMs: from === null ? null : epochMs + from * 1000,
    validUntilMs: until === null ? null : epochMs + until * 1000,
  } as IdentityHolding;
}

function guideOf(...holdings: IdentityHolding[]): Guide {
  const guide = new Guide();
  guide.learnAll(holdings);
  return guide;
}

const guided = (guide: Guide, fields: Report) => guide.guide(report(fields));

describe('validity', () => {
  const guide = guideOf(holding(1, null, hour), holding(2, hour, 2 * hour), holding(3, 3 * hour, null));

  it.each([
    [-1000 * hour, 1],
    [0, 1],
    [hour - 0.001, 1],
    [hour, 2],
    [2 * hour - 0.001, 2],
    [3 * hour, 3],
    [1000 * hour, 3],
  ])('at %i s the holder is account %i: windows are half-open', (at, account) => {
    expect(guided(guide, { status: 'start', at })).toEqual({ account });
  });

  it.each([2 * hour, 3 * hour - 0.001])('at %i s nobody holds it', (at) => {
    expect(guided(guide, { status: 'start', at })).toEqual({ suspend: 'unknown-subject' });
  });
});

describe('the instant that decides', () => {
  const guide = guideOf(holding(1, null, hour), holding(2, hour, null));

  it('is the start of the session where it is known', () => {
    expect(guided(guide, { at: hour + 60, time: 61 })).toEqual({ account: 1 });
    expect(guided(guide, { at: hour + 60, time: 60 })).toEqual({ account: 2 });
    expect(guided(guide, { status: 'stop', at: 9 * hour, time: 9 * hour })).toEqual({ account: 1 });
  });

  it('is the event where the start is unknown', () => {
    expect(guided(guide, { at: hour - 1, in: 5 })).toEqual({ account: 1 });
    expect(guided(guide, { at: hour, in: 5 })).toEqual({ account: 2 });
  });
});

describe('subjects', () => {
  const station: Subject = { kind: 'station', value: '001b44113ab7' };
  const login: Subject = { kind: 'login', value: 'anna' };

  it('are tried in the order of the record', () => {
    const guide = guideOf(holding(1, null, null, login), holding(2, null, null, station));
    expect(guided(guide, { at: 0, subjects: [login, station] })).toEqual({ account: 1 });
    expect(guided(guide, { at: 0, subjects: [station, login] })).toEqual({ account: 2 });
  });

  it('give way to the next where they are unknown, or not held at the time', () => {
    const guide = guideOf(holding(1, hour, null, login), holding(2, null, null, station));
    expect(guided(guide, { at: 0, subjects: [login, station] })).toEqual({ account: 2 });
    expect(guided(guide, { at: 0, subjects: [{ kind: 'login', value: 'bert' }, station] })).toEqual({ account: 2 });
  });

  it('of equal value and different kind or provider are different', () => {
    const guide = guideOf(
      holding(1, null, null, { kind: 'login', value: 'x' }),
      holding(2, null, null, { kind: 'station', value: 'x' }),
      holding(3, null, null, { kind: 'local-id', value: 'x', provider: 'p' }),
      holding(4, null, null, { kind: 'local-id', value: 'x', provider: 'q' }),
    );
    const account = (subject: Subject) => guided(guide, { at: 0, subjects: [subject] });
    expect(account({ kind: 'login', value: 'x' })).toEqual({ account: 1 });
    expect(account({ kind: 'station', value: 'x' })).toEqual({ account: 2 });
    expect(account({ kind: 'local-id', value: 'x', provider: 'p' })).toEqual({ account: 3 });
    expect(account({ kind: 'local-id', value: 'x', provider: 'q' })).toEqual({ account: 4 });
    expect(account({ kind: 'local-id', value: 'x' })).toEqual({ suspend: 'unknown-subject' });
  });

  it('are case sensitive', () => {
    expect(guided(guideOf(holding(1, null, null)), { at: 0, login: 'Anna' })).toEqual({ suspend: 'unknown-subject' });
  });

  it('learned again replace what was known of them, and of nothing else', () => {
    const guide = guideOf(holding(1, null, null, login), holding(2, null, null, station));
    guide.learn('login', 'anna', '', [holding(3, null, null, login)]);
    expect(guided(guide, { at: 0, subjects: [login] })).toEqual({ account: 3 });
    guide.learn('login', 'anna', '', []);
    expect(guided(guide, { at: 0, subjects: [login] })).toEqual({ suspend: 'unknown-subject' });
    expect(guided(guide, { at: 0, subjects: [station] })).toEqual({ account: 2 });
  });

  it('have one key each', () => {
    expect(subjectKey({ kind: 'login', value: 'a' })).toBe(subjectKey({ kind: 'login', value: 'a', provider: '' }));
    expect(subjectKey({ kind: 'login', value: 'a' })).not.toBe(subjectKey({ kind: 'login', value: '', provider: 'a' }));
  });
});

describe('what cannot be guided', () => {
  const guide = guideOf(holding(1, null, null));

  it('has no session id', () => {
    expect(guided(guide, { at: 0, session: null })).toEqual({ suspend: 'no-session-id' });
  });

  it('has no subject', () => {
    expect(guided(guide, { at: 0, subjects: [] })).toEqual({ suspend: 'no-subject' });
  });
});

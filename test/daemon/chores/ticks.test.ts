import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueEntries } from '../../../daemon/chores/ticks.ts';
import type { LogEntry } from '../../../daemon/log/usage-log.ts';
import { accountOn } from '../../fixtures/partition-world.ts';

const hourMs = 3_600_000;
const utc = (text: string) => Date.parse(`${text}Z`);

interface Of {
  readonly zone?: string;
  readonly cycleDay?: number;
  readonly created?: string;
}

const account = ({ zone = 'UTC', cycleDay = 1, created = '2020-01-01T00:00' }: Of = {}) => ({
  ...accountOn('a'),
  no: 7,
  timezone: zone,
  cycleDay,
  createdMs: utc(created),
});

function told(entries: readonly LogEntry[]): string[] {
  return entries.map((entry) => {
    expect(entry.account).toBe(7);
    if (entry.kind !== 'tick' && entry.kind !== 'close') throw new Error('the clock uses nothing');
    const [kind, ms] = entry.kind === 'tick' ? ['tick', entry.atMs] : ['close', entry.periodFromMs];
    return `${kind} ${new Date(ms!).toISOString().slice(0, 16)}`;
  });
}

const due = (of: Of, from: string, to: string, graceHours = 24) =>
  told(dueEntries(account(of), utc(from), utc(to), graceHours));

describe('ticks', () => {
  it('come at the start of a month', () => {
    expect(due({}, '2026-03-31T23:59', '2026-04-01T00:00')).toEqual(['tick 2026-04-01T00:00']);
    expect(due({}, '2026-03-31T23:00', '2026-03-31T23:59')).toEqual([]);
    expect(due({}, '2026-04-01T00:00', '2026-04-01T12:00')).toEqual([]);
  });

  it('come at the start of a cycle, too', () => {
    const ticks = due({ cycleDay: 15 }, '2026-03-14T00:00', '2026-04-01T00:00').filter((text) => text[0] === 't');
    expect(ticks).toEqual(['tick 2026-03-15T00:00', 'tick 2026-04-01T00:00']);
  });

  it('of cycle day 31 come on the last day of shorter months', () => {
    const ticks = due({ cycleDay: 31 }, '2026-01-01T00:00', '2026-05-01T00:00').filter((text) =>
      text.startsWith('tick'),
    );
    expect(ticks.map((text) => text.slice(5, 15))).toEqual([
      '2026-01-31',
      '2026-02-01',
      '2026-02-28',
      '2026-03-01',
      '2026-03-31',
      '2026-04-01',
      '2026-04-30',
      '2026-05-01',
    ]);
  });

  it('come at local midnight, also where clocks change that day', () => {
    const ticks = (zone: string, from: string, to: string) => due({ zone }, from, to, 744).filter((t) => t[0] === 't');
    expect(ticks('Asia/Kolkata', '2026-03-31T00:00', '2026-04-01T00:00')).toEqual(['tick 2026-03-31T18:30']);
    expect(ticks('America/New_York', '2026-10-31T00:00', '2026-11-02T00:00')).toEqual(['tick 2026-11-01T04:00']);
    expect(ticks('Asia/Kathmandu', '2026-03-31T00:00', '2026-04-01T00:00')).toEqual(['tick 2026-03-31T18:15']);
  });

  it('before the account was made do not come', () => {
    const of = { created: '2026-03-10T00:00' };
    expect(due(of, '2026-01-01T00:00', '2026-04-01T00:00')).toEqual(['tick 2026-04-01T00:00']);
  });
});

describe('closings', () => {
  it('come the days of grace after the end of the bill', () => {
    expect(due({}, '2026-04-01T01:00', '2026-04-01T23:59')).toEqual([]);
    expect(due({}, '2026-04-01T01:00', '2026-04-02T00:00')).toEqual(['close 2026-03-01T00:00']);
    expect(due({}, '2026-04-01T01:00', '2026-04-05T00:00', 72)).toEqual(['close 2026-03-01T00:00']);
    expect(due({}, '2026-04-02T00:00', '2026-04-20T00:00')).toEqual([]);
  });

  it('without grace follow the tick of that instant, which may still charge', () => {
    expect(due({}, '2026-03-31T00:00', '2026-04-01T00:00', 0)).toEqual([
      'tick 2026-04-01T00:00',
      'close 2026-03-01T00:00',
    ]);
  });

  it('with a grace longer than a month come in their order', () => {
    expect(due({}, '2026-01-31T12:00', '2026-04-04T00:00', 744)).toEqual([
      'tick 2026-02-01T00:00',
      'close 2025-12-01T00:00',
      'tick 2026-03-01T00:00',
      'close 2026-01-01T00:00',
      'tick 2026-04-01T00:00',
      'close 2026-02-01T00:00',
    ]);
  });

  it('are of cycles, not of months', () => {
    const entries = due({ cycleDay: 31 }, '2026-02-01T00:00', '2026-04-15T00:00', 0);
    expect(entries.filter((text) => text.startsWith('close'))).toEqual([
      'close 2026-01-31T00:00',
      'close 2026-02-28T00:00',
    ]);
  });

  it('of a bill that ended before the account was made do not come', () => {
    expect(due({ created: '2026-04-01T12:00' }, '2026-03-01T00:00', '2026-04-10T00:00')).toEqual([
      'close 2026-03-01T00:00',
    ]);
    expect(due({ created: '2026-04-02T12:00' }, '2026-03-01T00:00', '2026-04-10T00:00')).toEqual([]);
  });
});

describe('sweeps', () => {
  const zones = ['UTC', 'America/Los_Angeles', 'Europe/Paris', 'Asia/Kolkata', 'Pacific/Apia', 'Australia/Lord_Howe'];

  it('bring everything once and in order, wherever they are cut', () => {
    const startMs = utc('2011-10-01T00:00');
    const instant = fc.integer({ min: startMs, max: startMs + 400 * 24 * hourMs });
    fc.assert(
      fc.property(
        fc.record({ zone: fc.constantFrom(...zones), cycleDay: fc.integer({ min: 1, max: 31 }), createdMs: instant }),
        fc.array(instant, { minLength: 2, maxLength: 30 }),
        fc.constantFrom(0, 1, 24, 744),
        ({ zone, cycleDay, createdMs }, instants, graceHours) => {
          const of = { ...account({ zone, cycleDay }), createdMs };
          const cuts = [...new Set(instants)].sort((a, b) => a - b);
          const swept = cuts.slice(1).flatMap((toMs, n) => dueEntries(of, cuts[n]!, toMs, graceHours));
          const whole = dueEntries(of, cuts[0]!, cuts.at(-1)!, graceHours);
          expect(swept).toEqual(whole);
          const names = told(whole);
          expect(new Set(names).size).toBe(names.length);
        },
      ),
    );
  });

  it('that end exactly at a boundary have it, and the next have not', () => {
    const boundary = utc('2026-04-01T00:00');
    const of = account();
    expect(dueEntries(of, boundary - 1, boundary, 24)).toHaveLength(1);
    expect(dueEntries(of, boundary, boundary + 1, 24)).toHaveLength(0);
    expect(dueEntries(of, boundary - 2, boundary - 1, 24)).toHaveLength(0);
  });

  it('over no time, or backwards, bring nothing', () => {
    expect(due({}, '2026-04-01T00:00', '2026-04-01T00:00')).toEqual([]);
    expect(due({}, '2026-04-03T00:00', '2026-03-01T00:00')).toEqual([]);
  });
});

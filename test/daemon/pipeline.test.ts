import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Subject } from '../../collectors/index.ts';
import { CollectorCounters } from '../../daemon/counters.ts';
import type { LogEntry, UsageLog } from '../../daemon/log/usage-log.ts';
import { Guide, subjectKey } from '../../daemon/mediation/guide.ts';
import { sessionKey } from '../../daemon/mediation/session.ts';
import { Pipeline } from '../../daemon/pipeline.ts';
import { type Report, report } from '../fixtures/session-reports.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';
import { openTestLog } from '../fixtures/usage-log.ts';

const nowMs = Date.UTC(2026, 2, 1);
const open: UsageLog[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const log of open.splice(0)) await log.close();
});

type Append = UsageLog['append'];

/** A pipeline over a real log whose appends a test may hold or fail. */
class Bench {
  readonly log: UsageLog;
  readonly guide = new Guide();
  readonly counters = new CollectorCounters('radius');
  readonly appended: number[] = [];
  readonly faults: unknown[] = [];
  readonly answers: boolean[] = [];
  /** Accounts of sessions that the store knows. */
  readonly storedSessions = new Map<string, number>();
  /** Stands before the log's own append. */
  append: Append;
  /** Stands before the log's own notes. */
  setNote: UsageLog['setNote'] = (...args) => this.log.setNote(...args);
  pipeline: Pipeline;

  constructor() {
    this.log = openTestLog(tempFolder());
    open.push(this.log);
    this.append = (...args) => this.log.append(...args);
    this.pipeline = this.restarted();
  }

  /** Another pipeline on the same log, as after a restart of the daemon. */
  restarted(): Pipeline {
    const log: UsageLog = new Proxy(this.log, {
      get: (target, name) => {
        if (name === 'append') return (...args: Parameters<Append>) => this.append(...args);
        if (name === 'setNote') return (...args: Parameters<UsageLog['setNote']>) => this.setNote(...args);
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    this.pipeline = new Pipeline({
      log,
      guide: this.guide,
      sessionAccount: async (key) => this.storedSessions.get(key) ?? null,
      clock: () => nowMs,
      onAppended: (position) => this.appended.push(position),
      onFault: (cause) => this.faults.push(cause),
    });
    return this.pipeline;
  }

  /** As the listener does it: counted when it arrives, refused when it could not be made durable. */
  submit(fields: Report): void {
    this.counters.received++;
    this.counters.inFlight++;
    this.pipeline.submit(report(fields), this.counters, (fate) => {
      const durable = fate !== null;
      this.counters.inFlight--;
      if (!durable) this.counters.refuse('log-unavailable');
      this.answers.push(durable);
    });
  }

  async take(...reports: Report[]): Promise<void> {
    for (const fields of reports) this.submit(fields);
    await this.pipeline.drain();
  }

  hold(account: number, subject: Subject = anna): void {
    const { kind, value } = subject;
    this.guide.learn(kind, value, '', [{ account, kind, value, provider: '', validFromMs: null, validUntilMs: null }]);
  }

  /** Account, session and event time of what is logged, in order. */
  async logged(): Promise<[number, string | undefined, number][]> {
    const entries = (await this.log.readAfter(0, 1_000_000)).flatMap((batch) => batch.entries);
    return entries.map((entry) =>
      entry.kind === 'usage'
        ? [entry.account, entry.record.source.session, (entry.record.endMs - nowMs) / 1000]
        : [entry.account, entry.kind, 0],
    );
  }

  async suspended(): Promise<[string, string | undefined, number][]> {
    return (await this.log.suspense(0, 1_000_000)).map(({ reason, record }) => [
      reason,
      record.source.session,
      (record.endMs - nowMs) / 1000,
    ]);
  }
}

/** What needs no timer is done. */
async function turns(): Promise<void> {
  for (let n = 0; n < 10; n++) await new Promise((resolve) => setImmediate(resolve));
}

const anna: Subject = { kind: 'login', value: 'anna' };
const station: Subject = { kind: 'station', value: '001b44113ab7' };
const release = (bench: Bench, subject: Subject = anna) => bench.pipeline.release(subjectKey(subject));

describe('a record', () => {
  it('is answered only when its append is durable', async () => {
    const bench = new Bench();
    bench.hold(1);
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let asked: () => void = () => undefined;
    const appending = new Promise<void>((resolve) => {
      asked = resolve;
    });
    bench.append = async (...args) => {
      asked();
      await held;
      return bench.log.append(...args);
    };
    bench.submit({ at: 1, time: 1 });
    await appending;
    expect([bench.answers, bench.counters.logged]).toEqual([[], 0]);
    letGo();
    await bench.pipeline.drain();
    expect([bench.answers, bench.counters.logged, bench.appended]).toEqual([[true], 1, [1]]);
  });

  it('goes to the log with its account, or to suspense with its reason', async () => {
    const bench = new Bench();
    bench.hold(7);
    await bench.take(
      { at: 1 },
      { at: 2, login: 'bert', session: 's2' },
      { at: 3, session: null },
      { at: 4, session: 's4', subjects: [] },
      { status: 'accounting-on', at: 5, session: null },
      { status: 'other', at: 6, session: 's9', login: 'bert' },
    );
    expect(await bench.logged()).toEqual([
      [7, 's1', 1],
      [0, undefined, 5],
      [0, 's9', 6],
    ]);
    expect(await bench.suspended()).toEqual([
      ['unknown-subject', 's2', 2],
      ['no-session-id', undefined, 3],
      ['no-subject', 's4', 4],
    ]);
    expect(bench.answers).toEqual([true, true, true, true, true, true]);
    expect(bench.counters.view()).toMatchObject({ received: 6, logged: 3, suspended: 3, difference: 0 });
  });

  it('waits for others until the last batch of some began a millisecond ago, and no longer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    const bench = new Bench();
    bench.hold(1);
    let at = 0;
    const next = () => ({ at: ++at, time: at });
    const some = async () => {
      await bench.take(next(), next(), next(), next(), next());
      await turns();
    };
    await some();
    bench.submit(next());
    await turns();
    expect(bench.answers).toHaveLength(5);
    vi.advanceTimersByTime(1);
    await turns();
    expect(bench.answers).toHaveLength(6);
    await some();
    vi.advanceTimersByTime(2);
    await turns();
    bench.submit(next());
    await turns();
    expect(bench.answers).toHaveLength(12);
  });

  it('keeps its place: the order of the log is that of arrival, over many batches', async () => {
    const bench = new Bench();
    bench.hold(1);
    const many = Array.from({ length: 2_500 }, (_, n): Report => ({ at: n, time: n }));
    await bench.take(...many);
    expect((await bench.logged()).map(([, , at]) => at)).toEqual(many.map(({ at }) => at));
    expect(Math.max(...(await bench.log.readAfter(0, 10_000)).map(({ entries }) => entries.length))).toBe(1_000);
  });

  it('beyond the limit of those that wait is refused at once', async () => {
    const bench = new Bench();
    bench.append = async () => 0;
    bench.hold(1);
    for (let n = 0; n < 50_000; n++) bench.submit({ at: n });
    expect(bench.answers).toEqual([]);
    bench.submit({ at: 0 });
    expect(bench.answers).toEqual([false]);
    await bench.pipeline.drain();
    expect(bench.answers.filter((durable) => durable)).toHaveLength(50_000);
    expect(bench.counters.view().difference).toBe(0);
  });
});

it('a session that waits behind a login nobody has is not read through at each further report', async () => {
  const bench = new Bench();
  bench.hold(1);
  let read = 0;
  const { suspenseOfSubject } = bench.log;
  bench.log.suspenseOfSubject = async (...args) => {
    const items = await suspenseOfSubject.apply(bench.log, args);
    read += items.length;
    return items;
  };
  const reports = Array.from({ length: 200 }, (_, n): Report => ({ at: n + 1, session: 's', time: n + 1 }));
  await bench.take({ at: 0, session: 's', status: 'start', login: 'nobody' });
  for (const one of reports) await bench.take(one);
  expect(await bench.suspended()).toHaveLength(201);
  expect(read).toBeLessThanOrEqual(200);
});

describe('an append that fails', () => {
  const broken = new Error('the disk is full');

  it('answers false, counts nothing, and says that the log cannot be written until one succeeds', async () => {
    const bench = new Bench();
    bench.hold(1);
    bench.append = async () => {
      throw broken;
    };
    await bench.take({ at: 1 }, { at: 2, login: 'bert', session: 's2' });
    expect([bench.answers, bench.faults, bench.appended]).toEqual([[false, false], [broken], []]);
    expect(bench.pipeline.writable).toBe(false);
    expect(bench.counters.view()).toMatchObject({ logged: 0, suspended: 0, difference: 0 });
    expect(await bench.suspended()).toEqual([]);

    bench.append = (...args) => bench.log.append(...args);
    await bench.take({ at: 1 });
    expect([bench.answers.at(-1), bench.pipeline.writable, bench.counters.logged]).toEqual([true, true, 1]);
  });

  it('is told once in a while, however many fail', async () => {
    const bench = new Bench();
    bench.append = async () => {
      throw broken;
    };
    for (let at = 1; at <= 50; at++) await bench.take({ at });
    expect([bench.answers.length, bench.faults]).toEqual([50, [broken]]);
  });

  it('is forgiven when a probe as large as a batch was written, and a note of a few octets is not enough', async () => {
    const bench = new Bench();
    bench.append = async () => {
      throw broken;
    };
    await bench.take({ at: 1 });
    let room = 4_096;
    bench.setNote = async (name, value) => {
      if (value.length > room) throw broken;
      await bench.log.setNote(name, value);
    };
    await bench.pipeline.probe();
    expect(bench.pipeline.writable).toBe(false);
    room = 1024 * 1024;
    await bench.pipeline.probe();
    expect(bench.pipeline.writable).toBe(true);
    expect(await bench.log.note('probe')).toBe('');
  });

  it('leaves no session waiting behind a record that was not suspended after all', async () => {
    const bench = new Bench();
    bench.append = async () => {
      throw broken;
    };
    await bench.take({ status: 'start', at: 0 });
    bench.append = (...args) => bench.log.append(...args);
    bench.hold(1);
    await bench.take({ at: 60, time: 60 });
    expect(await bench.logged()).toEqual([[1, 's1', 60]]);
  });

  it('of ticks is told to who asked', async () => {
    const bench = new Bench();
    bench.append = async () => {
      throw broken;
    };
    await expect(bench.pipeline.append([{ kind: 'tick', account: 1, atMs: 1 }])).rejects.toThrow(broken);
    bench.append = (...args) => bench.log.append(...args);
    await bench.pipeline.append([{ kind: 'tick', account: 1, atMs: 1 }]);
    expect([await bench.logged(), bench.appended]).toEqual([[[1, 'tick', 0]], [1]]);
  });
});

describe('a session with suspended records', () => {
  it('lets nothing pass them, and takes them along when one of its reports can be guided', async () => {
    const bench = new Bench();
    await bench.take({ status: 'start', at: 0 });
    bench.hold(3);
    await bench.take({ at: 60, time: 60 }, { at: 60, time: 60, session: 'other' }, { at: 90, time: 90 });
    expect(await bench.logged()).toEqual([
      [3, 'other', 60],
      [3, 's1', 0],
      [3, 's1', 60],
      [3, 's1', 90],
    ]);
    expect(bench.counters).toMatchObject({ logged: 1, suspended: 3 });
    expect(await bench.suspended()).toEqual([]);
  });

  it('waits also within one batch', async () => {
    const bench = new Bench();
    bench.hold(3, station);
    await bench.take({ status: 'start', at: 0 }, { at: 60, time: 60, subjects: [anna, station] });
    expect(await bench.logged()).toEqual([]);
    expect((await bench.suspended()).map(([reason]) => reason)).toEqual(['unknown-subject', 'session-suspended']);
  });

  it('lets nothing pass them after a restart, too', async () => {
    const bench = new Bench();
    await bench.take({ status: 'start', at: 0 });
    await bench.restarted().start();
    bench.hold(3);
    await bench.take({ at: 60, time: 60 });
    expect(await bench.logged()).toEqual([
      [3, 's1', 0],
      [3, 's1', 60],
    ]);
  });

  it('is released by a restart where its subject became known meanwhile', async () => {
    const bench = new Bench();
    await bench.take({ status: 'start', at: 0 }, { at: 60, time: 60 }, { at: 1, session: 's2', login: 'bert' });
    bench.hold(3);
    await bench.restarted().start();
    expect(await bench.logged()).toEqual([
      [3, 's1', 0],
      [3, 's1', 60],
    ]);
    expect(bench.appended.at(-1)).toBe(2);
    expect((await bench.suspended()).map(([, session]) => session)).toEqual(['s2']);
    await bench.take({ at: 90, time: 90 });
    expect(await bench.logged()).toHaveLength(3);
  });

  it('is released in order over many pages, before what arrives meanwhile', async () => {
    const bench = new Bench();
    const many = Array.from({ length: 2_100 }, (_, n): Report => ({ at: n, time: n }));
    await bench.take(...many);
    bench.hold(3);
    const released = release(bench);
    bench.submit({ at: 3_000, time: 3_000 });
    expect(await released).toBeGreaterThanOrEqual(2_100);
    await bench.pipeline.drain();
    expect((await bench.logged()).map(([, , at]) => at)).toEqual([...many.map(({ at }) => at), 3_000]);
    expect(await bench.suspended()).toEqual([]);
  });

  it('is released in the order of arrival, also where an account has many sessions at once', async () => {
    const bench = new Bench();
    const many = Array.from({ length: 2_600 }, (_, n): Report => {
      const session = `s${n % 7}`;
      // Every third report names nobody but its session, and some of another subscriber wait in between.
      if (n % 50 === 49) return { at: n, time: n, session: 'other', login: 'bert' };
      return n % 3 === 2 && n > 20 ? { at: n, time: n, session, subjects: [] } : { at: n, time: n, session };
    });
    await bench.take(...many);
    bench.hold(3);
    await release(bench);
    const annas = many.filter(({ session }) => session !== 'other');
    expect((await bench.logged()).map(([, , at]) => at)).toEqual(annas.map(({ at }) => at));
    bench.hold(4, { kind: 'login', value: 'bert' });
    expect(await bench.pipeline.releaseAll()).toBe(many.length - annas.length);
  });

  it('is released by a restart in the order of arrival', async () => {
    const bench = new Bench();
    const many = Array.from({ length: 2_100 }, (_, n): Report => ({ at: n, time: n, session: `s${n % 5}` }));
    await bench.take(...many);
    bench.hold(3);
    await bench.restarted().start();
    expect((await bench.logged()).map(([, , at]) => at)).toEqual(many.map(({ at }) => at));
  });

  it('stays as a whole from its first record that cannot be guided', async () => {
    const bench = new Bench();
    // Held from second 50: the Start cannot be guided, the Interim without session time could be.
    await bench.take({ status: 'start', at: 0 }, { at: 60, in: 5 }, { at: 60, in: 5, session: 's2' });
    const validFromMs = nowMs + 50_000;
    bench.guide.learn('login', 'anna', '', [
      { account: 3, kind: 'login', value: 'anna', provider: '', validFromMs, validUntilMs: null },
    ]);
    expect(await release(bench)).toBe(1);
    expect(await bench.logged()).toEqual([[3, 's2', 60]]);
    expect((await bench.suspended()).map(([, session]) => session)).toEqual(['s1', 's1']);
  });

  it('stays behind an earlier record that does not name the subject now known', async () => {
    const bench = new Bench();
    await bench.take({ status: 'start', at: 0 }, { at: 60, time: 60, subjects: [anna, station] });
    bench.hold(3, station);
    await release(bench, station);
    expect((await bench.suspended()).map(([, , at]) => at)).toEqual([0, 60]);
  });
});

describe('a report that names no login', () => {
  const nobody = { subjects: [] };

  it('goes with its session, whoever that is', async () => {
    const bench = new Bench();
    bench.hold(3);
    await bench.take({ status: 'start', at: 0 });
    await bench.take(
      { status: 'stop', at: 60, time: 60, ...nobody },
      { at: 9, time: 9, session: 'unheard of', ...nobody },
    );
    expect(await bench.logged()).toEqual([
      [3, 's1', 0],
      [3, 's1', 60],
    ]);
    expect(await bench.suspended()).toEqual([['no-subject', 'unheard of', 9]]);
  });

  it('goes with the session that the store knows, after a restart', async () => {
    const bench = new Bench();
    bench.storedSessions.set(sessionKey(report({ at: 0 }))!, 7);
    await bench.take({ at: 60, time: 60, ...nobody }, { at: 70, time: 70, subjects: [station] });
    expect(await bench.logged()).toEqual([
      [7, 's1', 60],
      [7, 's1', 70],
    ]);
  });

  it('but is a Start waits, since a restarted device may use the id again; a later report tells whose it is', async () => {
    const bench = new Bench();
    bench.storedSessions.set(sessionKey(report({ at: 0 }))!, 7);
    await bench.take({ status: 'start', at: 0, ...nobody }, { at: 60, time: 60, ...nobody });
    expect((await bench.suspended()).map(([reason]) => reason)).toEqual(['no-subject', 'session-suspended']);
    bench.hold(3);
    await bench.take({ at: 90, time: 90 });
    expect(await bench.logged()).toEqual([
      [3, 's1', 0],
      [3, 's1', 60],
      [3, 's1', 90],
    ]);
  });

  it('is not made another’s by a session whose login is unknown', async () => {
    const bench = new Bench();
    bench.storedSessions.set(sessionKey(report({ at: 0 }))!, 7);
    await bench.take({ at: 60, time: 60, login: 'stranger' }, { at: 90, time: 90, ...nobody });
    expect(await bench.logged()).toEqual([]);
    expect(await bench.suspended()).toHaveLength(2);
  });
});

describe('a release that fails', () => {
  it('moves nothing, and may be asked for again', async () => {
    const bench = new Bench();
    await bench.take({ status: 'start', at: 0 });
    bench.hold(3);
    const original = bench.log.release;
    bench.log.release = async () => {
      throw new Error('the disk is full');
    };
    await expect(release(bench)).rejects.toThrow('the disk is full');
    await bench.take({ at: 60, time: 60 });
    expect(await bench.logged()).toEqual([]);
    bench.log.release = original;
    expect(await release(bench)).toBe(2);
  });
});

describe('the law of records', () => {
  it('holds through failures, releases and restarts: received = logged + suspended + refused', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('submit'), login: fc.nat(3), session: fc.nat(4) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('drain', 'fail', 'mend', 'restart') }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('learn'), login: fc.nat(3) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const bench = new Bench();
        bench.hold(1, { kind: 'login', value: 'l0' });
        let at = 0;
        for (const action of steps) {
          if ('session' in action) bench.submit({ at: ++at, login: `l${action.login}`, session: `s${action.session}` });
          else if ('login' in action) {
            const subject: Subject = { kind: 'login', value: `l${action.login}` };
            bench.hold(action.login + 1, subject);
            await release(bench, subject);
          } else if (action.do === 'drain') await bench.pipeline.drain();
          else if (action.do === 'restart') {
            await bench.pipeline.drain();
            await bench.restarted().start();
          } else {
            await bench.pipeline.drain();
            const fail = action.do === 'fail';
            bench.append = fail ? () => Promise.reject(new Error('full')) : (...args) => bench.log.append(...args);
          }
        }
        await bench.pipeline.drain();
        const { received, logged, suspended, refused, difference } = bench.counters.view();
        const durable = bench.answers.filter((answer) => answer).length;
        expect([difference, logged + suspended, refused['log-unavailable'] ?? 0]).toEqual([
          0,
          durable,
          received - durable,
        ]);
        const { waiting, released } = await bench.log.suspenseCounts();
        expect(await bench.log.lastPosition()).toBe(logged + released);
        expect(waiting + released).toBe(suspended);
        // Each record is in one place, and no session's records have changed their order in the log.
        const entries = await bench.logged();
        const all = [...entries, ...(await bench.suspended())].map(([, , second]) => second);
        expect(new Set(all).size).toBe(durable);
        for (let n = 0; n <= 4; n++) {
          const times = entries.filter(([, session]) => session === `s${n}`).map(([, , second]) => second);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('drain', () => {
  it('waits for everything taken so far, also of nothing', async () => {
    const bench = new Bench();
    await bench.pipeline.drain();
    const entries: LogEntry[] = [{ kind: 'tick', account: 1, atMs: 1 }];
    void bench.pipeline.append(entries);
    bench.submit({ at: 1 });
    await bench.pipeline.drain();
    expect(bench.answers).toEqual([true]);
    expect(await bench.log.lastPosition()).toBe(1);
  });
});

/** Usage events on their way through the pipeline: known by their keys, guided, released; see pipeline.test.ts. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Subject, UsageRecord } from '../../collectors/index.ts';
import { CollectorCounters } from '../../daemon/counters.ts';
import type { UsageLog } from '../../daemon/log/usage-log.ts';
import { Guide, subjectKey } from '../../daemon/mediation/guide.ts';
import { type Fate, Pipeline } from '../../daemon/pipeline.ts';
import { report } from '../fixtures/session-reports.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';
import { eventsNowMs, recordOf, usageEvent } from '../fixtures/usage-events.ts';
import { openTestLog } from '../fixtures/usage-log.ts';

const open: UsageLog[] = [];
afterEach(async () => {
  for (const log of open.splice(0)) await log.close();
});

const event = (id: string, subject = 'anna', data = {}) => recordOf(usageEvent({ id, subject, data }));
const local = (value: string): Subject => ({ kind: 'local-id', value, provider: 'voip-1' });

class Bench {
  readonly log = openTestLog(tempFolder());
  readonly guide = new Guide();
  readonly counters = new CollectorCounters('http');
  /** Fails appends before they are written, or after. */
  trouble: 'before' | 'after' | null = null;
  pipeline: Pipeline;

  constructor() {
    open.push(this.log);
    this.pipeline = this.restarted();
  }

  /** Another pipeline on the same log, as after a restart of the daemon. */
  restarted(): Pipeline {
    const append: UsageLog['append'] = async (...args) => {
      if (this.trouble === 'before') throw new Error('the disk is full');
      const position = await this.log.append(...args);
      if (this.trouble === 'after') throw new Error('the disk was lost after the sync');
      return position;
    };
    const log = new Proxy(this.log, {
      get: (target, name) => {
        const value = name === 'append' ? append : Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const { guide } = this;
    const silent = () => undefined;
    this.pipeline = new Pipeline({
      log,
      guide,
      sessionAccount: async () => null,
      clock: () => eventsNowMs,
      onAppended: silent,
      onFault: silent,
    });
    return this.pipeline;
  }

  /** Takes records into one batch, as far as they fit; counted as the collector does it. */
  async take(...records: UsageRecord[]): Promise<Fate[]> {
    const fates = records.map((record) => this.submit(record));
    await this.pipeline.drain();
    return Promise.all(fates);
  }

  submit(record: UsageRecord): Promise<Fate> {
    this.counters.received++;
    return new Promise((resolve) => {
      this.pipeline.submit(record, this.counters, (fate) => {
        if (fate === null) this.counters.refuse('log-unavailable');
        resolve(fate);
      });
    });
  }

  hold(account: number, subject: Subject): void {
    const { kind, value, provider = '' } = subject;
    const limits = { validFromMs: null, validUntilMs: null };
    this.guide.learn(kind, value, provider, [{ account, kind, value, provider, ...limits }]);
  }

  release(subject: Subject): Promise<number> {
    return this.pipeline.release(subjectKey(subject));
  }

  /** Account and key's id of everything logged, in order. */
  async logged(): Promise<[number, string][]> {
    const entries = (await this.log.readAfter(0, 1_000_000)).flatMap((batch) => batch.entries);
    return entries.map((entry) => [entry.account, entry.kind === 'usage' ? entry.record.key.split('\n')[2]! : '']);
  }

  async waiting(): Promise<string[]> {
    return (await this.log.suspense(0, 1_000_000)).map(({ record }) => record.key.split('\n')[2]!);
  }
}

describe('an event', () => {
  it('sent twice in one batch is logged once, whatever else it says the second time', async () => {
    const bench = new Bench();
    bench.hold(1, local('anna'));
    bench.hold(2, local('bert'));
    const fates = await bench.take(event('a'), event('a', 'bert', { quantity: 9 }), event('b'), event('a'));
    expect(fates).toEqual(['logged', 'duplicate', 'logged', 'duplicate']);
    expect(await bench.logged()).toEqual([
      [1, 'a'],
      [1, 'b'],
    ]);
    expect(bench.counters.view()).toMatchObject({ received: 4, logged: 2, answeredFromCache: 2, difference: 0 });
  });

  it('sent again in another batch, or after a restart, is a duplicate', async () => {
    const bench = new Bench();
    bench.hold(1, local('anna'));
    expect(await bench.take(event('a'))).toEqual(['logged']);
    expect(await bench.take(event('a'), event('b'))).toEqual(['duplicate', 'logged']);
    await bench.restarted().start();
    expect(await bench.take(event('b'), event('a'), event('c'))).toEqual(['duplicate', 'duplicate', 'logged']);
    expect((await bench.logged()).map(([, id]) => id)).toEqual(['a', 'b', 'c']);
  });

  it('sent again over many batches at once is logged once', async () => {
    const bench = new Bench();
    bench.hold(1, local('anna'));
    const records = Array.from({ length: 2_500 }, (_, n) => event(String(n % 700)));
    const fates = await bench.take(...records);
    expect(fates.slice(0, 700).every((fate) => fate === 'logged')).toBe(true);
    expect(fates.slice(700).every((fate) => fate === 'duplicate')).toBe(true);
    expect(await bench.log.lastPosition()).toBe(700);
  });

  it('that was suspended is a duplicate as well, and released exactly once', async () => {
    const bench = new Bench();
    expect(await bench.take(event('a'), event('a'))).toEqual(['suspended', 'duplicate']);
    expect(await bench.take(event('a'))).toEqual(['duplicate']);
    bench.hold(5, local('anna'));
    // Known by now, and still the same event.
    expect(await bench.take(event('a'))).toEqual(['duplicate']);
    expect(await Promise.all([bench.release(local('anna')), bench.release(local('anna'))])).toEqual([1, 0]);
    await bench.restarted().start();
    expect(await bench.take(event('a'))).toEqual(['duplicate']);
    expect(await bench.logged()).toEqual([[5, 'a']]);
    expect(await bench.waiting()).toEqual([]);
    expect(bench.counters.view()).toMatchObject({ suspended: 1, answeredFromCache: 4, logged: 0, difference: 0 });
  });

  it('belongs to the provider’s local id before the account of that name', async () => {
    const bench = new Bench();
    bench.guide.learnAccount('anna', 8);
    expect(await bench.take(event('a'))).toEqual(['logged']);
    bench.hold(9, local('anna'));
    bench.hold(7, { kind: 'local-id', value: 'anna', provider: 'voip-2' });
    await bench.take(event('b'));
    expect(await bench.logged()).toEqual([
      [8, 'a'],
      [9, 'b'],
    ]);
  });

  it('is released when the account is made whose id it names', async () => {
    const bench = new Bench();
    await bench.take(event('a'));
    bench.guide.learnAccount('anna', 8);
    expect(await bench.release({ kind: 'account', value: 'anna' })).toBe(1);
    expect(await bench.logged()).toEqual([[8, 'a']]);
  });

  it('does not wait behind another of its session, which may be another’s', async () => {
    const bench = new Bench();
    bench.hold(2, local('bert'));
    const call = (id: string, subject: string) => event(id, subject, { session: 'conference-1' });
    expect(await bench.take(call('a', 'anna'), call('b', 'bert'))).toEqual(['suspended', 'logged']);
    bench.hold(1, local('anna'));
    expect(await bench.take(call('c', 'anna'))).toEqual(['logged']);
    expect(await bench.release(local('anna'))).toBe(1);
  });

  it('and a RADIUS session of a device of the same name keep apart', async () => {
    const bench = new Bench();
    const session = report({ at: 60, time: 60, device: 'events/voip-1', session: 's1', login: 'nobody' });
    bench.hold(1, local('anna'));
    expect(await bench.take(session, event('a', 'anna', { session: 's1' }))).toEqual(['suspended', 'logged']);
  });
});

describe('an append that fails', () => {
  it('keeps no key of what was not written: the same events sent again are logged', async () => {
    const bench = new Bench();
    bench.hold(1, local('anna'));
    bench.trouble = 'before';
    expect(await bench.take(event('a'), event('a'), event('x', 'bert'))).toEqual([null, null, null]);
    bench.trouble = null;
    expect(await bench.take(event('a'), event('x', 'bert'))).toEqual(['logged', 'suspended']);
    expect(bench.counters.view()).toMatchObject({
      received: 5,
      logged: 1,
      suspended: 1,
      answeredFromCache: 0,
      refused: { 'log-unavailable': 3 },
      difference: 0,
    });
  });

  it('after it was written is found out by sending again: nothing is logged twice', async () => {
    const bench = new Bench();
    bench.hold(1, local('anna'));
    bench.trouble = 'after';
    expect(await bench.take(event('a'), event('x', 'bert'))).toEqual([null, null]);
    bench.trouble = null;
    expect(await bench.take(event('a'), event('x', 'bert'))).toEqual(['duplicate', 'duplicate']);
    expect([await bench.logged(), await bench.waiting()]).toEqual([[[1, 'a']], ['x']]);
  });

  it('of the look at the keys is a failure of its batch alone', async () => {
    const bench = new Bench();
    bench.hold(1, local('anna'));
    const original = bench.log.knownEvents;
    bench.log.knownEvents = () => Promise.reject(new Error('cannot read'));
    expect(await bench.take(event('a'))).toEqual([null]);
    bench.log.knownEvents = original;
    expect(await bench.take(event('a'))).toEqual(['logged']);
  });
});

it('through failures, restarts and releases each event is in one place once, and the law of records holds', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ id: fc.nat(9) }) },
    { weight: 3, arbitrary: fc.constantFrom('drain', 'before', 'after', 'mend', 'restart') },
    { weight: 1, arbitrary: fc.record({ learn: fc.nat(2) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const bench = new Bench();
      const fates: Promise<Fate>[] = [];
      const ids: string[] = [];
      for (const action of steps) {
        if (typeof action === 'object' && 'id' in action) {
          // An id always names the same event.
          ids.push(String(action.id));
          fates.push(bench.submit(event(String(action.id), `s${action.id % 3}`)));
        } else if (typeof action === 'object') {
          const subject = local(`s${action.learn}`);
          bench.hold(action.learn + 1, subject);
          await bench.release(subject);
        } else {
          await bench.pipeline.drain();
          if (action === 'restart') await bench.restarted().start();
          else if (action !== 'drain') bench.trouble = action === 'mend' ? null : action;
        }
      }
      await bench.pipeline.drain();
      const known = await Promise.all(fates);
      const { received, logged, suspended, answeredFromCache, refused, difference } = bench.counters.view();
      const count = (fate: Fate) => known.filter((one) => one === fate).length;
      expect([received, logged, suspended, answeredFromCache, refused['log-unavailable'] ?? 0, difference]).toEqual([
        known.length,
        count('logged'),
        count('suspended'),
        count('duplicate'),
        count(null),
        0,
      ]);
      const places = [...(await bench.logged()).map(([, id]) => id), ...(await bench.waiting())];
      expect(new Set(places).size).toBe(places.length);
      // Whatever was answered for is there.
      for (const [index, fate] of known.entries()) if (fate !== null) expect(places).toContain(ids[index]);
      bench.trouble = null;
      const again = await bench.take(...[...new Set(ids)].map((id) => event(id, `s${Number(id) % 3}`)));
      expect(again.filter((fate) => fate !== 'duplicate')).toHaveLength(new Set(ids).size - places.length);
    }),
    { numRuns: 40 },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UsageRecord } from '../../../collectors/index.ts';
import type { UsageVerdict } from '../../../daemon/contract.ts';
import { CollectorCounters } from '../../../daemon/counters.ts';
import { EventCollector } from '../../../daemon/net/event-collector.ts';
import type { Fate } from '../../../daemon/pipeline.ts';
import { meterNames } from '../../../rating/index.ts';
import { chargeEvent, dayMs, eventContext, eventsNowMs, meterEvent, usageEvent } from '../../fixtures/usage-events.ts';

/** A collector whose records meet the fate that is given for them. */
class Bench {
  readonly taken: UsageRecord[] = [];
  readonly counters = new CollectorCounters('http');
  readonly collector: EventCollector;

  constructor(fateOf: (record: UsageRecord) => Fate = () => 'logged', clock = () => eventsNowMs) {
    this.collector = new EventCollector({
      // Counted and answered as the pipeline does it, in another order than taken.
      pipeline: {
        submit: (record, counters, done) => {
          this.taken.push(record);
          const fate = fateOf(record);
          setTimeout(() => {
            if (fate === 'duplicate') counters.answeredFromCache++;
            else if (fate !== null) counters[fate]++;
            done(fate);
          }, this.taken.length % 3);
        },
      },
      counters: this.counters,
      clock,
      pastMsMax: 400 * dayMs,
      futureMsMax: 300_000,
    });
  }

  take(...events: unknown[]): Promise<UsageVerdict[]> {
    return this.collector.take(events, { provider: eventContext.provider, rights: eventContext.rights });
  }

  /** Base quantity of the first reading, or why it is refused. */
  async quantityOf(meter: string, data: object): Promise<bigint | string | undefined> {
    const [verdict] = await this.take(meterEvent(meter, { ...data }));
    return verdict!.verdict === 'refused' ? verdict!.detail : this.taken.at(-1)!.readings[0]!.quantity;
  }
}

describe('a meter', () => {
  it.each([
    ['time', '90', null, 90n],
    ['time', '1.5', 'hour', 5_400n],
    ['time', 2, 'day', 172_800n],
    ['octets-in', '4611686018427387903', null, 2n ** 62n - 1n],
    ['octets-in', '1.5', 'GB', 1_500_000_000n],
    ['octets-out', '1', 'GiB', 2n ** 30n],
    ['messages', 3, null, 3n],
    ['messages', 3, '1', 3n],
    ['storage', '2', 'GB·day', 2n * 10n ** 9n * 86_400n],
    ['web-space', '0.5', 'GB·month', 10n ** 9n * 1_296_000n],
    ['downloads', 1, null, 1n],
    ['addresses', '24', 'hour', 86_400n],
    ['content', 1, null, 1n],
    ['voice', '75', 'second', 75n],
    ['x-ftp', '12', null, 12n],
    ['x-a.b_c-9', 0, '1', 0n],
    ['x-hasownproperty', 1, null, 1n],
    ['messages', '2.000', null, 2n],
  ])('%s takes %j %s', async (meter, quantity, unit, base) => {
    expect(await new Bench().quantityOf(meter, { quantity, unit })).toBe(base);
  });

  it.each([
    ['octets', 1, null, '"octets" is not a meter: report octets-in and octets-out'],
    ['', 1, null, '"" is not a meter'],
    ['Time', 1, null, '"Time" is not a meter'],
    ['x-', 1, null, '"x-" is not a meter'],
    ['constructor', 1, null, '"constructor" is not a meter'],
    ['__proto__', 1, null, '"__proto__" is not a meter'],
    [`x-${'a'.repeat(64)}`, 1, null, `"x-${'a'.repeat(62)}" is not a meter`],
    ['time', 1, 'fortnight', '"fortnight" is not a unit'],
    ['time', 1, 'constructor', '"constructor" is not a unit'],
    ['time', 1, '', '"" is not a unit'],
    ['time', 1, 'GB', 'GB is not a unit of time'],
    ['octets-in', 1, 'hour', 'hour is not a unit of octets-in'],
    ['storage', 1, 'GB', 'GB is not a unit of storage'],
    ['messages', 1, 'second', 'second is not a unit of messages'],
    ['time', 1, '1', '1 is not a unit of time'],
    ['messages', '1.5', null, 'data.quantity 1.5 is not a whole number of the meter'],
    ['octets-in', '0.5', 'B', 'data.quantity 0.5 is not a whole number of the meter'],
    ['time', '0.0001', 'hour', 'data.quantity 0.0001 is not a whole number of the meter'],
  ])('%s refuses %j %s', async (meter, quantity, unit, complaint) => {
    expect(await new Bench().quantityOf(meter, { quantity, unit })).toEqual(expect.stringContaining(complaint));
  });

  it('that a plan may select can be reported, but for the sum of both directions', async () => {
    for (const meter of meterNames) expect(await new Bench().quantityOf(meter, { quantity: 1 }), meter).toBe(1n);
  });

  it('of a plan’s wildcard is no name that can be reported', async () => {
    expect(await new Bench().quantityOf('x-*', { quantity: 1 })).toBe('"x-*" is not a meter');
  });
});

describe('events', () => {
  it('get their verdicts in their order, whatever the order in which they become durable', async () => {
    const bench = new Bench((record) => {
      const n = Number(record.key.split('\n')[2]);
      return n % 3 === 0 ? 'logged' : n % 3 === 1 ? 'suspended' : 'duplicate';
    });
    const events = Array.from({ length: 1_203 }, (_, n) =>
      usageEvent({ id: String(n), ...(n % 7 ? {} : { type: 'x' }) }),
    );
    const verdicts = await bench.take(...events);
    expect(verdicts.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    const expected = events.map((_, n) => (n % 7 === 0 ? 'refused' : ['logged', 'suspended', 'duplicate'][n % 3]));
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(expected);
    const { received, logged, suspended, refused, answeredFromCache, difference } = bench.counters.view();
    const count = (verdict: string) => expected.filter((one) => one === verdict).length;
    expect([received, logged, suspended, answeredFromCache, refused['type-unknown'], difference]).toEqual([
      1_203,
      count('logged'),
      count('suspended'),
      count('duplicate'),
      count('refused'),
      0,
    ]);
    expect(bench.counters.inFlight).toBe(0);
  });

  it('of which one could not be made durable are none of them answered, and all are accounted for', async () => {
    const bench = new Bench((record) => (record.key.endsWith('\nbad') ? null : 'logged'));
    const failed = bench.take(usageEvent(), usageEvent({ id: 'bad' }), usageEvent({ id: 'e3' }), 'refused');
    await expect(failed).rejects.toMatchObject({ code: 'log-unavailable', status: 503 });
    expect(bench.counters.view()).toMatchObject({
      received: 4,
      logged: 2,
      refused: { 'log-unavailable': 1, 'not-cloudevent': 1 },
      difference: 0,
    });
    expect(bench.counters.inFlight).toBe(0);
  });

  it('that are none get no verdict', async () => {
    expect(await new Bench().take()).toEqual([]);
  });

  it('of any JSON are answered one for one, and counted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 20 }), async (events) => {
        const bench = new Bench();
        const verdicts = await bench.take(...events);
        expect(verdicts).toHaveLength(events.length);
        expect(bench.counters.view()).toMatchObject({ received: events.length, difference: 0 });
      }),
      { numRuns: 50 },
    );
  });
});

it('keys are kept until the event would be too old, also of a charge that lay as far ahead as it may', async () => {
  let nowMs = eventsNowMs;
  const bench = new Bench(undefined, () => nowMs);
  const atMs = eventsNowMs + 31 * dayMs + 300_000;
  const dateTime = new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
  const event = chargeEvent({ data: { dateTime } });
  expect((await bench.take(event))[0]!.verdict).toBe('logged');
  nowMs = eventsNowMs + bench.collector.keysKeptMs;
  expect((await bench.take(event))[0]!.reason).toBe('too-old');
});

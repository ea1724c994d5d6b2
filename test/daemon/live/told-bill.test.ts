/** What is told of a watched bill, piece by piece and written by hand, against the bill that a snapshot tells whole. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BillView, LiveMessage } from '../../../daemon/contract.ts';
import { LiveBills, sendEveryMs } from '../../../daemon/live/live-bills.ts';
import type { LogEntry } from '../../../daemon/log/usage-log.ts';
import type { Partition } from '../../../daemon/partitions/partition.ts';
import { billPeriodAt } from '../../../rating/index.ts';
import { initialLive, type LiveInput, type LiveState, live, reduceLive } from '../../../web/live.ts';
import { appendEach, logged, makeWorld, startPartition, usageOf, type World } from '../../fixtures/partition-world.ts';
import { epochMs } from '../../fixtures/session-reports.ts';
import { chargeEvent, recordOf } from '../../fixtures/usage-events.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('use' as const), session: fc.constantFrom('s1', 's2', 's"3') }) },
  fc.record({ do: fc.constant('stop' as const), session: fc.constantFrom('s1', 's2') }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('buy' as const),
      charge: fc.constantFrom('1.005', '-1.005', '0.000', '12.344'),
      vendor: fc.constantFrom('Cinema', 'Kino "C"'),
    }),
  },
  fc.record({ do: fc.constant('pay' as const), amount: fc.constantFrom('20', '0.01') }),
  fc.record({ do: fc.constantFrom('tick' as const, 'close' as const) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(100, 1_000, 2 * hourMs, 9 * dayMs) }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('look' as const),
      wire: fc.constantFrom('sound' as const, 'loses' as const, 'repeats' as const, 'reverses' as const),
    }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** Anna on the evening plan, which has a free allowance, peak hours and a monthly fee; one page watches. */
class WatchedAnna {
  page: LiveState = initialLive('anna');
  readonly sent: string[] = [];
  readonly #world: World;
  readonly #partition: Partition;
  readonly #live: LiveBills;
  #ms = 0;
  #events = 0;

  constructor(world: World, partition: Partition) {
    this.#world = world;
    this.#partition = partition;
    this.#live = new LiveBills({
      partition,
      store: world.store,
      clock: () => epochMs + this.#ms,
      send: ({ json }) => void this.sent.push(String(json)),
      now: () => this.#ms,
    });
  }

  get #anna(): number {
    return this.#world.accounts.anna!;
  }

  async act(wanted: Action): Promise<void> {
    const nowMs = epochMs + this.#ms;
    const seconds = Math.floor(this.#ms / 1_000);
    switch (wanted.do) {
      case 'use':
        this.#ms += hourMs;
        return this.#fold(usageOf(this.#anna, { at: seconds + 3_600, time: seconds + 3_600, session: wanted.session }));
      case 'stop':
        return this.#fold(usageOf(this.#anna, { status: 'stop', at: seconds, session: wanted.session }));
      case 'buy': {
        const dateTime = new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ');
        const { charge, vendor } = wanted;
        const event = chargeEvent({ id: `c${this.#events++}`, data: { charge, vendor, dateTime } });
        return this.#fold(logged(this.#anna, recordOf(event)));
      }
      case 'pay':
        await this.#world.store.addPayment({ account: this.#anna, amount: wanted.amount, note: '', atMs: nowMs });
        return this.#live.refresh(this.#anna);
      case 'tick':
        return this.#fold({ kind: 'tick', account: this.#anna, atMs: nowMs });
      case 'close': {
        const before = billPeriodAt('UTC', 1, billPeriodAt('UTC', 1, nowMs).fromMs - 1);
        return this.#fold({ kind: 'close', account: this.#anna, periodFromMs: before.fromMs });
      }
      case 'wait':
        this.#ms += wanted.ms;
        return;
      case 'look':
        return this.look(wanted.wire);
    }
  }

  /** As the rating thread does after a step, over a wire that may be bad. */
  async look(wire: 'sound' | 'loses' | 'repeats' | 'reverses' = 'sound'): Promise<void> {
    await this.#live.flush();
    await this.#live.project();
    const texts = this.sent.splice(0);
    // What a slow viewer was not told the hub makes good with a whole bill.
    if (wire === 'loses') return this.#arrive({ type: 'bill', bill: await this.bill() });
    if (wire === 'reverses') texts.reverse();
    for (const text of wire === 'repeats' ? [...texts, ...texts] : texts) await this.#arrive(JSON.parse(text));
  }

  /** The page as its clock goes on: it asks after silence. */
  async pass(ms: number): Promise<void> {
    this.#ms += ms;
    await this.hear({ kind: 'tick', atMs: this.#ms });
  }

  async hear(input: LiveInput): Promise<void> {
    const { state, send } = reduceLive(this.page, input);
    this.page = state;
    if (send !== null) await this.#arrive({ type: 'bill', bill: await this.bill() });
  }

  async bill(): Promise<BillView> {
    return (await this.#live.snapshot(this.#anna))!;
  }

  async #arrive(message: LiveMessage): Promise<void> {
    await this.hear({ kind: 'message', message, atMs: this.#ms });
  }

  async #fold(entry: LogEntry): Promise<void> {
    await appendEach(this.#world.log, [entry]);
    for (let step = await this.#partition.step(); step; step = await this.#partition.step()) this.#live.onStep(step);
  }
}

async function watchingAnna(work: (anna: WatchedAnna) => Promise<void>): Promise<void> {
  const world = await makeWorld({ anna: 'evening' });
  try {
    const anna = new WatchedAnna(world, await startPartition(world.store, world.log));
    await anna.hear({ kind: 'opened', atMs: 0 });
    await work(anna);
  } finally {
    await world.log.close();
    await world.store.close();
  }
}

/** The bill without what only a snapshot tells, and without the instant it was asked at. */
function shown({ totals, recent, asOf, asOfMs, ...bill }: BillView) {
  return bill;
}

test('a message of charges is the JSON of what the whole bill says at that moment, to the letter', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 30 }), (actions) =>
      watchingAnna(async (anna) => {
        for (const wanted of actions) {
          if (wanted.do !== 'look') await anna.act(wanted);
          await anna.pass(sendEveryMs);
          const before = await anna.bill();
          await anna.look();
          expect(JSON.stringify(shown(anna.page.bill!))).toBe(JSON.stringify(shown(before)));
        }
      }),
    ),
    { numRuns: 40 },
  );
});

test('whatever is lost, repeated or out of order, a page that has asked after silence shows the bill', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), (actions) =>
      watchingAnna(async (anna) => {
        for (const wanted of actions) await anna.act(wanted);
        await anna.pass(live.silenceWholeMs);
        await anna.look();
        expect(shown(anna.page.bill!)).toEqual(shown(await anna.bill()));
      }),
    ),
    { numRuns: 40 },
  );
});

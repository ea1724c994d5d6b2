import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeptSessions } from '../../../daemon/live/kept-sessions.ts';
import type { OpenSessions, SessionRow } from '../../../daemon/store/store.ts';

const row = (id: number, open: boolean, lastEventMs = id): SessionRow =>
  ({ id, state: { account: 1, open, lastEventMs } }) as SessionRow;

/** A store of one account's sessions that counts how often it is asked. */
class Sessions {
  readonly rows = new Map<number, SessionRow>();
  asked = 0;

  put(one: SessionRow): SessionRow {
    this.rows.set(one.id, one);
    return one;
  }

  openSessionsOfAccount = async (_: number, limit: number): Promise<OpenSessions> => {
    this.asked++;
    return this.told(limit);
  };

  told(limit: number): OpenSessions {
    const open = [...this.rows.values()].filter(({ state }) => state.open).sort((a, b) => b.id - a.id);
    return { items: open.slice(0, limit), count: open.length };
  }
}

test('whatever sessions open, report and end, what is kept is what the store would tell', async () => {
  const change = fc.record({ id: fc.integer({ min: 1, max: 8 }), open: fc.boolean(), look: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 60 }), async (changes) => {
      const store = new Sessions();
      const kept = new KeptSessions(1, store);
      for (const { id, open, look } of changes) {
        kept.take(store.put(row(id, open)));
        if (look) expect(await kept.current()).toEqual(store.told(500));
      }
      expect(await kept.current()).toEqual(store.told(500));
      expect(store.asked).toBeLessThanOrEqual(1);
    }),
  );
});

test('of more than five hundred the newest are kept, and one that ends makes room for an older one', async () => {
  const store = new Sessions();
  const kept = new KeptSessions(1, store);
  for (let id = 1; id <= 700; id++) kept.take(store.put(row(id, true)));
  expect(await kept.current()).toEqual(store.told(500));
  kept.take(store.put(row(700, false)));
  const after = await kept.current();
  expect(after.count).toBe(699);
  expect(after.items.at(-1)!.id).toBe(200);
});

test('the last interval between two reports is remembered', async () => {
  const store = new Sessions();
  const kept = new KeptSessions(1, store);
  kept.take(row(1, true, 1_000));
  expect(kept.intervalMs(row(1, true))).toBe(0);
  kept.take(row(1, true, 61_000));
  kept.take(row(1, true, 61_000));
  expect(kept.intervalMs(row(1, true))).toBe(60_000);
});

test('a row that changed without a commit is not shown once it is forgotten', async () => {
  const store = new Sessions();
  store.put(row(1, true, 1_000));
  const kept = new KeptSessions(1, store);
  await kept.current();
  const held = row(1, true, 1_000);
  kept.take(held);
  (held.state as { lastEventMs: number }).lastEventMs = 61_000;
  expect(kept.atHand!.items[0]!.state.lastEventMs).toBe(61_000);
  kept.forget();
  expect(kept.atHand).toBeNull();
  expect(await kept.current()).toEqual(store.told(500));
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BillView, LiveCharge, LiveMessage, LiveSubscribe } from '../../daemon/contract.ts';
import { initialLive, type LiveInput, type LiveState, live, reduceLive } from '../../web/live.ts';
import { line, sampleBill } from './sample-bill.ts';

const startMs = Date.UTC(2026, 0, 15, 12);

describe('a live bill', () => {
  test('takes what is new and ignores what it has', () => {
    const at3 = opened(sampleBill({ seq: 3 }));
    const { message } = chargesOf(sampleBill({ seq: 5, total: '38.10', asOfMs: startMs + 1 }), 2, 3);
    const once = reduceLive(at3, { kind: 'message', message, atMs: 1 }).state;
    expect(once.bill?.total).toBe('38.10');
    expect(once.recent.map((charge) => charge.seq)).toEqual([4, 5]);
    const twice = reduceLive(once, { kind: 'message', message, atMs: 2 });
    expect(twice.send).toBeNull();
    expect(twice.state.bill).toBe(once.bill);
    expect(twice.state.recent).toBe(once.recent);
  });

  test('asks for the snapshot with the last charges also where plain HTTP was faster', () => {
    const { message } = chargesOf(sampleBill({ seq: 3 }), 2, 1);
    const recent = message.type === 'charges' ? message.charges : [];
    const fetched = reduceLive(initialLive('A-1'), { kind: 'fetched', bill: sampleBill({ seq: 3 }), atMs: startMs });
    const asked = reduceLive(fetched.state, { kind: 'opened', atMs: startMs });
    expect(asked.send).toEqual({ subscribe: 'A-1' });
    const bill = sampleBill({ seq: 3, recent });
    const told = reduceLive(asked.state, { kind: 'message', message: { type: 'bill', bill }, atMs: startMs }).state;
    expect(told.bill?.recent).toBe(recent);
    expect(reduceLive(told, { kind: 'opened', atMs: startMs }).send).toEqual({ subscribe: 'A-1', since: 3 });
  });

  test('asks for the whole bill when a number is missing, and asks once', () => {
    const at3 = opened(sampleBill({ seq: 3 }));
    const { message } = chargesOf(sampleBill({ seq: 9, asOfMs: startMs + 1 }), 7, 2);
    const gap = reduceLive(at3, { kind: 'message', message, atMs: 1 });
    expect(gap.send).toEqual({ subscribe: 'A-1' });
    expect(gap.state.bill?.seq).toBe(3);
    expect(reduceLive(gap.state, { kind: 'message', message, atMs: 2 }).send).toBeNull();
  });

  test('takes an empty answer to "since" as news: payments move the balance without a charge', () => {
    const at3 = opened(sampleBill({ seq: 3 }));
    const { message } = chargesOf(sampleBill({ seq: 3, balance: '99.00', asOfMs: startMs + 9 }), 3, 0);
    const { state } = reduceLive(at3, { kind: 'message', message, atMs: 1 });
    expect(state.bill?.balance).toBe('99.00');
    expect(state.bill?.asOfMs).toBe(startMs + 9);
  });

  test('an estimate is kept apart from the total and ends with the charges it foresaw', () => {
    const at3 = opened(sampleBill({ seq: 3 }));
    const estimated = reduceLive(at3, { kind: 'message', message: projection(3), atMs: 1 }).state;
    expect(estimated.estimate?.amount).toBe('0.42');
    expect(estimated.bill?.total).toBe('36.10');
    const { message } = chargesOf(sampleBill({ seq: 4, total: '36.52', asOfMs: startMs + 1 }), 3, 1);
    expect(reduceLive(estimated, { kind: 'message', message, atMs: 2 }).state.estimate).toBeNull();
    expect(reduceLive(at3, { kind: 'message', message: projection(8), atMs: 1 }).send).toEqual({ subscribe: 'A-1' });
  });

  test('ignores other accounts', () => {
    const at3 = opened(sampleBill({ seq: 3 }));
    const other: LiveMessage = { type: 'bill', bill: sampleBill({ account: 'B-2', seq: 90 }) };
    expect(reduceLive(at3, { kind: 'message', message: other, atMs: 1 }).state.bill?.account).toBe('A-1');
  });

  test('asks after silence, then for everything, then hangs up', () => {
    let state = opened(sampleBill({ seq: 3 }));
    const at = (atMs: number) => {
      const result = reduceLive(state, { kind: 'tick', atMs });
      state = result.state;
      return result;
    };
    expect(at(live.silenceAskMs - 1).send).toBeNull();
    expect(at(live.silenceAskMs).send).toEqual({ subscribe: 'A-1', since: 3 });
    expect(at(live.silenceAskMs + 1).send).toBeNull();
    expect(at(live.silenceWholeMs).send).toEqual({ subscribe: 'A-1' });
    expect(at(live.silenceHangUpMs).hangUp).toBe(true);
  });

  test('after a reconnection accepts a daemon that knows less than before', () => {
    const at9 = reduceLive(opened(sampleBill({ seq: 9 })), { kind: 'lost' }).state;
    const reopened = reduceLive(at9, { kind: 'opened', atMs: 50 });
    expect(reopened.send).toEqual({ subscribe: 'A-1', since: 9 });
    const restored: LiveMessage = { type: 'bill', bill: sampleBill({ seq: 4, total: '1.00' }) };
    const after = reduceLive(reopened.state, { kind: 'message', message: restored, atMs: 51 }).state;
    expect(after.bill?.total).toBe('1.00');
  });

  test('keeps no more charges and notices than its limits', () => {
    let state = opened(sampleBill({ seq: 0 }));
    for (let seq = 0; seq < 60; seq++) {
      const { message } = chargesOf(sampleBill({ seq: (seq + 1) * 10, asOfMs: startMs + seq + 1 }), seq * 10, 10);
      state = reduceLive(state, { kind: 'message', message, atMs: seq }).state;
      const notice: LiveMessage = { type: 'notice', level: 'info', code: `n${seq}`, text: '' };
      state = reduceLive(state, { kind: 'message', message: notice, atMs: seq }).state;
    }
    expect(state.recent).toHaveLength(live.recentChargesMax);
    expect(state.notices).toHaveLength(live.noticesMax);
  });
});

/** What the net does to the next message between server and page. */
type Fate = 'deliver' | 'drop' | 'duplicate' | 'delay' | 'post' | 'tick' | 'reconnect';
const fates = fc.constantFrom<Fate>(
  'post',
  'post',
  'deliver',
  'deliver',
  'drop',
  'duplicate',
  'delay',
  'tick',
  'reconnect',
);

test('after 1,000 random drops, duplicates and reorders the page has what the server has', () => {
  fc.assert(
    fc.property(fc.array(fates, { minLength: 1000, maxLength: 1000 }), (story) => {
      const world = new World();
      for (const fate of story) world.live(fate);
      world.calm();
      expect(world.page.bill).toEqual(world.bill);
      const known = world.page.recent.map((charge) => charge.seq);
      expect(known).toEqual([...new Set(known)].sort((a, b) => a - b));
    }),
    { numRuns: 60 },
  );
});

test('the shown number never goes back within a connection', () => {
  fc.assert(
    fc.property(
      fc.array(
        fates.filter((fate) => fate !== 'reconnect'),
        { minLength: 300, maxLength: 300 },
      ),
      (story) => {
        const world = new World();
        let seq = 0;
        for (const fate of story) {
          world.live(fate);
          const now = world.page.bill?.seq ?? 0;
          expect(now).toBeGreaterThanOrEqual(seq);
          seq = now;
        }
      },
    ),
  );
});

/** A server, a page and a bad net between them; requests are lost as easily as answers. */
class World {
  bill: BillView = sampleBill({ seq: 0, total: '0.00', balance: '50.00', lines: [] });
  page: LiveState = initialLive('A-1');
  #charges: LiveCharge[] = [];
  #wire: LiveMessage[] = [];
  #nowMs = startMs;

  constructor() {
    this.#input({ kind: 'opened', atMs: this.#nowMs }, true);
  }

  live(fate: Fate): void {
    this.#nowMs += 100;
    if (fate === 'post') this.#post();
    else if (fate === 'tick') {
      this.#nowMs += live.askAgainMs;
      this.#input({ kind: 'tick', atMs: this.#nowMs }, this.#nowMs % 3 === 0);
    } else if (fate === 'reconnect') this.#reconnect();
    else if (fate === 'delay') this.#wire.push(...this.#wire.splice(0, 1));
    else if (fate === 'duplicate') this.#wire.push(...this.#wire.slice(0, 1));
    else {
      const message = this.#wire.shift();
      const arrives = message !== undefined && fate === 'deliver';
      if (arrives) this.#input({ kind: 'message', message, atMs: this.#nowMs }, this.#nowMs % 300 !== 0);
    }
  }

  /** The net is well again and silence sets in: what is asked is answered. */
  calm(): void {
    this.#wire = [];
    this.#nowMs += live.silenceAskMs;
    this.#input({ kind: 'tick', atMs: this.#nowMs }, true);
    while (this.#wire.length > 0) this.live('deliver');
  }

  #post(): void {
    const seq = this.bill.seq + 1;
    const total = `${seq}.00`;
    const lines = [line('On-peak hours', String(seq), 'hour', total)];
    const asOfMs = this.#nowMs;
    this.bill = {
      ...this.bill,
      seq,
      total,
      balance: `${50 - seq}.00`,
      lines,
      asOfMs,
      asOf: new Date(asOfMs).toISOString(),
    };
    this.#charges.push(charge(seq, total));
    this.#wire.push(this.#since(seq - 1));
  }

  #since(fromSeq: number): LiveMessage {
    const { account, seq, total, balance, asOfMs, lines, allowances, sessions, sessionCount } = this.bill;
    const charges = this.#charges.slice(fromSeq);
    return {
      type: 'charges',
      account,
      fromSeq,
      seq,
      total,
      balance,
      asOfMs,
      lines,
      allowances,
      sessions,
      sessionCount,
      charges,
    };
  }

  #reconnect(): void {
    this.#wire = [];
    this.#input({ kind: 'lost' }, true);
    this.#input({ kind: 'opened', atMs: this.#nowMs }, this.#nowMs % 200 === 0);
  }

  #input(input: LiveInput, requestArrives: boolean): void {
    const { state, send, hangUp } = reduceLive(this.page, input);
    this.page = state;
    if (send !== null && requestArrives) this.#answer(send);
    if (hangUp) this.#reconnect();
  }

  #answer({ since }: LiveSubscribe): void {
    this.#wire.push(since === undefined ? { type: 'bill', bill: this.bill } : this.#since(since));
  }
}

function opened(bill: BillView): LiveState {
  const { state } = reduceLive(initialLive('A-1'), { kind: 'opened', atMs: 0 });
  return reduceLive(state, { kind: 'message', message: { type: 'bill', bill }, atMs: 0 }).state;
}

function chargesOf(bill: BillView, fromSeq: number, count: number): { message: LiveMessage } {
  const { account, seq, total, balance, asOfMs, lines, allowances, sessions, sessionCount } = bill;
  const charges = Array.from({ length: count }, (_, index) => charge(fromSeq + index + 1, total));
  return {
    message: {
      type: 'charges',
      account,
      fromSeq,
      seq,
      total,
      balance,
      asOfMs,
      lines,
      allowances,
      sessions,
      sessionCount,
      charges,
    },
  };
}

function projection(seq: number): LiveMessage {
  return { type: 'projection', account: 'A-1', seq, asOfMs: startMs + 5, amount: '0.42', total: '36.10', sessions: [] };
}

function charge(seq: number, total: string): LiveCharge {
  const usage = { description: 'On-peak hours', additional: '', units: '1', unit: 'hour', vendor: '', attribution: '' };
  return {
    seq,
    at: new Date(startMs + seq).toISOString(),
    usage,
    charge: '1.000000',
    currency: 'EUR',
    total,
    balance: '0',
  };
}

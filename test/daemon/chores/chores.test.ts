import pino from 'pino';
import { expect, it } from 'vitest';
import { type ChoreParts, Chores } from '../../../daemon/chores/chores.ts';
import type { LogEntry } from '../../../daemon/log/usage-log.ts';
import type { OutgoingPosting } from '../../../daemon/store/store.ts';
import { accountOn } from '../../fixtures/partition-world.ts';

const nowMs = Date.UTC(2026, 2, 10);

/** Chores over parts that a test may hold or fail; what they log is in `appended`. */
class Bench {
  readonly appended: LogEntry[] = [];
  readonly told: string[] = [];
  readonly notes = new Map<string, string>();
  withoutTick: number[] = [];
  outgoing: OutgoingPosting[] = [];
  /** Stands before each append. */
  beforeAppend = async (): Promise<void> => undefined;
  closed = false;
  readonly chores: Chores;

  constructor() {
    const openOnly = <T>(value: T): T => {
      if (this.closed) throw new Error('the database connection is not open');
      return value;
    };
    const account = (no: number) => ({ ...accountOn(`a${no}`), no, createdMs: nowMs + no });
    this.chores = new Chores({
      log: {
        note: async (key: string) => openOnly(this.notes.get(key) ?? null),
        setNote: async (key: string, value: string) => openOnly(void this.notes.set(key, value)),
      },
      reader: {
        accounts: async () => openOnly([]),
        accountsWithoutTick: async (afterNo: number) =>
          openOnly(this.withoutTick.filter((no) => no > afterNo).map(account)),
        outgoing: async () => openOnly(this.outgoing),
        openSessionsHeard: async () => openOnly([]),
      },
      rater: {
        progress: { position: 0 },
        change: async () => {
          this.outgoing = openOnly([]);
        },
      },
      pipeline: {
        append: async (entries: readonly LogEntry[]) => {
          await this.beforeAppend();
          this.appended.push(...openOnly(entries));
        },
        releaseAll: async () => openOnly(0),
        probe: async () => undefined,
      },
      guide: { accountOf: () => 7 },
      holders: { trim: () => undefined },
      clock: () => nowMs,
      logger: pino({ level: 'error' }, { write: (line: string) => this.told.push(line) }),
      graceHours: 24,
      staleAfterMs: 1,
      logKeptMs: 1,
      eventKeysKeptMs: 1,
    } as unknown as ChoreParts);
  }
}

const posting = { position: 3, n: 0, account: 'a7', posting: {} } as unknown as OutgoingPosting;

it('a stop waits for what is being done, and nothing begins after it', async () => {
  const bench = new Bench();
  await bench.chores.start(0);
  let letGo = (): void => undefined;
  bench.outgoing = [posting];
  const held = new Promise<void>((resolve) => {
    bench.beforeAppend = () => {
      resolve();
      return new Promise((go) => {
        letGo = go;
      });
    };
  });
  const forwarding = bench.chores.forwardOutgoing();
  await held;
  let stopped = false;
  const stop = bench.chores.stop().then(() => {
    stopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  letGo();
  await Promise.all([stop, forwarding]);
  expect(bench.appended).toHaveLength(1);
  bench.closed = true;
  bench.outgoing = [posting];
  await bench.chores.forwardOutgoing();
  await bench.chores.stop();
  expect(bench.told).toEqual([]);
});

it('at the start, accounts for which nothing was folded get the tick that a crash kept from the log', async () => {
  const bench = new Bench();
  bench.withoutTick = [4, 9];
  await bench.chores.start(0);
  await bench.chores.stop();
  expect(bench.appended).toEqual([
    { kind: 'tick', account: 4, atMs: nowMs + 4 },
    { kind: 'tick', account: 9, atMs: nowMs + 9 },
  ]);
});

it('a first tick that the log could not take is logged by a later sweep', async () => {
  const bench = new Bench();
  bench.beforeAppend = async () => {
    throw new Error('database or disk is full');
  };
  await bench.chores.start(0);
  await bench.chores.tickFirst({ no: 5, createdMs: nowMs });
  expect(bench.appended).toEqual([]);
  expect(bench.told.join()).toContain('disk is full');
  await new Promise<void>((resolve) => {
    bench.beforeAppend = async () => resolve();
  });
  await bench.chores.stop();
  expect(bench.appended).toEqual([{ kind: 'tick', account: 5, atMs: nowMs }]);
});

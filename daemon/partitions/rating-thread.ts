/**
 * The rating thread: owns the store's only writing connection, folds the log as it grows, does the changes that people
 * make, and feeds the live bills. Steps and changes are done one at a time, in one queue.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { makeClock, SteadyClock } from '../clock.ts';
import { MeterdError } from '../errors.ts';
import { LiveBills } from '../live/live-bills.ts';
import { FrameGatherer } from '../live/live-frames.ts';
import { openLogReader } from '../log/file-log.ts';
import { PlanRegistry } from '../plans/registry.ts';
import { isDiskFault } from '../sqlite-file.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { threadNumber, workPatiently } from '../thread-schedule.ts';
import type { CallMethod, FromRatingThread, RatingThreadData, ToRatingThread, WriterMethod } from './messages.ts';
import { Partition } from './partition.ts';

const retryMs = 1_000;
/**
 * After a small step the next waits this long for company: sessions and accounts met again cost no second row. Half of what
 * it was, 100 ms, costs no more at 10,000 reports a second of as many accounts, and bills are told twice as soon.
 */
const gatherMs = 50;
const gatherBelowEntries = 8_000;
const progressMs = 50;
/** How often live bills are looked at between steps, each of which is followed by a look. */
const liveMs = 25;

workPatiently();

const data = workerData as RatingThreadData;
const port = parentPort!;
const say = (message: FromRatingThread): void => port.postMessage(message);

const store = openSqliteStore(data.storeFile);
const log = openLogReader(data.log);
const plans = new PlanRegistry(store);
const partition = new Partition(store, log, plans);
const told = new FrameGatherer((frames) => {
  port.postMessage({ type: 'live', frames } satisfies FromRatingThread, [frames.octets.buffer]);
});
const live = new LiveBills({
  partition,
  store,
  clock: makeClock(data.clock, new SteadyClock()),
  send: (message) => told.add(message),
});

let turn: Promise<unknown> = Promise.resolve();
let stepWanted = false;
let liveWanted = false;
let stopping = false;
let progressToldAtMs = 0;

/** Does pieces of work one after the other, with a turn of the event loop between them so that messages come in. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = turn.then(() => new Promise((resolve) => setImmediate(resolve))).then(work);
  turn = result.catch(() => undefined);
  return result;
}

function wake(): void {
  if (stepWanted || stopping) return;
  stepWanted = true;
  inTurn(async () => {
    stepWanted = false;
    const step = await partition.step((account) => live.isWatched(account));
    if (step === null) return tellProgress(true);
    live.onStep(step);
    tellLive();
    if (step.flagged.length > 0) say({ type: 'flagged', flags: step.flagged });
    if (step.sendsOut) say({ type: 'outgoing' });
    if (performance.now() - progressToldAtMs > progressMs) tellProgress(false);
    if (step.entries < gatherBelowEntries) setTimeout(wake, gatherMs);
    else wake();
  }).catch((cause: unknown) => {
    live.onFault();
    say({ type: 'fault', text: `rating stopped at position ${partition.progress.position}: ${describe(cause)}` });
    setTimeout(wake, retryMs);
  });
}

function tellProgress(asleep: boolean): void {
  progressToldAtMs = performance.now();
  say({ type: 'progress', progress: partition.progress, asleep });
}

/** What must be forgotten in memory after a change. */
async function afterChange(method: WriterMethod, args: readonly unknown[]): Promise<void> {
  if (method === 'addPlanVersion') {
    plans.forget((args[0] as { planId: string }).planId);
    partition.forgetAccounts();
  } else if (method === 'putRatingTable') {
    plans.forgetTables();
    partition.forgetAccounts();
  } else if (method === 'assignPlan' || method === 'withdrawAssignments' || method === 'putTaxation') {
    partition.forgetAccounts(args[0] as number);
    await live.refresh(args[0] as number);
  } else if (method === 'updateAccount') {
    const account = await store.account(args[0] as string);
    if (account) partition.forgetAccounts(account.no);
    if (account) await live.refresh(account.no);
  } else if (method === 'addPayment') {
    await live.refresh((args[0] as { account: number }).account);
  }
}

async function call(method: CallMethod, args: readonly unknown[]): Promise<unknown> {
  if (method === 'snapshot') return live.snapshot(args[0] as number);
  if (method === 'stop') return stop();
  const change = store[method] as (...values: readonly unknown[]) => Promise<unknown>;
  const value = await change.apply(store, [...args] as never);
  await afterChange(method, args);
  return value;
}

async function stop(): Promise<void> {
  stopping = true;
  clearInterval(liveTimer);
  while ((await partition.step()) !== null);
  await (store as Store).close();
  await log.close();
}

function describe(cause: unknown): string {
  return cause instanceof Error ? `${cause.message}${cause.stack ? `\n${cause.stack}` : ''}` : String(cause);
}

/** Live bills are a courtesy: their fault is told and stops nothing. */
function tellLive(): void {
  if (liveWanted || stopping || !live.watchesAny) return;
  liveWanted = true;
  inTurn(async () => {
    liveWanted = false;
    try {
      if (await live.flush()) tellLive();
      else await live.project();
    } finally {
      told.flush();
    }
  }).catch((cause: unknown) => say({ type: 'fault', text: `live bills: ${describe(cause)}` }));
}

port.on('message', (message: ToRatingThread) => {
  if (message.type === 'wake') return wake();
  if (message.type === 'unwatch') {
    // In its turn: the snapshot that began the watch may be waiting still.
    void inTurn(async () => live.unwatch(message.account));
    return;
  }
  const { id, method, args } = message;
  inTurn(() => call(method, args)).then(
    (value) => {
      say({ type: 'reply', id, value });
      if (method === 'stop') port.close();
    },
    (cause: unknown) => {
      const code = cause instanceof MeterdError ? cause.code : isDiskFault(cause) ? 'store-unavailable' : null;
      const details = cause instanceof MeterdError ? cause.details : null;
      say({ type: 'refusal', id, code, message: describe(cause).split('\n')[0]!, details });
    },
  );
});

const liveTimer = setInterval(tellLive, liveMs);

await partition.start();
say({ type: 'ready', progress: partition.progress, thread: threadNumber() });
wake();

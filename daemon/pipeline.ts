/**
 * The whole way of one record through the receiving thread (DESIGN §1):
 *
 *   collect   a listener verified and decoded a datagram, or a route an event, and calls `submit`
 *   known?    an event whose key is in the log or in suspense already is a duplicate; sessions are the partition's matter
 *   guide     whose is it? known: to the log; unknown, or behind suspended use of its session: to suspense
 *   log       what has arrived is appended in one transaction (group commit)
 *   answer    only now, by the `done` of each record
 *   wake      the partition's thread folds the log: mediate, rate, commit, publish (partitions/partition.ts)
 *
 * Everything that writes the log goes through one chain, so the order of the log is the order of decisions made here.
 */
import type { UsageRecord } from '../collectors/index.ts';
import type { CollectorCounters } from './counters.ts';
import type { LogEntry, LogNote, SuspendedRecord } from './log/usage-log.ts';
import { sessionKey } from './mediation/session.ts';
import { Suspense, type SuspenseOptions } from './mediation/suspense.ts';

/** Records in one transaction. */
const batchRecordsMax = 1_000;
/** Fewer records wait for others until the batch before them began so long ago. */
const batchEveryMs = 1;
const batchRecordsEnough = 128;
/** After fewer than this in a batch, waiting for company would only cost time. */
const batchRecordsFew = 4;
/** Batches at the log at once: while one is made durable, the next is decided and on its way. */
const appendsMax = 2;
/** Records waiting for the log; beyond it new ones are refused, and their devices will send them again. */
const pendingRecordsMax = 50_000;

const faultToldEveryMs = 10_000;
/** As large as a batch of the longest records in use. */
const probeOctets = 512 * 1024;

/** What became of a record; null where it could not be made durable, so that it must be sent again. */
export type Fate = 'logged' | 'suspended' | 'duplicate' | null;

interface Pending {
  readonly record: UsageRecord;
  readonly counters: CollectorCounters;
  readonly done: (fate: Fate) => void;
}

export interface PipelineOptions extends SuspenseOptions {
  readonly onFault: (cause: unknown) => void;
}

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #suspense: Suspense;
  #pending: Pending[] = [];
  #flushScheduled: 'soon' | 'now' | null = null;
  /** A flush waits for the log, which has enough to do. */
  #isDue = false;
  /** Records in the batch before. */
  #lastBatch = 0;
  #batchBegunMs = Number.NEGATIVE_INFINITY;
  #chain: Promise<void> = Promise.resolve();
  /** Batches of records decided, and not yet durable. Whatever else reads or writes the log waits for them. */
  readonly #appending = new Set<Promise<void>>();
  #faultToldAtMs = Number.NEGATIVE_INFINITY;
  #writable = true;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#suspense = new Suspense(options);
  }

  /** Learns what waits in suspense, and releases what can be guided by now. */
  async start(): Promise<void> {
    await this.#suspense.load();
    await this.releaseAll();
  }

  /** Whether the last append succeeded, or a probe as large since it failed. */
  get writable(): boolean {
    return this.#writable;
  }

  /** While the log can't be written, finds out whether it can again: devices that went elsewhere send nothing to try. */
  async probe(): Promise<void> {
    if (this.#writable) return;
    await this.#inTurn(async () => {
      // A note of a few octets may find room where a batch finds none.
      await this.#options.log.setNote('probe', '.'.repeat(probeOctets));
      await this.#options.log.setNote('probe', '');
      this.#writable = true;
    }).catch(() => undefined);
  }

  /** Takes a record; `done` is called when it is durable, or with null when it could not be made so. */
  submit(record: UsageRecord, counters: CollectorCounters, done: (fate: Fate) => void): void {
    if (this.#pending.length >= pendingRecordsMax) return done(null);
    this.#pending.push({ record, counters, done });
    this.#scheduleFlush();
  }

  /** Appends entries that come from no collector (ticks, closings, charges from other accounts that are new). */
  append(entries: readonly LogEntry[]): Promise<void> {
    return this.#inTurn(async () => {
      const keys = entries.flatMap((entry) => (entry.kind === 'posting' ? [entry.key] : []));
      const known = keys.length === 0 ? new Set() : await this.#options.log.knownEvents(keys);
      await this.#append(
        entries.filter((entry) => entry.kind !== 'posting' || !known.has(entry.key)),
        [],
      );
    });
  }

  /** Appends a window of flows, or a part of it: what could be guided, what waits, and how far its exporters had come. */
  appendWindow(
    entries: readonly LogEntry[],
    suspended: readonly SuspendedRecord[],
    note: LogNote | null,
  ): Promise<void> {
    return this.#inTurn(() => this.#append(entries, suspended, note));
  }

  /** Releases what waits for a subject, after the guide has learned who holds it. Returns the number released. */
  release(subject: string): Promise<number> {
    return this.#inTurn(() => this.#suspense.release(subject));
  }

  /** Releases whatever can be guided by now. */
  releaseAll(): Promise<number> {
    return this.#inTurn(() => this.#suspense.release());
  }

  /** Waits until everything taken so far has been decided. */
  async drain(): Promise<void> {
    while (this.#pending.length > 0 || this.#appending.size > 0) await this.#inTurn(() => this.#flush());
    await this.#chain;
  }

  /**
   * Few records wait a moment for company, since each commit costs a sync, but no longer than batches may follow each
   * other; many go at once, and so does the first of those that trickle in, while the log has nothing to do.
   */
  #scheduleFlush(): void {
    if (this.#flushScheduled === 'now') return;
    const enough =
      this.#pending.length >= batchRecordsEnough ||
      this.#isLogIdle() ||
      performance.now() - this.#batchBegunMs >= batchEveryMs;
    if (this.#flushScheduled === 'soon' && !enough) return;
    this.#flushScheduled = enough ? 'now' : 'soon';
    if (enough) setImmediate(() => this.#startFlush());
    else setTimeout(() => this.#startFlush(), batchEveryMs);
  }

  #isLogIdle(): boolean {
    return this.#appending.size === 0 && this.#lastBatch < batchRecordsFew;
  }

  #startFlush(): void {
    this.#flushScheduled = null;
    if (this.#pending.length === 0) return;
    this.#isDue = this.#appending.size >= appendsMax;
    if (!this.#isDue) void this.#afterOthers(() => this.#flush());
  }

  /** Decides what has arrived, and hands it to the log, which does one batch after the other. */
  async #flush(): Promise<void> {
    const batch = this.#pending.splice(0, batchRecordsMax);
    if (batch.length === 0) return;
    this.#lastBatch = batch.length;
    this.#batchBegunMs = performance.now();
    if (this.#pending.length > 0) this.#scheduleFlush();
    const entries: LogEntry[] = [];
    const suspended: SuspendedRecord[] = [];
    let fates: readonly Fate[];
    let appended: Promise<void>;
    try {
      const known = await this.#knownEvents(batch);
      await this.#suspense.lookUp(batch.map(({ record }) => record));
      fates = batch.map(({ record }) => this.#decide(record, known, entries, suspended));
      appended = this.#append(entries, suspended);
    } catch (cause) {
      return this.#settle(batch, null, suspended, cause);
    }
    const settled = appended
      .then(
        () => this.#settle(batch, fates, suspended),
        (cause: unknown) => this.#settle(batch, null, suspended, cause),
      )
      .finally(() => {
        this.#appending.delete(settled);
        if (this.#isDue || this.#isLogIdle()) this.#startFlush();
      });
    this.#appending.add(settled);
  }

  /** Tells each record of a batch what became of it; `fates` is null where the log took none. */
  #settle(
    batch: readonly Pending[],
    fates: readonly Fate[] | null,
    suspended: readonly SuspendedRecord[],
    cause?: unknown,
  ): void {
    if (fates === null) {
      this.#tellFault(cause);
      for (const { record } of suspended) this.#suspense.count(record, -1);
    }
    for (let index = 0; index < batch.length; index++) {
      const { counters, done } = batch[index]!;
      const fate = fates === null ? null : fates[index]!;
      if (fate === 'duplicate') counters.answeredFromCache++;
      else if (fate !== null) counters[fate]++;
      done(fate);
    }
    if (fates !== null) this.#releaseToldSessions(suspended);
  }

  /** Devices ask again and again, and each batch fails alike: one telling in a while is enough. */
  #tellFault(cause: unknown): void {
    const nowMs = performance.now();
    if (nowMs - this.#faultToldAtMs < faultToldEveryMs) return;
    this.#faultToldAtMs = nowMs;
    this.#options.onFault(cause);
  }

  /** A session waits that named nobody, until a report of it does. */
  #releaseToldSessions(suspended: readonly SuspendedRecord[]): void {
    const told = suspended.filter(
      ({ reason, record }) => reason === 'session-suspended' && this.#suspense.tellsItsSession(record),
    );
    for (const key of new Set(told.map(({ record }) => sessionKey(record)!))) {
      // Where it fails they wait on, durable, for the session's next report.
      this.#inTurn(() => this.#suspense.releaseSession(key)).catch((cause: unknown) => this.#options.onFault(cause));
    }
  }

  /** Keys of events that were made durable before; events of this batch are added as they are decided. */
  async #knownEvents(batch: readonly Pending[]): Promise<Set<string>> {
    const keys = batch.flatMap(({ record }) => (record.status === 'event' ? [record.key] : []));
    if (keys.length === 0) return new Set();
    await this.#allDurable();
    return new Set(await this.#options.log.knownEvents(keys));
  }

  #decide(
    record: UsageRecord,
    known: Set<string>,
    entries: LogEntry[],
    suspended: SuspendedRecord[],
  ): 'logged' | 'suspended' | 'duplicate' {
    if (record.status === 'event') {
      if (known.has(record.key)) return 'duplicate';
      known.add(record.key);
    }
    if (record.status === 'accounting-on' || record.status === 'accounting-off' || record.status === 'other') {
      entries.push({ kind: 'usage', account: 0, record });
      return 'logged';
    }
    const guidance = this.#suspense.guide(record);
    if ('account' in guidance) {
      this.#suspense.remember(record, guidance.account);
      entries.push({ kind: 'usage', account: guidance.account, record });
      return 'logged';
    }
    suspended.push({ reason: guidance.suspend, record });
    this.#suspense.count(record, 1);
    return 'suspended';
  }

  async #append(
    entries: readonly LogEntry[],
    suspended: readonly SuspendedRecord[],
    note: LogNote | null = null,
  ): Promise<void> {
    if (entries.length === 0 && suspended.length === 0 && note === null) return;
    try {
      const position = await this.#options.log.append(entries, suspended, this.#options.clock(), note);
      this.#writable = true;
      if (entries.length > 0) this.#options.onAppended(position, entries);
    } catch (cause) {
      this.#writable = false;
      throw cause;
    }
  }

  /** After all that was begun before, batches at the log included. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#afterOthers(async () => {
      await this.#allDurable();
      return work();
    });
  }

  async #allDurable(): Promise<void> {
    while (this.#appending.size > 0) await Promise.all(this.#appending);
  }

  /** After what was begun before has been decided. */
  #afterOthers<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#chain.then(work);
    this.#chain = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }
}

/** The daemon: its parts, built and wired in one place, started and stopped in order. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { Chores } from './chores/chores.ts';
import { type MachineTime, makeClock, SteadyClock } from './clock.ts';
import type { Config } from './config.ts';
import type { HealthView } from './contract.ts';
import { CollectorCounters } from './counters.ts';
import { claimDataFolder, type DataFolder } from './data-folder.ts';
import { loadDictionaries } from './dictionaries.ts';
import { meterdError } from './errors.ts';
import { failpoint } from './failpoint.ts';
import { AddressFeed } from './flows/address-feed.ts';
import { healthView } from './health/health.ts';
import type { AccountBook } from './http/deps.ts';
import { hashPassword } from './http/password.ts';
import { startHttp } from './http/server.ts';
import { LiveHub } from './live/hub.ts';
import { type FileLog, openFileLog } from './log/file-log.ts';
import type { LogEntry } from './log/usage-log.ts';
import { AddressHolders } from './mediation/address-holders.ts';
import { Guide, subjectKey } from './mediation/guide.ts';
import { learnHolders } from './mediation/learn-holders.ts';
import { learnIdentities } from './mediation/learn-identities.ts';
import { TextNumbers } from './mediation/text-numbers.ts';
import { makeMetrics } from './metrics.ts';
import { EventCollector } from './net/event-collector.ts';
import { FlowListener } from './net/flow-listener.ts';
import { RadiusListener } from './net/radius-listener.ts';
import { Rater } from './partitions/rater.ts';
import { Pipeline } from './pipeline.ts';
import { PlanRegistry } from './plans/registry.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { NewIdentity, Store } from './store/store.ts';
import { workPromptly } from './thread-schedule.ts';

const backlogMarkMs = 500;
const suspenseSubjectsShown = 50;
/** Addresses and prefixes remembered with their holders, and how long after they were released. */
const addressesMax = 2_000_000;
const addressesKeptMs = 6 * 3_600_000;
const dayMs = 86_400_000;

export interface Daemon {
  readonly url: string;
  readonly radiusPort: number;
  readonly flowPort: number;
  /** Set where this start made the first administrator with a password of its own making. */
  readonly newAdminPassword: string | null;
  readonly book: AccountBook;
  /** UTC epoch ms, maybe simulated. */
  readonly clock: () => number;
  /** Stops receiving, rates what is logged, closes the files. May be called twice. */
  stop(): Promise<void>;
}

export interface DaemonOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly version: string;
  /** The machine's own unless a test sets its clock. */
  readonly machineTime?: MachineTime;
}

/** Starts everything, in the order in which it may be relied on. On failure whatever had started is stopped again. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  // This thread receives and answers.
  workPromptly();
  const folder = claimDataFolder(options.config.data);
  let running: RunningDaemon | null = null;
  try {
    running = new RunningDaemon(options, folder);
    await running.start();
    return running;
  } catch (cause) {
    await running?.stop();
    folder.release();
    throw cause;
  }
}

class RunningDaemon implements Daemon {
  readonly clock: () => number;
  readonly book: AccountBook;
  newAdminPassword: string | null = null;
  url = '';
  readonly #options: DaemonOptions;
  readonly #steady: SteadyClock;
  readonly #folder: DataFolder;
  readonly #log: FileLog;
  readonly #rater: Rater;
  /** Times that use went beyond what a plan allows. */
  #flagged = 0;
  readonly #hub: LiveHub;
  /** Keys of sessions, for all that knows sessions by them. */
  readonly #texts = new TextNumbers(randomBytes(4).readInt32LE());
  readonly #holders = new AddressHolders({ holdingsMax: addressesMax, keptMs: addressesKeptMs }, this.#texts);
  readonly #guide = new Guide(this.#holders);
  readonly #pipeline: Pipeline;
  readonly #counters = new CollectorCounters('radius');
  readonly #events: EventCollector;
  readonly #eventCounters = new CollectorCounters('http');
  readonly #radius: RadiusListener;
  readonly #flows: FlowListener;
  readonly #startedAtMs: number;
  #chores: Chores | null = null;
  #reader: Store | null = null;
  #plans: PlanRegistry | null = null;
  #lastPosition = 0;
  /** Ends of the log and when they were reached, oldest first, at most one in `backlogMarkMs`. */
  #backlogMarks: { readonly position: number; readonly atMs: number }[] = [];
  #http: { readonly url: string; close(): Promise<void> } | null = null;
  #stopped: Promise<void> | null = null;

  constructor(options: DaemonOptions, folder: DataFolder) {
    const { config, logger } = options;
    const dictionary = loadDictionaries(config.radius.dictionaries);
    this.#options = options;
    this.#folder = folder;
    this.#steady = new SteadyClock(options.machineTime);
    const clock = { ...config.clock, originMs: this.#steady.now() };
    this.clock = makeClock(clock, this.#steady);
    this.#startedAtMs = this.clock();
    this.#log = openFileLog(folder.log);
    this.#rater = new Rater({
      data: { log: this.#log.reading, storeFile: folder.storeFile, clock },
      onLive: (frames) => this.#hub.publish(frames),
      onFault: (text) => logger.error(text),
      onRestart: () => {
        this.#hub.resynchronise();
        void this.#chores?.forwardOutgoing();
      },
      onOutgoing: () => void this.#chores?.forwardOutgoing(),
      onFlagged: (flags) => {
        this.#flagged += flags.length;
        for (const flag of flags) logger.warn(flag, 'use beyond what the plan allows');
      },
    });
    this.#hub = new LiveHub(this.#rater);
    this.#pipeline = new Pipeline({
      log: this.#log,
      guide: this.#guide,
      texts: this.#texts,
      sessionAccount: async (key) => (await this.#reader?.latestSession(key))?.state.account ?? null,
      clock: this.clock,
      onAppended: (position, entries) => this.#appended(position, entries),
      onFault: (cause) => logger.error({ err: cause }, 'the usage log cannot be written; devices get no answer'),
    });
    this.#radius = new RadiusListener({
      config: config.radius,
      pipeline: this.#pipeline,
      counters: this.#counters,
      dictionary,
      clock: this.clock,
    });
    this.#flows = new FlowListener({
      netflow: config.netflow,
      flow: config.flow,
      clock,
      memoryFile: folder.flowFile,
      windowFile: folder.flowWindowFile,
      log: this.#log,
      pipeline: this.#pipeline,
      guide: this.#guide,
      feed: new AddressFeed(this.#holders, this.#guide),
      now: this.clock,
      backlog: () => this.#lastPosition - (this.#rater.progress?.position ?? 0),
      onFault: (text, cause) => logger.error({ err: cause }, text),
    });
    this.#events = new EventCollector({
      pipeline: this.#pipeline,
      counters: this.#eventCounters,
      clock: this.clock,
      pastMsMax: config.dedupe.days * dayMs,
      futureMsMax: config.events.futureSeconds * 1_000,
    });
    this.book = this.#makeBook();
  }

  get radiusPort(): number {
    return this.#radius.port;
  }

  /** 0 where no exporter is configured. */
  get flowPort(): number {
    return this.#flows.port;
  }

  async start(): Promise<void> {
    const { config, logger } = this.#options;
    this.#lastPosition = await this.#log.lastPosition();
    this.#rater.wake(this.#lastPosition);
    await this.#rater.start();
    const reader = openSqliteStore(this.#folder.storeFile, { readOnly: true });
    this.#reader = reader;
    await this.#createFirstAdministrator(reader);
    await learnIdentities(this.#guide, reader);
    const sinceMs = this.clock() - addressesKeptMs;
    await learnHolders(this.#holders, { reader, log: this.#log, sinceMs });
    await this.#pipeline.start();
    await this.#radius.start();
    await this.#flows.start();
    const plans = new PlanRegistry(reader);
    this.#plans = plans;
    const metrics = makeMetrics({
      collectors: [this.#counters, this.#eventCounters],
      progress: () => this.#rater.progress,
      lastPosition: () => this.#lastPosition,
      suspended: async () => (await this.#log.suspenseCounts()).waiting,
      logWritable: () => this.#pipeline.writable,
      raterFaulty: () => this.#rater.faulty,
      flagged: () => this.#flagged,
      clockDifferenceMs: () => this.#steady.differenceMs,
      radius: this.#radius,
      addresses: this.#holders,
      flows: () => this.#flows.health(),
    });
    this.#http = await startHttp({
      host: config.http.host,
      port: config.http.port,
      tls: readTls(config.http.tls),
      sessionMs: config.http.sessionHours * 3_600_000,
      webRoot: fileURLToPath(new URL('../web', import.meta.url)),
      clock: this.clock,
      logger,
      reader,
      book: this.book,
      holderOf: (address) => this.#guide.holderOf(address, this.clock()),
      live: this.#hub,
      events: this.#events,
      terms: (account) => plans.terms(account),
      tables: () => plans.tables(),
      health: () => this.#health(),
      ready: () => this.#stopped === null && this.#pipeline.writable && !this.#rater.faulty,
      metrics,
    });
    this.url = this.#http.url;
    this.#warnOfSmallBuffers();
    this.#chores = new Chores({
      log: this.#log,
      reader,
      rater: this.#rater,
      pipeline: this.#pipeline,
      guide: this.#guide,
      holders: this.#holders,
      clock: this.clock,
      logger,
      graceHours: config.billing.graceHours,
      staleAfterMs: config.radius.staleAfterMinutes * 60_000,
      logKeptMs: config.log.retentionDays * dayMs,
      eventKeysKeptMs: this.#events.keysKeptMs,
    });
    await this.#chores.start(this.#lastPosition);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopParts();
    return this.#stopped;
  }

  async #stopParts(): Promise<void> {
    await this.#chores?.stop();
    await this.#pipeline.drain();
    await this.#radius.stop();
    await this.#pipeline.drain();
    await this.#flows.stop();
    await this.#http?.close();
    await this.#rater.stop();
    await this.#reader?.close();
    await this.#log.close();
    this.#folder.release();
  }

  /** Changes go to the rating thread; what the guide must know follows before the caller hears of success. */
  #makeBook(): AccountBook {
    const rater = this.#rater;
    return {
      createAccount: async (account, first) => {
        const made = await rater.change('createAccount', account, first);
        failpoint('before-first-tick');
        await this.#chores?.tickFirst(made);
        this.#guide.learnAccount(made.id, made.no);
        await this.#pipeline.release(subjectKey({ kind: 'account', value: made.id }));
        return made;
      },
      updateAccount: (id, changes) => rater.change('updateAccount', id, changes),
      addIdentity: async (identity) => {
        const holdings = await rater.change('addIdentity', identity, this.clock());
        this.#guide.learn(identity.kind, identity.value, identity.provider, holdings);
        this.#flows.addressesMayChange();
        await this.#pipeline.release(subjectKey(identity));
      },
      endIdentity: async (identity: Omit<NewIdentity, 'validFromMs'>, atMs) => {
        const { account, kind, value, provider } = identity;
        const holdings = await rater.change('endIdentity', account, kind, value, provider, atMs);
        this.#guide.learn(kind, value, provider, holdings);
        this.#flows.addressesMayChange();
      },
      addPlanVersion: async (plan) => {
        const added = await rater.change('addPlanVersion', plan);
        this.#plans?.forget(plan.planId);
        return added;
      },
      assignPlan: async (account, assignment) => {
        await rater.change('assignPlan', account, assignment);
        // What the new plan charges at its beginning is charged now, though the account may stay idle.
        await this.#pipeline.append([{ kind: 'tick', account, atMs: this.clock() }]);
      },
      withdrawAssignments: (account, afterMs) => rater.change('withdrawAssignments', account, afterMs),
      putRatingTable: async (table) => {
        await rater.change('putRatingTable', table);
        this.#plans?.forgetTables();
      },
      putTaxation: (account, place, exemptions) => rater.change('putTaxation', account, place, exemptions),
      addPayment: (payment, key) => rater.change('addPayment', payment, key),
      putUser: (user) => rater.change('putUser', user),
      addUser: (user) => rater.change('addUser', user),
      setUserDisabled: (login, disabled) => rater.change('setUserDisabled', login, disabled),
      putWebSession: (hash, login, expiresMs) => rater.change('putWebSession', hash, login, expiresMs),
      deleteWebSession: (hash) => rater.change('deleteWebSession', hash),
      deleteExpiredWebSessions: (nowMs) => rater.change('deleteExpiredWebSessions', nowMs),
      addApiToken: (token) => rater.change('addApiToken', token),
      addCorrection: async (correction, outgoing) => {
        await rater.change('addCorrection', correction, outgoing);
        await this.#chores?.forwardOutgoing();
      },
      addAudit: (entry) => rater.change('addAudit', entry),
      completeAudit: (id, outcome) => rater.change('completeAudit', id, outcome),
      revokeApiToken: (id, atMs) => rater.change('revokeApiToken', id, atMs),
    };
  }

  #appended(position: number, entries: readonly LogEntry[]): void {
    for (const entry of entries) this.#holders.apply(entry);
    this.#flows.addressesMayChange();
    this.#lastPosition = position;
    const nowMs = performance.now();
    if (nowMs - (this.#backlogMarks.at(-1)?.atMs ?? 0) > backlogMarkMs) {
      this.#forgetRatedMarks();
      this.#backlogMarks.push({ position, atMs: nowMs });
    }
    this.#rater.wake(position);
  }

  #forgetRatedMarks(): void {
    const rated = this.#rater.progress?.position ?? 0;
    const kept = this.#backlogMarks.findIndex(({ position }) => position > rated);
    this.#backlogMarks.splice(0, kept === -1 ? this.#backlogMarks.length : kept);
  }

  async #createFirstAdministrator(reader: Store): Promise<void> {
    const { login, password } = this.#options.config.admin;
    const isNew = (await reader.user(login)) === null && (await reader.accounts(0, 1)).length === 0;
    if (!isNew) return;
    if (password === null) this.newAdminPassword = randomBytes(12).toString('base64url');
    const passwordHash = await hashPassword(password ?? this.newAdminPassword ?? '');
    await this.book.putUser({ login, passwordHash, role: 'admin', accountId: null });
  }

  async #health(): Promise<HealthView> {
    const progress = this.#rater.progress;
    if (progress === null) throw new Error('the rating thread has not started');
    this.#forgetRatedMarks();
    const oldest = this.#backlogMarks[0];
    return healthView({
      nowMs: this.clock(),
      startedAtMs: this.#startedAtMs,
      version: this.#options.version,
      collectors: [this.#counters.view(), this.#eventCounters.view()],
      progress,
      lastPosition: this.#lastPosition,
      waitingForMs: oldest === undefined ? null : Math.round(performance.now() - oldest.atMs),
      suspense: await this.#log.suspenseCounts(),
      suspenseSubjects: await this.#log.suspenseSubjects(suspenseSubjectsShown),
      devices: this.#radius.devices.all(),
      logWritable: this.#pipeline.writable,
      raterFaulty: this.#rater.faulty,
      clockDifferenceMs: this.#steady.differenceMs,
      flows: this.#flows.health(),
      process: {
        rssBytes: process.memoryUsage.rss(),
        uptimeSeconds: Math.floor(process.uptime()),
        receiveBufferBytes: this.#radius.receiveBufferBytes,
        kernelDrops: this.#radius.kernelDrops(),
      },
    });
  }

  #warnOfSmallBuffers(): void {
    const { radius, netflow } = this.#options.config;
    this.#warnOfSmallBuffer('RADIUS', radius.receiveBufferBytes, this.#radius.receiveBufferBytes ?? 0);
    if (this.#flows.isOn)
      this.#warnOfSmallBuffer('flow', netflow.receiveBufferBytes, this.#flows.receiveBufferBytes ?? 0);
  }

  #warnOfSmallBuffer(socket: string, asked: number, given: number): void {
    if (given >= asked) return;
    this.#options.logger.warn(
      `the kernel gave the ${socket} socket ${given} octets of receive buffer, ${asked} were asked for: raise net.core.rmem_max`,
    );
  }
}

/** Certificate and key are read at the start, so that a missing one is told then. */
function readTls(files: Config['http']['tls']): { readonly cert: Buffer; readonly key: Buffer } | null {
  if (files === null) return null;
  try {
    return { cert: readFileSync(files.cert), key: readFileSync(files.key) };
  } catch (cause) {
    throw meterdError('config-invalid', `http.tls: ${(cause as Error).message}`, { cause });
  }
}

/** The HTTP side on a real store in a temporary folder; the writer stands where the rating thread would. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse as InjectResponse } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { UsageRecord } from '../../../collectors/index.ts';
import type { HealthView, LiveMessage, Role } from '../../../daemon/contract.ts';
import { CollectorCounters } from '../../../daemon/counters.ts';
import type { AccountBook, HttpDeps, LiveFeed } from '../../../daemon/http/deps.ts';
import { hashPassword } from '../../../daemon/http/password.ts';
import { buildServer } from '../../../daemon/http/server.ts';
import { sessionCookie } from '../../../daemon/http/web-sessions.ts';
import { textFrame } from '../../../daemon/live/text-frame.ts';
import { EventCollector } from '../../../daemon/net/event-collector.ts';
import { PlanRegistry } from '../../../daemon/plans/registry.ts';
import { openSqliteStore } from '../../../daemon/store/sqlite/sqlite-store.ts';
import type { Store } from '../../../daemon/store/store.ts';
import type { Posting } from '../../../rating/index.ts';

export const nowMs = Date.UTC(2026, 0, 15, 12);
export const password = 'correct horse';

/** Hashing is slow by design, and all test users share the password. */
const passwordHash = hashPassword(password);

export interface Subscription {
  readonly account: number;
  readonly since: number | null;
  /** What the feed tells the viewer: its answer is whether that could be sent. */
  readonly send: (message: LiveMessage) => boolean;
  ended: boolean;
}

/** Corrections as they went to the log, by key. */
export type Postings = Map<string, { readonly account: number; readonly posting: Posting }>;

export interface DaemonStub {
  readonly postings: Postings;
  readonly server: FastifyInstance;
  readonly store: Store;
  readonly deps: HttpDeps;
  readonly folder: string;
  readonly subscriptions: Subscription[];
  ready: boolean;
  nowMs: number;
  logWritable: boolean;
  /** Numbers of accounts by the addresses they have. */
  readonly holders: Map<string, number>;
  /** What events have become. */
  readonly logged: UsageRecord[];
  readonly eventCounters: CollectorCounters;
  /** Makes a user with the common password, signed in; answers the cookie. */
  signIn(role: Role, account?: string | null): Promise<string>;
  /** A request as someone signed in; null for nobody. */
  ask(cookie: string | null, request: InjectOptions): Promise<InjectResponse>;
  close(): Promise<void>;
}

export async function startStub(): Promise<DaemonStub> {
  const folder = mkdtempSync(join(tmpdir(), 'meterd-http-'));
  const store = openSqliteStore(join(folder, 'store.db'));
  const reader = openSqliteStore(join(folder, 'store.db'), { readOnly: true });
  const subscriptions: Subscription[] = [];
  const plans = new PlanRegistry(reader);
  const stub = { ready: true, nowMs, logWritable: true, holders: new Map<string, number>() };
  const logged: UsageRecord[] = [];
  const knownKeys = new Set<string>();
  const postings: Postings = new Map();
  const eventCounters = new CollectorCounters('http');
  const events = new EventCollector({
    // Everything is durable at once; the real pipeline's part is tested in pipeline.test.ts and end to end.
    pipeline: {
      submit: (record, counters, done) => {
        if (!stub.logWritable) return done(null);
        if (knownKeys.has(record.key)) {
          counters.answeredFromCache++;
          return done('duplicate');
        }
        knownKeys.add(record.key);
        logged.push(record);
        counters.logged++;
        return done('logged');
      },
    },
    counters: eventCounters,
    clock: () => stub.nowMs,
    pastMsMax: 400 * 86_400_000,
    futureMsMax: 300_000,
  });
  const deps: HttpDeps = {
    host: '127.0.0.1',
    port: 0,
    tls: null,
    sessionMs: 12 * 3_600_000,
    webRoot: join(folder, 'web'),
    clock: () => stub.nowMs,
    logger: pino({ level: 'silent' }),
    reader,
    book: bookOf(store, () => stub.nowMs, plans, postings),
    holderOf: (address) => stub.holders.get(address) ?? null,
    live: feedOf(subscriptions),
    events,
    terms: (account) => plans.terms(account),
    tables: () => plans.tables(),
    health: async () => ({ verdict: 'ok', summary: 'All is well.' }) as HealthView,
    ready: () => stub.ready,
    metrics: new Registry(),
  };
  const server = buildServer(deps);
  const ask: DaemonStub['ask'] = async (cookie, request) =>
    server.inject({ ...request, headers: { ...request.headers, ...(cookie === null ? {} : { cookie }) } });
  return Object.assign(stub, {
    server,
    store,
    deps,
    folder,
    subscriptions,
    logged,
    postings,
    eventCounters,
    ask,
    signIn: async (role: Role, account: string | null = null) => {
      const login = account ?? role;
      // Once, since a changed user is signed out.
      if ((await store.user(login)) === null)
        await store.putUser({ login, passwordHash: await passwordHash, role, accountId: account });
      // Not by the password: checking it is slow by design, and session.test.ts does it.
      const token = randomBytes(32).toString('base64url');
      const tokenHash = createHash('sha256').update(token).digest('base64url');
      await store.putWebSession(tokenHash, login, Date.now() + 12 * 3_600_000);
      return `${sessionCookie}=${token}`;
    },
    close: async () => {
      await server.close();
      await reader.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  });
}

function bookOf(store: Store, clock: () => number, plans: PlanRegistry, postings: Postings): AccountBook {
  return {
    createAccount: (account, first) => store.createAccount(account, first),
    updateAccount: (id, changes) => store.updateAccount(id, changes),
    addIdentity: async (identity) => void (await store.addIdentity(identity, clock())),
    endIdentity: async ({ account, kind, value, provider }, atMs) =>
      void (await store.endIdentity(account, kind, value, provider, atMs)),
    addPlanVersion: async (plan) => {
      const added = await store.addPlanVersion(plan);
      plans.forget(plan.planId);
      return added;
    },
    assignPlan: (account, assignment) => store.assignPlan(account, assignment),
    withdrawAssignments: (account, afterMs) => store.withdrawAssignments(account, afterMs),
    addPayment: (payment, key) => store.addPayment(payment, key),
    putRatingTable: async (table) => {
      await store.putRatingTable(table);
      plans.forgetTables();
    },
    putTaxation: (account, place, exemptions) => store.putTaxation(account, place, exemptions),
    putUser: (user) => store.putUser(user),
    addUser: (user) => store.addUser(user),
    setUserDisabled: (login, disabled) => store.setUserDisabled(login, disabled),
    putWebSession: (hash, login, expiresMs) => store.putWebSession(hash, login, expiresMs),
    deleteWebSession: (hash) => store.deleteWebSession(hash),
    deleteExpiredWebSessions: (atMs) => store.deleteExpiredWebSessions(atMs),
    addApiToken: (token) => store.addApiToken(token),
    revokeApiToken: (id, atMs) => store.revokeApiToken(id, atMs),
    addAudit: (entry) => store.addAudit(entry),
    completeAudit: (id, outcome) => store.completeAudit(id, outcome),
    addCorrection: async (correction, outgoing) => {
      await store.addCorrection(correction, outgoing);
      postings.set(correction.key, { account: correction.account, posting: outgoing.posting });
    },
  };
}

function feedOf(subscriptions: Subscription[]): LiveFeed {
  return {
    subscribe: (account, since, sendFrame) => {
      const send = (message: LiveMessage) => sendFrame(textFrame(JSON.stringify(message)));
      const subscription: Subscription = { account, since, send, ended: false };
      subscriptions.push(subscription);
      send({ type: 'notice', level: 'info', code: 'subscribed', text: String(account) });
      return () => {
        subscription.ended = true;
      };
    },
  };
}

/** A flat price per hour; `amount` tells versions apart. */
export function planXml(id = 'hourly', { currency = 'USD', amount = '0.50' } = {}): string {
  return `<plan xmlns="urn:meterd:plan:1" id="${id}" name="Plan ${id}" currency="${currency}">
  <primitive id="rate" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="${amount}"/></primitive>
  <primitive id="sum" type="Adder"/>
  <primitive id="post" type="AccountFinalizer"/>
  <connection from="usage" to="rate"/> <connection from="rate" to="sum"/> <connection from="sum" to="post"/>
</plan>`;
}

export function putPlan(stub: DaemonStub, cookie: string, xml = planXml(), id = 'hourly') {
  const headers = { 'content-type': 'application/xml' };
  return stub.ask(cookie, { method: 'PUT', url: `/api/plans/${id}`, payload: xml, headers });
}

export const aliceInput = {
  id: 'alice',
  name: 'Alice',
  currency: 'USD',
  timezone: 'Europe/Paris',
  cycleDay: 1,
  plan: 'hourly',
  identities: [{ kind: 'login', value: 'alice@example' }],
};

export function postAccount(stub: DaemonStub, cookie: string, changes: object = {}) {
  return stub.ask(cookie, { method: 'POST', url: '/api/accounts', payload: { ...aliceInput, ...changes } });
}

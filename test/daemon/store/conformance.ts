/**
 * What every store must hold (daemon/store/store.ts), run on each implementation through a factory: `place` makes an
 * empty store, and `open` opens the same one again, as after a restart or from another thread.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { correctionOf } from '../../../daemon/bills/corrections.ts';
import type { SessionState } from '../../../daemon/mediation/session.ts';
import type {
  Account,
  ChargeLine,
  ChargeRow,
  CommitBatch,
  HeardSession,
  NewAccount,
  PartitionProgress,
  PlanVersion,
  Store,
  UsageRow,
} from '../../../daemon/store/store.ts';
import { apiTokenConformance } from './api-token-conformance.ts';

export interface StorePlace {
  /** A connection that writes. There is one at a time; `readOnly` ones may stand beside it. */
  open(options?: { readonly readOnly?: boolean }): Store;
}

const nowMs = Date.UTC(2026, 2, 1);

export function newAccount(id: string, changes: Partial<NewAccount> = {}): NewAccount {
  return {
    id,
    name: `Account ${id}`,
    currency: 'USD',
    timezone: 'Europe/Paris',
    cycleDay: 1,
    prepaid: false,
    creditLimit: null,
    createdMs: nowMs,
    ...changes,
  };
}

const line: ChargeLine = { planId: 'p', version: 1, primitive: 'rate', label: 'Use', unit: 'GB', kind: 'usage' };

function usageRow(account: number, position: number, previous: number, changes: Partial<UsageRow> = {}): UsageRow {
  const readings = { time: 1n, 'octets-in': 2n, 'octets-out': 3n };
  return {
    position,
    previous,
    account,
    sessionId: 0,
    device: '',
    session: '',
    attributes: {},
    startMs: 1,
    endMs: 2,
    readings,
    ...changes,
  };
}

function chargeRow(account: number, id: number, previous: number, changes: Partial<ChargeRow> = {}): ChargeRow {
  return {
    id,
    previous,
    account,
    seq: id,
    position: id,
    fromUsage: true,
    line,
    periodFromMs: nowMs,
    periodToMs: nowMs + 1,
    amount: '1.500000',
    baseQuantity: 5n,
    atMs: nowMs,
    detail: null,
    ...changes,
  };
}

export function sessionState(changes: Partial<SessionState> = {}): SessionState {
  return {
    key: '3:nas1',
    device: 'nas',
    session: '1',
    account: 1,
    startMs: nowMs,
    lastEventMs: nowMs + 5,
    lastHeardMs: nowMs + 6,
    open: true,
    closedBy: changes.open === false ? 'stop' : null,
    deviceRestartMs: null,
    incarnation: 1,
    counters: { time: 5n },
    details: { login: 'anna', attributes: { 'Framed-IP-Address': '192.0.2.1' } },
    ...changes,
  };
}

export function batch(position: number, changes: Partial<CommitBatch> = {}): CommitBatch {
  const progress: PartitionProgress = {
    position,
    rated: position,
    withoutUse: 0,
    duplicate: 0,
    quarantined: 0,
    lastSessionId: 0,
    lastChargeId: 0,
    posted: { USD: String(position) },
    onBills: { USD: String(position) },
  };
  return { progress, usage: [], charges: [], sessions: [], accounts: [], quarantined: [], outgoing: [], ...changes };
}

const code = (expected: string) => expect.objectContaining({ code: expected });

export function storeConformance(makePlace: () => StorePlace): void {
  const opened: Store[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  const keep = (store: Store): Store => {
    opened.push(store);
    return store;
  };
  const fresh = () => keep(makePlace().open());
  const reopen = async (place: StorePlace, store: Store): Promise<Store> => {
    opened.splice(opened.indexOf(store), 1);
    await store.close();
    return keep(place.open());
  };

  describe('accounts', () => {
    it('are given numbers, and come back as they were made', async () => {
      const store = fresh();
      const given = newAccount('anna', { prepaid: true, creditLimit: '12.34', cycleDay: 31, name: 'Ännä "O\'Neil"' });
      const made = await store.createAccount(given);
      expect(made).toEqual({ ...given, no: made.no });
      expect(await store.account('anna')).toEqual(made);
      expect(await store.accountByNo(made.no)).toEqual(made);
      expect([await store.account('Anna'), await store.accountByNo(made.no + 1)]).toEqual([null, null]);
    });

    it('of the same id are refused, and take no number', async () => {
      const store = fresh();
      const first = await store.createAccount(newAccount('anna'));
      await expect(store.createAccount(newAccount('anna'))).rejects.toEqual(code('account-exists'));
      expect((await store.createAccount(newAccount('bert'))).no).toBe(first.no + 1);
    });

    it('are listed in pages by number', async () => {
      const store = fresh();
      const made: Account[] = [];
      for (const id of ['c', 'a', 'b']) made.push(await store.createAccount(newAccount(id)));
      expect(await store.accounts(0, 2)).toEqual(made.slice(0, 2));
      expect(await store.accounts(made[1]!.no, 2)).toEqual(made.slice(2));
      expect(await store.accounts(made[2]!.no, 2)).toEqual([]);
    });

    it('are made with their plan and taxes at once, or not at all', async () => {
      const store = fresh();
      const place = { place: 'US/CA', fromMs: nowMs };
      const exemptions = [{ tax: '*', fromMs: null, toMs: nowMs }];
      const assignment = { planId: 'evening', validFromMs: nowMs };
      const { no } = await store.createAccount(newAccount('anna'), { assignment, place, exemptions });
      expect(await store.assignments(no)).toEqual([assignment]);
      expect(await store.taxation(no)).toEqual({ places: [place], exemptions });
      // A value that no column takes, after the account's own row was written.
      const broken = { planId: {} as string, validFromMs: null };
      await expect(store.createAccount(newAccount('bert'), { assignment: broken })).rejects.toThrow();
      expect(await store.account('bert')).toBe(null);
    });

    it('with a plan and without a tick are found until something was folded for them', async () => {
      const store = fresh();
      const first = { assignment: { planId: 'evening', validFromMs: null } };
      const made: Account[] = [];
      for (const id of ['a', 'b', 'c']) made.push(await store.createAccount(newAccount(id), first));
      await store.createAccount(newAccount('without-plan'));
      const progress = {
        account: made[1]!.no,
        state: '{}',
        seq: 0,
        lastChargeId: 0,
        lastUsagePosition: 0,
        shares: null,
      };
      await store.commit(batch(1, { accounts: [progress] }));
      expect(await store.accountsWithoutTick(0, 1)).toEqual([made[0]]);
      expect(await store.accountsWithoutTick(made[0]!.no, 9)).toEqual([made[2]]);
      expect(await store.accountsWithoutTick(made[2]!.no, 9)).toEqual([]);
    });

    it('change in what may change, and in nothing else', async () => {
      const store = fresh();
      const made = await store.createAccount(newAccount('anna', { creditLimit: '5' }));
      expect(await store.updateAccount('anna', { name: 'A.' })).toEqual({ ...made, name: 'A.' });
      const changed = await store.updateAccount('anna', { prepaid: true, creditLimit: null });
      expect(changed).toEqual({ ...made, name: 'A.', prepaid: true, creditLimit: null });
      expect(await store.updateAccount('anna', {})).toEqual(changed);
      await expect(store.updateAccount('bert', { name: 'B' })).rejects.toEqual(code('account-unknown'));
    });
  });

  describe('identities (DESIGN §3.4)', () => {
    const login = { kind: 'login', value: 'anna', provider: '' } as const;

    async function twoAccounts(): Promise<{ store: Store; a: number; b: number }> {
      const store = fresh();
      const a = (await store.createAccount(newAccount('a'))).no;
      const b = (await store.createAccount(newAccount('b'))).no;
      return { store, a, b };
    }
    const span = (holdings: readonly { account: number; validFromMs: number | null; validUntilMs: number | null }[]) =>
      holdings.map(({ account, validFromMs, validUntilMs }) => [account, validFromMs, validUntilMs]);

    it('reach back without limit for the first holder', async () => {
      const { store, a } = await twoAccounts();
      const holdings = await store.addIdentity({ account: a, ...login, validFromMs: undefined }, nowMs);
      expect(holdings).toEqual([{ account: a, ...login, validFromMs: null, validUntilMs: null }]);
      expect(await store.identitiesOf(a)).toEqual(holdings);
      expect(await store.holdersOf('login', 'anna', '')).toEqual(holdings);
      expect(await store.identitiesAfter(0, 10)).toEqual({ holdings, lastId: 1 });
      expect(await store.identitiesAfter(1, 10)).toEqual({ holdings: [], lastId: 1 });
    });

    it('begin at validFrom where it is given, also for the first holder', async () => {
      const { store, a } = await twoAccounts();
      const holdings = await store.addIdentity({ account: a, ...login, validFromMs: 777 }, nowMs);
      expect(span(holdings)).toEqual([[a, 777, null]]);
    });

    it('pass to a later holder now, or at validFrom, and end for the one before', async () => {
      const { store, a, b } = await twoAccounts();
      await store.addIdentity({ account: a, ...login, validFromMs: undefined }, nowMs);
      const second = await store.addIdentity({ account: b, ...login, validFromMs: undefined }, nowMs);
      expect(span(second)).toEqual([
        [a, null, nowMs],
        [b, nowMs, null],
      ]);
      const third = await store.addIdentity({ account: a, ...login, validFromMs: nowMs + 9 }, nowMs);
      expect(span(third)).toEqual([
        [a, null, nowMs],
        [b, nowMs, nowMs + 9],
        [a, nowMs + 9, null],
      ]);
    });

    it('that the account holds already change nothing', async () => {
      const { store, a } = await twoAccounts();
      const first = await store.addIdentity({ account: a, ...login, validFromMs: undefined }, nowMs);
      expect(await store.addIdentity({ account: a, ...login, validFromMs: nowMs }, nowMs)).toEqual(first);
    });

    it('may not begin before what is held ends or began', async () => {
      const { store, a, b } = await twoAccounts();
      await store.addIdentity({ account: a, ...login, validFromMs: 1000 }, nowMs);
      await expect(store.addIdentity({ account: b, ...login, validFromMs: 999 }, nowMs)).rejects.toEqual(
        code('identity-overlap'),
      );
      await store.endIdentity(a, 'login', 'anna', '', 5000);
      await expect(store.addIdentity({ account: b, ...login, validFromMs: 4999 }, nowMs)).rejects.toEqual(
        code('identity-overlap'),
      );
      const holdings = await store.addIdentity({ account: b, ...login, validFromMs: 5000 }, nowMs);
      expect(span(holdings)).toEqual([
        [a, 1000, 5000],
        [b, 5000, null],
      ]);
    });

    it('end only for the account that holds them', async () => {
      const { store, a, b } = await twoAccounts();
      const before = await store.addIdentity({ account: a, ...login, validFromMs: undefined }, nowMs);
      expect(await store.endIdentity(b, 'login', 'anna', '', nowMs)).toEqual(before);
      expect(span(await store.endIdentity(a, 'login', 'anna', '', nowMs))).toEqual([[a, null, nowMs]]);
      expect(span(await store.endIdentity(a, 'login', 'anna', '', nowMs + 5))).toEqual([[a, null, nowMs]]);
    });

    it('of other kind, provider or value are others', async () => {
      const { store, a, b } = await twoAccounts();
      await store.addIdentity({ account: a, ...login, validFromMs: undefined }, nowMs);
      for (const other of [
        { ...login, kind: 'station' },
        { ...login, provider: 'q' },
        { ...login, value: 'Anna' },
      ] as const) {
        const holdings = await store.addIdentity({ account: b, ...other, validFromMs: undefined }, nowMs);
        expect(span(holdings)).toEqual([[b, null, null]]);
      }
      expect(span(await store.holdersOf('login', 'anna', ''))).toEqual([[a, null, null]]);
    });

    it('belong to an account that exists', async () => {
      const { store } = await twoAccounts();
      await expect(store.addIdentity({ account: 999, ...login, validFromMs: undefined }, nowMs)).rejects.toThrow();
      expect(await store.identitiesAfter(0, 10)).toEqual({ holdings: [], lastId: 0 });
    });
  });

  describe('plans', () => {
    const plan = (changes: Partial<PlanVersion> = {}): Omit<PlanVersion, 'version'> => {
      const { version: _, ...rest } = { version: 0, ...changes };
      return { planId: 'p', name: 'P', currency: 'USD', xml: '<plan/>', validFromMs: null, createdMs: nowMs, ...rest };
    };

    it('are numbered by version from 1, each plan by itself', async () => {
      const store = fresh();
      const first = await store.addPlanVersion(plan());
      const second = await store.addPlanVersion(plan({ validFromMs: 5, xml: '<plan>ü</plan>' }));
      const other = await store.addPlanVersion(plan({ planId: 'o', currency: 'EUR' }));
      expect([first.version, second.version, other.version]).toEqual([1, 2, 1]);
      expect(second).toEqual({ ...plan({ validFromMs: 5, xml: '<plan>ü</plan>' }), version: 2 });
      expect(await store.planVersions('p')).toEqual([first, second]);
      expect(await store.planVersions('x')).toEqual([]);
      expect(await store.plans()).toHaveLength(3);
    });

    it('keep their currency', async () => {
      const store = fresh();
      await store.addPlanVersion(plan());
      await expect(store.addPlanVersion(plan({ currency: 'EUR', validFromMs: 5 }))).rejects.toEqual(
        code('plan-currency'),
      );
    });

    it('begin in order of their versions', async () => {
      const store = fresh();
      await store.addPlanVersion(plan());
      await store.addPlanVersion(plan({ validFromMs: 500 }));
      await expect(store.addPlanVersion(plan({ validFromMs: 499 }))).rejects.toEqual(code('plan-order'));
      // Without limit is before 500, too: such a version would never be in force.
      await expect(store.addPlanVersion(plan({ validFromMs: null }))).rejects.toEqual(code('plan-order'));
      expect((await store.addPlanVersion(plan({ validFromMs: 500 }))).version).toBe(3);
    });

    it('are assigned in order of time', async () => {
      const store = fresh();
      const { no } = await store.createAccount(newAccount('a'));
      expect(await store.assignments(no)).toEqual([]);
      await store.assignPlan(no, { planId: 'p', validFromMs: null });
      await store.assignPlan(no, { planId: 'q', validFromMs: 500 });
      await expect(store.assignPlan(no, { planId: 'r', validFromMs: 499 })).rejects.toEqual(code('assignment-order'));
      await expect(store.assignPlan(no, { planId: 'r', validFromMs: null })).rejects.toEqual(code('assignment-order'));
      expect(await store.assignments(no)).toEqual([
        { planId: 'p', validFromMs: null },
        { planId: 'q', validFromMs: 500 },
      ]);
      await expect(store.assignPlan(999, { planId: 'p', validFromMs: null })).rejects.toThrow();
    });
  });

  describe('users and their sessions', () => {
    const user = { login: 'anna', passwordHash: 'h1', role: 'subscriber', accountId: 'a' } as const;

    it('are kept by login, and replaced as a whole', async () => {
      const store = fresh();
      expect(await store.user('anna')).toBeNull();
      await store.putUser(user);
      expect(await store.user('anna')).toEqual({ ...user, disabled: false });
      const changed = { login: 'anna', passwordHash: 'h2', role: 'admin', accountId: null } as const;
      await store.putUser(changed);
      expect(await store.user('anna')).toEqual({ ...changed, disabled: false });
    });

    it('have web sessions with the rights of the user', async () => {
      const store = fresh();
      await store.putUser(user);
      await store.putWebSession('t1', 'anna', 1000);
      expect(await store.webSession('t1')).toEqual({
        login: 'anna',
        role: 'subscriber',
        accountId: 'a',
        expiresMs: 1000,
      });
      expect(await store.webSession('t2')).toBeNull();
    });

    it('are signed out by a change of password or rights', async () => {
      const store = fresh();
      await store.putUser(user);
      await store.putUser({ ...user, login: 'bert' });
      await store.putWebSession('t1', 'anna', 1000);
      await store.putWebSession('t2', 'bert', 1000);
      await store.putUser({ ...user, passwordHash: 'h2' });
      expect(await store.webSession('t1')).toBeNull();
      expect(await store.webSession('t2')).toMatchObject({ login: 'bert' });
    });

    it('of staff are listed, made once, and disabled but for the last administrator', async () => {
      const store = fresh();
      const admin = { login: 'ada', passwordHash: 'h', role: 'admin', accountId: null } as const;
      await store.putUser(user);
      await store.addUser(admin);
      await store.addUser({ ...admin, login: 'abe' });
      await expect(store.addUser({ ...admin, login: 'anna' })).rejects.toMatchObject({ code: 'login-exists' });
      expect((await store.staff()).map(({ login }) => login)).toEqual(['abe', 'ada']);
      await store.putWebSession('t1', 'abe', 1000);
      await store.setUserDisabled('abe', true);
      expect(await store.webSession('t1')).toBeNull();
      // Of a sign-in that was checked before.
      await store.putWebSession('t2', 'abe', 1000);
      expect(await store.webSession('t2')).toBeNull();
      await store.putUser({ ...admin, login: 'abe', passwordHash: 'h2' });
      expect((await store.user('abe'))?.disabled).toBe(true);
      await store.putWebSession('t3', 'ada', 1000);
      await expect(store.setUserDisabled('ada', true)).rejects.toMatchObject({ code: 'last-admin' });
      expect([(await store.user('ada'))?.disabled, (await store.webSession('t3'))?.login]).toEqual([false, 'ada']);
      await store.setUserDisabled('abe', false);
      await store.setUserDisabled('ada', true);
    });

    it('have no session after it was deleted or expired', async () => {
      const store = fresh();
      await store.putUser(user);
      for (const [token, expiresMs] of [
        ['t1', 1000],
        ['t2', 1001],
        ['t3', 5000],
      ] as const) {
        await store.putWebSession(token, 'anna', expiresMs);
      }
      await store.deleteExpiredWebSessions(1000);
      await store.deleteWebSession('t3');
      await store.deleteWebSession('unheard of');
      const left = await Promise.all(['t1', 't2', 't3'].map((token) => store.webSession(token)));
      expect(left.map((session) => session?.expiresMs)).toEqual([undefined, 1001, undefined]);
    });
  });

  describe('API tokens', () => apiTokenConformance(makePlace, keep));

  describe('corrections', () => {
    it('are known by key and by charge, each with a posting that waits for the log', async () => {
      const store = fresh();
      const a = (await store.createAccount(newAccount('a'))).no;
      const kept = { account: a, key: 'k', charge: 7, reason: 'r', rightAmount: '0', amount: '-1.5', atMs: nowMs };
      const posting = correctionOf({
        charge: chargeRow(a, 7, 0),
        amount: '-1.5',
        reason: 'r',
        currency: 'USD',
        atMs: nowMs,
      });
      await store.addCorrection(kept, { account: 'a', posting });
      expect(await store.correction(a, 'k')).toEqual(kept);
      expect([await store.correction(a, 'l'), await store.correction(a + 1, 'k')]).toEqual([null, null]);
      expect([await store.correctionsOf(a, 7), await store.correctionsOf(a, 8)]).toEqual([[kept], []]);
      await expect(store.addCorrection(kept, { account: 'a', posting })).rejects.toThrow();
      const outgoing = await store.outgoing(10);
      expect(outgoing).toEqual([{ position: -1, n: 0, account: 'a', posting }]);
      await store.deleteOutgoing(outgoing);
      const next = { ...kept, key: 'l' };
      await store.addCorrection(next, { account: 'a', posting });
      expect((await store.outgoing(10)).map(({ position }) => position)).toEqual([-2]);
      expect(await store.correctionsOf(a, 7)).toEqual([kept, next]);
    });
  });

  describe('payments', () => {
    it('add up exactly, by account', async () => {
      const store = fresh();
      const a = (await store.createAccount(newAccount('a'))).no;
      const b = (await store.createAccount(newAccount('b'))).no;
      expect(await store.paidTotal(a)).toBe('0');
      for (const amount of ['0.1', '0.2', '-0.05', '90071992547409930.01']) {
        await store.addPayment({ account: a, amount, note: '', atMs: nowMs });
      }
      await store.addPayment({ account: b, amount: '7.50', note: 'cash', atMs: nowMs });
      expect(await store.paidTotal(a)).toBe('90071992547409930.26');
      expect(Number(await store.paidTotal(b))).toBe(7.5);
      await expect(store.addPayment({ account: 999, amount: '1', note: '', atMs: nowMs })).rejects.toThrow();
    });
  });

  describe('assignments that are to come', () => {
    it('can be withdrawn, but for the first', async () => {
      const store = fresh();
      const { no } = await store.createAccount(newAccount('a'));
      const other = (await store.createAccount(newAccount('b'))).no;
      const at = (validFromMs: number) => ({ planId: 'p', validFromMs });
      for (const [account, ms] of [
        [no, 100],
        [no, 200],
        [no, 300],
        [other, 100],
      ] as const) {
        await store.assignPlan(account, at(ms));
      }
      expect(await store.withdrawAssignments(no, 200)).toBe(1);
      expect(await store.assignments(no)).toEqual([at(100), at(200)]);
      expect(await store.withdrawAssignments(no, 0)).toBe(1);
      expect([await store.assignments(no), await store.assignments(other)]).toEqual([[at(100)], [at(100)]]);
    });
  });

  describe('a payment with a key', () => {
    it('is booked once, and its key is no other payment’s of the account', async () => {
      const store = fresh();
      const a = (await store.createAccount(newAccount('a'))).no;
      const b = (await store.createAccount(newAccount('b'))).no;
      const payment = { account: a, amount: '5.00', note: 'cash', atMs: nowMs };
      expect(await store.addPayment(payment, 'k')).toBe(true);
      expect(await store.addPayment({ ...payment, amount: '5', atMs: nowMs + 1 }, 'k')).toBe(false);
      for (const other of [{ amount: '6' }, { note: '' }]) {
        await expect(store.addPayment({ ...payment, ...other }, 'k')).rejects.toMatchObject({ code: 'key-used' });
      }
      expect(await store.payments(a)).toEqual([payment]);
      expect(await store.addPayment(payment)).toBe(true);
      expect(await store.addPayment(payment)).toBe(true);
      expect(await store.addPayment({ ...payment, account: b }, 'k')).toBe(true);
      expect([await store.paidTotal(a), await store.paidTotal(b)].map(Number)).toEqual([15, 5]);
    });
  });

  describe('the list of payments', () => {
    it('is in order of time, then of arrival, of one account', async () => {
      const store = fresh();
      const a = (await store.createAccount(newAccount('a'))).no;
      const b = (await store.createAccount(newAccount('b'))).no;
      expect(await store.payments(a)).toEqual([]);
      const paid = [
        { account: a, amount: '5', note: 'second', atMs: nowMs + 2 },
        { account: a, amount: '-1.50', note: 'first', atMs: nowMs + 1 },
        { account: b, amount: '9', note: '', atMs: nowMs },
        { account: a, amount: '0.000001', note: 'third', atMs: nowMs + 2 },
      ];
      for (const payment of paid) await store.addPayment(payment);
      expect(await store.payments(a)).toEqual([paid[1], paid[0], paid[3]]);
      expect(await store.payments(b)).toEqual([paid[2]]);
    });
  });

  describe('the instance', () => {
    it('is bound once, and every later log must be the same', async () => {
      const place = makePlace();
      const store = keep(place.open());
      expect(await store.instanceId()).toBeNull();
      await store.bindInstance('one');
      await store.bindInstance('one');
      const again = await reopen(place, store);
      expect(await again.instanceId()).toBe('one');
      await expect(again.bindInstance('two')).rejects.toEqual(code('store-mismatch'));
    });

    it('is refused for a store that has come somewhere without it', async () => {
      const store = fresh();
      await store.commit(batch(1));
      await expect(store.bindInstance('one')).rejects.toEqual(code('store-mismatch'));
    });
  });

  describe('a commit', () => {
    const whole = (): CommitBatch =>
      batch(3, {
        usage: [
          usageRow(1, 2, 0, { sessionId: 1, device: 'nas', session: '1' }),
          usageRow(1, 3, 2, { sessionId: 1, device: 'nas', session: '1' }),
        ],
        charges: [chargeRow(1, 1, 0), chargeRow(1, 2, 1)],
        sessions: [{ id: 1, state: sessionState() }],
        accounts: [{ account: 1, state: '{"v":1}', seq: 2, lastChargeId: 2, lastUsagePosition: 3, shares: null }],
        quarantined: [{ position: 1, account: 9, reason: 'no-plan', detail: 'why', entry: '[]' }],
      });

    async function contents(store: Store) {
      return {
        progress: await store.progress(),
        account: await store.accountProgress(1),
        usage: await store.usagePage(1, null, 10),
        usageAt: await store.usagePage(1, 2, 10),
        charges: await store.chargesPage(1, null, 10),
        chargesAt: await store.chargesPage(1, 1, 10),
        session: await store.latestSession('3:nas1'),
        open: await store.openSessionsOfDevice('nas'),
        quarantined: await store.quarantined(10),
      };
    }

    it('is there as a whole, also after a restart', async () => {
      const place = makePlace();
      const store = keep(place.open());
      const given = whole();
      await store.commit(given);
      const expected = {
        progress: given.progress,
        account: given.accounts[0],
        usage: { items: given.usage.toReversed(), next: null },
        usageAt: { items: given.usage.slice(0, 1), next: null },
        charges: { items: given.charges.toReversed(), next: null },
        chargesAt: { items: given.charges.slice(0, 1), next: null },
        session: given.sessions[0],
        open: given.sessions,
        quarantined: given.quarantined,
      };
      expect(await contents(store)).toEqual(expected);
      expect(await contents(await reopen(place, store))).toEqual(expected);
    });

    it('is seen by a reader at once', async () => {
      const place = makePlace();
      const store = keep(place.open());
      const reader = keep(place.open({ readOnly: true }));
      expect((await reader.progress()).position).toBe(0);
      await store.commit(whole());
      expect(await contents(reader)).toEqual(await contents(store));
      await expect(reader.commit(batch(4))).rejects.toThrow();
      expect((await store.progress()).position).toBe(3);
    });

    it.each([
      ['usage', { usage: [usageRow(1, 4, 3), usageRow(1, 2, 4)] }],
      ['charges', { usage: [usageRow(1, 4, 3)], charges: [chargeRow(1, 3, 2), chargeRow(1, 2, 3)] }],
      [
        'charges of a line never seen',
        { charges: [chargeRow(1, 3, 2, { line: { ...line, label: 'New' } }), chargeRow(1, 2, 3)] },
      ],
      [
        'quarantine',
        {
          usage: [usageRow(1, 4, 3)],
          charges: [chargeRow(1, 3, 2)],
          sessions: [
            { id: 1, state: sessionState({ open: false, counters: { time: 9n } }) },
            { id: 2, state: sessionState({ incarnation: 2 }) },
          ],
          accounts: [{ account: 1, state: 'x', seq: 9, lastChargeId: 3, lastUsagePosition: 4, shares: null }],
          quarantined: [{ position: 1, account: 9, reason: 'again', detail: '', entry: '[]' }],
        },
      ],
    ] as [string, Partial<CommitBatch>][])('that fails in its %s leaves nothing of itself', async (_, changes) => {
      const store = fresh();
      await store.commit(whole());
      const before = await contents(store);
      await expect(store.commit(batch(4, changes))).rejects.toThrow();
      expect(await contents(store)).toEqual(before);
      // And the same rows can be committed well afterwards, on the line that failed, too.
      const retried = chargeRow(1, 3, 2, { line: { ...line, label: 'New' } });
      const accounts = [{ account: 1, state: '{}', seq: 3, lastChargeId: 3, lastUsagePosition: 4, shares: null }];
      await store.commit(batch(4, { usage: [usageRow(1, 4, 3)], charges: [retried], accounts }));
      expect((await store.chargesPage(1, null, 1)).items).toEqual([retried]);
    });

    it('brings the rows that were staged, before its own, and they count for nothing until then', async () => {
      const place = makePlace();
      const store = keep(place.open());
      const { usage, charges, ...rest } = whole();
      store.stage(usage.slice(0, 1), charges.slice(0, 1));
      expect((await store.usagePage(1, 2, 1)).items).toEqual([]);
      store.stage([], []);
      await store.commit({ ...rest, usage: usage.slice(1), charges: charges.slice(1) });
      const again = await reopen(place, store);
      expect((await again.usagePage(1, null, 10)).items).toEqual(usage.toReversed());
      expect((await again.chargesPage(1, null, 10)).items).toEqual(charges.toReversed());
    });

    it('forgets what was staged where it fails, and where it is told so', async () => {
      const store = fresh();
      await store.commit(whole());
      const before = await contents(store);
      const newLine = { line: { ...line, label: 'New' } };
      store.stage([usageRow(1, 4, 3)], [chargeRow(1, 3, 2, newLine), chargeRow(1, 4, 3, newLine)]);
      await expect(store.commit(batch(4, { usage: [usageRow(1, 1, 0)] }))).rejects.toThrow();
      expect(await contents(store)).toEqual(before);
      store.stage([usageRow(1, 5, 3)], [chargeRow(1, 3, 2, newLine)]);
      store.unstage();
      const own = [chargeRow(1, 3, 2, { line: { ...line, label: 'Other' } })];
      const accounts = [{ account: 1, state: '{}', seq: 3, lastChargeId: 3, lastUsagePosition: 4, shares: null }];
      await store.commit(batch(4, { usage: [usageRow(1, 4, 3)], charges: own, accounts }));
      expect((await store.chargesPage(1, null, 1)).items).toEqual(own);
      expect((await store.usagePage(1, null, 1)).items).toEqual([usageRow(1, 4, 3)]);
      expect((await store.usagePage(1, 5, 1)).items).toEqual([]);
    });

    it('keeps each of thousands of rows, whoever else has rows between', async () => {
      const store = fresh();
      const count = 1_000;
      const usage = Array.from({ length: count }, (_, n) => usageRow(1 + (n % 3), n * 2 + 1, Math.max(0, n * 2 - 5)));
      const charges = Array.from({ length: count }, (_, n) => chargeRow(1 + (n % 3), n + 1, Math.max(0, n - 2)));
      for (let at = 0; at < count; at += 90) store.stage(usage.slice(at, at + 90), charges.slice(at, at + 90));
      const accounts = [1, 2, 3].map((account) => ({
        ...{ account, state: null, seq: 0, shares: null },
        lastChargeId: charges.findLast((row) => row.account === account)!.id,
        lastUsagePosition: usage.findLast((row) => row.account === account)!.position,
      }));
      await store.commit(batch(count * 2, { accounts }));
      for (const { account } of accounts) {
        const mine = <T extends { readonly account: number }>(rows: T[]) =>
          rows.filter((row) => row.account === account);
        expect((await store.usagePage(account, null, count)).items.toReversed()).toEqual(mine(usage));
        expect((await store.chargesPage(account, null, count)).items.toReversed()).toEqual(mine(charges));
      }
    });

    it('keeps the figures of progress exactly', async () => {
      const store = fresh();
      const fresh0 = await store.progress();
      expect(fresh0).toMatchObject({ position: 0, rated: 0, lastSessionId: 0, lastChargeId: 0, posted: {} });
      const progress = { ...batch(7).progress, posted: { USD: '0.1', EUR: '-9007199254740993.000001' } };
      await store.commit(batch(7, { progress }));
      expect(await store.progress()).toEqual(progress);
    });
  });

  describe('use and charges of events', () => {
    const attributes = { sizeOctets: '9', vendor: 'O\'Neil "ü"', constructor: 'x' };
    const ofEvent = usageRow(1, 2, 1, {
      device: 'events/voip-1',
      session: 'call-1',
      attributes,
      readings: { messages: 3n },
    });
    const detail = { additional: 'Häute', vendor: '__proto__', attribution: '' };
    const committed = batch(2, {
      usage: [usageRow(1, 1, 0, { sessionId: 1, device: 'nas', session: '1', attributes: { class: 'gold' } }), ofEvent],
      sessions: [{ id: 1, state: sessionState() }],
      charges: [
        chargeRow(1, 1, 0),
        chargeRow(1, 2, 1, { detail, line: { ...line, kind: 'priced', planId: '', version: 0, primitive: '' } }),
        chargeRow(1, 3, 2, { detail: { additional: '', vendor: '', attribution: 'kids' } }),
      ],
      accounts: [{ account: 1, state: '{}', seq: 3, lastChargeId: 3, lastUsagePosition: 2, shares: '[{"fromMs":1}]' }],
    });

    it('come back with device, session, attributes and detail, beside those of sessions, also after a restart', async () => {
      const place = makePlace();
      const store = keep(place.open());
      await store.commit(committed);
      const all = async (one: Store) => [
        (await one.usagePage(1, null, 9)).items,
        (await one.chargesPage(1, null, 9)).items,
        await one.accountProgress(1),
      ];
      const expected = [committed.usage.toReversed(), committed.charges.toReversed(), committed.accounts[0]];
      expect(await all(store)).toEqual(expected);
      expect(await all(await reopen(place, store))).toEqual(expected);
    });

    it('are there with all of their commit or not at all', async () => {
      const store = fresh();
      const quarantined = { position: 1, account: 9, reason: 'no-plan', detail: '', entry: '[]' };
      await expect(store.commit({ ...committed, quarantined: [quarantined, quarantined] })).rejects.toThrow();
      expect([(await store.chargesPage(1, 3, 9)).items, (await store.accountProgress(1)).shares]).toEqual([[], null]);
      // A detail left behind by the failed commit would stand in the way of this one.
      await store.commit({ ...committed, charges: committed.charges.map((row) => ({ ...row, detail: null })) });
      expect((await store.chargesPage(1, null, 9)).items.map((row) => row.detail)).toEqual([null, null, null]);
    });

    it('keep shares until they are replaced, by null as well', async () => {
      const store = fresh();
      await store.commit(committed);
      const progress = { account: 1, state: '{}', seq: 3, lastChargeId: 3, lastUsagePosition: 2 };
      await store.commit(batch(3, { accounts: [{ ...progress, shares: '[{"fromMs":2}]' }] }));
      expect((await store.accountProgress(1)).shares).toBe('[{"fromMs":2}]');
      await store.commit(batch(4, { accounts: [{ ...progress, shares: null }] }));
      expect((await store.accountProgress(1)).shares).toBeNull();
    });
  });

  describe('quantities of 64 bits', () => {
    const large = [0n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n - 1n];

    it.each(large)('%i comes back exactly', async (quantity) => {
      const store = fresh();
      const readings = { time: quantity, 'octets-in': quantity, 'octets-out': quantity, 'x-other': quantity };
      const state = sessionState({ counters: { ...readings, 'octets-in': quantity * 4n } });
      await store.commit(
        batch(1, {
          usage: [usageRow(1, 1, 0, { readings })],
          charges: [chargeRow(1, 1, 0, { baseQuantity: quantity })],
          sessions: [{ id: 1, state }],
          accounts: [{ account: 1, state: null, seq: 1, lastChargeId: 1, lastUsagePosition: 1, shares: null }],
        }),
      );
      expect((await store.usagePage(1, null, 1)).items[0]!.readings).toEqual(readings);
      expect((await store.chargesPage(1, null, 1)).items[0]!.baseQuantity).toBe(quantity);
      expect((await store.latestSession(state.key))!.state.counters).toEqual(state.counters);
    });

    it('are absent where there was no reading, which is not zero', async () => {
      const store = fresh();
      const accounts = [{ account: 1, state: null, seq: 0, lastChargeId: 0, lastUsagePosition: 2, shares: null }];
      const usage = [usageRow(1, 1, 0, { readings: { 'octets-in': 0n } }), usageRow(1, 2, 1, { readings: {} })];
      await store.commit(batch(2, { usage, accounts }));
      const { items } = await store.usagePage(1, null, 2);
      expect(items.map(({ readings }) => readings)).toEqual([{}, { 'octets-in': 0n }]);
    });

    it('negative, of volume steps, come back, and amounts with all their digits', async () => {
      const store = fresh();
      const row = chargeRow(1, 1, 0, { baseQuantity: -(2n ** 62n), amount: '-0.0000000000000000000000001' });
      const accounts = [{ account: 1, state: null, seq: 1, lastChargeId: 1, lastUsagePosition: 0, shares: null }];
      await store.commit(batch(1, { charges: [row], accounts }));
      expect((await store.chargesPage(1, null, 1)).items).toEqual([row]);
    });
  });

  describe('an account’s chains', () => {
    async function twoChains(): Promise<Store> {
      const store = fresh();
      // Account 1 has the odd positions, account 2 the even ones.
      const usage = [1, 2, 3, 4, 5, 6, 7].map((n) => usageRow(n % 2 === 1 ? 1 : 2, n, Math.max(0, n - 2)));
      const charges = [1, 2, 3, 4, 5, 6, 7].map((n) => chargeRow(n % 2 === 1 ? 1 : 2, n, Math.max(0, n - 2)));
      const accounts = [
        { account: 1, state: null, seq: 4, lastChargeId: 7, lastUsagePosition: 7, shares: null },
        { account: 2, state: null, seq: 3, lastChargeId: 6, lastUsagePosition: 6, shares: null },
      ];
      await store.commit(batch(7, { usage, charges, accounts }));
      return store;
    }

    it('are read in pages, newest first, to their ends', async () => {
      const store = await twoChains();
      for (const page of [
        async (account: number, before: number | null) => {
          const { items, next } = await store.usagePage(account, before, 2);
          return { ids: items.map(({ position }) => position), next };
        },
        async (account: number, before: number | null) => {
          const { items, next } = await store.chargesPage(account, before, 2);
          return { ids: items.map(({ id }) => id), next };
        },
      ]) {
        expect(await page(1, null)).toEqual({ ids: [7, 5], next: 3 });
        expect(await page(1, 3)).toEqual({ ids: [3, 1], next: null });
        expect(await page(2, null)).toEqual({ ids: [6, 4], next: 2 });
        expect(await page(2, 2)).toEqual({ ids: [2], next: null });
        expect(await page(3, null)).toEqual({ ids: [], next: null });
      }
    });

    it('show nothing of another account, whatever the cursor', async () => {
      const store = await twoChains();
      for (const cursor of [2, 4, 999, -1, 0]) {
        expect(await store.usagePage(1, cursor, 10)).toEqual({ items: [], next: null });
        expect(await store.chargesPage(1, cursor, 10)).toEqual({ items: [], next: null });
      }
    });

    it('of nobody are empty', async () => {
      expect(await fresh().accountProgress(5)).toEqual({
        account: 5,
        state: null,
        seq: 0,
        lastChargeId: 0,
        lastUsagePosition: 0,
        shares: null,
      });
    });
  });

  describe('sessions', () => {
    it('are replaced by id, and the latest incarnation of a key is given', async () => {
      const store = fresh();
      const first = sessionState();
      await store.commit(batch(1, { sessions: [{ id: 1, state: first }] }));
      const closed = sessionState({ open: false, startMs: 1, lastEventMs: 2, deviceRestartMs: 3, counters: {} });
      const second = sessionState({ account: 2, incarnation: 2 });
      await store.commit(
        batch(2, {
          sessions: [
            { id: 1, state: closed },
            { id: 2, state: second },
          ],
        }),
      );
      expect(await store.latestSession(first.key)).toEqual({ id: 2, state: second });
      expect(await store.openSessionsOfDevice('nas')).toEqual([{ id: 2, state: second }]);
      expect(await store.openSessionsOfAccount(1, 9)).toEqual({ items: [], count: 0 });
      expect(await store.openSessionsOfAccount(2, 9)).toEqual({ items: [{ id: 2, state: second }], count: 1 });
      const restarted: SessionState = { ...second, open: false, closedBy: 'restart', deviceRestartMs: 9 };
      await store.commit(batch(3, { sessions: [{ id: 2, state: restarted }] }));
      expect(await store.latestSession(first.key)).toEqual({
        id: 2,
        state: restarted,
      });
      expect(await store.openSessionsOfDevice('nas')).toEqual([]);
      expect(await store.latestSession('unknown')).toBeNull();
      expect(await store.sessionBefore(first.key, 2)).toEqual({ id: 1, state: closed });
      expect(await store.sessionBefore(first.key, 1)).toBeNull();
      expect(await store.sessionBefore('unknown', 9)).toBeNull();
    });

    it('open on a device are those of that device alone', async () => {
      const store = fresh();
      const sessions = [
        { id: 1, state: sessionState({ key: 'a', device: 'nas' }) },
        { id: 2, state: sessionState({ key: 'b', device: 'nas2' }) },
        { id: 3, state: sessionState({ key: 'c', device: 'nas', open: false }) },
      ];
      await store.commit(batch(1, { sessions }));
      expect((await store.openSessionsOfDevice('nas')).map(({ id }) => id)).toEqual([1]);
    });
  });

  describe('sessions for people', () => {
    const minute = 60_000;
    const many = (count: number, change: (n: number) => Partial<SessionState>) =>
      Array.from({ length: count }, (_, index) => ({
        id: index + 1,
        state: sessionState({ key: `k${index + 1}`, session: `s${index + 1}`, ...change(index + 1) }),
      }));
    const idsOf = (page: { readonly items: readonly { readonly id: number }[] }) => page.items.map(({ id }) => id);

    it('are given by page, newest first, whatever the filter', async () => {
      const store = fresh();
      const sessions = many(12, (n) => ({
        account: n % 2,
        device: n % 3 === 0 ? 'nas' : 'nas2',
        open: n % 4 !== 0,
        lastHeardMs: nowMs + n * minute,
        details: { login: n > 6 ? 'bert' : 'anna', attributes: { 'Framed-IP-Address': `192.0.2.${n}` } },
      }));
      await store.commit(batch(1, { sessions }));
      const ids = async (filter: Parameters<Store['sessionsPage']>[0]) =>
        idsOf(await store.sessionsPage(filter, null, 99));
      expect(await ids({})).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
      expect(await ids({ account: 1 })).toEqual([11, 9, 7, 5, 3, 1]);
      expect(await ids({ account: 1, device: 'nas' })).toEqual([9, 3]);
      expect(await ids({ device: 'nas', open: true })).toEqual([9, 6, 3]);
      expect(await ids({ open: false })).toEqual([12, 8, 4]);
      expect(await ids({ login: 'anna', sinceMs: nowMs + 5 * minute })).toEqual([6, 5]);
      expect(await ids({ session: 's7' })).toEqual([7]);
      const at = (value: string) => ({ attribute: { name: 'Framed-IP-Address', value } });
      expect(await ids(at('192.0.2.7'))).toEqual([7]);
      expect(await ids(at('192.0.2'))).toEqual([]);
      expect(await ids({ attribute: { name: `' OR 1=1 --`, value: '192.0.2.7' } })).toEqual([]);
      const first = await store.sessionsPage({ account: 1 }, null, 4);
      expect(idsOf(first)).toEqual([11, 9, 7, 5]);
      const second = await store.sessionsPage({ account: 1 }, first.next, 4);
      expect([idsOf(second), second.next]).toEqual([[3, 1], null]);
      const all = await store.sessionsPage({}, null, 12);
      expect(all.next).toBeNull();
    });

    it('that are rare are found however many others there are', async () => {
      const store = fresh();
      const details = { login: 'rare', attributes: {} };
      const rare = (n: number) => (n === 3 || n === 7_000 ? { details } : {});
      await store.commit(batch(1, { sessions: many(7_000, rare) }));
      expect(idsOf(await store.sessionsPage({ login: 'rare' }, null, 10))).toEqual([7_000, 3]);
    });

    it('keep how they were closed, what was heard last, and details that change', async () => {
      const store = fresh();
      const first = sessionState({ details: { login: 'a', attributes: { Class: '0x01' } } });
      await store.commit(batch(1, { sessions: [{ id: 1, state: first }] }));
      const moved: SessionState = { ...first, lastHeardMs: nowMs + minute };
      await store.commit(batch(2, { sessions: [{ id: 1, state: moved }] }));
      const changed: SessionState = {
        ...moved,
        open: false,
        closedBy: 'silence',
        details: { login: 'b', attributes: { Class: '0x02' } },
      };
      expect(await store.latestSession(first.key)).toEqual({ id: 1, state: moved });
      await store.commit(batch(3, { sessions: [{ id: 1, state: changed }] }));
      expect(await store.latestSession(first.key)).toEqual({ id: 1, state: changed });
    });

    it('of one account are counted beyond those that are given', async () => {
      const store = fresh();
      await store.commit(batch(1, { sessions: many(60, (n) => ({ open: n !== 60 })) }));
      const { items, count } = await store.openSessionsOfAccount(1, 50);
      expect([items.length, items[0]?.id, count]).toEqual([50, 59, 59]);
      expect((await store.openSessionsOfAccount(1, 100)).count).toBe(59);
    });

    it('that are open are walked through once each, by account', async () => {
      const store = fresh();
      await store.commit(
        batch(1, { sessions: many(10, (n) => ({ account: n % 3, open: n !== 5, lastHeardMs: n * minute })) }),
      );
      const walked: [number, number][] = [];
      for (let after: { account: number; id: number } | null = null; ; ) {
        const rows = await store.openSessions(after, 2);
        walked.push(...rows.map(({ id, state }): [number, number] => [state.account, id]));
        const last = rows.at(-1);
        if (last === undefined) break;
        after = { account: last.state.account, id: last.id };
      }
      expect(walked).toEqual([
        [0, 3],
        [0, 6],
        [0, 9],
        [1, 1],
        [1, 4],
        [1, 7],
        [1, 10],
        [2, 2],
        [2, 8],
      ]);
      const heard: HeardSession[] = [];
      for (let last: HeardSession | undefined; ; ) {
        const sessions = await store.openSessionsHeard(last ?? null, 2);
        heard.push(...sessions);
        last = sessions.at(-1);
        if (last === undefined) break;
      }
      const rows = await store.openSessions(null, 10);
      expect(heard).toEqual(
        rows.map(({ id, state: { account, key, lastHeardMs } }) => ({ id, account, key, lastHeardMs })),
      );
    });
  });

  describe('quarantine', () => {
    it('is listed newest first', async () => {
      const store = fresh();
      const quarantined = [1, 2, 3].map((position) => ({ position, account: 0, reason: 'r', detail: 'd', entry: 'e' }));
      await store.commit(batch(3, { quarantined }));
      expect(await store.quarantined(2)).toEqual(quarantined.toReversed().slice(0, 2));
    });
  });
}

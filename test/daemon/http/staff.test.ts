import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountView, AuditView, CorrectionView, Page, ResetPassword } from '../../../daemon/contract.ts';
import { noDetails, type SessionState } from '../../../daemon/mediation/session.ts';
import type { ChargeRow } from '../../../daemon/store/store.ts';
import { type DaemonStub, nowMs, password, planXml, postAccount, putPlan, startStub } from './daemon-stub.ts';

let stub: DaemonStub;
let csr: string;
let admin: string;
beforeAll(async () => {
  stub = await startStub();
  csr = await stub.signIn('csr');
  admin = await stub.signIn('admin');
  await putPlan(stub, admin);
  await putPlan(stub, admin, undefined, 'hourly');
  await postAccount(stub, csr, {
    name: 'Alice O’Neil_100%',
    identities: [
      { kind: 'login', value: 'alice@example' },
      { kind: 'address', value: '192.0.2.7' },
    ],
    password,
  });
  await postAccount(stub, csr, { id: 'eloise', name: 'Éloïse Иванова', identities: [] });
  await postAccount(stub, csr, { id: 'bob', name: 'Bob', identities: [{ kind: 'login', value: 'bob@example' }] });
});
afterAll(() => stub.close());

const found = async (q: string) => {
  const answer = await stub.ask(csr, { url: `/api/accounts?q=${encodeURIComponent(q)}` });
  return answer.json<Page<AccountView>>().items.map(({ id }) => id);
};

describe('staff finds accounts', () => {
  test.each([
    ['alice', ['alice']],
    ['bob@ex', ['bob']],
    ['192.0.2.7', ['alice']],
    ['o’neil', ['alice']],
    ['100%', ['alice']],
    ['ÉLOÏSE', ['eloise']],
    ['иВАНОВА', ['eloise']],
    ['ALICE@EX', ['alice']],
    ['_', ['alice']],
    ['%', ['alice']],
    ['nobody', []],
    ["' OR 1=1 --", []],
  ])('by %s', async (q, ids) => {
    expect(await found(q)).toEqual(ids);
  });

  test('by an address that is held now', async () => {
    stub.holders.set('2001:db8::7', (await stub.store.account('bob'))!.no);
    stub.holders.set('192.0.2.7', (await stub.store.account('alice'))!.no);
    expect([await found('2001:db8::7'), await found('192.0.2.7')]).toEqual([['bob'], ['alice']]);
  });

  test('by the id of an open session', async () => {
    const state: SessionState = {
      key: 'k',
      device: 'nas',
      session: 'S-77',
      account: (await stub.store.account('bob'))!.no,
      open: true,
      startMs: 0,
      lastEventMs: 0,
      lastHeardMs: 0,
      closedBy: null,
      deviceRestartMs: null,
      counters: {},
      incarnation: 1,
      details: noDetails,
    };
    const nothing = { usage: [], charges: [], accounts: [], quarantined: [], outgoing: [] };
    const progress = await stub.store.progress();
    await stub.store.commit({ progress, ...nothing, sessions: [{ id: 1, state }] });
    expect(await found('S-77')).toEqual(['bob']);
  });

  test('a subscriber finds nobody but themselves', async () => {
    const alice = await stub.signIn('subscriber', 'alice');
    const answer = await stub.ask(alice, { url: '/api/accounts?q=bob' });
    expect(answer.json<Page<AccountView>>().items.map(({ id }) => id)).toEqual(['alice']);
  });
});

test('an identity ends, and one that is not there is refused', async () => {
  const url = '/api/accounts/alice/identities?kind=address&value=192.0.2.7';
  const ended = await stub.ask(csr, { method: 'DELETE', url });
  expect(ended.json<AccountView>().identities.map(({ kind }) => kind)).toEqual(['login']);
  expect((await stub.ask(csr, { method: 'DELETE', url })).statusCode).toBe(400);
});

test('a plan is assigned from the next period on', async () => {
  await putPlan(stub, admin, undefined, 'hourly');
  const payload = { plan: 'hourly', planFrom: 'next-period' };
  const answer = await stub.ask(csr, { method: 'PATCH', url: '/api/accounts/bob', payload });
  expect(answer.statusCode).toBe(200);
  const assignments = await stub.store.assignments((await stub.store.account('bob'))!.no);
  // Midnight in Paris.
  expect(assignments.at(-1)).toEqual({ planId: 'hourly', validFromMs: Date.UTC(2026, 0, 31, 23) });
});

test('a plan that is to come is told, blocks one from now with words, and can be withdrawn', async () => {
  await putPlan(stub, admin, planXml('nightly'), 'nightly');
  const bob = async () => (await stub.ask(csr, { url: '/api/accounts/bob' })).json<AccountView>();
  expect((await bob()).comingPlans).toEqual([{ plan: 'hourly', from: '2026-01-31T23:00:00.000Z' }]);
  const now = () => stub.ask(csr, { method: 'PATCH', url: '/api/accounts/bob', payload: { plan: 'nightly' } });
  expect((await now()).json()).toMatchObject({
    code: 'assignment-order',
    detail:
      'the account gets the plan "hourly" on 2026-02-01 (Europe/Paris): withdraw that first, or let this one begin then or later',
  });
  const withdraw = () => stub.ask(csr, { method: 'DELETE', url: '/api/accounts/bob/coming-plans' });
  const answer = await withdraw();
  expect(answer.json<AccountView>()).toMatchObject({ plan: 'hourly' });
  expect(answer.json<AccountView>()).not.toHaveProperty('comingPlans');
  const { items } = (await stub.ask(csr, { url: '/api/audit?limit=1' })).json<Page<AuditView>>();
  expect(items[0]).toMatchObject({
    action: 'plan.withdraw',
    status: 200,
    before: { comingPlans: [{ plan: 'hourly' }] },
  });
  expect((await withdraw()).statusCode).toBe(404);
  expect((await now()).json<AccountView>().plan).toBe('nightly');
});

describe('a correction', () => {
  beforeAll(async () => {
    const account = (await stub.store.account('alice'))!.no;
    const line = { planId: 'hourly', version: 1, primitive: 'rate', label: 'Hours', unit: 'hour', kind: 'usage' };
    const period = { periodFromMs: nowMs, periodToMs: nowMs + 1 };
    const charge = (seq: number): ChargeRow => ({
      id: seq,
      previous: seq - 1,
      account,
      seq,
      position: seq,
      fromUsage: true,
      line: seq === 3 ? { ...line, kind: 'correction', primitive: 'correction:1' } : line,
      ...period,
      amount: '1.500000',
      baseQuantity: 3n,
      atMs: nowMs,
      detail: null,
    });
    const progress = { account, state: null, seq: 3, lastChargeId: 3, lastUsagePosition: 0, shares: null };
    const nothing = { usage: [], sessions: [], quarantined: [], outgoing: [] };
    await stub.store.commit({
      progress: await stub.store.progress(),
      ...nothing,
      charges: [charge(1), charge(2), charge(3)],
      accounts: [progress],
    });
  });

  const correct = (payload: object) =>
    stub.ask(csr, { method: 'POST', url: '/api/accounts/alice/corrections', payload });

  test('takes back what was charged, with its reason, and names the charge', async () => {
    const answer = await correct({ charge: 2, key: 'k1', reason: 'Counted twice' });
    expect(answer.statusCode).toBe(202);
    expect(answer.json<CorrectionView>()).toEqual({
      charge: 2,
      amount: '-1.500000',
      reason: 'Counted twice',
      key: 'k1',
    });
    const account = (await stub.store.account('alice'))!.no;
    expect(stub.postings.get('k1')).toMatchObject({
      account,
      posting: {
        primitive: 'correction:2',
        label: 'Correction: Counted twice',
        amount: '-1.500000',
        kind: 'correction',
      },
    });
  });

  test('sent again with its key is the same one, and posts nothing', async () => {
    const waiting = await stub.store.outgoing(100);
    const answer = await correct({ charge: 2, key: 'k1', reason: 'Counted twice', rightAmount: '0.00' });
    expect([answer.statusCode, answer.json()]).toMatchObject([202, { amount: '-1.500000' }]);
    expect(await stub.store.outgoing(100)).toEqual(waiting);
    const { items } = (await stub.ask(csr, { url: '/api/audit' })).json<Page<AuditView>>();
    expect(items[0]).toMatchObject({ status: 202, before: null, after: { charge: 2, sentBefore: true } });
  });

  test.each([{ charge: 1 }, { reason: 'Another' }, { rightAmount: '1' }])(
    'with its key and %j is refused',
    async (other) => {
      const waiting = await stub.store.outgoing(100);
      const answer = await correct({ charge: 2, key: 'k1', reason: 'Counted twice', ...other });
      expect(answer.statusCode).toBe(409);
      expect(answer.json()).toMatchObject({ code: 'key-used', field: 'key' });
      expect(await stub.store.outgoing(100)).toEqual(waiting);
    },
  );

  test('changes what the charge is by now: rated corrections count, and those that are not rated yet', async () => {
    // Charge 3 has added 1.50 to it already.
    expect((await correct({ charge: 1, key: 'k2', reason: 'r', rightAmount: '0.50' })).json()).toMatchObject({
      amount: '-2.500000',
    });
    expect((await correct({ charge: 1, key: 'k3', reason: 'r', rightAmount: '2' })).json()).toMatchObject({
      amount: '1.500000',
    });
    const again = await correct({ charge: 2, key: 'k4', reason: 'Counted twice' });
    expect([again.statusCode, again.json<{ detail: string }>().detail]).toEqual([
      400,
      'rightAmount is what charge 2 is by now: nothing was posted',
    ]);
  });

  test('asked for twice at once takes back once', async () => {
    const answers = await Promise.all(
      ['k5', 'k6', 'k6'].map((key) => correct({ charge: 1, key, reason: 'r', rightAmount: '0.25' })),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([202, 400, 400]);
    expect((await correct({ charge: 1, key: 'k7', reason: 'r', rightAmount: '2' })).json()).toMatchObject({
      amount: '1.750000',
    });
  });

  test.each([
    [{ charge: 9, key: 'k', reason: 'r' }, 'charge'],
    [{ charge: 3, key: 'k', reason: 'r' }, 'charge'],
    [{ charge: 1, key: 'k', reason: 'r', rightAmount: '2.0' }, 'rightAmount'],
    [{ charge: 1, key: 'k' }, 'reason'],
    [{ charge: 1, reason: 'r' }, 'key'],
    [{ charge: 1, key: 'k k', reason: 'r' }, 'key'],
    [{ charge: 1, key: 'k', reason: 'r', rightAmount: '-1' }, 'rightAmount'],
  ])('%j is refused, naming %s', async (payload, field) => {
    const answer = await correct(payload);
    expect([answer.statusCode, answer.json<{ field: string }>().field]).toEqual([400, field]);
  });
});

describe('passwords', () => {
  const signIn = (login: string, said: string) =>
    stub.ask(null, { method: 'POST', url: '/api/session', payload: { login, password: said } });
  const change = (cookie: string, currentPassword: string, newPassword: string) =>
    stub.ask(cookie, { method: 'PUT', url: '/api/session/password', payload: { currentPassword, newPassword } });
  const cookieOf = (answer: { cookies: { name: string; value: string }[] }) =>
    `${answer.cookies[0]!.name}=${answer.cookies[0]!.value}`;

  test('are changed by who knows the old one; other sign-ins end, this one goes on', async () => {
    const [here, elsewhere] = [await signIn('alice@example', password), await signIn('alice@example', password)];
    const changed = await change(cookieOf(here), password, 'a new password');
    expect(changed.statusCode).toBe(204);
    expect((await stub.ask(cookieOf(changed), { url: '/api/accounts' })).statusCode).toBe(200);
    expect((await stub.ask(cookieOf(elsewhere), { url: '/api/accounts' })).statusCode).toBe(401);
    expect((await signIn('alice@example', password)).statusCode).toBe(401);
    expect((await signIn('alice@example', 'a new password')).statusCode).toBe(200);
  });

  test('are not changed by who does not, nor to a short one', async () => {
    const cookie = cookieOf(await signIn('alice@example', 'a new password'));
    expect((await change(cookie, 'wrong', 'another password')).json()).toMatchObject({ field: 'currentPassword' });
    expect((await change(cookie, 'a new password', 'short')).json()).toMatchObject({ field: 'newPassword' });
    expect((await signIn('alice@example', 'a new password')).statusCode).toBe(200);
  });

  test('that are wrong too often are throttled together with sign-ins', async () => {
    const cookie = await stub.signIn('operator');
    const from = (remoteAddress: string, currentPassword: string) =>
      stub.ask(cookie, {
        method: 'PUT',
        url: '/api/session/password',
        payload: { currentPassword, newPassword: 'another password' },
        remoteAddress,
      });
    for (let i = 0; i < 10; i++) await from(`198.51.100.${i}`, `wrong ${i}`);
    expect((await from('198.51.100.99', password)).statusCode).toBe(429);
    const elsewhere = { remoteAddress: '203.0.113.9' };
    const payload = { login: 'operator', password };
    const answer = await stub.ask(null, { method: 'POST', url: '/api/session', payload, ...elsewhere });
    expect(answer.statusCode).toBe(429);
  });

  test('are reset by staff to a random one that is told once', async () => {
    const answer = await stub.ask(csr, { method: 'POST', url: '/api/accounts/alice/password', payload: {} });
    const { login, password: given } = answer.json<ResetPassword>();
    expect(login).toBe('alice@example');
    const elsewhere = { remoteAddress: '203.0.113.10' };
    const payload = { login, password: given };
    expect((await stub.ask(null, { method: 'POST', url: '/api/session', payload, ...elsewhere })).statusCode).toBe(200);
  });
});

describe('the audit log', () => {
  const entries = async (query = '') =>
    (await stub.ask(csr, { url: `/api/audit?limit=200${query}` })).json<Page<AuditView>>().items;

  test('has every change with who, when, what, before and after', async () => {
    const all = await entries();
    expect(new Set(all.map(({ action }) => action))).toEqual(
      new Set([
        'plan.put',
        'account.create',
        'account.change',
        'identity.end',
        'charge.correct',
        'plan.withdraw',
        'password.change',
        'password.reset',
      ]),
    );
    const ended = all.find(({ action, status }) => action === 'identity.end' && status === 200);
    expect(ended).toMatchObject({ login: 'csr', subject: 'account alice', address: '127.0.0.1' });
    expect(ended).toMatchObject({ before: [{}, {}], after: [{}] });
  });

  test('has what was refused as well', async () => {
    expect((await entries()).find(({ action }) => action === 'identity.end')).toMatchObject({
      status: 400,
      after: null,
    });
  });

  test('can be read of one subject', async () => {
    const ofBob = await entries('&subject=account%20bob');
    expect(ofBob.map(({ action }) => action)).toEqual([
      'account.change',
      'plan.withdraw',
      'plan.withdraw',
      'account.change',
      'account.change',
      'account.create',
    ]);
  });

  test('has no password', async () => {
    const body = (await stub.ask(csr, { url: '/api/audit?limit=200' })).body;
    expect(body).not.toContain(password);
    expect(body).not.toContain('a new password');
  });

  test('has the entry of a change before the change is done', async () => {
    const createAccount = stub.deps.book.createAccount;
    const count = (await entries()).length;
    Object.assign(stub.deps.book, {
      createAccount: async () => {
        throw new Error('the power fails');
      },
    });
    await postAccount(stub, csr, { id: 'eve', identities: [] });
    Object.assign(stub.deps.book, { createAccount });
    const all = await entries();
    expect(all).toHaveLength(count + 1);
    expect(all[0]).toMatchObject({ action: 'account.create', status: 500, asked: { id: 'eve' }, after: null });
  });
});

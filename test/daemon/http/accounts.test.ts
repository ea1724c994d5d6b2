import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AccountView, IdentityView } from '../../../daemon/contract.ts';
import { aliceInput, type DaemonStub, nowMs, planXml, postAccount, putPlan, startStub } from './daemon-stub.ts';

let stub: DaemonStub;
let admin: string;
beforeEach(async () => {
  stub = await startStub();
  admin = await stub.signIn('admin');
  await putPlan(stub, admin);
  await putPlan(stub, admin, planXml('nightly'), 'nightly');
  await putPlan(stub, admin, planXml('euro', { currency: 'EUR' }), 'euro');
});
afterEach(() => stub.close());

const patch = (id: string, payload: object) =>
  stub.ask(admin, { method: 'PATCH', url: `/api/accounts/${id}`, payload });

test('an account is made, with plan, identity and sign-in', async () => {
  const answer = await postAccount(stub, admin, { password: 'a', creditLimit: '25.50', prepaid: true });
  expect(answer.statusCode).toBe(201);
  expect(answer.headers.location).toBe('/api/accounts/alice');
  const view: AccountView = {
    ...aliceInput,
    prepaid: true,
    creditLimit: '25.50',
    place: null,
    taxExemptions: [],
    identities: [login('alice@example')],
  };
  expect(answer.json()).toEqual(view);
  expect((await stub.ask(admin, { url: '/api/accounts/alice' })).json()).toEqual(view);
  const { no } = (await stub.store.account('alice'))!;
  expect(await stub.store.assignments(no)).toEqual([{ planId: 'hourly', validFromMs: null }]);
  const session = { login: 'alice@example', password: 'a' };
  const signedIn = await stub.ask(null, { method: 'POST', url: '/api/session', payload: session });
  expect(signedIn.json()).toEqual({ login: 'alice@example', role: 'subscriber', account: 'alice' });
});

test('what is left out has its default', async () => {
  const answer = await postAccount(stub, admin, { id: undefined, cycleDay: undefined, identities: undefined });
  expect(answer.json()).toMatchObject({ cycleDay: 1, prepaid: false, creditLimit: null, identities: [] });
  expect(answer.json().id).toMatch(/^[a-z0-9]{10}$/);
});

const bad: [string, object, string][] = [
  ['no name', { name: undefined }, 'name'],
  ['a blank name', { name: '  ' }, 'name'],
  ['a long name', { name: 'x'.repeat(201) }, 'name'],
  ['a number for a name', { name: 7 }, 'name'],
  ['control characters', { name: 'a\u0000b' }, 'name'],
  ['an id with a slash', { id: 'a/b' }, 'id'],
  ['a currency in small letters', { currency: 'usd' }, 'currency'],
  ['no currency', { currency: undefined }, 'currency'],
  ['an unknown zone', { timezone: 'Europe/Atlantis' }, 'timezone'],
  ['an offset for a zone', { timezone: '+01:00' }, 'timezone'],
  ['cycle day 0', { cycleDay: 0 }, 'cycleDay'],
  ['cycle day 32', { cycleDay: 32 }, 'cycleDay'],
  ['cycle day 1.5', { cycleDay: 1.5 }, 'cycleDay'],
  ['cycle day as text', { cycleDay: '1' }, 'cycleDay'],
  ['no plan', { plan: undefined }, 'plan'],
  ['an unknown plan', { plan: 'golden' }, 'plan'],
  ['a plan of another currency', { plan: 'euro' }, 'plan'],
  ['prepaid as text', { prepaid: 'yes' }, 'prepaid'],
  ['a credit limit as number', { creditLimit: 10 }, 'creditLimit'],
  ['a negative credit limit', { creditLimit: '-1' }, 'creditLimit'],
  ['a credit limit with exponent', { creditLimit: '1e3' }, 'creditLimit'],
  ['identities as object', { identities: {} }, 'identities'],
  ['too many identities', { identities: Array(101).fill({ kind: 'login', value: 'x' }) }, 'identities'],
  ['an identity as text', { identities: ['alice'] }, 'identities[0]'],
  ['an unknown kind', { identities: [{ kind: 'account', value: 'x' }] }, 'identities[0].kind'],
  ['no value', { identities: [{ kind: 'login' }] }, 'identities[0].value'],
  ['half a character', { identities: [login('x\ud800')] }, 'identities[0].value'],
  ['an empty login', { identities: [login('')] }, 'identities[0].value'],
  [
    'a provider’s id with control characters',
    { identities: [{ kind: 'local-id', value: 'x\n', provider: 'p' }] },
    'identities[0].value',
  ],
  ['a bad address', { identities: [{ kind: 'address', value: '10.0.0.256' }] }, 'identities[0].value'],
  ['a bad prefix', { identities: [{ kind: 'prefix', value: '10.0.0.1/8' }] }, 'identities[0].value'],
  ['a provider of a login', { identities: [{ kind: 'login', value: 'x', provider: 'p' }] }, 'identities[0].provider'],
  ['a local time', { identities: [{ kind: 'login', value: 'x', validFrom: '2026-01-01' }] }, 'identities[0].validFrom'],
  ['31 February', { validFrom: '2026-02-31T00:00:00Z' }, 'validFrom'],
  ['the same twice', { identities: [login('x'), login('x')] }, 'identities[1]'],
  ['an unknown field', { cycelDay: 3 }, 'cycelDay'],
  ['an empty password', { password: '' }, 'password'],
];

test.each(bad)('an account with %s is refused by the field', async (_what, changes, field) => {
  const answer = await postAccount(stub, admin, changes);
  expect(answer.statusCode).toBe(400);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json()).toMatchObject({ code: 'request-invalid', status: 400, field });
  expect(answer.json().detail.startsWith(field)).toBe(true);
  expect(await stub.store.accounts(0, 10)).toEqual([]);
});

test.each([['[]'], ['null'], ['"x"'], ['{'], ['{"__proto__": {"admin": true}}']])(
  'the body %s is refused',
  async (payload) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await stub.ask(admin, { method: 'POST', url: '/api/accounts', payload, headers });
    expect(answer.json()).toMatchObject({ status: 400, code: 'request-invalid' });
  },
);

test('nothing is written where a later check fails', async () => {
  await postAccount(stub, admin, { password: 'a' });
  const taken = await postAccount(stub, admin, { id: 'bob', password: 'b' });
  expect(taken.json()).toMatchObject({ status: 409, code: 'login-exists' });
  const early = [
    { kind: 'login', value: 'new' },
    { ...login('alice@example'), validFrom: '2020-01-01T00:00:00Z' },
  ];
  await postAccount(stub, admin, {
    id: 'carol',
    identities: [{ ...login('shared'), validFrom: '2025-01-01T00:00:00Z' }],
  });
  early[1] = { ...login('shared'), validFrom: '2020-01-01T00:00:00Z' };
  const overlap = await postAccount(stub, admin, { id: 'bob', identities: early });
  expect(overlap.json()).toMatchObject({ status: 409, code: 'identity-overlap', field: 'identities[1].validFrom' });
  expect(await stub.store.account('bob')).toBeNull();
  expect((await postAccount(stub, admin, { identities: [] })).json()).toMatchObject({ code: 'account-exists' });
});

test('of two that ask for the same login at once, one gets it', async () => {
  const answers = await Promise.all(['a', 'b'].map((id) => postAccount(stub, admin, { id, password: id })));
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409]);
});

test('an account can’t take over the login of staff', async () => {
  const answer = await postAccount(stub, admin, { identities: [login('admin')], password: 'mine' });
  expect(answer.json()).toMatchObject({ code: 'login-exists' });
  await postAccount(stub, admin, { identities: [login('admin')] });
  expect((await patch('alice', { password: 'mine' })).json()).toMatchObject({ code: 'login-exists' });
});

test('a login or station with control characters, as a device sends it, is added, told whole, and ended', async () => {
  await postAccount(stub, admin, { identities: [], password: 'a' });
  const sent = ['nl1\nzzz', 'bert\u0000', '=cmd()\r\n', ' ', '\u001b[2J'];
  for (const value of sent) {
    const payload = login(value);
    const answer = await stub.ask(admin, { method: 'POST', url: '/api/accounts/alice/identities', payload });
    expect(answer.statusCode).toBe(201);
  }
  const held = async () => (await stub.ask(admin, { url: '/api/accounts/alice' })).json<AccountView>().identities;
  expect((await held()).map(({ value }) => value)).toEqual(sent);
  const found = await stub.ask(admin, { url: `/api/accounts?login=${encodeURIComponent('bert\0')}` });
  expect(found.json().items).toHaveLength(1);
  expect((await stub.ask(admin, { url: '/api/accounts?login=bert' })).json().items).toEqual([]);
  for (const value of sent) {
    const query = new URLSearchParams({ kind: 'login', value });
    const answer = await stub.ask(admin, { method: 'DELETE', url: `/api/accounts/alice/identities?${query}` });
    expect(answer.statusCode).toBe(200);
  }
  expect(await held()).toEqual([]);
  const payload = { kind: 'station', value: 'x\u0000' };
  const answer = await stub.ask(admin, { method: 'POST', url: '/api/accounts/alice/identities', payload });
  expect(answer.json<AccountView>().identities).toMatchObject([payload]);
});

test('nobody signs in with a login that can’t be typed', async () => {
  await postAccount(stub, admin, { identities: [login('alice\u0000'), login('alice@example')], password: 'a' });
  expect(await stub.store.user('alice\u0000')).toBeNull();
  expect(await stub.store.user('alice@example')).toMatchObject({ accountId: 'alice' });
  await postAccount(stub, admin, { id: 'bob', identities: [login('bob\n')] });
  expect((await patch('bob', { password: 'b' })).statusCode).toBe(200);
  expect(await stub.store.user('bob')).toMatchObject({ accountId: 'bob' });
});

test('identities are kept in the form the collectors use', async () => {
  const identities = [
    { kind: 'station', value: 'AA-BB-CC-00-11-22' },
    { kind: 'address', value: '2001:0DB8:0:0:0:0:0:1' },
    { kind: 'address', value: '10.001.0.2' },
    { kind: 'prefix', value: '2001:0DB8::/32' },
    { kind: 'local-id', value: 'Line 7', provider: 'north' },
  ];
  const { identities: kept } = (await postAccount(stub, admin, { identities })).json<AccountView>();
  expect(kept.map(({ value }) => value)).toEqual([
    'aabbcc001122',
    '2001:db8::1',
    '10.1.0.2',
    '2001:db8::/32',
    'Line 7',
  ]);
  expect(kept[4]).toEqual(identities[4]);
});

test('accounts are listed in pages and found by login', async () => {
  for (const id of ['a', 'b', 'c']) await postAccount(stub, admin, { id, identities: [login(`${id}@example`)] });
  const ids = (answer: { json(): { items: AccountView[] } }) => answer.json().items.map(({ id }) => id);
  const first = await stub.ask(admin, { url: '/api/accounts?limit=2' });
  expect(ids(first)).toEqual(['a', 'b']);
  const second = await stub.ask(admin, { url: `/api/accounts?limit=2&cursor=${first.json().next}` });
  expect(ids(second)).toEqual(['c']);
  expect(second.json().next).toBeNull();
  expect(ids(await stub.ask(admin, { url: '/api/accounts?login=b@example' }))).toEqual(['b']);
  expect(ids(await stub.ask(admin, { url: '/api/accounts?login=z@example' }))).toEqual([]);
});

test.each([['limit=0'], ['limit=x'], ['cursor=zzz'], ['limit=1&limit=2']])('?%s is refused', async (query) => {
  expect((await stub.ask(admin, { url: `/api/accounts?${query}` })).json()).toMatchObject({ code: 'request-invalid' });
});

test('an account is changed; identities not listed end', async () => {
  await postAccount(stub, admin, { identities: [login('one'), login('two')] });
  const answer = await patch('alice', {
    name: 'Alice B.',
    prepaid: true,
    creditLimit: '5',
    plan: 'nightly',
    identities: [login('two'), login('three')],
  });
  expect(answer.json()).toMatchObject({ name: 'Alice B.', prepaid: true, creditLimit: '5', plan: 'nightly' });
  expect(answer.json<AccountView>().identities.map(({ value }) => value)).toEqual(['two', 'three']);
  const { no } = (await stub.store.account('alice'))!;
  expect(await stub.store.assignments(no)).toEqual([
    { planId: 'hourly', validFromMs: null },
    { planId: 'nightly', validFromMs: nowMs },
  ]);
  const [one] = await stub.store.holdersOf('login', 'one', '');
  expect(one).toMatchObject({ account: no, validUntilMs: nowMs });
  expect((await patch('alice', { creditLimit: null })).json()).toMatchObject({ creditLimit: null, name: 'Alice B.' });
  await patch('alice', { plan: 'nightly' });
  expect(await stub.store.assignments(no)).toHaveLength(2);
});

test('a plan may begin later, but not before the one that was assigned last', async () => {
  await postAccount(stub, admin);
  const later = await patch('alice', { plan: 'nightly', planFrom: '2026-02-01T00:00:00+01:00' });
  expect(later.json()).toMatchObject({ plan: 'hourly' });
  expect((await patch('alice', { plan: 'hourly' })).json()).toMatchObject({ status: 409, code: 'assignment-order' });
  stub.nowMs = Date.UTC(2026, 1, 2);
  expect((await stub.ask(admin, { url: '/api/accounts/alice' })).json()).toMatchObject({ plan: 'nightly' });
  expect((await patch('alice', { planFrom: '2026-03-01T00:00:00Z' })).json()).toMatchObject({ field: 'planFrom' });
});

test('a new password is the subscriber’s own', async () => {
  await postAccount(stub, admin, { password: 'old' });
  await patch('alice', { password: 'new' });
  const signIn = (said: string) =>
    stub.ask(null, { method: 'POST', url: '/api/session', payload: { login: 'alice@example', password: said } });
  expect((await signIn('old')).statusCode).toBe(401);
  expect((await signIn('new')).statusCode).toBe(200);
});

test('one more identity passes from account to account', async () => {
  await postAccount(stub, admin);
  await postAccount(stub, admin, { id: 'bob', identities: [] });
  const payload = login('alice@example');
  const answer = await stub.ask(admin, { method: 'POST', url: '/api/accounts/bob/identities', payload });
  expect(answer.statusCode).toBe(201);
  expect(answer.json().identities).toEqual([{ ...payload, validFrom: '2026-01-15T12:00:00.000Z' }]);
  expect((await stub.ask(admin, { url: '/api/accounts/alice' })).json().identities).toEqual([]);
});

test('payments add up to the balance', async () => {
  await postAccount(stub, admin);
  const pay = (payload: object) => stub.ask(admin, { method: 'POST', url: '/api/accounts/alice/payments', payload });
  const answer = await pay({ amount: '20.00', note: 'cash' });
  expect(answer.statusCode).toBe(201);
  expect(answer.json()).toEqual({ balance: '20.00' });
  expect((await pay({ amount: '0.30' })).json()).toEqual({ balance: '20.30' });
  for (const amount of ['0', '0.00', '-5', '0.001', '1e2', 5, undefined]) {
    expect((await pay({ amount })).json()).toMatchObject({ status: 400, field: 'amount' });
  }
  expect((await stub.ask(admin, { url: '/api/accounts/alice/bill' })).json()).toMatchObject({ balance: '20.30' });
});

test('an unknown account is told by its id', async () => {
  const answer = await stub.ask(admin, { url: '/api/accounts/nobody' });
  expect(answer.json()).toMatchObject({ status: 404, code: 'account-unknown', detail: 'no account "nobody"' });
});

function login(value: string): IdentityView {
  return { kind: 'login', value };
}

test('a payment sent again with its key is booked once', async () => {
  await postAccount(stub, admin);
  const pay = (payload: object) => stub.ask(admin, { method: 'POST', url: '/api/accounts/alice/payments', payload });
  const payment = { amount: '7.00', note: 'cash', key: 'k-1' };
  const first = await pay(payment);
  const again = await pay(payment);
  expect([first.statusCode, again.statusCode]).toEqual([201, 201]);
  expect(again.json()).toEqual(first.json());
  const { items } = (await stub.ask(admin, { url: '/api/audit' })).json<{ items: { after: object }[] }>();
  expect(items.slice(0, 2).map(({ after }) => 'sentBefore' in after)).toEqual([true, false]);
  const other = await pay({ ...payment, amount: '8.00' });
  expect([other.statusCode, other.json()]).toMatchObject([409, { code: 'key-used', field: 'key' }]);
  expect((await pay({ ...payment, key: 'not a key' })).json()).toMatchObject({ field: 'key' });
});

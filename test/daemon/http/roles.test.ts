/** Who may call what: every route of the document is tried by every role. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../../daemon/contract.ts';
import { type DaemonStub, planXml, postAccount, putPlan, startStub } from './daemon-stub.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const admitted: Readonly<Record<string, readonly Role[] | 'everyone'>> = {
  'POST /api/session': 'everyone',
  'GET /api/session': 'everyone',
  'DELETE /api/session': ['subscriber', 'csr', 'designer', 'operator', 'provider', 'admin'],
  'POST /api/accounts': ['csr', 'admin'],
  'GET /api/accounts': ['subscriber', 'csr', 'operator', 'admin'],
  'GET /api/accounts/{id}': ['subscriber', 'csr', 'operator', 'admin'],
  'PATCH /api/accounts/{id}': ['csr', 'admin'],
  'POST /api/accounts/{id}/identities': ['csr', 'admin'],
  'POST /api/accounts/{id}/payments': ['csr', 'admin'],
  'GET /api/accounts/{id}/bill': ['subscriber', 'csr', 'admin'],
  'GET /api/accounts/{id}/bills': ['subscriber', 'csr', 'admin'],
  'DELETE /api/accounts/{id}/identities': ['csr', 'admin'],
  'POST /api/accounts/{id}/corrections': ['csr', 'admin'],
  'DELETE /api/accounts/{id}/coming-plans': ['csr', 'admin'],
  'POST /api/accounts/{id}/password': ['csr', 'admin'],
  'PUT /api/session/password': ['subscriber', 'csr', 'designer', 'operator', 'provider', 'admin'],
  'GET /api/accounts/{id}/monitors': ['csr', 'operator', 'admin'],
  'GET /api/suspense': ['csr', 'operator', 'admin'],
  'GET /api/audit': ['csr', 'admin'],
  'GET /api/accounts/{id}/spend': ['subscriber', 'csr', 'admin'],
  'POST /api/accounts/{id}/quote': ['subscriber', 'csr', 'admin'],
  'GET /api/accounts/{id}/usage': ['subscriber', 'csr', 'admin'],
  'GET /api/accounts/{id}/sessions': ['subscriber', 'csr', 'operator', 'admin'],
  'GET /api/sessions': ['csr', 'operator', 'admin'],
  'GET /api/accounts/{id}/charges': ['subscriber', 'csr', 'admin'],
  'GET /api/accounts/{id}/charges/{seq}/trace': ['subscriber', 'csr', 'admin'],
  'POST /api/usage': ['provider', 'admin'],
  'GET /api/plans': ['csr', 'designer', 'admin'],
  'GET /api/plans/{id}': ['csr', 'designer', 'admin'],
  'PUT /api/plans/{id}': ['designer', 'admin'],
  'POST /api/plans/{id}/check': ['designer', 'admin'],
  'POST /api/plans/{id}/rate': ['csr', 'designer', 'admin'],
  'POST /api/plans/{id}/assign': ['csr', 'admin'],
  'GET /api/tables': ['designer', 'csr', 'admin'],
  'GET /api/tables/{kind}/{name}': ['designer', 'csr', 'admin'],
  'PUT /api/tables/{kind}/{name}': ['designer', 'admin'],
  'POST /api/tokens': ['admin'],
  'GET /api/tokens': ['admin'],
  'DELETE /api/tokens/{id}': ['admin'],
  'GET /api/users': ['admin'],
  'POST /api/users': ['admin'],
  'PATCH /api/users/{id}': ['admin'],
  'POST /api/users/{id}/password': ['admin'],
  'GET /api/live': ['subscriber', 'csr', 'admin'],
  'GET /api/health': ['operator', 'admin'],
  'GET /api/openapi.json': 'everyone',
  'GET /healthz': 'everyone',
  'GET /readyz': 'everyone',
  'GET /metrics': 'everyone',
};
/** Of their own sign-in; an API token has none (session.test.ts, staff.test.ts). */
const forPeopleOnly = new Set(['DELETE /api/session', 'PUT /api/session/password']);
const roles: readonly Role[] = ['subscriber', 'csr', 'designer', 'operator', 'provider', 'admin'];
const machineRoles: readonly Role[] = ['csr', 'designer', 'operator', 'provider'];

let stub: DaemonStub;
const cookies = new Map<Role, string>();
const tokens = new Map<Role, string>();
beforeAll(async () => {
  stub = await startStub();
  const admin = await stub.signIn('admin');
  await putPlan(stub, admin, planXml());
  await postAccount(stub, admin);
  await postAccount(stub, admin, { id: 'bob', identities: [{ kind: 'login', value: 'bob@example' }] });
  for (const role of roles) cookies.set(role, await stub.signIn(role, role === 'subscriber' ? 'alice' : null));
  for (const role of machineRoles) {
    const rights = ['usage', 'charges', 'credits', 'accounts'];
    const payload = { name: role, role, ...(role === 'provider' ? { provider: 'voip-1', rights } : {}) };
    const answer = await stub.ask(admin, { method: 'POST', url: '/api/tokens', payload });
    tokens.set(role, answer.json<{ token: string }>().token);
  }
});
afterAll(() => stub.close());

function call(operation: string, cookie: string | null, account = 'alice', headers = {}) {
  const [method, path] = operation.split(' ') as [Method, string];
  // A new password signs its user out, and alice is signed in for what follows.
  const owner =
    operation === 'POST /api/accounts/{id}/password' && account === 'alice' && cookie !== cookies.get('subscriber')
      ? 'bob'
      : account;
  const url = path.replace('{id}', path.startsWith('/api/plans') ? 'hourly' : owner);
  // Empty on purpose: who may call is told before what is wrong with the body.
  return stub.ask(cookie, {
    method,
    url,
    headers,
    ...(method === 'GET' || method === 'DELETE' ? {} : { payload: {} }),
  });
}

test('the table names every operation there is', async () => {
  const { paths } = (await stub.ask(null, { url: '/api/openapi.json' })).json<{ paths: Record<string, object> }>();
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(Object.keys(admitted).sort());
});

describe.each(Object.entries(admitted).filter(([operation]) => !forPeopleOnly.has(operation)))(
  '%s',
  (operation, who) => {
    test('without sign-in', async () => {
      const { statusCode } = await call(operation, null);
      if (who === 'everyone') expect(statusCode).not.toBe(401);
      else expect(statusCode).toBe(401);
    });

    test.each(roles)('as %s', async (role) => {
      const { statusCode } = await call(operation, cookies.get(role)!);
      if (who === 'everyone' || who.includes(role)) expect([401, 403]).not.toContain(statusCode);
      else expect(statusCode).toBe(403);
    });

    test.each(machineRoles)('with an API token of the role %s', async (role) => {
      const { statusCode } = await call(operation, null, 'alice', { authorization: `Bearer ${tokens.get(role)}` });
      if (who === 'everyone' || who.includes(role)) expect([401, 403]).not.toContain(statusCode);
      else expect(statusCode).toBe(403);
    });
  },
);

test.each(Object.keys(admitted).filter((operation) => operation.includes('/accounts/{id}')))(
  '%s of another account, or of none, is refused to a subscriber in the same words',
  async (operation) => {
    const subscriber = cookies.get('subscriber')!;
    const [other, none] = [await call(operation, subscriber, 'bob'), await call(operation, subscriber, 'nobody')];
    expect(other.statusCode).toBe(403);
    expect(other.body).toBe(none.body);
    expect(other.body).not.toContain('bob');
  },
);

test('a subscriber’s list of accounts has the own one only, whatever is asked for', async () => {
  const subscriber = cookies.get('subscriber')!;
  const ids = async (query: string) => {
    const answer = await stub.ask(subscriber, { url: `/api/accounts${query}` });
    return answer.json<{ items: { id: string }[] }>().items.map(({ id }) => id);
  };
  expect(await ids('')).toEqual(['alice']);
  expect(await ids('?limit=200')).toEqual(['alice']);
  expect(await ids('?login=alice@example')).toEqual(['alice']);
  expect(await ids('?login=bob@example')).toEqual([]);
});

test('a subscriber without an account sees none', async () => {
  await stub.store.putUser({ ...(await stub.store.user('alice'))!, login: 'lost', accountId: null });
  const lost = await stub.signIn('subscriber');
  expect((await stub.ask(lost, { url: '/api/accounts' })).json()).toEqual({ items: [], next: null });
  expect((await stub.ask(lost, { url: '/api/accounts/null' })).statusCode).toBe(403);
});

test('metrics are open to this machine, elsewhere to operators', async () => {
  const metrics = (cookie: string | null, remoteAddress: string) =>
    stub.ask(cookie, { url: '/metrics', remoteAddress });
  expect((await metrics(null, '127.0.0.1')).body).toContain('meterd_http_requests_total');
  expect((await metrics(null, '::1')).statusCode).toBe(200);
  expect((await metrics(null, '192.0.2.1')).statusCode).toBe(401);
  expect((await metrics(cookies.get('csr')!, '192.0.2.1')).statusCode).toBe(403);
  expect((await metrics(cookies.get('operator')!, '192.0.2.1')).statusCode).toBe(200);
});

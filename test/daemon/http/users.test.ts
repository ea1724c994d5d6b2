/** Users of staff: who makes them, what ends their sign-ins, and that someone can always sign in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditView, Page, StaffSignIn, StaffUserView } from '../../../daemon/contract.ts';
import { type DaemonStub, password, postAccount, putPlan, startStub } from './daemon-stub.ts';

let stub: DaemonStub;
let admin: string;
beforeAll(async () => {
  stub = await startStub();
  admin = await stub.signIn('admin');
  await putPlan(stub, admin);
  await postAccount(stub, admin, { password });
});
afterAll(() => stub.close());

const make = (payload: object) => stub.ask(admin, { method: 'POST', url: '/api/users', payload });
const change = (login: string, disabled: unknown, cookie = admin) =>
  stub.ask(cookie, { method: 'PATCH', url: `/api/users/${login}`, payload: { disabled } });
const reset = (login: string, payload: object = {}) =>
  stub.ask(admin, { method: 'POST', url: `/api/users/${login}/password`, payload });
const staff = async () => (await stub.ask(admin, { url: '/api/users' })).json<Page<StaffUserView>>().items;
const signIn = (login: string, said: string) =>
  stub.ask(null, { method: 'POST', url: '/api/session', payload: { login, password: said } });
const cookieOf = (answer: { cookies: { name: string; value: string }[] }) =>
  `${answer.cookies[0]!.name}=${answer.cookies[0]!.value}`;
const lastEntry = async () => (await stub.ask(admin, { url: '/api/audit' })).json<Page<AuditView>>().items[0];

test('are made with a random password, told once, or with a given one, told never', async () => {
  const made = await make({ login: 'kim', role: 'csr' });
  expect(made.statusCode).toBe(201);
  const { login, password: random } = made.json<StaffSignIn>();
  expect(login).toBe('kim');
  expect((await signIn('kim', random!)).json()).toEqual({ login: 'kim', role: 'csr', account: null });
  expect((await make({ login: 'lee', role: 'admin', password })).json()).toEqual({ login: 'lee', password: null });
  expect((await signIn('lee', password)).statusCode).toBe(200);
  expect(await staff()).toEqual([
    { login: 'admin', role: 'admin', disabled: false },
    { login: 'kim', role: 'csr', disabled: false },
    { login: 'lee', role: 'admin', disabled: false },
  ]);
  expect(await lastEntry()).toMatchObject({
    login: 'admin',
    action: 'staff.create',
    subject: 'user lee',
    status: 201,
    asked: { login: 'lee', password: '…' },
    after: { role: 'admin' },
  });
  expect((await stub.ask(admin, { url: '/api/audit' })).body).not.toContain(random);
});

test.each([
  [{ login: 'kim', role: 'csr' }, 409],
  [{ login: 'alice@example', role: 'csr' }, 409],
  [{ login: 'max', role: 'subscriber' }, 400],
  [{ login: 'max', role: 'provider' }, 400],
  [{ login: 'token:max', role: 'csr' }, 400],
  [{ login: 'max', role: 'csr', password: 'short' }, 400],
  [{ login: 'max', role: 'csr', name: 'Max' }, 400],
])('%j is refused with %i', async (payload, status) => {
  expect((await make(payload)).statusCode).toBe(status);
});

test('a new password ends the sign-ins with the old one', async () => {
  const before = cookieOf(await signIn('lee', password));
  const { password: next } = (await reset('lee')).json<StaffSignIn>();
  expect((await stub.ask(before, { url: '/api/accounts' })).statusCode).toBe(401);
  expect((await signIn('lee', password)).statusCode).toBe(401);
  expect((await signIn('lee', next!)).statusCode).toBe(200);
  expect((await reset('lee', { password })).json()).toEqual({ login: 'lee', password: null });
  expect(await lastEntry()).toMatchObject({ action: 'staff.password', subject: 'user lee', status: 200 });
});

describe('who is disabled', () => {
  test('is signed out at once and can’t sign in, also with a new password, until enabled', async () => {
    const before = cookieOf(await signIn('lee', password));
    expect((await change('lee', true)).json()).toEqual({ login: 'lee', role: 'admin', disabled: true });
    expect(await lastEntry()).toMatchObject({
      subject: 'user lee',
      before: { disabled: false },
      after: { disabled: true },
    });
    expect((await stub.ask(before, { url: '/api/accounts' })).statusCode).toBe(401);
    expect((await signIn('lee', password)).json()).toMatchObject({ code: 'sign-in-failed' });
    await reset('lee', { password: 'another password' });
    expect((await signIn('lee', 'another password')).statusCode).toBe(401);
    await change('lee', false);
    expect((await signIn('lee', 'another password')).statusCode).toBe(200);
  });

  test('is never who asks, nor the last administrator, nor a subscriber', async () => {
    expect((await change('admin', true)).statusCode).toBe(403);
    expect((await reset('admin')).statusCode).toBe(403);
    expect((await change('alice@example', true)).statusCode).toBe(404);
    expect((await change('nobody', true)).statusCode).toBe(404);
    expect((await change('kim', 'yes')).statusCode).toBe(400);
    const lee = await stub.ask(null, {
      method: 'POST',
      url: '/api/session',
      payload: { login: 'lee', password: 'another password' },
    });
    // Each the other, at once.
    const answers = await Promise.all([change('lee', true), change('admin', true, cookieOf(lee))]);
    expect(answers.map(({ statusCode }) => statusCode).sort()[0]).toBe(200);
    const admins = (await stub.store.staff()).filter(({ role, disabled }) => role === 'admin' && !disabled);
    expect(admins).toHaveLength(1);
  });
});

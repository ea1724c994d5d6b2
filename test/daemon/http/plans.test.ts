import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DaemonStub, planXml, postAccount, putPlan, startStub } from './daemon-stub.ts';

let stub: DaemonStub;
let designer: string;
beforeEach(async () => {
  stub = await startStub();
  designer = await stub.signIn('designer');
});
afterEach(() => stub.close());

test('a plan put twice has two versions, each as it was put', async () => {
  const [first, second] = [planXml(), planXml('hourly', { amount: '0.75' })];
  const answer = await putPlan(stub, designer, first);
  expect(answer.statusCode).toBe(201);
  expect(answer.json()).toEqual({ id: 'hourly', version: 1 });
  expect((await putPlan(stub, designer, second)).json()).toEqual({ id: 'hourly', version: 2 });
  const newest = await stub.ask(designer, { url: '/api/plans/hourly' });
  expect(newest.headers['content-type']).toContain('application/xml');
  expect(newest.body).toBe(second);
  expect((await stub.ask(designer, { url: '/api/plans/hourly?version=1' })).body).toBe(first);
  expect((await stub.ask(designer, { url: '/api/plans/hourly?version=3' })).json()).toMatchObject({ status: 404 });
  expect((await stub.ask(designer, { url: '/api/plans' })).json()).toEqual({
    items: [{ id: 'hourly', name: 'Plan hourly', currency: 'USD', version: 2, validFrom: '2026-01-15T12:00:00.000Z' }],
    next: null,
  });
  const versions = await stub.store.planVersions('hourly');
  expect(versions.map(({ validFromMs }) => validFromMs)).toEqual([null, stub.nowMs]);
});

test('XML is taken whatever its type is called, or without one', async () => {
  for (const headers of [{}, { 'content-type': 'text/plain' }, { 'content-type': 'application/json' }]) {
    const answer = await stub.ask(designer, { method: 'PUT', url: '/api/plans/hourly', payload: planXml(), headers });
    expect(answer.statusCode).toBe(201);
  }
});

test('a version may begin at a given time, and not before the one before it', async () => {
  await putPlan(stub, designer);
  const put = (validFrom: string) =>
    stub.ask(designer, { method: 'PUT', url: `/api/plans/hourly?validFrom=${validFrom}`, payload: planXml() });
  expect((await put('2026-03-01T00:00:00Z')).statusCode).toBe(201);
  expect((await put('2026-02-01T00:00:00Z')).json()).toMatchObject({ status: 409, code: 'plan-order' });
  expect((await put('soon')).json()).toMatchObject({ status: 400, field: 'validFrom' });
});

test('a bad plan is refused with its problems by line', async () => {
  const xml = planXml().replace('type="Adder"', 'type="Subtractor"');
  const answer = await putPlan(stub, designer, xml);
  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({ code: 'plan-invalid' });
  expect(answer.json().problems[0]).toMatchObject({ line: 3, primitive: 'sum', severity: 'error' });
  const checked = await stub.ask(designer, { method: 'POST', url: '/api/plans/hourly/check', payload: xml });
  expect(checked.json().problems).toEqual(answer.json().problems);
  const good = await stub.ask(designer, { method: 'POST', url: '/api/plans/hourly/check', payload: planXml() });
  expect(good.json()).toEqual({ problems: [] });
  expect(await stub.store.plans()).toEqual([]);
});

test('a plan’s own id must be that of its address, its currency that of its versions', async () => {
  const other = await putPlan(stub, designer, planXml('other'));
  expect(other.json()).toMatchObject({ status: 422, problems: [{ line: 1, property: 'id' }] });
  await putPlan(stub, designer);
  const euro = await putPlan(stub, designer, planXml('hourly', { currency: 'EUR' }));
  expect(euro.json()).toMatchObject({ status: 409, code: 'plan-currency' });
});

test('text that is no plan, no text and too much text', async () => {
  expect((await putPlan(stub, designer, 'hello')).statusCode).toBe(422);
  expect((await putPlan(stub, designer, ' ')).json()).toMatchObject({ status: 400 });
  const entities = '<!DOCTYPE plan [<!ENTITY x SYSTEM "file:///etc/passwd">]><plan>&x;</plan>';
  expect((await putPlan(stub, designer, entities)).statusCode).toBe(422);
  const large = await putPlan(stub, designer, planXml() + ' '.repeat(1024 * 1024));
  expect(large.json()).toMatchObject({ status: 413, code: 'body-too-large' });
});

test('known use is rated with a stored plan', async () => {
  await putPlan(stub, designer);
  const usage = [{ type: 'time', quantity: 7_200, start: '2026-01-05T10:00:00', end: '2026-01-05T12:00:00' }];
  const rate = (payload: object) => stub.ask(designer, { method: 'POST', url: '/api/plans/hourly/rate', payload });
  const answer = await rate({ usage, zone: 'Europe/Paris' });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({
    currency: 'USD',
    records: [{ n: 1, amount: '1.000000' }],
    bills: [{ from: '2026-01-01', to: '2026-02-01', total: '1.00' }],
  });
  expect((await rate({})).json()).toMatchObject({ status: 400, field: 'usage' });
  expect((await rate({ usage: [...usage, { type: 'time' }] })).json()).toMatchObject({ field: 'usage[1]' });
  expect((await rate({ usage, zone: 'Moon/Sea' })).json()).toMatchObject({ field: 'zone' });
  expect((await rate({ usage, until: '2099-01-01' })).json()).toMatchObject({ field: 'usage' });
  expect((await rate({ usage: [] })).json()).toEqual({ currency: 'USD', records: [], bills: [] });
});

test('known use that would hold up the daemon is refused: a year of it with hundreds of primitives', async () => {
  const filters = Array.from({ length: 300 }, (_, n) => {
    const minute = (of: number) =>
      `${String(Math.floor(of / 60)).padStart(2, '0')}:${String(of % 60).padStart(2, '0')}`;
    return `<primitive id="f${n}" type="DailyTimeFilter"><property name="from" value="${minute(2 * n)}"/>
      <property name="to" value="${minute(2 * n + 1)}"/></primitive>
      <connection from="usage" to="f${n}"/><connection from="f${n}" to="rate"/>`;
  });
  const xml = planXml().replace('</plan>', `${filters.join('')}</plan>`);
  expect((await putPlan(stub, designer, xml)).statusCode).toBe(201);
  const rate = (end: string) => {
    const payload = { usage: [{ type: 'time', quantity: 3_600, start: '2026-01-01T00:00:00', end }] };
    return stub.ask(designer, { method: 'POST', url: '/api/plans/hourly/rate', payload });
  };
  expect((await rate('2026-12-31T00:00:00')).json()).toMatchObject({ status: 400, field: 'usage' });
  expect((await rate('2026-01-08T00:00:00')).statusCode).toBe(200);
});

test('a plan is assigned to an account', async () => {
  const admin = await stub.signIn('admin');
  await putPlan(stub, designer);
  await putPlan(stub, designer, planXml('nightly'), 'nightly');
  await putPlan(stub, designer, planXml('euro', { currency: 'EUR' }), 'euro');
  await postAccount(stub, admin);
  const assign = (id: string, payload: object) =>
    stub.ask(admin, { method: 'POST', url: `/api/plans/${id}/assign`, payload });
  expect((await assign('nightly', { account: 'alice' })).json()).toMatchObject({ id: 'alice', plan: 'nightly' });
  expect((await assign('euro', { account: 'alice' })).json()).toMatchObject({ status: 409, code: 'plan-currency' });
  expect((await assign('gold', { account: 'alice' })).json()).toMatchObject({ status: 404, code: 'plan-unknown' });
  expect((await assign('nightly', { account: 'bob' })).json()).toMatchObject({ status: 400, field: 'account' });
  const back = await assign('hourly', { account: 'alice', validFrom: '2026-01-01T00:00:00Z' });
  expect(back.json()).toMatchObject({ status: 409, code: 'assignment-order' });
});

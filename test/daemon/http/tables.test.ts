import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountView, Page, TableView } from '../../../daemon/contract.ts';
import { newAccountState, rateUsage } from '../../../rating/index.ts';
import { type DaemonStub, nowMs, postAccount, putPlan, startStub } from './daemon-stub.ts';

const taxes = 'place,jurisdiction,name,rate\nUS/CA,state,State tax,6%\nUS/CA/Alameda,county,County tax,0.25%\n';
const taxed = `<plan xmlns="urn:meterd:plan:1" id="hourly" name="Taxed" currency="USD">
  <primitive id="rate" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="100"/></primitive>
  <primitive id="tax" type="TaxCalculator"><property name="table" value="us"/></primitive>
  <primitive id="post" type="AccountFinalizer"/>
  <connection from="usage" to="rate"/><connection from="rate" to="tax"/><connection from="tax" to="post"/>
</plan>`;

let stub: DaemonStub;
let designer: string;
let csr: string;
beforeAll(async () => {
  stub = await startStub();
  designer = await stub.signIn('designer');
  csr = await stub.signIn('csr');
});
afterAll(() => stub.close());

function put(path: string, payload: string, cookie = designer) {
  return stub.ask(cookie, {
    method: 'PUT',
    url: `/api/tables/${path}`,
    payload,
    headers: { 'content-type': 'text/csv' },
  });
}

async function hourOf(account: string): Promise<Record<string, string>> {
  const stored = (await stub.store.account(account))!;
  const terms = await stub.deps.terms(stored);
  const readings = [{ meter: 'time', quantity: 3_600n }];
  const event = { id: '1', readings, startMs: nowMs, endMs: nowMs + 3_600_000, attributes: {} };
  const result = rateUsage(terms, newAccountState(), event);
  if (!result.ok) return { [result.reason]: result.detail };
  return Object.fromEntries(result.charges.map(({ label, amount }) => [label, amount]));
}

describe('tables', () => {
  it('are imported, listed and read back, and plans rate by them at once', async () => {
    await putPlan(stub, await stub.signIn('admin'), taxed);
    await postAccount(stub, csr, { id: 'cal', place: 'US/CA/Alameda', identities: [] });
    expect(await hourOf('cal')).toHaveProperty('no-table');
    const answer = await put('taxes/us', taxes);
    expect(answer.statusCode).toBe(201);
    expect(answer.json<TableView>()).toMatchObject({ kind: 'taxes', name: 'us', from: null, octets: taxes.length });
    const listed = await stub.ask(csr, { method: 'GET', url: '/api/tables' });
    expect(listed.json<Page<TableView>>().items).toHaveLength(1);
    const read = await stub.ask(csr, { method: 'GET', url: '/api/tables/taxes/us' });
    expect([read.body, read.headers['content-type']]).toEqual([taxes, 'text/csv; charset=utf-8']);
    expect(await hourOf('cal')).toEqual({ Hours: '100.000000', 'State tax': '6.000000', 'County tax': '0.250000' });
    await put('taxes/us', taxes.replace('6%', '7%'));
    expect(await hourOf('cal')).toMatchObject({ 'State tax': '7.000000' });
  });

  it('with a fault are refused with its line, and what was there stays', async () => {
    const answer = await put('taxes/us', `${taxes}US/NV,state,Tax,much\n`);
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'table-invalid', detail: expect.stringMatching(/^line 4: /) });
    expect(await hourOf('cal')).toMatchObject({ 'State tax': '7.000000' });
  });

  it.each([
    ['spells/us', taxes, 400, /kind must be one of taxes, rates/],
    ['taxes/..%2fus', taxes, 400, /name must have/],
    ['taxes/us?from=2026-01-01', taxes, 422, /has its dates inside/],
    ['dial-plans/world?from=tomorrow', 'prefix,rate\n44,0.02\n', 422, /no date/],
  ])('%s is refused', async (path, body, status, detail) => {
    const answer = await put(path, body);
    expect([answer.statusCode, answer.json<{ detail: string }>().detail]).toEqual([
      status,
      expect.stringMatching(detail),
    ]);
  });

  it('that nobody imported are not found', async () => {
    const answer = await stub.ask(csr, { method: 'GET', url: '/api/tables/taxes/mars' });
    expect(answer.statusCode).toBe(404);
  });
});

describe('an account', () => {
  it('moves to another place from now on or from a time, and is exempt from what is named', async () => {
    const change = (payload: object) => stub.ask(csr, { method: 'PATCH', url: '/api/accounts/cal', payload });
    const moved = (await change({ place: 'US/CA', taxExemptions: [{ tax: 'State tax' }] })).json<AccountView>();
    expect(moved).toMatchObject({ place: 'US/CA', taxExemptions: [{ tax: 'State tax' }] });
    expect(await hourOf('cal')).toEqual({ Hours: '100.000000' });
    await change({ taxExemptions: [] });
    expect(await hourOf('cal')).toEqual({ Hours: '100.000000', 'State tax': '7.000000' });
    const later = new Date(nowMs + 86_400_000).toISOString();
    const planned = (await change({ place: 'US/CA/Alameda', placeFrom: later })).json<AccountView>();
    expect(planned.place).toBe('US/CA');
    expect((await change({ place: 'US//CA' })).statusCode).toBe(400);
    expect((await change({ taxExemptions: [{ tax: 'x', from: later, to: later }] })).statusCode).toBe(400);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QuoteAnswer, QuoteView } from '../../../daemon/contract.ts';
import { encodeState, newAccountState, rateUsage } from '../../../rating/index.ts';
import { type DaemonStub, nowMs, postAccount, putPlan, startStub } from './daemon-stub.ts';

/** Ten hours free, then 0.50 an hour to 100 hours, then 0.25; 0.17 a gigabyte down and up. Set-up of 10. */
const plan = `<plan xmlns="urn:meterd:plan:1" id="mixed" name="Mixed" currency="USD">
  <primitive id="setup" type="OneTimeCharge" label="Set-up"><property name="amount" value="10"/></primitive>
  <primitive id="free" type="FreeStepRater" label="Free hours"><property name="limit" value="10"/><property name="unit" value="hour"/></primitive>
  <primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step upTo="100" multiplier="0.50"/><step multiplier="0.25"/></primitive>
  <primitive id="data" type="StepRater" label="Data"><property name="unit" value="GB"/><step multiplier="0.17"/></primitive>
  <primitive id="sum" type="Adder"/> <primitive id="post" type="AccountFinalizer"/>
  <connection from="usage" to="free"/> <connection from="free" to="hours"/> <connection from="usage" to="data"/>
  <connection from="setup" to="sum"/> <connection from="hours" to="sum"/> <connection from="data" to="sum"/>
  <connection from="sum" to="post"/>
</plan>`;

/** Calls by their number. */
const byNumber = `<plan xmlns="urn:meterd:plan:1" id="by-number" name="By number" currency="USD">
  <primitive id="online" type="UsageTypeSelector"><property name="types" value="time"/></primitive>
  <primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="1"/></primitive>
  <primitive id="calls" type="E164DialPlanRater" label="Calls"><prefix digits="1" rate="0.01"/></primitive>
  <primitive id="sum" type="Adder"/> <primitive id="post" type="AccountFinalizer"/>
  <connection from="usage" to="online"/> <connection from="online" to="hours"/> <connection from="usage" to="calls"/>
  <connection from="hours" to="sum"/> <connection from="calls" to="sum"/> <connection from="sum" to="post"/>
</plan>`;

let stub: DaemonStub;
let csr: string;
beforeAll(async () => {
  stub = await startStub();
  csr = await stub.signIn('csr');
  const put = await putPlan(stub, await stub.signIn('admin'), plan, 'mixed');
  expect(put.statusCode).toBe(201);
  await postAccount(stub, csr, { plan: 'mixed', prepaid: true });
  await pay('alice', '30');
  expect((await putPlan(stub, await stub.signIn('admin'), byNumber, 'by-number')).statusCode).toBe(201);
  await postAccount(stub, csr, { id: 'carol', plan: 'by-number', identities: [] });
  await postAccount(stub, csr, { id: 'bob', plan: 'mixed', identities: [] });
});
afterAll(() => stub.close());

const pay = (id: string, amount: string) =>
  stub.ask(csr, { method: 'POST', url: `/api/accounts/${id}/payments`, payload: { amount } });
const ask = (uses: readonly object[], id = 'alice') =>
  stub.ask(csr, { method: 'POST', url: `/api/accounts/${id}/quote`, payload: { uses } });

async function quote(use: object, id = 'alice'): Promise<QuoteView> {
  const answer = await ask([use], id);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<{ quotes: QuoteView[] }>().quotes[0]!;
}

describe('a proposed use', () => {
  test('that an allowance takes costs nothing and says so; the set-up charge is no price of it', async () => {
    expect(await quote({ meter: 'time', quantity: '1', unit: 'hour' })).toMatchObject({
      amount: '0',
      free: 'allowance',
      lines: [],
      balanceAfter: '30.00',
    });
  });

  test('beyond the allowance is priced by the plan, on its line', async () => {
    const quoted = await quote({ meter: 'time', quantity: '12', unit: 'hour' });
    expect(quoted).toMatchObject({ free: null, lines: [{ label: 'Hours', quantity: '2', unit: 'hour' }] });
    expect(Number(quoted.amount)).toBe(1);
    expect(quoted.balanceAfter).toBe('29.00');
  });

  test('says how much the balance buys: the next second or octet is too much', async () => {
    // 10 h free and 60 h at 0.50 are 30.
    const hours = await quote({ meter: 'time', quantity: '1', unit: 'hour' });
    expect(hours.buys).toEqual({ quantity: String(70 * 3600), inUnit: '70', beyond: false });
    const data = await quote({ meter: 'octets-in', quantity: '1', unit: 'GB' });
    expect(Number(data.amount)).toBe(0.17);
    const bought = BigInt(data.buys!.quantity);
    const price = async (octets: bigint) =>
      Number((await quote({ meter: 'octets-in', quantity: String(octets) })).amount);
    expect(await price(bought)).toBeLessThanOrEqual(30);
    expect(await price(bought + 10_000n)).toBeGreaterThan(30);
  });

  test('that the plan does not price is said to be so', async () => {
    expect(await quote({ meter: 'messages', quantity: '1' })).toMatchObject({
      free: 'unpriced',
      buys: { beyond: true },
    });
  });

  test('of an account that pays afterwards without a limit is limited by nothing', async () => {
    expect((await quote({ meter: 'time', quantity: '1', unit: 'hour' }, 'bob')).buys).toBeNull();
  });

  test('that has no price says why, and the others have theirs', async () => {
    const call = { meter: 'voice', quantity: '3', unit: 'minute' };
    const to = (calledNumber: string) => ({ ...call, attributes: { calledNumber } });
    const hour = { meter: 'time', quantity: '1', unit: 'hour' };
    const answer = await ask([hour, call, to('+44 20 7946 0000'), to('+1 202 555 0123')], 'carol');
    expect(answer.statusCode, answer.body).toBe(200);
    const { quotes } = answer.json<{ quotes: QuoteAnswer[] }>();
    expect(quotes).toMatchObject([
      { meter: 'time', lines: [{ label: 'Hours' }] },
      { ...call, refused: 'bad-attribute' },
      { ...call, refused: 'no-rate' },
      { meter: 'voice', lines: [{ label: 'Calls' }] },
    ]);
  });

  test('posts nothing and does not change what is asked next', async () => {
    const first = await ask([{ meter: 'time', quantity: '200', unit: 'hour' }]);
    expect((await ask([{ meter: 'time', quantity: '200', unit: 'hour' }])).body).toBe(first.body);
    expect((await stub.store.account('alice'))?.no).toBe(1);
    expect(await stub.store.accountProgress(1)).toMatchObject({ state: null, seq: 0 });
  });

  test('starts from what has been used already', async () => {
    const account = (await stub.store.account('bob'))!;
    const state = newAccountState();
    const used = { id: '1', readings: [{ meter: 'time', quantity: 36_000n }], attributes: {} };
    rateUsage(await stub.deps.terms(account), state, { ...used, startMs: nowMs - 36_000_000, endMs: nowMs });
    const progress = await stub.store.progress();
    const after = { account: account.no, state: encodeState(state), seq: 0, lastChargeId: 0, lastUsagePosition: 0 };
    const nothing = { usage: [], charges: [], sessions: [], quarantined: [], outgoing: [] };
    await stub.store.commit({ progress, ...nothing, accounts: [{ ...after, shares: null }] });
    expect(Number((await quote({ meter: 'time', quantity: '2', unit: 'hour' }, 'bob')).amount)).toBe(1);
  });
});

test.each([
  [{}, 'uses'],
  [{ uses: [] }, 'uses'],
  [{ uses: [{ meter: 'octets', quantity: '1' }] }, 'uses[0].meter'],
  [{ uses: [{ meter: 'time', quantity: '1', unit: 'GB' }] }, 'uses[0].unit'],
  [{ uses: [{ meter: 'time', quantity: '0.1', unit: 'second' }] }, 'uses[0].quantity'],
  [{ uses: [{ meter: 'time', quantity: '-1' }] }, 'uses[0].quantity'],
  [{ uses: [{ meter: 'time', quantity: 1 }] }, 'uses[0].quantity'],
  [{ uses: [{ meter: 'time', quantity: '99999999' }] }, 'uses[0].quantity'],
  [
    { uses: [{ meter: 'messages', quantity: '1', start: '2026-02-01T00:00:00Z', end: '2026-01-01T00:00:00Z' }] },
    'uses[0].end',
  ],
  [{ uses: [{ meter: 'time', quantity: '1', attributes: { a: 1 } }] }, 'uses[0].attributes.a'],
  [{ uses: [{ meter: 'time', quantity: '1', price: '1' }] }, 'uses[0].price'],
  [{ uses: Array.from({ length: 9 }, () => ({ meter: 'time', quantity: '1' })) }, 'uses'],
])('%j is refused, naming %s', async (payload, field) => {
  const answer = await stub.ask(csr, { method: 'POST', url: '/api/accounts/alice/quote', payload });
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ code: 'request-invalid', field });
});

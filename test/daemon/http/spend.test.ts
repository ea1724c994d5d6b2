import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SpendView } from '../../../daemon/contract.ts';
import { type DaemonStub, nowMs, postAccount, putPlan, startStub } from './daemon-stub.ts';

let stub: DaemonStub;
let csr: string;
beforeAll(async () => {
  stub = await startStub();
  csr = await stub.signIn('csr');
  await putPlan(stub, await stub.signIn('admin'), planWithFee, 'feed');
  await postAccount(stub, csr, { plan: 'feed', prepaid: true, timezone: 'UTC' });
});
afterAll(() => stub.close());

const planWithFee = `<plan xmlns="urn:meterd:plan:1" id="feed" name="Feed" currency="USD">
  <primitive id="fee" type="MonthlyRecurringCharge" label="Fee"><property name="amount" value="20"/><property name="prorate" value="false"/></primitive>
  <primitive id="sum" type="Adder"/> <primitive id="post" type="AccountFinalizer"/>
  <connection from="fee" to="sum"/> <connection from="sum" to="post"/>
</plan>`;

test('a period without use is forecast by what is still due, and nothing is posted by asking', async () => {
  for (const _ of [1, 2]) {
    const answer = await stub.ask(csr, { url: '/api/accounts/alice/spend' });
    const view = answer.json<SpendView>();
    expect(view).toMatchObject({ account: 'alice', seq: 0, previous: null, lines: [], whole: true });
    expect(view.asOfMs).toBe(nowMs);
    expect(view.forecast).toMatchObject({ amount: '20.00', due: '20.00', perDay: '0.000000', daysToGo: 16 });
    expect(view.days).toHaveLength(15);
    expect(view.runway).toEqual({ left: '0.00', days: 0, until: '2026-01-15' });
  }
});

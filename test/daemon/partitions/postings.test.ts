/** Charges from one account's plan to another's bill, through the log (DESIGN §3.10). */
import { expect, onTestFinished, test } from 'vitest';
import type { LogEntry } from '../../../daemon/log/usage-log.ts';
import { Guide } from '../../../daemon/mediation/guide.ts';
import { Pipeline } from '../../../daemon/pipeline.ts';
import { billLines, foldAll, makeWorld, startPartition, usageOf } from '../../fixtures/partition-world.ts';
import { epochMs } from '../../fixtures/session-reports.ts';

const officePays = `<plan xmlns="urn:meterd:plan:1" id="staff" name="Staff" currency="USD">
  <primitive id="line" type="OneTimeCharge" label="Line"><property name="amount" value="15"/></primitive>
  <primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="0.505"/></primitive>
  <primitive id="office" type="SecondAccountFinalizer"><property name="account" value="office"/></primitive>
  <primitive id="post" type="AccountFinalizer"/>
  <connection from="usage" to="hours"/><connection from="hours" to="office"/><connection from="line" to="post"/>
</plan>`;

async function world() {
  const made = await makeWorld({ ann: 'none', office: 'flat' });
  const { store, log, accounts } = made;
  onTestFinished(async () => {
    await log.close();
    await store.close();
  });
  const plan = { planId: 'staff', name: 'Staff', currency: 'USD', xml: officePays, validFromMs: null };
  await store.addPlanVersion({ ...plan, createdMs: epochMs });
  await store.assignPlan(accounts.ann!, { planId: 'staff', validFromMs: null });
  return { ...made, ann: accounts.ann!, office: accounts.office! };
}

/** As the daemon forwards them, but without forgetting them, as if it died before it could. */
async function forwarded(store: Awaited<ReturnType<typeof world>>['store'], office: number): Promise<LogEntry[]> {
  return (await store.outgoing(100)).map(({ position, n, posting }) => ({
    kind: 'posting',
    account: office,
    key: `posting ${position}.${n}`,
    posting,
  }));
}

test('a charge for another account leaves with the commit, and is on the other bill once, however often it is forwarded', async () => {
  const { store, log, ann, office } = await world();
  await log.append([usageOf(ann, { at: 7_200, time: 7_200 })], [], 0);
  const partition = await startPartition(store, log);
  await foldAll(partition);
  expect(await billLines(partition, ann)).toEqual({ total: '15.00', lines: { Line: '15.00' } });
  expect(partition.progress.posted).toEqual({ USD: '15.000000' });

  const pipeline = new Pipeline({
    log,
    guide: new Guide(),
    sessionAccount: async () => null,
    clock: () => epochMs,
    onAppended: () => undefined,
    onFault: (cause) => expect.fail(String(cause)),
  });
  const entries = await forwarded(store, office);
  expect(entries).toHaveLength(1);
  for (const _ of [1, 2]) await pipeline.append(await forwarded(store, office));
  await foldAll(partition);
  expect(await billLines(partition, office)).toEqual({ total: '1.01', lines: { Hours: '1.01' } });
  const { rated, quarantined, posted, onBills } = partition.progress;
  expect({ rated, quarantined, posted, onBills }).toEqual({
    rated: 2,
    quarantined: 0,
    posted: { USD: '16.010000' },
    onBills: { USD: '16.010000' },
  });
  await store.deleteOutgoing(await store.outgoing(100));
  expect(await store.outgoing(100)).toEqual([]);
});

test('a charge for an account that does not exist, or is in another currency, is quarantined', async () => {
  const { store, log, ann, office } = await world();
  await log.append([usageOf(ann, { at: 7_200, time: 7_200 })], [], 0);
  const partition = await startPartition(store, log);
  await foldAll(partition);
  const [entry] = await forwarded(store, office);
  if (entry?.kind !== 'posting') throw new Error('nothing was sent');
  const foreign = { ...entry, key: 'x', posting: { ...entry.posting, currency: 'EUR' } };
  await log.append([{ ...entry, account: 0 }, foreign], [], 0);
  await foldAll(partition);
  expect((await store.quarantined(10)).map(({ reason }) => reason)).toEqual(['currency', 'account-unknown']);
  expect(await billLines(partition, office)).toEqual({ total: '0.00', lines: {} });
});

test('what is in the log by its key is not appended again by another pipeline, as after a restart', async () => {
  const { store, log, ann, office } = await world();
  await log.append([usageOf(ann, { at: 7_200, time: 7_200 })], [], 0);
  const partition = await startPartition(store, log);
  await foldAll(partition);
  const entries = await forwarded(store, office);
  const makePipeline = () =>
    new Pipeline({
      log,
      guide: new Guide(),
      sessionAccount: async () => null,
      clock: () => epochMs,
      onAppended: () => undefined,
      onFault: () => undefined,
    });
  await makePipeline().append(entries);
  await makePipeline().append(entries);
  expect(await log.lastPosition()).toBe(2);
});

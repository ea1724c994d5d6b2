/** A correction from the log to the bill. */
import { expect, onTestFinished, test } from 'vitest';
import { amountByNow, correctedBy, correctionOf } from '../../../daemon/bills/corrections.ts';
import type { ChargeRow, StoredCorrection } from '../../../daemon/store/store.ts';
import { billOf } from '../../../rating/index.ts';
import { foldAll, makeWorld, startPartition, usageOf } from '../../fixtures/partition-world.ts';

test('a correction is a line of its own that names its charge, and money still adds up', async () => {
  const { store, log, accounts } = await makeWorld({ ann: 'none' });
  onTestFinished(async () => {
    await log.close();
    await store.close();
  });
  const xml = `<plan xmlns="urn:meterd:plan:1" id="h" name="H" currency="USD">
    <primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="0.50"/></primitive>
    <primitive id="post" type="AccountFinalizer"/>
    <connection from="usage" to="hours"/><connection from="hours" to="post"/></plan>`;
  const plan = { planId: 'h', name: 'H', currency: 'USD', xml, validFromMs: null, createdMs: 0 };
  await store.addPlanVersion(plan);
  await store.assignPlan(accounts.ann!, { planId: 'h', validFromMs: null });
  await log.append([usageOf(accounts.ann!, { at: 7_200, time: 7_200 })], [], 0);
  const partition = await startPartition(store, log);
  await foldAll(partition);
  const [charge] = (await store.chargesPage(accounts.ann!, null, 10)).items;
  expect(charge).toMatchObject({ seq: 1, amount: '1.000000' });

  const about = { charge: charge!, amount: '-0.400000', reason: 'outage', currency: 'USD', atMs: charge!.atMs };
  await log.append(
    [{ kind: 'posting', account: accounts.ann!, key: 'correction 1 a', posting: correctionOf(about) }],
    [],
    0,
  );
  await foldAll(partition);
  const { items } = await store.chargesPage(accounts.ann!, null, 10);
  expect(items[0]).toMatchObject({ seq: 2, amount: '-0.400000', fromUsage: false });
  expect(items[0]!.line).toMatchObject({ kind: 'correction', primitive: 'correction:1', label: 'Correction: outage' });
  const rated = (await partition.account(accounts.ann!))!;
  const bill = billOf(rated.terms, rated.state, charge!.periodFromMs);
  expect(bill.lines.map(({ label, amount, primitive }) => [label, amount, correctedBy(primitive)])).toEqual([
    ['Hours', '1.00', null],
    ['Correction: outage', '-0.40', 1],
  ]);
  expect(bill.total).toBe('0.60');
  expect(partition.progress.posted).toEqual(partition.progress.onBills);
});

test('what a charge is by now counts each correction once, whether it is rated yet or not', () => {
  const row = (amount: string, atMs = 0) => ({ amount, atMs }) as ChargeRow;
  const kept = (amount: string, atMs: number) => ({ amount, atMs }) as StoredCorrection;
  const known = [kept('-0.4', 5), kept('-0.1', 5), kept('-0.1', 5), kept('0.3', 7)];
  expect(amountByNow(row('1.00'), [], [])).toBe('1.00');
  expect(amountByNow(row('1.00'), [], known)).toBe('0.70');
  expect(amountByNow(row('1.00'), [row('-0.100000', 5)], known)).toBe('0.700000');
  // The last is of an earlier meterd, which kept none.
  expect(amountByNow(row('1.00'), [row('0.3', 7), row('-0.1', 5), row('-0.4', 5), row('-0.2', 2)], known)).toBe('0.50');
});

test('only the primitive of a correction names a charge', () => {
  expect([correctedBy('correction:17'), correctedBy('rate'), correctedBy('correction:'), correctedBy('x:17')]).toEqual([
    17,
    null,
    null,
    null,
  ]);
});

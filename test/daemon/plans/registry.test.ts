/** Terms are kept, and a change that comes while they are being made must not be lost with them. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PlanRegistry } from '../../../daemon/plans/registry.ts';
import { openSqliteStore } from '../../../daemon/store/sqlite/sqlite-store.ts';
import type { Account, Store, StoreReader } from '../../../daemon/store/store.ts';
import { fillStore, storeWith } from '../../fixtures/partition-world.ts';
import { epochMs } from '../../fixtures/session-reports.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const laterMs = epochMs + 86_400_000;
let store: Store;
let anna: Account;
beforeEach(async () => {
  store = openSqliteStore(join(tempFolder(), 'store.db'));
  await fillStore(store, { anna: 'hourly', bert: 'hourly' });
  anna = (await store.account('anna'))!;
});
afterEach(() => store.close());

async function addVersion(): Promise<void> {
  const [first] = await store.planVersions('hourly');
  await store.addPlanVersion({ ...first!, validFromMs: laterMs, createdMs: epochMs });
}

it('accounts alike share their terms', async () => {
  const registry = new PlanRegistry(store);
  expect(await registry.terms((await store.account('bert'))!)).toBe(await registry.terms(anna));
});

it('a version that is stored while terms are being made is in those asked for next', async () => {
  let wait: Promise<void> | null = null;
  const slow: StoreReader = storeWith(store, {
    planVersions: async (planId) => {
      const versions = await store.planVersions(planId);
      await wait;
      return versions;
    },
  });
  const registry = new PlanRegistry(slow);
  let go = () => {};
  wait = new Promise((resolve) => {
    go = resolve;
  });
  const before = registry.terms(anna);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await addVersion();
  registry.forget('hourly');
  go();
  expect((await before).segments.map(({ version }) => version)).toEqual([1]);
  expect((await registry.terms(anna)).segments.map(({ version }) => version)).toEqual([1, 2]);
});

/** UseMonitors through log and store (REQUIREMENTS P63): metro watches for more than 20 GB sent in a day. */
import { afterEach, expect, it } from 'vitest';

import { monitoredUse, type UseFlag } from '../../../rating/index.ts';
import { makeWorld, startPartition, usageOf, type World } from '../../fixtures/partition-world.ts';
import { epochMs } from '../../fixtures/session-reports.ts';

const hour = 3_600;
const GB = 1_000_000_000;
let world: World;
afterEach(async () => {
  await world.log.close();
  await world.store.close();
});

async function flagsOf(): Promise<UseFlag[]> {
  const partition = await startPartition(world.store, world.log);
  const flags: UseFlag[] = [];
  for (let step = await partition.step(); step !== null; step = await partition.step()) flags.push(...step.flagged);
  return flags;
}

it('use beyond what the plan allows is told once, when it is committed, and can be looked up after', async () => {
  world = await makeWorld({ anna: 'metro' });
  const anna = world.accounts.anna!;
  await world.log.append([usageOf(anna, { at: hour, time: hour, out: 19 * GB })], [], 0);
  expect(await flagsOf()).toEqual([]);
  await world.log.append([usageOf(anna, { at: 2 * hour, time: 2 * hour, out: 23 * GB })], [], 0);
  await world.log.append([usageOf(anna, { at: 3 * hour, time: 3 * hour, out: 24 * GB })], [], 0);
  expect(await flagsOf()).toMatchObject([
    { account: 'anna', primitive: 'server', label: 'Runs a server?', used: '23', limit: '20', unit: 'GB' },
  ]);
  expect(await flagsOf()).toEqual([]);

  const partition = await startPartition(world.store, world.log);
  const { terms, state } = (await partition.account(anna))!;
  const [seen, ...more] = monitoredUse(terms, state, epochMs + hour * 1000);
  expect(more).toEqual([]);
  expect(seen).toEqual({
    planId: 'metro',
    primitive: 'server',
    label: 'Runs a server?',
    used: '24',
    limit: '20',
    unit: 'GB',
    beyond: true,
  });
});

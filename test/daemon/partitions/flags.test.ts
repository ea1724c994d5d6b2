import { expect, it } from 'vitest';
import { UseFlags } from '../../../daemon/health/use-flags.ts';
import type { LiveText } from '../../../daemon/live/hub.ts';
import type { UseFlagRow } from '../../../daemon/store/store.ts';
import { appendEach, makeWorld, startPartition, usageOf } from '../../fixtures/partition-world.ts';
import { epochMs } from '../../fixtures/session-reports.ts';

const xml = `<plan xmlns="urn:meterd:plan:1" id="watched" name="Watched" currency="USD">
<primitive id="server" type="UseMonitor" label="Runs a server?"><property name="meter" value="octets-out"/><property name="unit" value="kB"/><property name="limit" value="10"/><property name="period" value="month"/></primitive>
<primitive id="hours" type="StepRater" label="Hours"><property name="unit" value="hour"/><step multiplier="1"/></primitive>
<primitive id="post" type="AccountFinalizer"/>
<connection from="usage" to="server"/><connection from="usage" to="hours"/><connection from="hours" to="post"/></plan>`;

it('use beyond a monitor’s limit is flagged once a period, with the commit, also after a failed one and a replay', async () => {
  const { log, store, accounts } = await makeWorld({ anna: 'none' });
  const anna = accounts.anna!;
  await store.addPlanVersion({ planId: 'watched', name: 'W', currency: 'USD', xml, validFromMs: null, createdMs: 0 });
  await store.assignPlan(anna, { planId: 'watched', validFromMs: null });
  const sent = [5_000, 11_000, 12_000];
  await appendEach(
    log,
    sent.map((out, n) => usageOf(anna, { at: (n + 1) * 60, time: (n + 1) * 60, out })),
  );
  const partition = await startPartition(store, log);
  const commit = store.commit;
  store.commit = async () => {
    throw new Error('the power fails');
  };
  await expect(partition.step()).rejects.toThrow('power');
  expect(await store.flagsOfUse(anna)).toEqual([]);
  store.commit = commit;
  const step = await partition.step();
  expect(step?.flags).toEqual(await store.flagsOfUse(anna));
  expect(step?.flags).toMatchObject([
    { account: anna, label: 'Runs a server?', limit: '10', unit: 'kB', used: '11', atMs: epochMs + 120_000 },
  ]);
  expect(await partition.step()).toBe(null);
});

it('flags are counted, told to those who watch, and named in one line of the log however many they are', () => {
  const lines: unknown[] = [];
  const published: LiveText[] = [];
  const flags = new UseFlags(
    { warn: (line: unknown) => void lines.push(line) },
    (messages) => void published.push(...messages),
  );
  const flag = (account: number) => ({ account, label: 'Much', used: '11', limit: '10', unit: 'kB' }) as UseFlagRow;
  flags.tell(Array.from({ length: 25 }, (_, n) => flag(n)));
  expect(flags.told).toBe(25);
  expect(lines).toMatchObject([{ count: 25, flags: { length: 10 } }]);
  expect(published).toHaveLength(25);
  expect(JSON.parse(published[3]!.text)).toEqual({
    type: 'notice',
    level: 'warning',
    code: 'use-beyond-plan',
    text: 'Much: 11 kB used, 10 allowed.',
  });
});

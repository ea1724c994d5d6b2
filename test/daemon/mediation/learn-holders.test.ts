import { afterEach, expect, test } from 'vitest';
import { AddressHolders } from '../../../daemon/mediation/address-holders.ts';
import { learnHolders } from '../../../daemon/mediation/learn-holders.ts';
import { appendEach, foldAll, makeWorld, startPartition, usageOf, type World } from '../../fixtures/partition-world.ts';
import { epochMs, type Report } from '../../fixtures/session-reports.ts';

const hourMs = 3_600_000;
const worlds: World[] = [];
afterEach(async () => {
  for (const { log, store } of worlds.splice(0)) {
    await log.close();
    await store.close();
  }
});

const onAddress = (ip: string, fields: Report): Report => ({ ...fields, attributes: { 'Framed-IP-Address': ip } });

/** Folds the first reports, leaves the others in the log's tail, and learns as the daemon does when it starts. */
async function learned(folded: readonly Report[], tail: readonly Report[], sinceMs = epochMs) {
  const world = await makeWorld({ anna: 'none', bert: 'none' });
  worlds.push(world);
  const { anna, bert } = world.accounts;
  const entryOf = (fields: Report) =>
    usageOf(fields.session === null ? 0 : fields.session?.startsWith('b') ? bert! : anna!, fields);
  await appendEach(world.log, folded.map(entryOf));
  await foldAll(await startPartition(world.store, world.log));
  await appendEach(world.log, tail.map(entryOf));
  const holders = new AddressHolders({ holdingsMax: 10_000, keptMs: hourMs });
  await learnHolders(holders, { reader: world.store, log: world.log, sinceMs });
  const held = (ip: string, at: number) => {
    const account = holders.find(ip, epochMs + at * 1_000)?.account;
    return account === anna ? 'anna' : account === bert ? 'bert' : 'nobody';
  };
  return { world, holders, held };
}

test('a restart learns open sessions, those closed of late, and what the store has not seen', async () => {
  const { held } = await learned(
    [
      onAddress('192.0.2.1', { status: 'start', at: 0, session: 'a1' }),
      onAddress('192.0.2.2', { status: 'start', at: 0, session: 'b1' }),
      { status: 'stop', at: 50, time: 50, session: 'b1' },
    ],
    [
      onAddress('192.0.2.2', { status: 'start', at: 60, session: 'a2' }),
      { status: 'stop', at: 70, time: 70, session: 'a1' },
      onAddress('192.0.2.1', { status: 'start', at: 80, session: 'b2' }),
    ],
  );
  expect([0, 69, 70, 79, 80].map((at) => held('192.0.2.1', at))).toEqual(['anna', 'anna', 'nobody', 'nobody', 'bert']);
  expect([0, 49, 50, 60].map((at) => held('192.0.2.2', at))).toEqual(['bert', 'bert', 'nobody', 'anna']);
});

test('a restart of a device in the tail ends what the store thinks is held', async () => {
  const { held } = await learned(
    [onAddress('192.0.2.1', { status: 'start', at: 0, session: 'a1' })],
    [{ status: 'accounting-on', at: 30, session: null }],
  );
  expect([29, 30].map((at) => held('192.0.2.1', at))).toEqual(['anna', 'nobody']);
});

test('closed sessions of long ago are not learned, thousands of open ones are', async () => {
  const open = Array.from({ length: 2_500 }, (_, n) =>
    onAddress(`10.0.${n >> 8}.${n & 255}`, { status: 'start', at: n, session: `a${n}` }),
  );
  const { held, holders } = await learned(
    [
      ...open,
      onAddress('192.0.2.2', { status: 'start', at: 0, session: 'b1' }),
      { status: 'stop', at: 50, time: 50, session: 'b1' },
    ],
    [],
    epochMs + 51_000,
  );
  expect(held('192.0.2.2', 10)).toBe('nobody');
  expect(held('10.0.9.195', 2_499)).toBe('anna');
  expect(holders.holdings).toBe(2_500);
});

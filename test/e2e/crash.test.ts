/**
 * Nothing lost, nothing twice (DESIGN §1): a daemon under load is killed by SIGKILL again and again, at random and at
 * chosen points, and comes back on the same folder and port. The devices go on asking; in the end every answered
 * record is on the bill exactly once, which the auditor works out from the answers alone.
 *
 * `npm run crash` kills it a hundred times: of five kills one is between log and answer, one between log and rating, one
 * inside the store's commit, and two anywhere.
 */
import { afterEach, expect, test } from 'vitest';
import type { FailpointName } from '../../daemon/failpoint.ts';
import { startNas } from '../../simulator/index.ts';
import { Api } from './api.ts';
import {
  freeUdpPort,
  makeFolder,
  type RunningProcess,
  radiusSecret,
  startProcess,
  type TestFolder,
} from './daemon-process.ts';
import { expectBillsAsAnswered, makeMeteredAccounts } from './metered.ts';

const rounds = Number(process.env.METERD_CRASH_ROUNDS ?? '6');
const seed = Number(process.env.METERD_CRASH_SEED ?? Date.now() % 1_000_000);
const window = 256;
const users = 12;
/** Five reports each: 80,000 for a round, more than twice what one was seen to take. */
const sessions = 16_000 * rounds;
/** Passes of a chosen place before it kills. */
const passesMax = 30;
const clockStart = '2026-03-10T12:00:00Z';
/** Where the rounds kill, in turn; null: at any instant, by a signal from outside. */
const places = [null, 'after-log-commit', 'before-rating', 'inside-store-commit', 'anywhere'] as const;
/** What a daemon must at least have on its hands when it dies. */
const inFlightMin = 50;
/** Kills amid fewer, which don't count: the daemon may be faster than the load, and an armed point waits for nobody. */
const amidFewMax = 20 + 3 * rounds;

let folder: TestFolder | null = null;
let daemon: RunningProcess | null = null;

afterEach(async () => {
  daemon?.child.kill('SIGKILL');
  await daemon?.ended;
  folder?.remove();
});

test(`${rounds} times kill -9 under load (seed ${seed}): every answered record is billed exactly once`, async () => {
  const port = await freeUdpPort();
  folder = makeFolder(port, { clock: { start: clockStart } });
  daemon = await startProcess(folder.configFile);
  await makeMeteredAccounts(await Api.signedIn(daemon.url), users);
  let answered = 0;
  const random = lehmer(seed);
  const nas = startNas({
    host: '127.0.0.1',
    port,
    secret: radiusSecret,
    users,
    sessions,
    activeSessions: 2_000,
    interims: 3,
    interimSeconds: 600,
    startSeconds: Date.parse(clockStart) / 1000,
    seed,
    window,
    timeoutMs: 250,
    retries: 1_000,
    vary: { duplicate: 0.02, dropAnswer: 0.02, forge: 0.02 },
    onAnswered: () => {
      answered++;
    },
  });
  const loadEnded = nas.done.then(() => {
    throw new Error(`all ${answered} reports are answered: the rounds need more sessions`);
  });
  loadEnded.catch(() => undefined);
  const until = async (condition: () => boolean) => {
    while (!condition()) await Promise.race([loadEnded, new Promise((resolve) => setTimeout(resolve, 5))]);
  };
  const inFlight = () => nas.progress().sent - nas.progress().answered - nas.progress().gaveUp;
  const kills: Record<string, number> = {};
  let inFlightLeast = Number.POSITIVE_INFINITY;
  /** Kills that came just when nearly all had been answered: they are done, and done again. */
  let amidFew = 0;
  let running: RunningProcess | null = daemon;
  for (let round = 0; round < rounds; ) {
    if (placeOf(round) === null) {
      const target = answered + 200 + Math.floor(random() * 2_000);
      await until(() => answered >= target && inFlight() >= inFlightMin);
      daemon.child.kill('SIGKILL');
    }
    // An armed point kills the daemon by itself, amid the load that meets it at its start.
    if (running) expect(await Promise.race([running.ended, loadEnded])).toBe('SIGKILL');
    if (inFlight() < inFlightMin) {
      expect(++amidFew).toBeLessThan(amidFewMax);
    } else {
      inFlightLeast = Math.min(inFlightLeast, inFlight());
      const killed = placeOf(round) ?? 'anywhere';
      kills[killed] = (kills[killed] ?? 0) + 1;
      round++;
    }
    const next = round < rounds ? placeOf(round) : null;
    const point = next === null ? {} : { METERD_FAILPOINT: `${next}:${2 + Math.floor(random() * passesMax)}` };
    running = await startProcess(folder.configFile, point).catch(orKilled);
    if (running) daemon = running;
  }
  const target = answered + 1_000;
  await until(() => answered >= target);
  const summary = await nas.stop();
  expect(summary.gaveUp).toBe(0);
  expect(summary.ok).toBe(true);

  const api = await Api.signedIn(daemon.url);
  const health = await expectBillsAsAnswered(api, nas.ackLog(), { users, note: `seed ${seed}` });
  expect(Object.values(kills).reduce((sum, count) => sum + count, 0)).toBe(rounds);
  const { retransmitted } = summary;
  console.log(
    JSON.stringify({ seed, kills, amidFew, inFlightLeast, answered, retransmitted, rated: health.partition.rated }),
  );
}, 3_600_000);

/** Of five kills two are anywhere: one by a signal, one by a signal or just after a commit of the store. */
function placeOf(round: number): FailpointName | null {
  const place = places[round % places.length]!;
  return place !== 'anywhere' ? place : round % 2 === 0 ? null : 'after-store-commit';
}

/** An armed daemon may come to its point before it is ready, while it rates what was left. */
function orKilled(cause: Error): null {
  if (cause.message.startsWith('meterd ended (SIGKILL)')) return null;
  throw cause;
}

function lehmer(start: number): () => number {
  let state = (start % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

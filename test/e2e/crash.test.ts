/**
 * Nothing lost, nothing twice (DESIGN §1): a daemon under load is killed by SIGKILL again and again, at random and at
 * chosen points, and comes back on the same folder and port. The devices go on asking; in the end every answered
 * record is on the bill exactly once, which the auditor works out from the answers alone.
 *
 * `npm run crash` kills it a hundred times: of five kills one is between log and answer, one between log and rating, one
 * inside the store's commit, and two anywhere.
 */
import { afterEach, expect, test } from 'vitest';
import type { BillLineView, BillView } from '../../daemon/contract.ts';
import type { FailpointName } from '../../daemon/failpoint.ts';
import { expectedTotals } from '../../simulator/auditor.ts';
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

const rounds = Number(process.env.METERD_CRASH_ROUNDS ?? '20');
const seed = Number(process.env.METERD_CRASH_SEED ?? Date.now() % 1_000_000);
const window = 256;
const users = 12;
const clockStart = '2026-03-10T12:00:00Z';
/** Where the rounds kill, in turn; null: at any instant, by a signal from outside. */
const places = [null, 'after-log-commit', 'before-rating', 'inside-store-commit', 'anywhere'] as const;
/** What a daemon must at least have on its hands when it dies. */
const inFlightMin = 50;

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
  const first = await Api.signedIn(daemon.url);
  await first.putPlan('metered', new URL('./plans/metered.xml', import.meta.url));
  for (let user = 1; user <= users; user++) {
    await first.createAccount({ id: `a${user}`, plan: 'metered', logins: [loginOf(user)] });
  }
  let answered = 0;
  const random = lehmer(seed);
  const nas = startNas({
    host: '127.0.0.1',
    port,
    secret: radiusSecret,
    users,
    sessions: 400_000,
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
  const inFlight = () => nas.progress().sent - nas.progress().answered - nas.progress().gaveUp;
  const kills: Record<string, number> = {};
  let inFlightLeast = Number.POSITIVE_INFINITY;
  let running: RunningProcess | null = daemon;
  for (let round = 0; round < rounds; round++) {
    if (placeOf(round) === null) {
      const target = answered + 200 + Math.floor(random() * 2_000);
      await until(() => answered >= target);
      daemon.child.kill('SIGKILL');
    }
    // An armed point kills the daemon by itself, amid the load that meets it at its start.
    if (running) expect(await running.ended).toBe('SIGKILL');
    inFlightLeast = Math.min(inFlightLeast, inFlight());
    const killed = placeOf(round) ?? 'anywhere';
    kills[killed] = (kills[killed] ?? 0) + 1;
    const next = round + 1 < rounds ? placeOf(round + 1) : null;
    const point = next === null ? {} : { METERD_FAILPOINT: `${next}:${2 + Math.floor(random() * 60)}` };
    running = await startProcess(folder.configFile, point).catch(orKilled);
    if (running) daemon = running;
  }
  const target = answered + 1_000;
  await until(() => answered >= target);
  const summary = await nas.stop();
  expect(summary.gaveUp).toBe(0);
  expect(summary.ok).toBe(true);

  const api = await Api.signedIn(daemon.url);
  const health = await api.rated();
  expect(health.partition.quarantined).toBe(0);
  expect(health.partition.difference).toBe(0);
  expect(health.collectors.map(({ difference }) => difference)).toEqual([0, 0]);
  expect(health.money.map(({ difference }) => Number(difference))).toEqual([0]);
  const expected = expectedTotals(nas.ackLog());
  expect(expected.size).toBe(users);
  for (let user = 1; user <= users; user++) {
    const bill = await api.bill(`a${user}`, '2026-03');
    const totals = expected.get(loginOf(user))!;
    expect(quantities(bill), `account a${user}, seed ${seed}`).toEqual({
      Time: totals.seconds.toString(),
      Download: totals.octetsIn.toString(),
      Upload: totals.octetsOut.toString(),
    });
    expect(bill.total, `account a${user}, seed ${seed}`).toBe(expectedTotal(totals));
  }
  await expectChargesOf(api, 'a1');
  expect(inFlightLeast).toBeGreaterThanOrEqual(inFlightMin);
  const { retransmitted } = summary;
  console.log(JSON.stringify({ seed, kills, inFlightLeast, answered, retransmitted, rated: health.partition.rated }));
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

/** The bill is the sum of its charges, row by row. */
async function expectChargesOf(api: Api, account: string): Promise<void> {
  const bill = await api.bill(account, '2026-03');
  const sums = new Map<string, bigint>();
  const charges = await api.allCharges(account);
  for (const charge of charges) sums.set(charge.label, (sums.get(charge.label) ?? 0n) + micro(charge.amount));
  expect(Object.fromEntries(sums)).toEqual(
    Object.fromEntries(bill.lines.map((line: BillLineView) => [line.label, micro(line.exactAmount)])),
  );
  expect(charges.map(({ seq }) => seq)).toEqual(charges.map((_, index) => charges.length - index));
  expect(bill.seq).toBe(charges.length);
}

function quantities(bill: BillView): Record<string, string> {
  return Object.fromEntries(bill.lines.map((line) => [line.label, line.baseQuantity]));
}

/** The plan's own arithmetic by closed formula, in cents: each line rounded half up, then added. */
function expectedTotal(totals: { seconds: bigint; octetsIn: bigint; octetsOut: bigint }): string {
  const giga = 1_000_000_000n;
  const time = roundedCents(totals.seconds * 120n, 3600n);
  const firstGiga = totals.octetsIn < giga ? totals.octetsIn : giga;
  const download = roundedCents(firstGiga * 50n + (totals.octetsIn - firstGiga) * 10n, giga);
  const upload = roundedCents(totals.octetsOut * 25n, giga);
  const cents = time + download + upload;
  return `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
}

function roundedCents(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator);
}

function micro(amount: string): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  return BigInt(`${sign}${whole}${fraction.padEnd(6, '0')}`);
}

const loginOf = (user: number): string => `user${String(user).padStart(6, '0')}@example.net`;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function lehmer(start: number): () => number {
  let state = (start % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

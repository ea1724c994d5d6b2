/**
 * `npm run bench -- rating`: ratings a second of one core, compiled beside interpreted, on the same use in one run. Time is
 * that of the processor, so that other work on the machine shows less.
 */
import { readFileSync } from 'node:fs';
import { loadRater } from '../daemon/plans/load-code.ts';
import {
  type AccountState,
  type AccountTerms,
  addDecimal,
  compilePlan,
  encodeState,
  interpretPlan,
  newAccountState,
  type Plan,
  postedTotal,
  type Rater,
  rateUsage,
  readPlan,
  type UsageEvent,
  withTable,
} from '../rating/index.ts';

const accountsCount = 100;
const startMs = Date.UTC(2026, 2, 1);
const intervalMs = 600_000;

interface Workload {
  readonly name: string;
  readonly plan: string;
  readonly records: number;
  /** Fewer, because the definition is slow. */
  readonly interpretedRecords: number;
  event(n: number): UsageEvent;
}

/** Numbers that look random and are the same in every run. */
function mixed(n: number): number {
  let x = Math.imul(n ^ 0x9e3779b9, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Interim updates every ten minutes: an account's records follow each other without a gap. */
function timesOf(n: number): { readonly startMs: number; readonly endMs: number } {
  const at = startMs + Math.floor(n / accountsCount) * intervalMs + (n % accountsCount) * 5_000;
  return { startMs: at, endMs: at + intervalMs };
}

const records = 2_000_000;
const workloads: readonly Workload[] = [
  {
    name: 'Fig 6B, time',
    plan: 'evening',
    records,
    interpretedRecords: records / 20,
    event: (n) => ({
      id: String(n),
      readings: [{ meter: 'time', quantity: 600n }],
      ...timesOf(n),
      attributes: {},
    }),
  },
  {
    name: '20 primitives, time / both directions / calls',
    plan: 'metro',
    records: records / 2,
    interpretedRecords: records / 20,
    event(n) {
      const times = timesOf(n);
      if (n % 3 === 0)
        return { id: String(n), readings: [{ meter: 'time', quantity: 600n }], ...times, attributes: {} };
      if (n % 3 === 1) {
        const readings = [
          { meter: 'octets-in', quantity: BigInt(mixed(n) % 400_000_000) },
          { meter: 'octets-out', quantity: BigInt(mixed(n + 1) % 40_000_000) },
        ];
        return { id: String(n), readings, ...times, attributes: {} };
      }
      const attributes = { calledNumber: n % 2 ? '+442079460000' : '+12025550123' };
      return { id: String(n), readings: [{ meter: 'voice', quantity: 95n }], ...times, attributes };
    },
  },
];

function planNamed(name: string): Plan {
  const file = new URL(`../../examples/plans/${name}.xml`, import.meta.url);
  const { plan, problems } = readPlan(readFileSync(file, 'utf8'));
  if (!plan) throw new Error(`${name}: ${problems.map((problem) => problem.message).join('; ')}`);
  return plan;
}

interface Run {
  readonly perSecond: number;
  readonly states: readonly AccountState[];
}

function run(rater: Rater, workload: Workload, count: number): Run {
  const always = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
  const segments = [{ planId: rater.plan.id, version: 1, ...always, rater }];
  const terms: AccountTerms = { currency: 'USD', zone: 'America/New_York', cycleDay: 1, segments };
  const states = Array.from({ length: accountsCount }, newAccountState);
  // As many as the daemon rates in a step; more would measure how long the records themselves are kept.
  const batch = 4_000;
  let spentMs = 0;
  for (let from = 0; from < count; from += batch) {
    // The records are made outside the measured time.
    const events = Array.from({ length: Math.min(batch, count - from) }, (_, i) => workload.event(from + i));
    const begun = cpuMs();
    for (let i = 0; i < events.length; i++) {
      const result = rateUsage(terms, states[(from + i) % accountsCount]!, events[i]!);
      if (!result.ok) throw new Error(`${result.reason}: ${result.detail}`);
    }
    spentMs += cpuMs() - begun;
  }
  return { perSecond: (count / spentMs) * 1000, states };
}

function medianRun(runs: readonly Run[]): Run {
  return runs.toSorted((a, b) => a.perSecond - b.perSecond)[Math.floor(runs.length / 2)]!;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function totalOf(states: readonly AccountState[]): string {
  return states.reduce((sum, state) => addDecimal(sum, postedTotal(state)), '0');
}

function medianMs(times: number, work: () => void): number {
  const spent = Array.from({ length: times }, () => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  });
  return spent.sort((a, b) => a - b)[Math.floor(times / 2)]!;
}

function benchDialPlan(): void {
  const rows = Array.from({ length: 100_000 }, (_, i) => `${1_000_000 + i * 7},0.0${(i % 9) + 1}`);
  const text = `digits,rate\n${rows.join('\n')}\n`;
  const begun = performance.now();
  const read = withTable({}, { kind: 'dial-plans', name: 'world' }, text);
  const loadMs = performance.now() - begun;
  if ('problem' in read) throw new Error(read.problem.message);
  const plan = read.tables.dialPlans!.get('world')![0]!.table;
  const numbers = Array.from({ length: 100_000 }, (_, i) => `${1_000_000 + (mixed(i) % 100_000) * 7}12345`);
  let found = 0;
  const rounds = 20;
  const matching = performance.now();
  for (let round = 0; round < rounds; round++) for (const number of numbers) if (plan.match(number) >= 0) found++;
  const matchNs = ((performance.now() - matching) * 1e6) / (rounds * numbers.length);
  if (found !== rounds * numbers.length) throw new Error(`only ${found} numbers were found`);
  print(`dial plan of 100,000 prefixes: read in ${loadMs.toFixed(0)} ms, a match takes ${matchNs.toFixed(0)} ns`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

interface Measured {
  readonly workload: Workload;
  readonly plan: Plan;
  readonly compiled: Rater;
  readonly fast: Run;
}

/** A daemon runs for months: what the first records take to be optimised is not measured. */
function measureCompiled(workload: Workload): Measured {
  const plan = planNamed(workload.plan);
  const compiled = loadRater(plan, compilePlan(plan));
  run(compiled, workload, workload.records);
  return { workload, plan, compiled, fast: medianRun([1, 2, 3].map(() => run(compiled, workload, workload.records))) };
}

/** Whether the interpreter comes to the same money. */
function compareInterpreted({ workload, plan, compiled, fast }: Measured): boolean {
  const slow = medianRun([1, 2, 3].map(() => run(interpretPlan(plan), workload, workload.interpretedRecords)));
  const same = run(compiled, workload, workload.interpretedRecords);
  const [amount, expected] = [totalOf(same.states), totalOf(slow.states)];
  const bytes = Math.max(...fast.states.map((state) => Buffer.byteLength(encodeState(state))));
  print(
    `${workload.name}: compiled ${Math.round(fast.perSecond)}/s, interpreted ${Math.round(slow.perSecond)}/s, ` +
      `${(fast.perSecond / slow.perSecond).toFixed(1)}×; the same ${expected} ${amount === expected ? 'from both' : `BUT ${amount}`}; ` +
      `state at most ${bytes} bytes`,
  );
  return amount === expected;
}

export async function benchRating(): Promise<number> {
  // All that is compiled comes first: the daemon's rating thread runs no interpreter, and V8 optimises for what it has seen.
  const measured = workloads.map(measureCompiled);
  if (!measured.every(compareInterpreted)) return 1;
  const plan = planNamed('evening');
  const xml = readFileSync(new URL('../../examples/plans/evening.xml', import.meta.url), 'utf8');
  const readMs = medianMs(50, () => readPlan(xml));
  // A new plan object each time: what is worked out of a plan is kept with it.
  const compileMs = medianMs(50, () => {
    const fresh = { ...plan };
    loadRater(fresh, compilePlan(fresh));
  });
  print(`Fig 6B: read and checked in ${readMs.toFixed(2)} ms, compiled to code in ${compileMs.toFixed(2)} ms`);
  benchDialPlan();
  return 0;
}

/** Shared by the tests of rating: plans from XML, accounts on them, and events from local times. */

import { readFileSync } from 'node:fs';
import { loadRater } from '../../daemon/plans/load-code.ts';
import {
  type AccountState,
  type AccountTerms,
  addDecimal,
  compilePlan,
  instantOf,
  interpretPlan,
  meterNamed,
  newAccountState,
  type Plan,
  type RatedCharge,
  type Rater,
  type RatingTables,
  rateUsage,
  readPlan,
  type TableKind,
  type UsageEvent,
  withTable,
  zoneNamed,
} from '../../rating/index.ts';

export const evaluators = [
  { name: 'interpreted', rater: interpretPlan as (plan: Plan) => Rater },
  { name: 'compiled', rater: (plan: Plan) => loadRater(plan, compilePlan(plan)) },
];

export function exampleText(name: string): string {
  return readFileSync(new URL(`../../examples/plans/${name}.xml`, import.meta.url), 'utf8');
}

export function planOf(xml: string): Plan {
  const { plan, problems } = readPlan(xml);
  if (!plan)
    throw new Error(problems.map((p) => `${p.line}: ${p.primitive ?? ''} ${p.property ?? ''} ${p.message}`).join('\n'));
  return plan;
}

/** A plan around one usage chain: `body` holds primitives and connections; `rate` is the charging primitive. */
export function planAround(body: string, scale = 6): string {
  return `<plan xmlns="urn:meterd:plan:1" id="p" name="p" currency="USD" scale="${scale}">${body}
    <primitive id="post" type="AccountFinalizer"/><connection from="rate" to="post"/></plan>`;
}

export function stepPlan(properties: Record<string, string>, steps: string, scale = 6): string {
  const text = Object.entries(properties).map(([name, value]) => `<property name="${name}" value="${value}"/>`);
  return planAround(
    `<primitive id="rate" type="StepRater" label="Use">${text.join('')}${steps}</primitive><connection from="usage" to="rate"/>`,
    scale,
  );
}

export interface Account {
  readonly terms: AccountTerms;
  readonly state: AccountState;
}

export function accountOn(rater: Rater, options: Partial<Omit<AccountTerms, 'segments'>> = {}): Account {
  const whole = {
    planId: rater.plan.id,
    version: 1,
    fromMs: Number.NEGATIVE_INFINITY,
    toMs: Number.POSITIVE_INFINITY,
    rater,
  };
  return {
    terms: { currency: 'USD', zone: 'UTC', cycleDay: 1, ...options, segments: [whole] },
    state: newAccountState(),
  };
}

/** UTC ms of a local time `YYYY-MM-DDTHH:MM[:SS]`. */
export function at(local: string, zone = 'UTC'): number {
  return instantOf(Date.parse(`${local}Z`), zoneNamed(zone)).atMs;
}

let lastId = 0;

export function used(meter: string, quantity: bigint, startMs: number, endMs: number, chargeable?: string): UsageEvent {
  const event = { id: `e${++lastId}`, readings: [{ meter, quantity }], startMs, endMs, attributes: {} };
  return chargeable === undefined ? event : { ...event, chargeable };
}

/** Time online between two local times, all of it. */
export function online(from: string, to: string, zone = 'UTC'): UsageEvent {
  const [startMs, endMs] = [at(from, zone), at(to, zone)];
  return used('time', BigInt(endMs - startMs) / 1000n, startMs, endMs);
}

export function charge({ terms, state }: Account, event: UsageEvent): RatedCharge[] {
  const result = rateUsage(terms, state, event);
  if (!result.ok) throw new Error(`${result.reason}: ${result.detail}`);
  return result.charges;
}

export function sum(charges: readonly RatedCharge[]): string {
  return charges.reduce((total, c) => addDecimal(total, c.amount), '0');
}

/** The same event in parts at the given instants, divided by the rule of DESIGN §3.3; counted things only if told. */
export function split(event: UsageEvent, instantsMs: readonly number[], divideCounted = false): UsageEvent[] {
  const { startMs, endMs } = event;
  const cuts = [...new Set(instantsMs)].filter((t) => t > startMs && t < endMs).sort((a, b) => a - b);
  const edges = [startMs, ...cuts, endMs];
  const until = (q: bigint, t: number) => (t >= endMs ? q : (q * BigInt(t - startMs)) / BigInt(endMs - startMs));
  const atStart = (meter: string) => !divideCounted && meterNamed(meter)?.counted;
  return edges.slice(1).map((toMs, i) => {
    const fromMs = edges[i]!;
    const readings = event.readings.map(({ meter, quantity }) => ({
      meter,
      quantity: atStart(meter)
        ? i === 0
          ? quantity
          : 0n
        : until(quantity, toMs) - (i === 0 ? 0n : until(quantity, fromMs)),
    }));
    return {
      ...event,
      id: `${event.id}.${i}`,
      chargeable: event.chargeable ?? event.id,
      readings,
      startMs: fromMs,
      endMs: toMs,
    };
  });
}

/** Tables from CSV by `kind/name`. */
export function tablesOf(files: Readonly<Record<string, string>> = {}): RatingTables {
  let tables: RatingTables = {};
  for (const [path, text] of Object.entries(files)) {
    const [kind, name] = path.split('/') as [TableKind, string];
    const read = withTable(tables, { kind, name }, text);
    if ('problem' in read) throw new Error(`${path}:${read.problem.line}: ${read.problem.message}`);
    tables = read.tables;
  }
  return tables;
}

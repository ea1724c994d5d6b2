/** The conservation laws (DESIGN §1) as equations to show: one side, the terms of the other, and what is left over. */
import type { ConservationView, HealthView } from '../../daemon/contract.ts';
import { compare } from '../decimal.ts';
import { en } from '../messages.en.ts';

export interface Term {
  readonly name: string;
  readonly count: number;
}

export interface Law {
  readonly name: string;
  readonly whole: Term;
  readonly terms: readonly Term[];
  readonly difference: number;
}

const names = en.health.terms;

export function collectorLaw(view: ConservationView): Law {
  const refused = Object.values(view.refused).reduce((sum, count) => sum + count, 0);
  const settled = view.logged + view.suspended + refused + view.answeredFromCache;
  return {
    name: view.collector,
    whole: { name: names.received, count: view.received },
    terms: [
      { name: names.logged, count: view.logged },
      { name: names.suspended, count: view.suspended },
      { name: names.refused, count: refused },
      { name: names.answeredFromCache, count: view.answeredFromCache },
      // Not sent by itself: what is received, not settled, and not missing is on its way.
      { name: names.inFlight, count: view.received - settled - view.difference },
    ],
    difference: view.difference,
  };
}

export function logLaw({ partition }: HealthView): Law {
  const { logged, rated, withoutUse, duplicate, quarantined, waiting, difference } = partition;
  return {
    name: en.health.log,
    whole: { name: names.logged, count: logged },
    terms: [
      { name: names.rated, count: rated },
      { name: names.withoutUse, count: withoutUse },
      { name: names.duplicate, count: duplicate },
      { name: names.quarantined, count: quarantined },
      { name: names.waiting, count: waiting },
    ],
    difference,
  };
}

/** Names of the record laws that do not hold, and the currencies whose money does not add up. */
export function brokenLaws(health: HealthView): {
  readonly records: readonly string[];
  readonly money: readonly string[];
} {
  const laws = [...health.collectors.map(collectorLaw), logLaw(health)];
  return {
    records: [
      ...laws.filter((law) => law.difference !== 0).map((law) => law.name),
      ...((health.flows?.octets.difference ?? '0') === '0' ? [] : [en.health.flows.title]),
    ],
    money: health.money.filter((row) => compare(row.difference, '0') !== 0).map((row) => row.currency),
  };
}
